"""Words, exit codes and errors of the command line as a whole."""

import os
import signal
import subprocess
import sys
import threading

import pytest
from ghostwriter import ghostwriter
from projects import DOUBLE, GOOD_DOUBLE, NOBODY, make_project, snapshot

from hatch_intent import cli
from hatch_intent.cli import parser
from hatch_intent.cli.screen import Screen, plain
from hatch_intent.errors import ProviderError


def command(root, *arguments, **options):
    words = [sys.executable, "-m", "hatch_intent", *arguments]
    return subprocess.run(words, cwd=root, capture_output=True, text=True, **options)


def test_the_module_builds_and_tells_the_state_in_a_process_of_its_own(root):
    done = command(root, "specs/double.intent.md")
    assert (done.returncode, done.stderr) == (0, "")
    assert "1 module written, lock updated, 1 call" in done.stdout
    done = command(root, "status")
    assert done.returncode == 1
    assert "shout    py       stale   new" in done.stdout


@pytest.mark.parametrize("words", [("--help",), ("status",)])
def test_looking_loads_nothing_that_is_not_needed(built, root, words):
    built("status")
    program = (
        "import sys; from hatch_intent.cli import main; code = main(sys.argv[1:]);"
        "print([m for m in ('pydantic', 'httpx', 'rich', 'filelock', 'hatch_intent.spec')"
        " if m in sys.modules], code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *words], cwd=root, capture_output=True, text=True
    )
    assert done.stdout.splitlines()[-1] == "[] 0"


def test_every_command_explains_itself(capsys):
    _, commands = parser._parser()
    assert len(commands) == 15
    for name in commands:
        assert cli.main([name, "--help"]) == 0
        assert f"hatch-intent {name}" in capsys.readouterr().out


def test_no_command_is_a_usage_error(intent):
    code, out, _ = intent()
    assert code == 2
    assert "Exit codes: 0 good" in out


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("biuld", 'no command and no spec or folder "biuld"; did you mean "build"?'),
        ("zzzz", "commands are build, check, watch"),
    ],
)
def test_an_unknown_word_is_named(intent, word, said):
    code, out, err = intent("--root", ".", word)
    assert (code, out) == (2, "")
    assert said in err


def test_options_stand_before_or_behind_a_command(root, intent, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert intent("--root", str(root), "status")[0] == 1
    assert intent("status", "--root", str(root))[0] == 1
    assert intent("--root", str(root), "status", "-v")[0] == 1
    assert "no [tool.intent]" in intent("status")[2]
    assert "--root nowhere: no such folder" in intent("status", "--root", "nowhere")[2]


def test_a_bad_spec_is_counted_and_changes_nothing(root, intent):
    (root / "specs" / "bad.intent.md").write_text("# name: bad\n# wrong: x\n")
    before = snapshot(root)
    code, out, err = intent("build")
    *lines, last = err.splitlines()
    assert (code, out) == (2, "")
    assert all(line.startswith("specs/bad.intent.md") for line in lines)
    assert last == f"{len(lines)} errors, nothing was changed"
    assert snapshot(root) == before


def test_one_error_is_one(root, intent):
    (root / "pyproject.toml").write_text("[tool.intent]\nroundz = 1\ntargets.py = 'a'\n")
    code, _, err = intent("status")
    assert code == 2
    assert err.endswith("1 error, nothing was changed\n")


def test_nobody_who_answers_is_code_three_and_says_what_was_tried(root, ghost, intent):
    path = root / "pyproject.toml"
    path.write_text(path.read_text().replace(ghost.url, NOBODY))
    code, _, err = intent("build")
    assert code == 3
    assert "no provider answered" in err
    assert NOBODY in err


def test_a_remedy_is_told():
    assert cli.said(ProviderError("off", remedy="start it")) == "intent  off\n  start it"


def test_tracebacks_come_with_v_only(intent):
    assert "Traceback" not in intent("build", "nowhere.intent.md")[2]
    assert "Traceback" in intent("build", "nowhere.intent.md", "-v")[2]


def test_a_disk_that_refuses_is_one_line(intent, monkeypatch):
    def refuse(*_):
        raise OSError(28, "No space left on device", "intent.lock")

    monkeypatch.setattr("hatch_intent.tree.look", refuse)
    assert intent("status") == (1, "", "hatch-intent: intent.lock  No space left on device\n")


def test_a_current_folder_that_was_deleted_is_told(tmp_path, capsys, monkeypatch):
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    for word in ("status", "build", "doctor", "init"):
        assert cli.main([word]) == 1
        assert capsys.readouterr().err == (
            "hatch-intent: the current folder is gone; change to one that is there\n"
        )


def test_a_build_of_no_specs_says_so(intent, root):
    for each in (root / "specs").iterdir():
        each.unlink()
    assert intent("build") == (0, "intent  no specs in specs; hatch-intent new NAME\n", "")


def test_an_interrupt_is_code_130(intent, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("hatch_intent.tree.look", interrupt)
    assert intent("status") == (130, "", "intent  interrupted\n")


def test_a_reader_that_left_is_no_news(root):
    with subprocess.Popen(
        [sys.executable, "-m", "hatch_intent", "model", "list"],
        cwd=root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == 1


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-"])
def test_closed_streams_are_no_error(root, closed):
    shell = f'exec "$0" -m hatch_intent status {closed}'
    done = subprocess.run(["sh", "-c", shell, sys.executable], cwd=root, capture_output=True)
    assert (done.returncode, done.stderr) == (1, b"")
    assert (done.stdout == b"") == closed.startswith(">")


def test_a_terminal_without_arrows_gets_escapes(root):
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    spec = root / "specs/double.intent.md"
    spec.write_text(spec.read_text().replace("twice", "→"), encoding="utf-8")
    done = command(root, "explain", "double", "--prompt", env=environment)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Return \\u2192 the number" in done.stdout


def test_nothing_shown_moves_a_cursor():
    assert plain("a\x1b[2J\x9b\u202eb\n\tc é → 💥") == "a\\x1b[2J\\x9b\\u202eb\n\tc é → 💥"


def test_quiet_is_quiet_and_answers_are_not(built, capsys):
    Screen(quiet=True, verbose=True).detail("x")
    assert built("build", "-q") == (0, "", "")
    assert "double" in built("status", "-q")[1]


_BUSY = """
import os, signal, sys, threading, time
from hatch_intent import cli

def run(args, screen):
    threading.Thread(target=time.sleep, args=(100,)).start()
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(100)

cli._run = run
sys.exit(cli.main(["status"]))
"""


def test_an_interrupted_command_does_not_wait_for_its_threads():
    done = subprocess.run([sys.executable, "-c", _BUSY], capture_output=True, timeout=60)
    assert (done.returncode, done.stderr) == (130, b"intent  interrupted\n")


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_in_the_middle_of_an_answer_ends_all_at_once(tmp_path, sent):
    asked, release = threading.Event(), threading.Event()

    def hold(_):
        asked.set()
        release.wait(60)

    with ghostwriter({"double": [GOOD_DOUBLE]}, hold) as server:
        root = make_project(tmp_path / "p", server.url, double=DOUBLE)
        process = subprocess.Popen(
            [sys.executable, "-m", "hatch_intent", "build"],
            cwd=root,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        try:
            assert asked.wait(60)
            process.send_signal(sent)
            # The server still holds the answer back, so waiting for it would not end here.
            errors = process.communicate(timeout=30)[1]
        finally:
            release.set()
            process.kill()
        assert (process.returncode, errors) == (130, b"intent  interrupted\n")
        with pytest.raises(ProcessLookupError):
            os.killpg(process.pid, 0)
        assert not (root / "intent.lock").exists()
