"""`check` as a gate: its files, its annotations, its exit codes, without a network."""

import json
import shutil
import subprocess
import sys

import pytest
from junitparser import JUnitXml
from test_cli_build import regress

from hatch_intent.checking import stamp_name
from hatch_intent.cli.outlets import CODE_QUALITY, Outlets
from hatch_intent.cli.screen import Screen, plain
from hatch_intent.project import open_project
from hatch_intent.report.words import python
from hatch_intent.tree import look

DOUBLE_PATH = "specs/double.intent.md"
CI = ("GITHUB_ACTIONS", "GITEA_ACTIONS", "TF_BUILD", "GITHUB_WORKSPACE", "CI_PROJECT_DIR")


@pytest.fixture(autouse=True)
def no_ci(monkeypatch):
    for name in (*CI, "BUILD_SOURCESDIRECTORY"):
        monkeypatch.delenv(name, raising=False)


def change(root, old, new):
    path = root / DOUBLE_PATH
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def cases(path):
    return {case.name: case for suite in JUnitXml.fromfile(str(path)) for case in suite}


def test_a_good_check_has_one_case_for_each_example(built, root):
    assert built("check", "--junit", "out/report.xml")[0] == 0
    report = JUnitXml.fromfile(str(root / "out/report.xml"))
    assert (report.tests, report.failures, report.errors, report.skipped) == (4, 0, 0, 0)
    assert [(suite.name, [case.name for case in suite]) for suite in report] == [
        ("double.py", ["example-1", "example-2"]),
        ("shout.py", ["example-1", "example-2"]),
    ]


def test_a_failed_check_leaves_its_report(built, root):
    change(root, "Return twice the number.", "Return the number twice.")
    code, _, err = built("check", "--junit", "report.xml")
    assert (code, "1 of 2 modules is stale" in err) == (1, True)
    report = JUnitXml.fromfile(str(root / "report.xml"))
    assert (report.tests, report.failures, report.skipped) == (5, 1, 2)
    assert (
        "description changed since it was locked"
        in cases(root / "report.xml")["module"].result[0].message
    )


@pytest.mark.parametrize(
    ("file", "old", "new", "name"),
    [
        (DOUBLE_PATH, "# examples:", "# exampels:", "problem-1"),
        ("pyproject.toml", "[tool.intent]\n", "[tool.intent]\nround = 3\n", "problem-1"),
    ],
)
def test_a_check_that_could_not_begin_leaves_its_report_too(built, root, file, old, new, name):
    path = root / file
    path.write_text(path.read_text().replace(old, new))
    code, out, err = built("check", "--junit", "report.xml", "--annotations", "github")
    assert (code, "nothing was changed" in err) == (2, True)
    case = cases(root / "report.xml")[name]
    assert case.result[0].type == "error"
    line = path.read_text().split(new.strip().split("\n")[-1])[0].count("\n") + 1
    assert f"::error file={file},line={line},title=" in out


def test_a_report_that_can_not_be_written_fails_in_one_line(built, root):
    (root / "taken").write_text("")
    code, _, err = built("check", "--junit", "taken/report.xml")
    assert code == 1
    assert err.count("\n") == 1
    assert "taken" in err


def test_github_finds_its_annotations_in_the_log(built, root, monkeypatch):
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(root.parent))
    assert "::error" not in built("check")[1]
    change(root, "out: 4", "out: 5")
    assert f"::error file={root.name}/{DOUBLE_PATH},line=1,title=" in built("check", "-q")[1]
    assert "::error" not in built("check", "--annotations", "none")[1]


def test_gitlab_finds_a_report(built, root):
    assert built("check", "--annotations", "gitlab")[0] == 0
    assert json.loads((root / CODE_QUALITY).read_text()) == []
    change(root, "twice", "two times")
    words = ("--annotations", "gitlab", "--annotations-file", "q.json")
    assert built("check", *words)[0] == 1
    (issue,) = json.loads((root / "q.json").read_text())
    assert issue["location"]["path"] == DOUBLE_PATH


def test_a_file_for_annotations_that_are_lines_is_refused(built):
    code, _, err = built("check", "--annotations-file", "x")
    assert (code, err) == (2, "hatch-intent: --annotations-file is for  --annotations gitlab\n")


def test_paths_begin_at_the_top_of_the_repository(tmp_path, monkeypatch):
    root = tmp_path / "packages" / "one"
    root.mkdir(parents=True)
    monkeypatch.chdir(root)
    for named, place in (
        ({}, ""),
        ({"CI_PROJECT_DIR": str(tmp_path)}, "packages/one/"),
        ({"GITHUB_WORKSPACE": str(root)}, ""),
        ({"GITHUB_WORKSPACE": str(tmp_path / "elsewhere")}, ""),
    ):
        assert Outlets(environ=named).of(root).place == place
    monkeypatch.chdir(tmp_path / "packages")
    assert Outlets(environ={}).of(root).place == "one/"


def test_a_release_asks_for_more_than_a_build_does(built, root):
    assert built("check")[0] == 0
    code, _, err = built("check", "--require", "agreed", "--junit", "r.xml")
    assert code == 1
    assert '2 modules may not ship: --require is "agreed"' in err
    assert "hatch-intent adopt --require agreed NAME" in err
    assert 'require is "agreed"' in cases(root / "r.xml")["check"].result[0].message
    path = root / "pyproject.toml"
    path.write_text(
        path.read_text().replace("[tool.intent]\n", '[tool.intent]\nrequire = "agreed"\n')
    )
    assert built("check")[0] == 1
    assert built("check", "--require", "examples")[0] == 0


def test_what_the_machine_refuses_is_a_case(built, root):
    module = root / "src/demo/auto/double.py"
    module.unlink()
    module.mkdir()
    code, _, err = built("check", "--junit", "r.xml")
    assert (code, "Is a directory" in err) == (1, True)
    assert "double.py  Is a directory" in cases(root / "r.xml")["check"].result[0].message


def test_a_link_to_no_spec_is_a_case(built, root):
    (root / "specs/gone.intent.md").symlink_to("nowhere")
    code, _, err = built("check", "--junit", "r.xml")
    assert code == 2
    assert err.startswith("specs/gone.intent.md  can't be read: No such file or directory (a link")
    assert "a link to nothing" in cases(root / "r.xml")["problem-1"].result[0].message


def test_orphans_are_a_case(built, root):
    (root / DOUBLE_PATH).unlink()
    assert built("check", "--junit", "r.xml")[0] == 1
    assert "specs/double.intent.md is gone" in cases(root / "r.xml")["check"].result[0].message


# ---- without a network

WITHOUT_SOCKETS = """
import os, sys

def refuse(event, args):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.bind", "socket.sendto"):
        print(f"asked the network: {event} {args}", file=sys.stderr, flush=True)
        os._exit(77)

sys.addaudithook(refuse)
from hatch_intent.cli import main
raise SystemExit(main(sys.argv[1:]))
"""


def in_process(root, *words, before=()):
    program = [*before, sys.executable, "-c", WITHOUT_SOCKETS, *words]
    return subprocess.run(program, cwd=root, capture_output=True, text=True, check=False)


def test_a_check_opens_no_connection(built, root):
    done = in_process(root, "check")
    assert (done.returncode, done.stderr) == (0, "")
    assert "2 modules checked, 4 examples, 400 generated inputs" in done.stdout
    # The guard itself: a build that asks a model is caught by it.
    change(root, "twice", "two times")
    assert "asked the network" in in_process(root, "build").stderr


def test_a_check_runs_where_there_is_no_network_at_all(built, root):
    unshare = shutil.which("unshare")
    alone = [unshare, "--map-root-user", "--net"]
    if not unshare or subprocess.run([*alone, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this system lets nobody make a network namespace (unshare -rn)")
    connect = "import socket; socket.create_connection(('127.0.0.1', 9))"
    done = subprocess.run([*alone, sys.executable, "-c", connect], capture_output=True, check=False)
    assert b"unreachable" in done.stderr  # not even this machine's own address
    done = in_process(root, "check", before=alone)
    assert (done.returncode, done.stderr) == (0, "")
    assert "2 modules checked" in done.stdout


# ---- logs that CI systems read for commands


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("raised ValueError: ##vso[task.setvariable variable=a]b", "#\\x23vso["),
        ("got ##[add-path]", "#\\x23["),
        ("  ::set-output name=a::b", "  \\x3a:set-output"),
        ("ok\n::stop-commands::x", "ok\n\\x3a:stop"),
    ],
)
def test_what_code_says_is_no_command_to_ci(text, shown):
    assert shown in plain(text)
    assert plain("C::method, # heading, ##") == "C::method, # heading, ##"


def test_json_stays_json_whatever_is_in_it(built, root, capsys):
    value = {"a": "##vso[x]\x9b\u202e::b"}
    Screen().json(value)
    said = capsys.readouterr().out
    assert json.loads(said) == value
    assert "##vso[" not in said
    assert "\x9b" not in said


def test_another_python_that_passed_is_named(built, root):
    regress(root, "double", "2 * x", "3 * x")
    project = open_project(root)
    *head, _, digest = stamp_name(project, look(project).lock.get("double", "py"), {}).split("-")
    assert "(locked, unchanged)" in built("check")[2]
    (root / ".intent/stamps" / "-".join([*head, "3.99.1", digest])).touch()
    code, _, err = built("check")
    assert code == 1
    assert "(locked, unchanged; it passed under Python 3.99.1)" in err
    assert f"  {python()}" in err
