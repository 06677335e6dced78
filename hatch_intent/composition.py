"""Which spec uses which: what may be used, and in which order modules are made.

Standard library alone, and none of it is loaded or run where no spec uses another.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from hatch_intent.errors import Problem
from hatch_intent.project import SpecFile


class Member(NamedTuple):
    """One spec, as far as others may use it."""

    file: SpecFile
    name: str
    targets: tuple[str, ...]
    uses: tuple[str, ...]


def in_order(members: Iterable[Member]) -> list[Member]:
    """The members, each behind those it uses, of which none may go round in a circle."""
    from graphlib import TopologicalSorter

    named = {each.name: each for each in members}
    graph = {name: [use for use in each.uses if use in named] for name, each in named.items()}
    return [named[name] for name in TopologicalSorter(graph).static_order()]


def faults(members: Sequence[Member], gone: Mapping[str, str], *, whole: bool) -> Iterator[Problem]:
    """Uses of what isn't there, and uses that go round in a circle.

    `gone` maps names that the lock still knows to their former spec. Unless `whole`, some specs
    could not be read, and a name that nobody bears may be one of theirs.
    """
    named = {each.name: each for each in members}
    for member in members:
        for name in member.uses:
            if name not in named:
                if whole:
                    yield _fault(member, name, _unknown(name, named, gone))
            elif missing := [each for each in member.targets if each not in named[name].targets]:
                other = named[name].file.path
                wanted = ", ".join(missing)
                message = f"uses {name}, which is not built for {wanted}"
                yield _fault(member, name, f"{message}; name {wanted} as a target in {other}")
    yield from map(_circle, _circles(named))


def _unknown(name: str, named: Mapping[str, Member], gone: Mapping[str, str]) -> str:
    from difflib import get_close_matches

    if name in gone:
        now = next((each.name for each in named.values() if each.file.path == gone[name]), "")
        if now:
            return f'uses "{name}", but {gone[name]} is named "{now}" now; write that'
        there = f"uses {name}, whose spec {gone[name]} is gone"
        return f"{there}; bring it back, or take {name} out of uses:"
    near = get_close_matches(name, named, 1) or [
        each for each in named if each.lower() == name.lower()
    ]
    meant = (
        f'; did you mean "{near[0]}"?' if near else "; write a spec of that name, or take it out"
    )
    return f'uses "{name}", which no spec is named{meant}'


def _circles(named: Mapping[str, Member]) -> Iterator[list[Member]]:
    """Members each of whom uses the next and the last the first; no use stands in two circles."""
    from graphlib import CycleError, TopologicalSorter

    graph = {name: [use for use in each.uses if use in named] for name, each in named.items()}
    while True:
        try:
            TopologicalSorter(graph).prepare()
        except CycleError as error:
            # Each of these is used by the next, and the last is the first again.
            circle = error.args[1][:0:-1]
        else:
            return
        first = circle.index(min(circle))
        circle = [*circle[first:], *circle[:first]]
        for name, use in zip(circle, [*circle[1:], circle[0]], strict=True):
            graph[name].remove(use)
        yield [named[name] for name in circle]


def _circle(members: Sequence[Member]) -> Problem:
    steps = list(zip(members, [*members[1:], members[0]], strict=True))
    shown = [f"{members[0].name} → {steps[0][1].name}"]
    for user, used in steps[1:]:
        where = _fault(user, used.name, "")
        shown.append(f"{user.name} → {used.name} ({where.path}:{where.line}:{where.column})")
    message = f"uses that go round in a circle: {', '.join(shown)}; take one of them out"
    return _fault(members[0], steps[0][1].name, message)


def _fault(member: Member, use: str, message: str) -> Problem:
    from hatch_intent.spec.parser import place_of_use

    line, column = place_of_use(member.file.raw, member.file.path, use)
    return Problem(member.file.path, line, column, message)
