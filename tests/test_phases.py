from __future__ import annotations

import threading
from collections.abc import Generator

import pytest

from hatch_intent.phases import Phases, Place


class Works:
    """Pieces of work that note what they do."""

    def __init__(self) -> None:
        self.log: list[str] = []
        self.under_way = 0
        self._lock = threading.Lock()

    def work(self, name: str, stations: str) -> Generator[str, None, str]:
        for station in stations:
            yield station
            with self._lock:
                self.under_way += 1
                self.log.append(f"{name}{station}")
            if station == "!":
                raise ValueError(name)
            with self._lock:
                self.under_way -= 1
        return name

    def turning(self, station: str) -> None:
        assert self.under_way == 0
        self.log.append(f"to {station}")


def places(stations: str, at_once: int, grounds: str = "") -> list[Place[str]]:
    """On one ground, unless there is a letter for each; room for so many on each."""
    return [
        Place(station, grounds[number : number + 1], at_once if grounds or not number else 0)
        for number, station in enumerate(stations)
    ]


def everything(phases: Phases[str, str]) -> list[str]:
    results: list[str] = []
    while phases.busy:
        done, errors = phases.finished()
        assert not errors
        results += done
    return results


def test_all_of_one_station_comes_before_the_next():
    works = Works()
    phases = Phases(places("ABC", 2), works.turning)
    phases.start(works.work(name, "ABC") for name in "uvwxyz")
    assert sorted(everything(phases)) == list("uvwxyz")
    stations = [each[-1] for each in works.log if not each.startswith("to")]
    assert "".join(stations) == 6 * "A" + 6 * "B" + 6 * "C"
    assert [each for each in works.log if each.startswith("to")] == ["to B", "to C"]


def test_who_needs_only_the_second_station_waits_for_the_first_one():
    works = Works()
    phases = Phases(places("AB", 2), works.turning)
    phases.start([works.work("x", "B"), works.work("y", "A"), works.work("z", "AB")])
    everything(phases)
    assert sorted(works.log[:2]) == ["yA", "zA"]
    assert works.log[2] == "to B"


def test_what_starts_later_waits_until_the_second_station_is_done():
    works = Works()
    phases = Phases(places("AB", 3), works.turning)
    started, seen, overtaken = threading.Event(), threading.Event(), []

    def slow() -> Generator[str, None, str]:
        yield "B"
        started.wait()
        overtaken.append(seen.wait(0.5))
        return "slow"

    def late() -> Generator[str, None, str]:
        yield "A"
        seen.set()
        return "late"

    phases.start([works.work("x", "B"), slow()])
    assert phases.finished() == (["x"], [])
    phases.start([late()])
    started.set()
    assert everything(phases) == ["slow", "late"]
    assert overtaken == [False]
    assert works.log == ["to B", "xB", "to A"]


def test_the_first_station_waits_for_nobody():
    asked = threading.Event()

    def slow() -> Generator[str, None, bool]:
        waited = asked.wait(5)
        yield "A"
        return waited

    def quick() -> Generator[str, None, bool]:
        yield "A"
        asked.set()
        return True

    phases: Phases[str, bool] = Phases(places("AB", 2), pytest.fail)
    phases.start([slow(), quick()])
    results: list[bool] = []
    while phases.busy:
        results += phases.finished()[0]
    assert results == [True, True]


def test_stations_on_other_grounds_wait_for_nobody():
    works, there, seen = Works(), threading.Event(), []

    def here(name: str) -> Generator[str, None, str]:
        yield "A"
        seen.append(there.wait(5))
        return name

    def elsewhere() -> Generator[str, None, str]:
        yield "C"
        there.set()
        return "z"

    phases = Phases(places("ABC", 1, "xxy"), works.turning)
    phases.start([*map(here, "pqr"), works.work("s", "B"), elsewhere()])
    assert sorted(everything(phases)) == list("pqrsz")
    assert seen == [True] * 3
    assert works.log == ["to B", "sB"]


def test_a_ground_turns_while_another_is_busy():
    works, here, seen = Works(), threading.Event(), []

    def elsewhere() -> Generator[str, None, str]:
        yield "C"
        seen.append(here.wait(5))
        return "z"

    def later() -> Generator[str, None, str]:
        yield "A"
        yield "B"
        here.set()
        return "y"

    phases = Phases(places("ABC", 1, "xxy"), works.turning)
    phases.start([elsewhere(), later()])
    assert sorted(everything(phases)) == ["y", "z"]
    assert seen == [True]


def test_an_error_on_one_ground_ends_the_other_after_what_is_under_way():
    works = Works()
    phases = Phases(places("A!B", 1, "xyx"), works.turning)
    phases.start([works.work("x", "A!"), works.work("y", "AAB")])
    done, errors = phases.finished()
    assert (done, [str(each) for each in errors]) == ([], ["x"])
    assert not phases.busy
    assert "yB" not in works.log


def test_work_without_a_station_ends_at_once():
    phases = Phases(places("AB", 1), pytest.fail)
    phases.start([Works().work("x", "")])
    assert phases.finished() == (["x"], [])
    assert not phases.busy
    assert phases.finished() == ([], [])


def test_an_error_ends_it_and_keeps_what_had_ended():
    works = Works()
    phases = Phases(places("A!B", 1), works.turning)
    phases.start([works.work("x", "A"), works.work("y", "A!"), works.work("z", "AB")])
    first, none = phases.finished()
    assert (first, none) == (["x"], [])
    done, errors = phases.finished()
    assert [str(each) for each in errors] == ["y"]
    assert done == []
    assert not phases.busy
    assert "zB" not in works.log
