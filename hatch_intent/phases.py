"""Work that goes from station to station: on one ground, all of it through one before the next.

The stations are models and the grounds machines: models on one machine share its memory and
processors, and to load one takes seconds; those on another machine need not wait for them.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Generic, TypeVar

Station = TypeVar("Station")
Result = TypeVar("Result")

_BEFORE = None
"""The ground of work that has not come to a station yet."""


@dataclass(frozen=True)
class Place(Generic[Station]):
    """A station, the ground it stands on, and how many pieces of work it takes at once."""

    station: Station
    ground: str
    at_once: int


@dataclass(frozen=True)
class _Pause(Generic[Station]):
    """Where a piece of work goes on."""

    station: Station


@dataclass(frozen=True)
class _End(Generic[Result]):
    result: Result


class Phases(Generic[Station, Result]):
    """Runs pieces of work in threads, each a generator that gives the stations it comes to.

    `turning` is told the next station of a ground while nothing is under way there. Not
    thread-safe itself.
    """

    def __init__(
        self, places: Sequence[Place[Station]], turning: Callable[[Station], None]
    ) -> None:
        self._stations = [each.station for each in places]
        self._grounds = [each.ground for each in places]
        self._turning = turning
        # Work for one ground, waiting in a queue, must not keep that for another from its threads.
        at_once = max(sum(each.at_once for each in places), 1)
        self._pools: dict[str | None, ThreadPoolExecutor] = {_BEFORE: ThreadPoolExecutor(at_once)}
        self._at: dict[str, int] = {}
        for ground in dict.fromkeys(self._grounds):
            at_once = sum(each.at_once for each in places if each.ground == ground)
            self._pools[ground] = ThreadPoolExecutor(max(at_once, 1))
            self._at[ground] = self._grounds.index(ground)
        self._running: dict[
            Future[_Pause[Station] | _End[Result]],
            tuple[Generator[Station, None, Result], str | None],
        ] = {}
        self._paused: dict[int, list[Generator[Station, None, Result]]] = {}
        self._done: SimpleQueue[Future[_Pause[Station] | _End[Result]]] = SimpleQueue()
        self._errors: list[BaseException] = []

    def start(self, works: Iterable[Generator[Station, None, Result]]) -> None:
        """Begin with some work, up to its first station."""
        for work in works:
            self._run(work, _BEFORE)

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
        for pool in self._pools.values():
            pool.shutdown(wait=False, cancel_futures=True)
        for pool in self._pools.values():
            pool.shutdown()
        for future in [each for each in self._running if each.cancelled()]:
            del self._running[future]

    def _run(self, work: Generator[Station, None, Result], ground: str | None) -> None:
        future = self._pools[ground].submit(_step, work)
        self._running[future] = work, ground
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
            work, _ = self._running.pop(future)
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
        """Let the work go on that waits at the first station of a ground.

        To turn to it, all that is on that ground, or may come to it, has to rest.
        """
        for ground in {self._grounds[place] for place in self._paused}:
            place = min(each for each in self._paused if self._grounds[each] == ground)
            if place != self._at[ground]:
                if any(where in (ground, _BEFORE) for _, where in self._running.values()):
                    continue
                self._turning(self._stations[place])
                self._at[ground] = place
            for work in self._paused.pop(place):
                self._run(work, ground)


def _step(work: Generator[Station, None, Result]) -> _Pause[Station] | _End[Result]:
    try:
        return _Pause(next(work))
    except StopIteration as end:
        return _End(end.value)
