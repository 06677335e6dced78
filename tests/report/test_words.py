"""What a build says where it stops: the command that helps, as a shell takes it."""

from hatch_intent.freshness import Freshness
from hatch_intent.lock import LockEntry
from hatch_intent.project import SpecFile
from hatch_intent.report.cases import module_cases
from hatch_intent.report.words import spec_gone, stale_while_frozen

DIGEST = "0" * 64
TEXT = b"# name: f\n# description: x\n# signature: () -> number\n# examples:\n- in: [] out: 1\n"


def entry(author="model"):
    places = ("f", "py", "py", "specs/f.intent.md", DIGEST, DIGEST, DIGEST, "", DIGEST)
    return LockEntry(*places, "auto/f.py", DIGEST, "f", author)


def stale(path="specs/f.intent.md", author="model", why="description changed", recheck=False):
    file = SpecFile(path, TEXT, DIGEST)
    return Freshness(
        file, "f", "py", "auto/f.py", "stale", why, entry=entry(author), recheck=recheck
    )


def last_line(*modules):
    return stale_while_frozen(modules, 9).splitlines()[-1].strip()


def test_paths_are_quoted_where_a_shell_would_divide_them():
    said = last_line(stale("my specs/f.intent.md"), stale("my specs/it's.intent.md"))
    assert said == (
        "Build it where a model runs:  hatch-intent build 'my specs/f.intent.md' "
        "'my specs/it'\"'\"'s.intent.md'"
    )
    (case, *_) = module_cases(stale("my specs/f.intent.md"), None, "")
    assert case.message.endswith("; hatch-intent build 'my specs/f.intent.md'")


def test_what_a_person_wrote_is_theirs_to_adopt():
    said = stale_while_frozen([stale(), stale(author="hand")], 2)
    assert "Build it where a model runs:  hatch-intent build specs/f.intent.md" in said
    assert "Keep what a person wrote:  hatch-intent adopt f" in said
    said = last_line(stale(author="hand"))
    assert said.startswith("Keep what a person wrote:  hatch-intent adopt f ")
    (case, *_) = module_cases(stale(author="hand"), None, "")
    assert case.message.endswith("; hatch-intent adopt f")


def test_a_build_puts_right_what_no_person_needs_to_look_at():
    for module in (stale(author="hand", recheck=True), stale(author="hand", why="output missing")):
        assert last_line(module).startswith("Build it where a model runs:  hatch-intent build")


def test_a_spec_that_is_gone_has_a_remedy():
    head, gone, way = spec_gone([entry()]).splitlines()
    assert head == "the lock holds modules without a spec and this build is frozen"
    assert gone == "  auto/f.py: specs/f.intent.md is gone"
    assert way.startswith(
        "  Restore the specs, or let a build that isn't frozen remove the modules:"
    )
    assert way.endswith("  hatch-intent build")
