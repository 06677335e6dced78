"""Events as lines for people: plain ones for logs and build backends."""

from __future__ import annotations

from collections.abc import Callable

from hatch_intent.generate import events
from hatch_intent.report.words import agreement, checks, count, first_failure


class Lines:
    """A listener that prints. `say` takes what everyone should see, `detail` what `-v` shows."""

    def __init__(self, say: Callable[[str], None], detail: Callable[[str], None]) -> None:
        self._say = say
        self._detail = detail
        self._levels: set[str] = set()
        self._failures: dict[tuple[str, str], tuple[str, int]] = {}
        """What the last answer for each module failed with, and how many in a row."""

    def __call__(self, event: events.Event) -> None:
        match event:
            case events.Planned(specs, stale) if stale:
                self._tell(planned(specs, stale))
            case events.Drafting() if event.round == 1:
                self._tell(about(event.name, event.target, f"asking {event.model}"))
            case events.Held(level):
                self._held(level)
            case events.Judged():
                self._held(event.verdict.level if event.verdict else "")
                self._judged(event)
            case events.Compared(name, pair, inputs, apart, problem):
                self._tell(about(name, "", agreement(pair, inputs, apart, problem)))
            case events.Written(name, target, trust):
                self._tell(about(name, target, f"written    trust: {trust}"))
            case events.Notice(text):
                self._tell(text)
            case events.Settled() if event.made:
                self._tell(settled(event))
            case events.Settled():
                self._detail(f"intent  {settled(event)}")

    def _judged(self, event: events.Judged) -> None:
        why = failing(event)
        said = f"{event.step} {why}    {cost(event)}" if why else passed(event)
        if why and not event.seconds:  # the build that asked has told it
            self._detail(f"intent  {about(event.name, event.target, said)}")
            return
        times = self._in_a_row(event, why)
        if times > 1:
            said = f"{event.step} failed alike, {times} in a row    {cost(event)}"
        self._tell(about(event.name, event.target, said))

    def _in_a_row(self, event: events.Judged, why: str) -> int:
        """How many answers for the module have failed in this way by now; 0 where none did."""
        module = (event.name, event.target)
        known, times = self._failures.get(module, ("", 0))
        self._failures[module] = why, (times + 1 if why == known else 1)
        return self._failures[module][1] if why else 0

    def _held(self, level: str) -> None:
        """Once for each level: what holds is a detail, what doesn't hold is not."""
        if not level or level in self._levels:
            return
        self._levels.add(level)
        say = self._detail if level.startswith("strict") else self._say
        say(f"intent  sandbox {level}")

    def _tell(self, text: str) -> None:
        self._say(f"intent  {text}")


def about(name: str, target: str, text: str) -> str:
    """A line on one module, in columns."""
    return f"{name:<16} {target:<3} {text}"


def planned(specs: int, stale: tuple[tuple[str, str, str], ...]) -> str:
    """`3 specs, 2 stale (new)`, with the reason where all share it."""
    reasons = sorted({why for _, _, why in stale if why})
    why = f" ({reasons[0]})" if len(reasons) == 1 else ""
    return f"{count(specs, 'module')}, {len(stale)} stale{why}"


def failing(event: events.Judged) -> str:
    """Why an answer is no good: `failed 1 of 4: …`; empty for one that passed."""
    problem = event.problem or (event.verdict.problem if event.verdict else "")
    if problem:
        return f"failed: {problem}"
    said = first_failure(event.spec, event.verdict) if event.verdict else ""
    return f"failed {said}" if said else ""


def passed(event: events.Judged) -> str:
    """What an answer that passed was held to, and what it took."""
    verdict = event.verdict
    passes = checks(verdict.passes, verdict.generated, verdict.raised) if verdict else ""
    return f"passed {passes}    {cost(event)}"


def cost(event: events.Judged) -> str:
    """Whose answer it was, and what it took."""
    if not event.seconds:
        return f"{event.model}, cached answer"
    pace = f"{event.tokens} tokens, {event.tokens / event.seconds:.1f}/s"
    return f"{event.model}, {event.seconds:.1f} s, {pace}"


def settled(event: events.Settled) -> str:
    """The last line of a build."""
    spent = f"{event.seconds:.1f} s" if event.seconds >= 1 else f"{event.seconds * 1000:.0f} ms"
    if event.made:
        written = count(event.made, "module")
        return f"{written} written, lock updated, {count(event.calls, 'call')}, {spent}"
    by = "by stamp" if event.stamped == event.fresh else "by the judge"
    return f"{count(event.fresh, 'module')} fresh, checked {by}, {spent}"
