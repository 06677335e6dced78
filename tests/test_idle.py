"""How long a server had nothing to do, from its log."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))  # benchmarks are no part of the package

from benchmarks.idle import idle

LOG = """\
0.00.000.401 I srv          init: initializing ...
0.10.000.000 I slot launch_slot_: id  0 | task 1 | processing task, is_child = 0
0.10.500.000 I slot launch_slot_: id  1 | task 2 | processing task, is_child = 1
0.12.000.000 I slot print_timing: id  1 | task 2 | n_gen = 10, tg = 5.53 t/s
0.14.000.000 I slot      release: id  0 | task 1 | stop processing: n_tokens = 622
0.20.000.000 I slot      release: id  1 | task 2 | stop processing: n_tokens = 600
0.21.500.000 I slot launch_slot_: id  0 | task 7 | processing task, is_child = 0
1.10.000.000 I slot      release: id  0 | task 7 | stop processing: n_tokens = 640
1.15.000.000 I slot launch_slot_: id  0 | task 9 | processing task, is_child = 0
"""


def test_the_gaps_between_answers_are_counted_up_to_the_last() -> None:
    assert idle(LOG.splitlines()) == (60.0, 1.5)


def test_a_log_without_answers_is_an_error() -> None:
    with pytest.raises(ValueError, match="no answer"):
        idle(["0.00.000.401 I srv          init: initializing ..."])
