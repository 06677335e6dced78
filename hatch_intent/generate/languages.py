"""The modules of one spec in two languages: made apart, then held against each other."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from threading import Lock
from typing import Protocol

from hatch_intent.freshness import Freshness
from hatch_intent.generate.made import Made, compared_entry, taking
from hatch_intent.judge.equivalence import Equivalence
from hatch_intent.judge.verdict import Verdict


class Siblings:
    """Finished modules, each of which waits until the one in the other language is made."""

    def __init__(self, modules: Collection[Freshness], due: Collection[Freshness]) -> None:
        self._due = {each.key for each in due}
        self._fresh = {each.key: each for each in modules if each.state == "fresh"}
        self._held: dict[str, Made] = {}
        self._lock = Lock()

    def arrived(self, made: Made) -> tuple[Made, ...]:
        """What need wait no longer: the module, and the one that has waited for it; or nothing."""
        name = made.module.name
        with self._lock:
            self._due.discard(made.module.key)
            if any(name == other for other, _ in self._due):
                self._held[name] = made
                return ()
            held = self._held.pop(name, None)
            return (made,) if held is None else (held, made)

    def release(self) -> tuple[Made, ...]:
        """Those whose other language will not come any more."""
        with self._lock:
            held = tuple(self._held.values())
            self._held.clear()
            return held

    @property
    def waiting(self) -> bool:
        return bool(self._held)

    def fresh(self, made: Made) -> Freshness | None:
        """The module in the other language, where it was as it was locked when the build began.

        It still is where it isn't due, or what came of it may not be written.
        """
        others = (each for each in self._fresh.values() if each.name == made.module.name)
        return next((each for each in others if each.key != made.module.key), None)


class Maker(Protocol):
    """Whoever can run modules and have them written anew."""

    def compare(self, one: Made, other: Made) -> Equivalence:
        """Whether two modules are the same function. Other candidates of theirs have a vote."""

    def entered(self, made: Made) -> Made:
        """With the entry for the candidate that it has taken."""

    def mended(self, wrong: Made, right: Made, found: Equivalence) -> Made:
        """What a model makes of one that differs; without an entry where that doesn't pass."""


def settle(one: Made, other: Made, maker: Maker, ambiguity: str) -> list[Made]:
    """Compare two modules that pass, and put right what something speaks against.

    First by another candidate that passed, if one agrees; then by one repair, which has to pass
    everything and to be the wrong one no longer. A module that breaks a rule of its spec and
    isn't put right has no entry any more; that goes for both. Neither has one that differs where
    nobody knows which is right, unless `ambiguity`, the setting, is "report".
    """
    if one.entry is None or other.entry is None:
        return [one, other]
    first, second = sorted((one, other), key=lambda each: each.module.target)
    found = maker.compare(first, second)
    seen: set[str] = set()
    while found.wrong not in ("", *seen) and (found.at_fault or not seen):
        seen.add(found.wrong)
        first, second, found = _put_right(first, second, found, maker)
    pair = [_told(first, second, found, ambiguity), _told(second, first, found, ambiguity)]
    refused = [each for each in pair if each.entry is None]
    if refused and any(each.locked for each in pair):
        # Written beside a wrong one, a module would make the next build take that for settled;
        # and what the lock says of one that stays is about what stands beside it, not this.
        return refused
    return [each for each in pair if not each.locked or each.entry != each.module.entry]


def with_refused(settled: Sequence[Made], refused: Sequence[Made]) -> list[Made]:
    """All that came of a spec. What was refused is told, unless its locked code was put right."""
    told = list(settled)
    for each in refused:
        keys = [other.module.key if other.entry and not other.locked else None for other in told]
        if each.module.key in keys:
            place = keys.index(each.module.key)
            attempts = (*each.attempts, *told[place].attempts)
            told[place] = replace(told[place], attempts=attempts)
        else:
            told.append(each)
    return told


def hold_back(settled: Sequence[Made], *, by_locked: bool, lenient: bool) -> list[Made]:
    """The modules of one spec, without entries where one is in doubt and the other is no help.

    It is none where it is in doubt itself, or another function. `by_locked` says that the other
    stands there as it was locked; when `lenient` nothing is held back.
    """
    helped = by_locked or any(not each.doubted for each in settled)
    kept = []
    refused = False
    for each in settled:
        if helped and each.found is not None and each.found.agreed:
            kept.append(replace(each, doubt=""))
        elif each.doubted and each.entry is not None and not lenient:
            kept.append(replace(each, entry=None))
            refused = True
        else:
            kept.append(each)
    # what the lock would say of the other language is about a module that isn't written
    return [each for each in kept if not (each.locked and refused)]


def _put_right(
    first: Made, second: Made, found: Equivalence, maker: Maker
) -> tuple[Made, Made, Equivalence]:
    first_is_wrong = first.module.target == found.wrong
    wrong, right = (first, second) if first_is_wrong else (second, first)
    for better in _instead(wrong, right, found, maker):
        if better.entry is not None:
            pair = (better, right) if first_is_wrong else (right, better)
            again = maker.compare(*pair)
            mended = better.step == "repair" and not _against(found.wrong, again)
            mended = mended and not again.problem
            mended = mended and (found.at_fault or not again.undecided)
            if again.agreed or mended:
                return (*pair, again)
        wrong = replace(wrong, attempts=better.attempts)
    return (*((wrong, right) if first_is_wrong else (right, wrong)), found)


def _against(target: str, found: Equivalence) -> bool:
    """Whether something speaks against the module in this target."""
    return target == found.wrong or found.breach(target) is not None


def _instead(wrong: Made, right: Made, found: Equivalence, maker: Maker) -> Iterator[Made]:
    """What might take the wrong one's place: candidates that are there, then a repaired one."""
    for candidate in wrong.passed:
        if candidate is not wrong.taken:
            yield maker.entered(taking(wrong, candidate))
    yield maker.mended(wrong, right, found)


def _told(made: Made, other: Made, found: Equivalence, ambiguity: str) -> Made:
    made = replace(made, beside=other.module.target, found=found)
    breach = found.breach(made.module.target)
    if breach is not None:
        verdict = replace(made.verdict or Verdict(passed=True), counterexample=breach)
        return replace(made, entry=None, doubt="", verdict=replace(verdict, passed=False))
    if made.entry is None:
        return made
    differing = found.difference is not None and not found.at_fault
    open_to_doubt = differing or (found.problem and not found.silent)
    if (ambiguity == "error" and open_to_doubt) or (ambiguity != "report" and found.undecided):
        return replace(made, entry=made.module.entry if made.locked else None)
    return replace(made, entry=compared_entry(made.entry, other.module.target, found))
