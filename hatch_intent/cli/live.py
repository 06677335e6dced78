"""Lines on the modules that are under way, redrawn in place by rich."""

from __future__ import annotations

from dataclasses import dataclass, replace
from threading import Lock
from types import TracebackType

from rich import live
from rich.console import Console
from rich.text import Text

from hatch_intent.cli.screen import Screen, plain
from hatch_intent.generate.events import Arriving, Drafting, Event, Judged, Unanswered
from hatch_intent.report.terminal import Lines, about

_REDRAWS_PER_SECOND = 8


@dataclass(frozen=True)
class _Row:
    name: str
    target: str
    model: str
    round: int
    step: str
    tokens: int = 0
    seconds: float = 0.0

    def __str__(self) -> str:
        doing = f"{self.model}  round {self.round}  {self.step}"
        if not self.tokens:
            return about(self.name, self.target, doing)
        pace = f"{self.tokens / self.seconds:.1f} tok/s" if self.seconds else ""
        return about(self.name, self.target, f"{doing}  {self.tokens} tok  {pace}")


class Live:
    """A listener and context manager. Events may come from several threads."""

    def __init__(self, screen: Screen, console: Console | None = None) -> None:
        self._rows: dict[tuple[str, str], _Row] = {}
        self._lock = Lock()
        self._console = console or Console(highlight=False, markup=False, emoji=False)
        self._live = live.Live(
            console=self._console,
            get_renderable=self._rows_shown,
            refresh_per_second=_REDRAWS_PER_SECOND,
            transient=True,
        )
        self._lines = Lines(self._say, self._say if screen.verbose else lambda _: None)

    def __enter__(self) -> Live:
        self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._live.stop()

    def __call__(self, event: Event) -> None:
        self._note(event)
        # What a live line shows needs no line of its own.
        if not isinstance(event, Drafting):
            self._lines(event)

    def _note(self, event: Event) -> None:
        with self._lock:
            match event:
                case Drafting(name, target, model, number, step):
                    self._rows[name, target] = _Row(name, target, model, number, step)
                case Arriving(name, target, tokens, seconds) if (name, target) in self._rows:
                    row = self._rows[name, target]
                    self._rows[name, target] = replace(row, tokens=tokens, seconds=seconds)
                case Judged(more=True):
                    pass  # its line tells of those that are under way
                case Judged() | Unanswered():
                    self._rows.pop((event.name, event.target), None)

    def _rows_shown(self) -> Text:
        with self._lock:
            return Text("\n".join(plain(f"intent  {row}") for row in self._rows.values()))

    def _say(self, text: str) -> None:
        self._console.print(Text(plain(text)), soft_wrap=True)
