"""When a request is tried again, and when a server is given up."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from hatch_intent.errors import ProviderError
from hatch_intent.providers import patience
from hatch_intent.providers.base import ContextError
from hatch_intent.providers.patience import (
    LateError,
    RefusedError,
    Standing,
    TransientError,
    patiently,
)


class Server:
    """Fails as told, then answers."""

    def __init__(self, *failures):
        self.failures = list(failures)
        self.tries = 0
        self.standing = Standing()

    def ask(self, timeout=60):
        return patiently(self.standing, self.attempt, timeout)

    def attempt(self, deadline):
        self.tries += 1
        self.deadline = deadline
        if self.failures:
            raise self.failures.pop(0)
        return "answer"


@pytest.fixture
def known():
    """A server that has answered once."""
    server = Server()
    server.ask()
    server.tries = 0
    return server


def busy():
    return TransientError("HTTP 503")


def test_what_passes_is_tried_again(known, no_pauses):
    known.failures = [busy() for _ in range(patience.MAX_TRIES - 1)]
    assert known.ask() == "answer"
    assert known.tries == patience.MAX_TRIES


def test_one_that_never_answered_is_told_sooner(no_pauses):
    server = Server(*(busy() for _ in range(9)))
    with pytest.raises(TransientError):
        server.ask()
    assert server.tries == patience.FIRST_TRIES


def test_what_will_not_pass_is_not_tried_again(known, no_pauses):
    for error in (ProviderError("HTTP 401"), ContextError("too long")):
        known.failures, known.tries = [error], 0
        with pytest.raises(ProviderError) as caught:
            known.ask()
        assert (known.tries, caught.value.passing) == (1, False)


def test_a_failure_passes_until_there_are_several_in_a_row(known, no_pauses):
    def fails():
        known.failures = [busy() for _ in range(patience.MAX_TRIES)]
        with pytest.raises(TransientError) as caught:
            known.ask()
        return caught.value.passing

    assert [fails(), fails()] == [True, True]
    known.ask()
    assert [fails(), fails(), fails()] == [True, True, False]


def test_requests_that_fail_together_are_one_failure(known, no_pauses):
    def together(count):
        under_way = threading.Barrier(count)

        def attempt(_):
            under_way.wait(10)
            raise busy()

        def fails(_):
            with pytest.raises(TransientError) as caught:
                patiently(known.standing, attempt, 60)
            return caught.value.passing

        with ThreadPoolExecutor(count) as pool:
            return set(pool.map(fails, range(count)))

    assert [together(8), together(8), together(8)] == [{True}, {True}, {False}]
    known.ask()
    assert together(8) == {True}


def test_an_answer_that_hangs_is_asked_for_again_while_others_are_answered(known):
    late = [LateError("no whole answer") for _ in range(2)]

    def attempt(deadline):
        known.standing.answered()  # another thread's request, meanwhile
        deadlines.append(deadline)
        if late:
            raise late.pop()
        return "answer"

    deadlines = []
    assert patiently(known.standing, attempt, 60) == "answer"
    assert deadlines == sorted(set(deadlines))  # each try has its own time


def test_but_not_for_ever(known):
    def attempt(_):
        known.standing.answered()
        tries.append(1)
        raise LateError("no whole answer")

    tries = []
    with pytest.raises(LateError) as caught:
        patiently(known.standing, attempt, 60)
    assert (len(tries), caught.value.passing) == (patience.LATE_TRIES, True)


def test_where_nobody_gets_an_answer_in_time_it_is_asked_for_once_more(known):
    known.failures = [LateError("no whole answer")]
    assert known.ask() == "answer"
    known.failures, known.tries = [LateError("no whole answer") for _ in range(3)], 0
    with pytest.raises(LateError) as caught:
        known.ask()
    assert (known.tries, caught.value.passing) == (2, False)


def test_a_server_that_never_answered_is_not_waited_for_twice():
    server = Server(LateError("no whole answer"))
    with pytest.raises(LateError) as caught:
        server.ask()
    assert (server.tries, caught.value.passing) == (1, False)


def test_where_nobody_ever_listened_nobody_will(no_pauses):
    server = Server(RefusedError("connection refused"))
    with pytest.raises(RefusedError) as caught:
        server.ask()
    assert (server.tries, caught.value.passing, no_pauses) == (1, False, [])


def test_a_server_that_starts_again_is_waited_for(known, no_pauses):
    known.failures = [RefusedError("connection refused"), RefusedError("connection refused")]
    assert known.ask() == "answer"
    known.failures = [RefusedError("connection refused") for _ in range(9)]
    with pytest.raises(RefusedError) as caught:
        known.ask()
    assert not caught.value.passing


def test_pauses_are_unequal_and_bounded(known, no_pauses):
    for _ in range(20):
        known.failures = [busy() for _ in range(patience.MAX_TRIES)]
        with pytest.raises(TransientError):
            known.ask()
    firsts = no_pauses[:: patience.MAX_TRIES - 1]
    assert len(set(firsts)) > 10
    assert all(0.25 <= pause <= 0.5 for pause in firsts)
    assert max(no_pauses) <= patience.MAX_PAUSE


def test_retry_after_is_waited_for_in_full_within_the_deadline(known, no_pauses):
    known.failures = [TransientError("HTTP 429", pause=asked) for asked in (2.0, 50.0, 0.0)]
    assert known.ask(timeout=60) == "answer"
    assert 2.0 <= no_pauses[0] <= 2.5
    assert 50.0 <= no_pauses[1] < 60.0
    assert no_pauses[2] == 0.0


def test_one_that_ends_beyond_the_deadline_is_not_begun(known, no_pauses):
    known.failures = [TransientError("HTTP 429", pause=86400.0)]
    with pytest.raises(TransientError) as caught:
        known.ask()
    assert (known.tries, no_pauses, caught.value.passing) == (1, [], True)


def test_all_tries_share_one_deadline(known, no_pauses):
    known.failures = [busy(), busy()]
    before = time.monotonic()
    known.ask(timeout=60)
    assert known.deadline <= before + 61
    known.failures, known.tries = [TransientError("HTTP 503", pause=4)], 0
    with pytest.raises(TransientError):
        known.ask(timeout=2)  # the pause would end after it
    assert known.tries == 1


def test_a_loading_server_is_asked_until_the_deadline(no_pauses):
    server = Server(*(TransientError("Loading model", loading=True) for _ in range(20)))
    assert server.ask() == "answer"
