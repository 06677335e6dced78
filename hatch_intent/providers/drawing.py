"""Several answers to one prompt, asked for side by side and handed out as they come."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Collection, Generator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

from hatch_intent.providers.base import Completion, OnAnswer, OnTokens, Sampling
from hatch_intent.providers.leash import Leash


@dataclass
class Run:
    """Answers under consecutive seeds that are asked for in one request, if the server can."""

    sampling: Sampling
    """Its seed is the first answer's."""
    count: int
    deliver: Callable[[Completion], None]
    on_tokens: OnTokens | None = None
    leash: Leash = field(default_factory=Leash)


def drawn(
    draw: Callable[[Run], None],
    sampling: Sampling,
    seeds: Sequence[int],
    *,
    width: int,
    at_once: int,
    on_tokens: OnTokens | None,
    on_answer: OnAnswer | None,
) -> Generator[Completion, None, None]:
    """An answer under each seed, up to `width` in one request and `at_once` requests in flight.

    `draw` asks for one run and delivers its answers; it may be called in several threads. Where
    there is one answer in one request at a time, the next is asked for when somebody wants it.
    Closing the generator gives up what is under way. After an error nothing more is asked for;
    it is raised once what was in flight has come. `on_answer` is told of answers that nobody
    has taken yet.
    """
    told = on_answer or _nobody
    runs = [(replace(sampling, seed=first), count) for first, count in unbroken(seeds, width)]
    if width == 1 and at_once == 1:
        for one, _ in runs:
            yield from _alone(draw, one, on_tokens, told)
        return
    crew = _Crew(draw, runs, on_tokens, told)
    try:
        yield from crew.answers(min(at_once, len(runs)))
    finally:
        crew.leash.pull()


def wanted_seeds(sampling: Sampling, count: int, skip: Collection[int]) -> list[int]:
    """So many seeds from the sampling's upwards, without those to skip."""
    return [seed for seed in range(sampling.seed, sampling.seed + count) if seed not in skip]


def unbroken(seeds: Sequence[int], most: int) -> list[tuple[int, int]]:
    """First and number of seeds that follow each other, at most so many."""
    runs: list[tuple[int, int]] = []
    for seed in seeds:
        first, count = runs[-1] if runs else (seed, most)
        if count < most and seed == first + count:
            runs[-1] = first, count + 1
        else:
            runs.append((seed, 1))
    return runs


def _alone(
    draw: Callable[[Run], None],
    sampling: Sampling,
    on_tokens: OnTokens | None,
    on_answer: OnAnswer,
) -> list[Completion]:
    got: list[Completion] = []
    draw(Run(sampling, 1, got.append, on_tokens))
    for answer in got:
        on_answer(answer)
    return got


def _nobody(answer: Completion) -> None:
    """Told of an answer before it is handed out."""


class _Crew:
    """The threads that ask, and what they bring."""

    def __init__(
        self,
        draw: Callable[[Run], None],
        runs: list[tuple[Sampling, int]],
        on_tokens: OnTokens | None,
        on_answer: OnAnswer,
    ) -> None:
        self._draw = draw
        self._todo: queue.SimpleQueue[tuple[Sampling, int]] = queue.SimpleQueue()
        for run in runs:
            self._todo.put(run)
        self._on_tokens = on_tokens
        self._on_answer = on_answer
        self._counts: dict[int, int] = {}
        """Tokens so far, by the first seed of a run."""
        self._counting = threading.Lock()
        # An answer, an error, or None when a thread ends.
        self._brought: queue.SimpleQueue[Completion | BaseException | None] = queue.SimpleQueue()
        self.leash = Leash()

    def answers(self, threads: int) -> Generator[Completion, None, None]:
        for _ in range(threads):
            # A build that is interrupted doesn't wait for them.
            threading.Thread(target=self._work, daemon=True).start()
        error: BaseException | None = None
        while threads:
            brought = self._brought.get()
            if brought is None:
                threads -= 1
            elif isinstance(brought, BaseException):
                error = error or brought
            else:
                yield brought
        if error is not None:
            raise error

    def _work(self) -> None:
        try:
            while not self.leash.pulled:
                sampling, count = self._todo.get_nowait()
                told = self._telling(sampling.seed) if self._on_tokens else None
                self._draw(Run(sampling, count, self._deliver, told, self.leash))
        except queue.Empty:
            pass  # nothing is left to ask for
        except BaseException as error:  # noqa: BLE001 - raised where the answers are waited for
            self._brought.put(error)
            self._drop()
        finally:
            self._brought.put(None)

    def _deliver(self, answer: Completion) -> None:
        self._on_answer(answer)
        self._brought.put(answer)

    def _drop(self) -> None:
        with suppress(queue.Empty):  # another thread may take the last one
            while True:
                self._todo.get_nowait()

    def _telling(self, seed: int) -> OnTokens:
        def told(tokens: int) -> None:
            with self._counting:
                self._counts[seed] = tokens
                total = sum(self._counts.values())
            if self._on_tokens:
                self._on_tokens(total)

        return told
