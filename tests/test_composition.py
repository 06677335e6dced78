"""Which spec uses which: order, circles, and uses of what isn't there."""

import pytest

from hatch_intent.composition import Member, faults, in_order
from hatch_intent.project import SpecFile


def member(name, *uses, targets=("py",)):
    raw = f"# name: {name}\n# uses: {', '.join(uses)}\n".encode()
    return Member(SpecFile(f"specs/{name}.intent.md", raw, ""), name, targets, uses)


def told(*members, gone=None, whole=True):
    return [str(each) for each in faults(members, gone or {}, whole=whole)]


def test_what_is_used_comes_first():
    members = [member("a", "b", "c"), member("b", "d"), member("c", "d"), member("d")]
    names = [each.name for each in in_order(members)]
    assert sorted(names) == ["a", "b", "c", "d"]
    assert names[0] == "d"
    assert names[-1] == "a"


def test_a_chain_may_be_longer_than_the_stack():
    chain = [member(f"n{number}", f"n{number + 1}") for number in range(5000)]
    names = [each.name for each in in_order([*chain, member("n5000")])]
    assert names == [f"n{number}" for number in range(5000, -1, -1)]
    assert not told(*chain, member("n5000"))


def test_a_circle_is_shown_with_every_place():
    members = [member("c", "a"), member("b", "free", "c"), member("a", "b"), member("free")]
    assert told(*members) == [
        (
            "specs/a.intent.md:2:9  uses that go round in a circle: a → b, b → c "
            "(specs/b.intent.md:2:15), c → a (specs/c.intent.md:2:9); take one of them out"
        )
    ]


def test_every_circle_is_told():
    members = [member("a", "b"), member("b", "a"), member("c", "d"), member("d", "c")]
    assert [each.split("  ")[0] for each in told(*members)] == [
        "specs/a.intent.md:2:9",
        "specs/c.intent.md:2:9",
    ]


def test_circles_that_share_a_use_are_one_until_it_is_gone():
    members = [member("a", "b"), member("b", "c", "d"), member("c", "a"), member("d", "a")]
    assert len(told(*members)) == 1
    assert not told(member("a"), *members[1:])


@pytest.mark.parametrize(
    ("use", "hint"),
    [
        ("hypott", 'did you mean "hypot"?'),
        ("HYPOT", 'did you mean "hypot"?'),
        ("zzz", "write a spec of that name, or take it out"),
    ],
)
def test_an_unknown_use_comes_with_a_near_match(use, hint):
    assert told(member("norm", use), member("hypot")) == [
        f'specs/norm.intent.md:2:9  uses "{use}", which no spec is named; {hint}'
    ]


def test_a_spec_that_is_gone_is_missed_by_each_of_its_users():
    members = [member("norm", "hypot"), member("unit", "norm", "hypot")]
    assert told(*members, gone={"hypot": "specs/hypot.intent.md"}) == [
        f"specs/{name}.intent.md:2:{column}  uses hypot, whose spec specs/hypot.intent.md is gone; "
        "bring it back, or take hypot out of uses:"
        for name, column in (("norm", 9), ("unit", 15))
    ]


def test_a_spec_that_is_named_anew_in_its_place_is_told_by_its_new_name():
    members = [member("norm", "hypot"), member("length")]
    (line,) = told(*members, gone={"hypot": "specs/length.intent.md"})
    there = 'specs/length.intent.md is named "length" now'
    assert line == f'specs/norm.intent.md:2:9  uses "hypot", but {there}; write that'


def test_a_name_may_be_that_of_a_spec_that_could_not_be_read():
    assert not told(member("norm", "hypot"), whole=False)


def test_a_use_is_built_for_every_target_of_its_user():
    members = [member("norm", "hypot", targets=("js", "py")), member("hypot")]
    assert told(*members) == [
        (
            "specs/norm.intent.md:2:9  uses hypot, which is not built for js; "
            "name js as a target in specs/hypot.intent.md"
        )
    ]
    assert not told(member("norm", "hypot"), member("hypot", targets=("js", "py")))
