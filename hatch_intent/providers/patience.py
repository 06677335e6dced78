"""Which failures of a server pass by themselves, how long to wait for that, when to give up.

A server may fail at one request in a hundred, in any way, and still answer a hundred thousand
in all. So a failure that may pass is tried again a few times, with growing pauses that chance
makes unequal, for many requests fail together. One that never answered is told at once what
is wrong with it.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from hatch_intent.errors import ProviderError
from hatch_intent.providers.leash import Leash

MAX_TRIES = 6
"""Of one request to a server that has answered before."""
FIRST_TRIES = 3
"""Of one request to a server that has not."""
LATE_TRIES = 3
"""Of a request whose answers hang, while the same server answers others; else one less."""
STRIKES = 3
"""Requests that fail in a row, each after all its tries, before a server is given up.

Those that were under way together are one: they suffer from the same.
"""
FIRST_PAUSE = 0.5
MAX_PAUSE = 5.0
"""Seconds between two tries, where the server asks for no other pause in Retry-After."""

T = TypeVar("T")


class TransientError(ProviderError):
    """A failure that may pass: overloaded, closed early, loading its model."""

    def __init__(
        self,
        message: str,
        *,
        remedy: str = "try again when the server is less busy",
        pause: float | None = None,
        loading: bool = False,
    ) -> None:
        super().__init__(message, remedy=remedy)
        self.pause = pause
        self.loading = loading


class LateError(ProviderError):
    """No whole answer in time. Worth another try only where others got theirs."""


class RefusedError(ProviderError):
    """Nobody listens. Worth another try only where somebody did a moment ago."""


@dataclass
class Standing:
    """How a server has done in this run. Thread-safe."""

    answers: int = 0
    strikes: int = 0
    """Requests that failed since the last answer, together or alone."""

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._struck = 0.0

    def answered(self) -> None:
        with self._lock:
            self.answers += 1
            self.strikes = 0

    def struck(self, began: float) -> int:
        """A request that began then has failed; how many have in a row."""
        with self._lock:
            if began >= self._struck:
                self._struck, self.strikes = time.monotonic(), self.strikes + 1
            return self.strikes


def patiently(
    standing: Standing,
    attempt: Callable[[float], T],
    timeout: float,
    leash: Leash | None = None,
) -> T:
    """What `attempt` gives, tried again where its failure may pass.

    `attempt` is handed its deadline, by the monotonic clock. `timeout` seconds are all there
    is for tries and pauses together, unless an answer hangs and the server has answered before:
    then the next try has as many again. The error raised in the end has `passing` set when
    the next request may well do better. Once `leash` is pulled there is no other try, and
    `GivenUpError` is raised.
    """
    tries = _Tries(standing, timeout, leash or Leash())
    while True:
        try:
            value = attempt(tries.deadline)
        except (TransientError, LateError, RefusedError) as error:  # noqa: PERF203 - what a try is
            if not tries.another(error):
                error.passing = tries.passing(error)
                raise
        else:
            standing.answered()
            return value


class _Tries:
    """The tries of one request."""

    def __init__(self, standing: Standing, timeout: float, leash: Leash) -> None:
        self._standing = standing
        self._leash = leash
        self._timeout = timeout
        self._began = time.monotonic()
        self._failed = self._late = 0
        self._answers = 0
        self._renew()

    def another(self, error: TransientError | LateError | RefusedError) -> bool:
        """Whether to try again, after having waited for that."""
        self._leash.check()  # a connection that was cut looks like any other failure
        if isinstance(error, LateError):
            self._late += 1
            most = LATE_TRIES if self._others_answered else LATE_TRIES - 1
            if self._late >= most or not self._standing.answers:
                return False
            self._renew()
            return True
        if isinstance(error, RefusedError) and not self._standing.answers:
            return False
        # A server that loads its model is asked until the deadline.
        self._failed += not getattr(error, "loading", False)
        left = self.deadline - time.monotonic()
        pause = _pause(self._failed, getattr(error, "pause", None), left)
        most = MAX_TRIES if self._standing.answers else FIRST_TRIES
        if self._failed >= most or pause >= left:
            return False
        self._leash.wait(pause)
        self._leash.check()
        return True

    def passing(self, error: ProviderError) -> bool:
        """Whether to go on asking this server for other things."""
        if isinstance(error, RefusedError):
            return False
        strikes = self._standing.struck(self._began)
        others = self._others_answered if isinstance(error, LateError) else True
        return others and strikes < STRIKES

    @property
    def _others_answered(self) -> bool:
        return self._standing.answers > self._answers

    def _renew(self) -> None:
        self.deadline = time.monotonic() + self._timeout
        self._answers = self._standing.answers


def _pause(failed: int, asked: float | None, left: float) -> float:
    chance = random.random()  # noqa: S311 - no secret
    if asked is not None:
        # What is added for chance leaves time to ask once more.
        return asked + chance * max(min(asked / 4, (left - asked) / 2), 0.0)
    pause: float = FIRST_PAUSE * 2 ** max(failed - 1, 0)
    return min(pause, MAX_PAUSE) * (1 + chance) / 2
