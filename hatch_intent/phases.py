"""Work that goes from station to station, all of it through one station before the next.

The stations are models: on one machine they share memory and processors, and to load one takes
seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Generic, TypeVar

Station = TypeVar("Station")
Result = TypeVar("Result")


@dataclass(frozen=True)
class _Pause(Generic[Station]):
    """Where a piece of work goes on."""

    station: Station


@dataclass(frozen=True)
class _End(Generic[Result]):
    result: Result


class Phases(Generic[Station, Result]):
    """Runs pieces of work in so many threads, each a generator that gives the stations it comes to.

    `turning` is told the next station while nothing is under way. Not thread-safe itself.
    """

    def __init__(
        self, at_once: int, stations: Sequence[Station], turning: Callable[[Station], None]
    ) -> None:
        self._pool = ThreadPoolExecutor(at_once)
        self._stations = stations
        self._turning = turning
        self._running: dict[
            Future[_Pause[Station] | _End[Result]], Generator[Station, None, Result]
        ] = {}
        self._paused: dict[int, list[Generator[Station, None, Result]]] = {}
        self._done: SimpleQueue[Future[_Pause[Station] | _End[Result]]] = SimpleQueue()
        self._errors: list[BaseException] = []
        self._place = 0

    def start(self, works: Iterable[Generator[Station, None, Result]]) -> None:
        """Begin with some work, up to its first station."""
        for work in works:
            self._run(work)

    @property
    def busy(self) -> bool:
        """Whether any work has not come to its end."""
        return bool(self._running or self._paused)

    def finished(self) -> tuple[list[Result], list[BaseException]]:
        """Wait until some work ends; what came of it, and the errors of what broke.

        After an error only what is under way is brought to its next station, or to its end.
        """
        results: list[Result] = []
        while self.busy and not results and not self._errors:
            self._go_on()
            results += self._take(self._arrived())
            if self._errors:
                self.stop()
                results += self._take(list(self._running))
                self._paused.clear()
        errors, self._errors = self._errors, []
        return results, errors

    def stop(self) -> None:
        """Begin nothing more, and wait for what is under way."""
        self._pool.shutdown(cancel_futures=True)
        for future in [each for each in self._running if each.cancelled()]:
            del self._running[future]

    def _run(self, work: Generator[Station, None, Result]) -> None:
        future = self._pool.submit(_step, work)
        self._running[future] = work
        future.add_done_callback(self._done.put)

    def _arrived(self) -> list[Future[_Pause[Station] | _End[Result]]]:
        """What is done, at least one."""
        done = [self._done.get()]
        while not self._done.empty():
            done.append(self._done.get())
        return done

    def _take(self, done: Iterable[Future[_Pause[Station] | _End[Result]]]) -> list[Result]:
        results: list[Result] = []
        for future in done:
            if future not in self._running:  # it was cancelled, or taken before
                continue
            work = self._running.pop(future)
            if error := future.exception():
                self._errors.append(error)
                continue
            outcome = future.result()
            if isinstance(outcome, _End):
                results.append(outcome.result)
            else:
                place = self._stations.index(outcome.station)
                self._paused.setdefault(place, []).append(work)
        return results

    def _go_on(self) -> None:
        """Let the work go on that waits at the first station; to turn to it, all has to rest."""
        if not self._paused:
            return
        place = min(self._paused)
        if place != self._place:
            if self._running:
                return
            self._turning(self._stations[place])
            self._place = place
        for work in self._paused.pop(place):
            self._run(work)


def _step(work: Generator[Station, None, Result]) -> _Pause[Station] | _End[Result]:
    try:
        return _Pause(next(work))
    except StopIteration as end:
        return _End(end.value)
