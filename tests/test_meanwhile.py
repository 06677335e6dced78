"""What others do to the lock while a build runs."""

import pytest
from test_lock import entry, lock_of

from hatch_intent.errors import CheckFailed
from hatch_intent.meanwhile import joined

BEFORE = lock_of(entry("kept"), entry("ours"), entry("gone"))
AFTER = BEFORE.with_entries(entry("ours", key="y"), entry("made")).without([("gone", "py")])


def test_nothing_came():
    assert joined(BEFORE, AFTER, BEFORE) == AFTER


def test_both_have_changed_other_tables():
    now = BEFORE.with_entries(entry("theirs"), entry("kept", key="z"))
    assert joined(BEFORE, AFTER, now) == AFTER.with_entries(entry("theirs"), entry("kept", key="z"))
    assert joined(BEFORE, AFTER, BEFORE.without([("kept", "py")])) == AFTER.without(
        [("kept", "py")]
    )


def test_both_have_done_the_same():
    assert joined(BEFORE, AFTER, AFTER) == AFTER


@pytest.mark.parametrize("name", ["ours", "made", "gone"])
def test_both_have_changed_one_table(name):
    now = BEFORE.with_entries(entry(name, key="z"))
    with pytest.raises(CheckFailed, match=rf"^intent\.lock  \[{name}\.py\] was changed while"):
        joined(BEFORE, AFTER, now)
