"""`watch`, and progress on a terminal."""

import io
import os
import signal
import subprocess
import sys
import threading
from queue import Queue

import pytest
from projects import DOUBLE
from rich.console import Console

from hatch_intent.cli import progress
from hatch_intent.cli.live import Live
from hatch_intent.cli.screen import Screen
from hatch_intent.cli.watch import changes
from hatch_intent.generate.events import (
    Arriving,
    Drafting,
    Judged,
    Notice,
    Planned,
    Settled,
    Unanswered,
)
from hatch_intent.judge.verdict import CallResult, Verdict
from hatch_intent.project import open_project
from hatch_intent.report.terminal import Lines
from hatch_intent.spec import read_spec

pytestmark = pytest.mark.slow

SPEC = read_spec(DOUBLE.encode(), "specs/double.intent.md")

# Without watchfiles, as where the extra isn't installed.
POLLING = "import sys; sys.modules['watchfiles'] = None; "
WATCH = "import sys; from hatch_intent.cli import main; sys.exit(main(['watch', *sys.argv[1:]]))"


class Watching:
    """The command in a process of its own; `until` waits for a line."""

    def __init__(self, root, program, *arguments):
        self.process = subprocess.Popen(
            [sys.executable, "-c", program, *arguments],
            cwd=root,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._lines = Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            self._lines.put(line)

    def until(self, text):
        seen = []
        while not seen or text not in seen[-1]:
            seen.append(self._lines.get(timeout=60))
        return seen


@pytest.fixture
def watching(root):
    started = []

    def start(program, *arguments):
        started.append(Watching(root, program, *arguments))
        return started[-1]

    yield start
    for each in started:
        each.process.kill()
        each.process.wait()
        each.process.stdout.close()


@pytest.mark.parametrize("program", [WATCH, POLLING + WATCH], ids=["watchfiles", "polling"])
def test_watch_sees_every_kind_of_change(root, ghost, watching, program):
    watch = watching(program)
    watch.until("watching specs")
    watch.until("2 modules written")
    spec = root / "specs/double.intent.md"
    spec.write_text("# name: double\n")
    watch.until("errors, nothing was changed")
    spec.write_text(DOUBLE.replace("twice", "two times"))
    watch.until("1 module written")
    (root / "specs/more").mkdir()
    ghost.answers["triple"] = ["def triple(x):\n    return 3 * x"]
    added = root / "specs/more/triple.intent.md"
    added.write_text(DOUBLE.replace("double", "triple").replace("4", "6").replace("-3", "-4.5"))
    watch.until("triple           py  passed")
    watch.until("1 module written")
    added.unlink()
    spec.write_text(DOUBLE.replace("twice", "the double of"))
    watch.until("1 module written")
    assert not (root / "src/demo/auto/triple.py").exists()
    watch.process.send_signal(signal.SIGINT)
    assert watch.until("intent  interrupted")[-1] == "intent  interrupted\n"
    assert watch.process.wait(30) == 130
    with pytest.raises(ProcessLookupError):
        os.killpg(watch.process.pid, 0)


def test_watch_keeps_to_its_scope(root, ghost, watching):
    watch = watching(WATCH, "specs/double.intent.md")
    watch.until("1 module written")
    (root / "specs/shout.intent.md").write_text("broken")
    (root / "specs/shout.intent.md").unlink()
    (root / "specs/double.intent.md").write_text(DOUBLE.replace("twice", "two times"))
    watch.until("1 module written")
    assert set(ghost.asked) == {"double"}


@pytest.fixture
def unwaiting(monkeypatch):
    """Whoever waits for another change has missed one, and fails."""
    monkeypatch.setattr("hatch_intent.cli.watch.QUIET_SECONDS", 0)
    monkeypatch.setattr("hatch_intent.cli.watch._ticks", lambda _: iter(()))


@pytest.mark.usefixtures("unwaiting")
def test_what_changes_during_a_build_is_built_next(root):
    seen = changes(open_project(root))
    next(seen)
    (root / "specs/double.intent.md").write_text("x")
    next(seen)
    (root / "pyproject.toml").write_text("y")
    next(seen)


@pytest.mark.usefixtures("unwaiting")
def test_folders_that_the_settings_name_later_are_watched(root):
    settings, more = root / "pyproject.toml", root / "more"
    more.mkdir()
    settings.write_text(
        settings.read_text().replace("[tool.intent]", "[tool.intent]\nspecs = ['specs', 'more']")
    )
    seen = changes(open_project(root))
    next(seen)
    more.rmdir()
    settings.write_text(settings.read_text().replace(", 'more'", ""))
    next(seen)
    (root / "specs/double.intent.md").write_text("x")
    next(seen)
    more.mkdir()
    settings.write_text(settings.read_text().replace("'specs'", "'specs', 'more'"))
    next(seen)
    (more / "late.intent.md").write_text("y")
    next(seen)


def test_a_build_waits_until_an_editor_is_done(root, monkeypatch):
    spec, left = root / "specs/double.intent.md", [b"1", b"2", b"3"]
    monkeypatch.setattr(
        "hatch_intent.cli.watch.time.sleep", lambda _: left and spec.write_bytes(left.pop(0))
    )
    next(changes(open_project(root)))
    assert left == []


# ---- progress


def test_lines_where_nobody_watches():
    with progress.showing(Screen()) as listener:
        assert isinstance(listener, Lines)


def judged(step, got, seconds=2.0):
    results = tuple(
        CallResult(each, "passed" if each.out == got else "wrong", got) for each in SPEC.examples
    )
    return Judged(SPEC, "py", "ghost", 2, step, Verdict(False, results=results), 40, seconds)


def test_a_failure_names_the_step_and_the_call():
    told = []
    Lines(told.append, told.append)(judged("draft", 4))
    assert "".join(told) == (
        "intent  double           py  draft failed 1 of 2: double(-1.5) → 4, expected -3"
        "    ghost, 2.0 s, 40 tokens, 20.0/s"
    )


def test_like_failures_are_counted():
    told = []
    lines = Lines(told.append, told.append)
    for step, got in (("draft", 4), ("sample", 4), ("sample", 4), ("sample", 5), ("sample", 4)):
        lines(judged(step, got))
    assert [line[29:].partition("    ")[0] for line in told] == [
        "draft failed 1 of 2: double(-1.5) → 4, expected -3",
        "sample failed alike, 2 in a row",
        "sample failed alike, 3 in a row",
        "sample failed 2 of 2: double(2) → 5, expected 4",
        "sample failed 1 of 2: double(-1.5) → 4, expected -3",
    ]


def test_kept_answers_that_fail_are_a_detail():
    said, detail = [], []
    lines = Lines(said.append, detail.append)
    lines(judged("draft", 4, seconds=0))
    assert (said, len(detail)) == ([], 1)
    assert detail[0].endswith("expected -3    ghost, cached answer")
    lines(judged("draft", 4))
    assert "expected -3" in said[0]


@pytest.mark.parametrize(("there", "kind"), [(True, Live), (False, Lines)])
def test_live_on_a_terminal_with_rich(monkeypatch, there, kind):
    monkeypatch.setattr(sys, "stdout", Terminal())
    monkeypatch.setenv("TERM", "xterm")
    if not there:
        monkeypatch.setitem(sys.modules, "rich", None)
    with progress.showing(Screen()) as listener:
        assert isinstance(listener, kind)


@pytest.mark.parametrize("term", ["dumb", "unknown"])
def test_lines_on_a_terminal_that_can_not_redraw(monkeypatch, term):
    monkeypatch.setattr(sys, "stdout", Terminal())
    monkeypatch.setenv("TERM", term)
    with progress.showing(Screen()) as listener:
        assert isinstance(listener, Lines)


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_question_without_an_answer_has_no_live_line():
    with Live(Screen(), Console(file=io.StringIO(), force_terminal=True)) as live:
        live(Drafting("double", "py", "ghost", 1, "draft"))
        live(Unanswered("double", "py"))
        assert live._rows_shown().plain == ""


def test_a_live_line_for_every_running_module():
    told = Terminal()
    console = Console(file=told, width=120, force_terminal=True, highlight=False, markup=False)
    with Live(Screen(), console) as live:
        live(Planned(2, (("double", "py", "new"),)))
        live(Drafting("double", "py", "[b]ghost\x1b[2J", 2, "repair"))
        assert live._rows_shown().plain.endswith("[b]ghost\\x1b[2J  round 2  repair")
        live(Arriving("double", "py", 30, 2.0))
        assert live._rows_shown().plain.endswith("round 2  repair  30 tok  15.0 tok/s")
        live(Arriving("other", "py", 30, 2.0))
        assert "other" not in live._rows_shown().plain
        live(Judged(SPEC, "py", "ghost", 2, "repair", None, 40, 3.0, "no code", more=True))
        live(Arriving("double", "py", 50, 2.0))
        assert live._rows_shown().plain.endswith("round 2  repair  50 tok  25.0 tok/s")
        live(Judged(SPEC, "py", "ghost", 2, "repair", None, 40, 3.0, "no code"))
        assert live._rows_shown().plain == ""
        live(Notice("careful"))
        live(Settled(1, 0, 1, 2, 3.0))
    shown = told.getvalue()
    for text in (
        "2 modules, 1 stale (new)",
        "repair failed: no code    ghost, 3.0 s",
        "careful",
        "1 module written",
    ):
        assert text in shown
    assert "asking" not in shown
