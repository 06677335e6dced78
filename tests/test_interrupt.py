"""Who is interrupted, and what is left as it was."""

import os
import signal
import threading
import time

import pytest

from hatch_intent import interrupt
from hatch_intent.interrupt import interruptible


@pytest.fixture(autouse=True)
def ctrl_c():
    """A shell that starts the tests in the background makes them ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def left(monkeypatch):
    """Tells that the process would have ended."""
    ended = threading.Event()
    monkeypatch.setattr(interrupt, "GRACE_SECONDS", 0.05)
    monkeypatch.setattr(interrupt, "_leave", ended.set)
    return ended


def interrupted():
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(10)


def test_a_guest_that_stops_in_time_leaves_its_host_to_go_on(left):
    with pytest.raises(KeyboardInterrupt), interruptible(guest=True):
        interrupted()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert not left.wait(0.3)


def test_one_that_does_not_stop_is_ended(left):
    def waits():
        try:
            interrupted()
        finally:
            assert left.wait(10)

    with pytest.raises(KeyboardInterrupt), interruptible(guest=True):
        waits()


def test_a_guest_takes_no_signal_that_its_host_handles():
    def own(*_):
        seen.append(1)

    seen: list[int] = []
    signal.signal(signal.SIGINT, own)
    with interruptible(guest=True):
        assert signal.getsignal(signal.SIGTERM) is not signal.getsignal(signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.05)
    assert seen == [1]
    assert signal.getsignal(signal.SIGINT) is own
