"""A hole in the spec, in words. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from hatch_intent.judge.differential import Behaviour, Difference, Said
from hatch_intent.judge.equivalence import Equivalence
from hatch_intent.judge.inputs import Args
from hatch_intent.judge.questions import example_line, spaced
from hatch_intent.judge.verdict import show_call
from hatch_intent.spec.model import Example, Spec

_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def ambiguity(spec: Spec, behaviour: Behaviour, taken: int = 0, *, kept: bool = True) -> list[str]:
    """The lines that show where candidates differ, and how to settle it; none if they don't.

    `taken` is the place of the best candidate, whose group stands first; `kept` says whether it
    was written.
    """
    if len(behaviour.groups) < 2:
        return []
    if behaviour.problem:
        return [
            f"{spec.name}  candidates pass and can't be compared: {behaviour.problem}",
            "  Say with requires how far it has to reach, or give examples of bigger inputs",
        ]
    count = len(behaviour.groups)
    number = _NUMBERS[count] if count < len(_NUMBERS) else str(count)
    lines = [f"{spec.name}  {number} candidates pass everything and still differ"]
    for difference in behaviour.differences:
        lines += _difference(spec, behaviour, difference, taken, kept)
    return lines


def beyond(spec: Spec, behaviour: Behaviour, taken: int = 0, *, kept: bool = True) -> list[str]:
    """The lines for candidates that agree on what counts and differ elsewhere; none if nowhere.

    `taken` and `kept` as of `ambiguity`.
    """
    found = behaviour.beyond
    if found is None:
        return []
    group = behaviour.groups[0]
    at = group.index(taken)
    said = [(found.said[at], 1), *((each, 1) for i, each in enumerate(found.said) if i != at)]
    head = f"{spec.name}  candidates agree on inputs like the examples' and differ beyond them"
    return [head, *_told(spec, found.args, _merged(said), len(group), kept)]


def languages(spec: Spec, pair: tuple[str, str], found: Equivalence) -> list[str]:
    """The lines that show where two languages differ, and how to settle it; none if they don't."""
    if found.difference is None:
        return []
    call = show_call(spec, Example(0, found.difference.args))
    said = found.difference.said
    width = max(len(_answer(each)) for each in said)
    lines = [f"{spec.name}  {pair[0]} and {pair[1]} pass everything and still differ"]
    for place, target in enumerate(pair):
        lead = call if place == 0 else " " * len(call)
        others = found.votes[place] - 1
        more = f" and {others} more candidate{'s' if others > 1 else ''}" if others else ""
        lines.append(f"  {lead}   → {_answer(said[place]):{width}}      {target}{more}")
    return lines + _settling(spec, found.difference.args, said)


def alone(spec: Spec, example: str) -> list[str]:
    """The lines for a module that passed and that no other candidate bears out."""
    return [f"{spec.name}  one candidate passed and no other bears it out", *_asked(example)]


def silent(spec: Spec, behaviour: Behaviour, example: str) -> list[str]:
    """The lines for a module whose likes only raise alike, which bears nobody out."""
    head = f"{spec.name}  {behaviour.agreed} candidates pass alike, but {behaviour.problem}"
    return [head, *(_asked(example) if example else [])]


def lucky(spec: Spec, drafts: int, answers: int, example: str) -> list[str]:
    """The lines for the only one of many drafts that passed, where guessing might have too."""
    told = ("there are no examples", "the examples all have one answer")
    why = told[answers] if answers < len(told) else "the examples have only two different answers"
    return [
        f"{spec.name}  one of {drafts} candidates passed, maybe by luck: {why}",
        *_enough(answers, example),
    ]


def _enough(answers: int, example: str) -> list[str]:
    """What ends the doubt: no example of the candidate's own does where all have one answer."""
    ways = ("  Add examples with different answers", "  Add an example with another answer")
    if answers < len(ways):
        return [ways[answers]]
    return _asked(example) if example else ["  Add examples with other answers"]


def _asked(example: str) -> list[str]:
    return ["  If this is right too, add it; if not, correct it first:", f"  {example}"]


def _difference(
    spec: Spec, behaviour: Behaviour, difference: Difference, taken: int, kept: bool
) -> list[str]:
    rows = _rows(behaviour, difference, taken)
    return _told(spec, difference.args, rows, sum(map(len, behaviour.groups)), kept)


def _told(
    spec: Spec, args: Args, rows: Sequence[tuple[Said, int]], total: int, kept: bool
) -> list[str]:
    call = show_call(spec, Example(0, args))
    width = max(len(_answer(said)) for said, _ in rows)
    lines = []
    for place, (said, size) in enumerate(rows):
        of = f"{size} of {total}" + ("" if place else f" candidate{'s' if total > 1 else ''}")
        lead = call if place == 0 else " " * len(call)
        lines.append(f"  {lead}   → {_answer(said):{width}}      {of}")
    taken_one = "The first" if kept else "None"
    answers = [said for said, _ in rows]
    return lines + _settling(spec, args, answers, f"{taken_one} was taken. ")


def _settling(spec: Spec, args: Args, said: Sequence[Said], taken: str = "") -> list[str]:
    """The example lines that would settle it, and what to do about answers that none can hold."""
    examples = [example_line(spec, args, each) for each in said]
    told = [f"  {line}" for line in examples if line]
    unsaid = any(not line and not each.ended for line, each in zip(examples, said, strict=True))
    lines = [f"  {taken}To settle it, add one of:", *told] if told else [f"  {taken}".rstrip()]
    if unsaid:
        lines.append(
            "  An answer that no example can hold may be right: say how far it has to reach"
        )
    return [line for line in lines if line.strip()]


def _rows(behaviour: Behaviour, difference: Difference, taken: int) -> list[tuple[Said, int]]:
    """Each different answer with the number of candidates that give it; the taken one's first."""
    first = next(place for place, group in enumerate(behaviour.groups) if taken in group)
    places = [first, *(place for place in range(len(behaviour.groups)) if place != first)]
    return _merged([(difference.said[place], len(behaviour.groups[place])) for place in places])


def _merged(answers: Sequence[tuple[Said, int]]) -> list[tuple[Said, int]]:
    """Each different answer once, with all who give it."""
    rows: list[tuple[Said, int]] = []
    for said, size in answers:
        for index, (known, number) in enumerate(rows):
            if known.is_as(said):
                rows[index] = (known, number + size)
                break
        else:
            rows.append((said, size))
    return rows


def _answer(said: Said) -> str:
    if said.raised:
        return f"raises {said.raised}"
    return said.ended or spaced(said.value)
