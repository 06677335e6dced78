"""`.intent/reports/<name>.report.json`: what was tried for a spec, for people and programs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from hatch_intent.files import remember
from hatch_intent.judge.verdict import CallResult, Verdict
from hatch_intent.report.words import compared_languages, first_failure

if TYPE_CHECKING:
    from hatch_intent.generate.candidates import Attempt
    from hatch_intent.generate.made import Made
    from hatch_intent.project import Project
    from hatch_intent.spec.model import Spec


def holes(made: Made) -> list[str]:
    """Where the candidates that passed differ, and the example lines that would settle it.

    Of a candidate that stands alone, the example that would bear it out.
    """
    from hatch_intent.generate.made import different_answers
    from hatch_intent.report.ambiguity import alone, ambiguity, beyond, lucky, silent

    if made.lucky and made.entry is None:
        answers = len(different_answers(made.spec))
        return lucky(made.spec, made.drafts, answers, made.doubt)
    if made.behaviour is None:
        return alone(made.spec, made.doubt) if made.doubt else []
    if made.behaviour.silent and not made.ambiguous:
        return silent(made.spec, made.behaviour, made.doubt)
    taken = made.passed.index(made.taken) if made.taken in made.passed else 0
    told = beyond if made.behaviour.beyond else ambiguity
    return told(made.spec, made.behaviour, taken, kept=made.entry is not None)


def differences(made: Made) -> list[str]:
    """Where the languages of the spec differ and nobody knows which is right."""
    from hatch_intent.report.ambiguity import languages

    if made.found is None or made.found.at_fault:
        return []
    return languages(made.spec, made.pair, made.found)


def write_report(project: Project, made: Made) -> None:
    """Put what came of one target into its spec's report, beside the other targets' parts."""
    name = f"reports/{made.spec.name}.report.json"
    report = read_report(project, made.spec.name)
    report.update(name=made.spec.name, spec=made.spec.path)
    report.setdefault("targets", {})[made.module.target] = _target(made)
    text = json.dumps(report, ensure_ascii=False, indent=2, sort_keys=True)
    # an answer can hold half of a surrogate pair, which JSON has an escape for
    remember(project.state, name, f"{text}\n".encode("utf-8", "backslashreplace"))


def read_report(project: Project, name: str) -> dict[str, Any]:
    """The report on a spec; empty where there is none, or one that no build has left so."""
    path = project.state / "reports" / f"{name}.report.json"
    try:
        report = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return report if _has(report, {"name": str, "targets": dict}) and _whole(report) else {}


_Kinds = Mapping[str, type | tuple[type, ...]]
_NUMBER = (int, float)
_PART: _Kinds = {
    "pass": bool,
    "problem": str,
    "results": list,
    "sandbox": str,
    "model": str,
    "ambiguity": list,
    "attempts": list,
    "calls": int,
    "tokens": int,
    "seconds": _NUMBER,
}
_ATTEMPT: _Kinds = {
    "round": int,
    "model": str,
    "cached": bool,
    "completion_tokens": int,
    "seconds": _NUMBER,
    "passes": int,
    "problem": str,
}
_CALL: _Kinds = {"in": dict, "ok": bool, "status": str, "error": str}
"""What is shown of a report, and of which type it is."""


def _whole(report: dict[str, Any]) -> bool:
    return all(_has(part, _PART) and _whole_part(part) for part in report["targets"].values())


def _whole_part(part: dict[str, Any]) -> bool:
    calls = [*part["results"], *filter(None, [part.get("counterexample")])]
    return (
        all(_has(each, _ATTEMPT) for each in part["attempts"])
        and all(_has(each, _CALL) and "got" in each for each in calls)
        and all(isinstance(each.get("frames", []), list) for each in calls)
        and all(isinstance(each, str) for each in part["ambiguity"])
    )


def _has(value: object, kinds: _Kinds) -> bool:
    return isinstance(value, dict) and all(isinstance(value.get(k), kinds[k]) for k in kinds)


def _target(made: Made) -> dict[str, Any]:
    problem = made.unanswered or "no answer held code"
    verdict = made.verdict or Verdict(passed=False, problem=problem)
    entry = made.entry
    return {
        "lang": made.module.target,
        "code": made.text,
        "pass": verdict.passed,
        "problem": verdict.problem,
        "results": [call_report(result) for result in verdict.results],
        "generated": verdict.generated,
        "raised": verdict.raised,
        "properties": verdict.properties,
        "counterexample": call_report(verdict.counterexample) if verdict.counterexample else None,
        "sandbox": verdict.level,
        "model": entry.model if entry else "",
        "model_digest": entry.model_digest if entry else "",
        "trust": entry.trust if entry else "",
        "ambiguity": [*holes(made), *differences(made)],
        "languages": compared_languages(made.pair, made.found) if made.found else "",
        "step": made.step,
        "attempts": [_attempt(made.spec, attempt) for attempt in made.attempts],
        "calls": made.calls,
        "tokens": sum(attempt.tokens.completion for attempt in made.attempts),
        "seconds": round(sum(attempt.seconds for attempt in made.attempts), 3),
    }


def call_report(result: CallResult) -> dict[str, Any]:
    """One call as JSON: `in, ok`, what was expected of an example, and what came."""
    example = result.example
    wanted = {"raises": example.raises} if example.raises else {"expected": example.out}
    if result.made_up or result.broken is not None:
        wanted = {}
    return {
        "in": example.args,
        **wanted,
        "ok": result.passed,
        "status": result.status,
        "got": result.got,
        "error": result.error,
        "line": example.line,
        "frames": list(result.frames),
    }


def _attempt(spec: Spec, attempt: Attempt) -> dict[str, Any]:
    verdict = attempt.verdict
    return {
        "round": attempt.round,
        "step": attempt.step,
        "model": attempt.model,
        "model_digest": attempt.model_digest,
        "cached": not attempt.asked,
        "prompt_tokens": attempt.tokens.prompt,
        "cached_prompt_tokens": attempt.tokens.cached,
        "completion_tokens": attempt.tokens.completion,
        "seconds": round(attempt.seconds, 3),
        "passes": verdict.passes if verdict else 0,
        "problem": attempt.problem or (verdict.problem if verdict else ""),
        "failure": first_failure(spec, verdict) if verdict else "",
    }
