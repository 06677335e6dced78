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
                self._tell(about(event.name, event.target, judged(event)))
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


def judged(event: events.Judged) -> str:
    """What the judge said of one answer, and what the answer took."""
    pace = f"{event.tokens} tokens, {event.tokens / event.seconds:.1f}/s" if event.seconds else ""
    cost = f"{event.seconds:.1f} s, {pace}" if event.seconds else "cached answer"
    said = event.problem or (first_failure(event.verdict) if event.verdict else "")
    if not said:
        verdict = event.verdict
        passes = checks(verdict.passes, verdict.generated, verdict.raised) if verdict else ""
        return f"passed {passes}    {event.model}, {cost}"
    return f"round {event.round} failed: {said}    {event.model}, {cost}"


def settled(event: events.Settled) -> str:
    """The last line of a build."""
    spent = f"{event.seconds:.1f} s" if event.seconds >= 1 else f"{event.seconds * 1000:.0f} ms"
    if event.made:
        written = count(event.made, "module")
        return f"{written} written, lock updated, {count(event.calls, 'call')}, {spent}"
    by = "by stamp" if event.stamped == event.fresh else "by the judge"
    return f"{count(event.fresh, 'module')} fresh, checked {by}, {spent}"
