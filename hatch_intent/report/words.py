"""What a build says: the lines that people read. Pure, and the standard library alone."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from hatch_intent.freshness import Freshness
from hatch_intent.judge.verdict import CallResult, Verdict, show_call
from hatch_intent.lock import LockEntry
from hatch_intent.spec.shown import cut, one_line

if TYPE_CHECKING:
    from hatch_intent.judge.equivalence import Equivalence
    from hatch_intent.spec.model import Json, Spec


def count(number: int, thing: str) -> str:
    """`1 module`, `2 modules`."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def checks(examples: int, inputs: int, raised: int = 0) -> str:
    """`4 examples, 200 generated inputs, 17 raised`."""
    generated = f", {count(inputs, 'generated input')}" if inputs else ""
    return f"{count(examples, 'example')}{generated}" + (f", {raised} raised" if raised else "")


def stale_while_frozen(stale: Sequence[Freshness], total: int) -> str:
    """Names the stale modules and the way out."""
    verb = "is" if len(stale) == 1 else "are"
    head = f"{len(stale)} of {count(total, 'module')} {verb} stale and this build is frozen"
    lines = [f"  {each.spec_file.path} → {each.output}: {since(each.why)}" for each in stale]
    adopted = sorted({each.name for each in stale if _by_hand(each)})
    specs = sorted({each.spec_file.path for each in stale if not _by_hand(each)})
    if specs:
        lines.append(f"  Build it where a model runs:  {command('build', *specs)}")
    if adopted:
        lines.append(f"  Keep what a person wrote:  {command('adopt', *adopted)}      {_ADOPT}")
    return "\n".join([head, *lines])


def _by_hand(module: Freshness) -> bool:
    """Whether a stale module is a person's to put right: no model overwrites it."""
    entry = module.entry
    gone = module.why == "output missing"
    return entry is not None and entry.author == "hand" and not (module.recheck or gone)


def command(verb: str, *words: str) -> str:
    """A command of ours as a shell takes it, wherever the project lies."""
    from shlex import quote

    return " ".join(["hatch-intent", verb, *map(quote, words)])


def way_out(module: Freshness) -> str:
    """The command that makes a stale module fresh."""
    if _by_hand(module):
        return command("adopt", module.name)
    return command("build", module.spec_file.path)


def agreement(pair: tuple[str, str], inputs: int, apart: int, problem: str = "") -> str:
    """`js and py agree on 500 inputs`, or that they were not compared."""
    first, second = pair
    if problem:
        return f"{first} and {second} were not compared: {problem}"
    if not apart:
        return f"{first} and {second} agree on {count(inputs, 'input')}"
    same = f"{first} and {second} agree on {inputs - apart} of {inputs} inputs"
    return f"{same}, and on all that are like the examples'"


def compared_languages(pair: tuple[str, str], found: Equivalence) -> str:
    """What the comparison of a spec's modules in two languages came to."""
    if found.difference is None:
        return agreement(pair, found.inputs, found.apart, found.problem)
    if found.at_fault and found.too is not None:
        return f"{pair[0]} and {pair[1]} both break a rule"
    differ = f"{pair[0]} and {pair[1]} differ"
    return f"{differ}, and {found.wrong} breaks a rule" if found.at_fault else differ


def called(spec: Spec, found: Equivalence) -> str:
    """The call that tells two languages apart: `double(1000)`."""
    from hatch_intent.spec.model import Example

    return show_call(spec, Example(0, found.difference.args)) if found.difference else ""


def differing_rule(module: str, spec: Spec, found: Equivalence, target: str) -> str:
    """A module in this target that breaks a rule of its spec; empty where it doesn't."""
    breach = found.breach(target)
    if breach is None:
        return ""
    other = "where its other language doesn't" if found.too is None else "like its other language"
    return f"{module}  breaks a rule of its spec, {other}\n{failure(spec, breach)}"


def since(why: str) -> str:
    """`description changed since it was locked`."""
    return f"{why} since it was locked" if why.endswith(" changed") else why


def silence(left: int, said: str) -> str:
    """What nobody's answer leaves: `1 stale module and no provider answered`, and who was asked."""
    nobody = left and said.startswith("no provider answered")
    return f"{count(left, 'stale module')} and {said}" if nobody else said


def no_specs(folders: Sequence[str]) -> str:
    """For a project that has no spec yet."""
    return f"no specs in {', '.join(folders)}; hatch-intent new NAME"


def spec_gone(orphans: Sequence[LockEntry]) -> str:
    """For a frozen build whose lock knows modules that no spec stands for."""
    lines = [f"  {each.output}: {each.spec} is gone" for each in orphans]
    head = "the lock holds modules without a spec and this build is frozen"
    way = "  Restore the specs, or let a build that isn't frozen remove the modules:  "
    return "\n".join([head, *lines, way + command("build")])


_ADOPT = "(the judge checks it, the lock says a person wrote it)"


def edited(modules: Sequence[Freshness]) -> str:
    """Offers to keep or to drop what a person wrote."""
    return "\n".join(line for each in modules for line in _edited(each))


def _edited(module: Freshness) -> list[str]:
    return [
        f"{module.output} {module.why}; not shipped, not overwritten",
        f"  keep it:   hatch-intent adopt {module.name}      {_ADOPT}",
        f"  drop it:   hatch-intent discard {module.name}",
    ]


def edited_orphans(entries: Sequence[LockEntry]) -> str:
    """For modules whose spec went while a person had changed them."""
    return "\n".join(
        f"{each.output} was written or edited by hand and its spec {each.spec} is gone; "
        "restore the spec, or delete the module yourself"
        for each in entries
    )


def untrusted(entries: Sequence[LockEntry], wanted: str, *, asked: bool = False) -> str:
    """For modules that were checked less than the settings, or the one who `asked`, require."""
    rule = "--require" if asked else "tool.intent.require"
    head = f'{count(len(entries), "module")} may not ship: {rule} is "{wanted}"'
    lines = [f"  {each.output}: trusted for {each.trust}      {each.spec}" for each in entries]
    what = "State a property that it has to keep"
    if wanted == "agreed":
        what = (
            "Ask a further model or for more tool.intent.candidates, with  hatch-intent build "
            "--refresh SPEC,  or say more in the spec"
        )
    # adopt goes by the settings, for which the module may be good enough
    option = f"--require {wanted} " if asked else ""
    remedy = f"  {what}; or read it, and  hatch-intent adopt {option}NAME"
    return "\n".join([head, *lines, remedy])


def doubtful(entries: Sequence[LockEntry]) -> str:
    """For modules that were taken although others that passed differ from them."""
    head = (
        f"{count(len(entries), 'module')} may not ship: other candidates passed and behave in "
        'another way, and tool.intent.ambiguity is "error"'
    )
    lines = [
        f"  {each.output}: {each.disagree} candidates differ      {each.spec}" for each in entries
    ]
    remedy = "  hatch-intent explain NAME  shows on what; the example that settles it makes it good"
    return "\n".join([head, *lines, remedy])


def regression(
    entry: LockEntry,
    spec: Spec,
    verdict: Verdict,
    passed_under: str = "",
    rewritten: Sequence[str] = (),
) -> str:
    """A locked, unchanged module that no longer passes.

    `passed_under` is another Python; `rewritten` is what it uses and passed on as other code.
    """
    since_then = f"; it passed under {passed_under}" if passed_under else ""
    if rewritten:
        since_then = f"; it passed before {' and '.join(rewritten)} was written anew"
    lines = [f"regression in {entry.output} (locked, unchanged{since_then})"]
    lines += [*failures(spec, verdict), f"  {python()}"]
    if rewritten and entry.author == "model":
        lines.append(f"  Have it written anew too:  {command('build', '--refresh', spec.path)}")
    return "\n".join(lines)


def unsettled(module: Freshness) -> str:
    """Why nothing can be said of a fresh module: what it is built on isn't what was locked."""
    below = (each for each in module.below if each.state != "fresh")
    wrong = "; ".join(f"{each.name}, which is {each.state}" for each in below)
    return f"{module.spec_file.path}  built on {wrong}; not checked" if wrong else ""


def python() -> str:
    """`Python 3.13.0`: the interpreter that runs here, and that judges Python modules."""
    return f"Python {'.'.join(map(str, sys.version_info[:3]))}"


def failures(spec: Spec, verdict: Verdict) -> list[str]:
    """One line for every call that failed, or for the gate before them."""
    if verdict.problem:
        return [f"  {verdict.problem}      {spec.path}"]
    return [failure(spec, result) for result in verdict.failures]


def first_failure(spec: Spec, verdict: Verdict) -> str:
    """What stands behind `failed`: `1 of 4: slugify("Ünï") → "n", expected "uni"`.

    The gate's problem where nothing could be called; empty for a pass.
    """
    if verdict.passed:
        return ""
    if verdict.problem or not verdict.failures:
        return verdict.problem
    result = verdict.failures[0]
    call = cut(show_call(spec, result.example), 60)
    if result.made_up:
        return f"on a made-up input: {call}: {result.error or outcome(result)}"
    wanted = result.example.raises or shown(result.example.out, 60)
    came = f"→ {shown(result.got, 60)}" if result.status == "wrong" else outcome(result)
    many = f"{len(verdict.failures)} of {len(verdict.results)}"
    return f"{many}: {call} {came}, expected {wanted}"


def failure(spec: Spec, result: CallResult) -> str:
    """A call, what was expected and what came, and where the spec says so."""
    line = result.broken.line if result.broken else 0 if result.made_up else result.example.line
    place = f"{spec.path}:{line}" if line else spec.path
    return f"  {finding(spec, result)}      {place}"


def finding(spec: Spec, result: CallResult) -> str:
    """A call, what was expected and what came."""
    call = show_call(spec, result.example)
    if result.broken is not None:
        return f"{call}  breaks  {result.error}  got {shown(result.got)}"
    if result.made_up:
        return f"{call}  {outcome(result)}"
    example = result.example
    expected = f"{example.raises} raised" if example.raises else shown(example.out)
    return f"{call}  expected {expected}  {outcome(result)}"


def outcome(result: CallResult) -> str:
    """What came of a call, in a few words."""
    if result.status in ("wrong", "passed"):
        return f"got {shown(result.got)}"
    if result.status == "raised":
        return f"raised {result.error}"
    return f"{result.status}: {result.error}" if result.error else result.status


def shown(value: Json, limit: int = 120) -> str:
    """A JSON value on one line, cut where it is long."""
    return one_line(value, limit)


def changed_meanwhile(modules: Sequence[Freshness]) -> str:
    """For specs that somebody changed while the build ran."""
    lines = [f"  {each.spec_file.path} → {each.output}: {each.why}" for each in modules]
    return "\n".join(["specs changed while the build ran; build again", *lines])


def hand_stale(modules: Sequence[Freshness]) -> str:
    """For adopted modules whose spec, or one that it uses, says something else now."""
    return "\n".join(line for each in modules for line in _hand_stale(each))


def _hand_stale(module: Freshness) -> list[str]:
    due = [each for each in module.below if each.state == "stale" and not _by_hand(each)]
    first = command("build", *sorted({each.spec_file.path for each in due}))
    return [
        f"{module.output} was written by hand and is stale ({module.why}); not overwritten",
        *[f"  first:     {first}      for what it is built on"] * bool(due),
        f"  keep it:   hatch-intent adopt {module.name}      {_ADOPT}",
        f"  drop it:   delete {module.output}; the next build has a model write it",
    ]


def packages_outdated(paths: Sequence[str]) -> str:
    """For a frozen build whose `__init__.py` doesn't re-export what the lock says."""
    return f"{', '.join(paths)} does not fit the lock and this build is frozen; build where you can"


def wrappers_outdated(paths: Sequence[str]) -> str:
    """For a frozen build whose wrappers don't follow from lock and settings."""
    what = f"{paths[0]} and {count(len(paths) - 1, 'more file')}" if paths[1:] else "".join(paths)
    what = what or "intent.lock has other folders of wrappers than the settings; it"
    return f"{what} does not fit the lock and this build is frozen; build where you can"


def mirrors_outdated(paths: Sequence[str]) -> str:
    """For a frozen build whose mirrors don't follow from lock and settings."""
    what = f"{paths[0]} and {count(len(paths) - 1, 'more file')}" if paths[1:] else "".join(paths)
    what = what or "intent.lock has mirrors that the settings don't ask for; it"
    return f"{what} does not fit the lock and this build is frozen; build where you can"


def by_itself(spec: Spec, target: str) -> str:
    """For a module that passed and does without what its spec uses."""
    uses = ", ".join(spec.uses)
    return f"{spec.name}  {target}  imports none of what its spec uses ({uses}): it does without"


def failed(spec: Spec, target: str, attempts: int, verdict: Verdict | None, reason: str) -> str:
    """No candidate passed; shows how far the best one came. Nothing that was good is lost."""
    if verdict is not None and not attempts:
        if not verdict.results:
            return f"{verdict.problem}; no model was asked"
        head = f"{spec.path}  the code that a person wrote no longer passes; no model was asked"
        return "\n".join([head, *failures(spec, verdict)])
    if not attempts:
        return f"{spec.name}  {target}  {reason}"
    head = f"{spec.name}  {target}  no code passed in {count(attempts, 'attempt')}"
    if verdict is None:
        return f"{head}: {reason}" if reason else head
    best = f"{head}; the best passed {verdict.passes} of {count(len(spec.examples), 'example')}"
    return "\n".join([best, *failures(spec, verdict)])
