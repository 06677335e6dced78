"""What a check looked at, one case for each example and property: for CI and its readers.

Pure, and the standard library alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from hatch_intent.errors import AuthorError, IntentError
from hatch_intent.freshness import Freshness
from hatch_intent.judge.verdict import CallResult, Verdict
from hatch_intent.report import words

if TYPE_CHECKING:
    from hatch_intent.languages import Pair
    from hatch_intent.spec.model import Spec

Outcome = Literal["passed", "failed", "error", "skipped"]


@dataclass(frozen=True)
class Case:
    """One thing that was looked at. `message` is one line; empty when it passed."""

    path: str
    """The file to look into, mostly a spec: relative to the root, with forward slashes."""
    line: int
    """Counted from 1; 0 where no line is to blame."""
    suite: str
    """`slugify.py`: the spec's name and the target; the path where neither is known."""
    name: str
    """`example-1`, `property-1`; `module`, `inputs` or `problem-1` where those fail."""
    outcome: Outcome
    message: str = ""


def module_cases(module: Freshness, verdict: Verdict | None, obstacle: str) -> tuple[Case, ...]:
    """The cases of one module: its examples and properties, and what failed before them.

    `verdict` is None where the judge wasn't asked: the module isn't fresh, or `obstacle` says
    in one line why its properties can't be tried.
    """
    spec = module.read()
    suite = f"{module.name}.{module.target}"
    problem = _problem(module, verdict, obstacle)
    if problem or verdict is None:
        head = Case(spec.path, 0, suite, "module", "failed", problem)
        return (head, *_not_run(spec, suite, "not run: see module"))
    ran = [*_examples(spec, suite, verdict), *_properties(spec, suite, verdict)]
    return (*ran, *_inputs(spec, suite, verdict))


def _problem(module: Freshness, verdict: Verdict | None, obstacle: str) -> str:
    """What keeps the examples from being told one by one."""
    if module.state == "edited":
        way = f"hatch-intent adopt {module.name}, or hatch-intent discard {module.name}"
        return f"{module.output} {module.why}; {way}"
    if module.state == "stale":
        return f"{module.output} is stale: {words.since(module.why)}; {words.way_out(module)}"
    if obstacle or verdict is None:
        return obstacle
    if verdict.problem:
        return f"regression in {module.output}: {verdict.problem} ({words.python()})"
    return ""


def _not_run(spec: Spec, suite: str, message: str) -> Iterator[Case]:
    for number, example in enumerate(spec.examples, 1):
        name = f"example-{number}"
        yield Case(spec.path, example.line, suite, name, "skipped", message)
    for number, each in enumerate(spec.properties, 1):
        yield Case(spec.path, each.line, suite, f"property-{number}", "skipped", message)


def _examples(spec: Spec, suite: str, verdict: Verdict) -> Iterator[Case]:
    results = {result.example.line: result for result in verdict.results}
    for number, example in enumerate(spec.examples, 1):
        case = Case(spec.path, example.line, suite, f"example-{number}", "passed")
        result = results.get(example.line)
        if result is None:
            yield replace(case, outcome="failed", message="was not run")
        elif result.passed:
            yield case
        else:
            yield replace(case, outcome="failed", message=told(spec, result))


def _properties(spec: Spec, suite: str, verdict: Verdict) -> Iterator[Case]:
    counterexample = verdict.counterexample
    broken = counterexample.broken if counterexample else None
    for number, each in enumerate(spec.properties, 1):
        case = Case(spec.path, each.line, suite, f"property-{number}", "passed")
        if counterexample is not None and broken == each:
            yield replace(case, outcome="failed", message=told(spec, counterexample))
        elif not verdict.passed:
            # Trying stops at the first failure, and never begins where an example fails.
            yield replace(case, outcome="skipped", message="not settled: something else failed")
        else:
            yield case


def _inputs(spec: Spec, suite: str, verdict: Verdict) -> Iterator[Case]:
    """A made-up input that fails without breaking a property: of the wrong type, say."""
    result = verdict.counterexample
    if result is not None and result.broken is None:
        yield Case(spec.path, 0, suite, "inputs", "failed", told(spec, result))


def language_case(pair: Pair, *, strict: bool) -> Case:
    """Whether a spec's languages agree. A hole in the spec is a failure where that is `strict`."""
    found = pair.found
    case = Case(pair.first.spec_file.path, 0, pair.name, "languages", "passed")
    if found.agreed:
        return case
    said = words.compared_languages(pair.targets, found)
    if found.problem:
        return replace(case, outcome="skipped", message=said)
    if found.why is not None and found.at_fault:
        return replace(case, outcome="failed", message=told(pair.first.read(), found.why))
    call = words.called(pair.first.read(), found)
    return replace(case, outcome="failed" if strict else "skipped", message=f"{said}: {call}")


def told(spec: Spec, result: CallResult) -> str:
    """A call, what was expected, what came, and under which Python."""
    return f"{words.finding(spec, result)}  ({words.python()})"


def error_cases(error: IntentError | OSError) -> tuple[Case, ...]:
    """What kept the check from looking at anything: every problem of specs and settings, or what
    the machine refuses."""
    if isinstance(error, AuthorError):
        return tuple(
            Case(each.path, each.line, each.path, f"problem-{number}", "error", each.message)
            for number, each in enumerate(error.problems, 1)
        )
    text = str(error)
    if isinstance(error, OSError):
        text = f"{error.filename or ''}  {error.strerror or error}".strip()
    return (Case("pyproject.toml", 0, "hatch-intent", "check", "error", one_line(text)),)


def rule_case(text: str, path: str) -> Case:
    """A rule over the whole project that is broken, in the words that the build has for it."""
    return Case(path, 0, "hatch-intent", "check", "failed", one_line(text))


def one_line(text: str) -> str:
    """Several lines as one."""
    return "; ".join(line.strip() for line in text.splitlines() if line.strip())
