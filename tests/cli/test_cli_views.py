"""`explain`, `report`, `doctor`, `model` and `cache`."""

import json
import shutil
import threading

import pytest
from ghostwriter import ghostwriter
from projects import BAD_DOUBLE, DOUBLE, GOOD_DOUBLE, NOBODY, make_project

from hatch_intent.cli import doctor, model
from hatch_intent.cli.doctor import Finding
from hatch_intent.cli.screen import Screen
from hatch_intent.errors import CheckFailed, ProviderError
from hatch_intent.judge.isolation import Isolation
from hatch_intent.judge.node.finding import find_node
from hatch_intent.providers.base import Health


@pytest.fixture
def repaired(tmp_path, intent, monkeypatch):
    """A project of which one module took two rounds."""
    with ghostwriter({"double": [BAD_DOUBLE, GOOD_DOUBLE]}) as server:
        root = make_project(tmp_path / "repaired", server.url, double=DOUBLE)
        monkeypatch.chdir(root)
        assert intent("build")[0] == 0
        yield intent


# ---- explain


@pytest.mark.parametrize("name", ["double", "specs/double.intent.md", "src/demo/auto/double.py"])
def test_explain_tells_all_of_a_module(repaired, name):
    code, out, _ = repaired("explain", name)
    assert code == 0
    for told in (
        "double py   fresh",
        "specs/double.intent.md",
        "by ghost (openai-compat)",
        "2 examples, 200 generated inputs, trust: examples",
        ".intent/reports/double.report.json",
        "round 1  ghost",
        "failed 1 of 2: double(-1.5) → 0.5, expected -3",
        "round 2  ghost",
        "passed 2",
    ):
        assert told in out


def test_explain_as_json(repaired):
    (told,) = json.loads(repaired("explain", "double", "--json")[1])
    assert (told["state"], told["why"], told["locked"]["model"]) == ("fresh", "", "ghost")
    assert len(told["locked"]["key"]) == 64
    assert [each["failure"] for each in told["last"]["attempts"]][1] == ""
    assert [each["role"] for each in told["prompt"]] == ["system", "user"]


def test_explain_a_module_that_is_new_or_stale(intent, root):
    assert "double py   stale: new" in intent("explain", "double")[1]
    assert "never" in intent("explain", "double")[1]


def test_explain_shows_the_prompt_that_would_be_sent(built, root, ghost):
    assert "--- system\n" in built("explain", "double", "--prompt")[1]
    path = root / "specs/double.intent.md"
    path.write_text(path.read_text().replace("twice", "two times"))
    shown = built("explain", "double", "--prompt")[1]
    assert "smallest change" in shown
    assert built("build")[0] == 0
    sent = ghost.bodies("/v1/chat/completions")[-1]["messages"]
    assert shown == "".join(f"--- {each['role']}\n{each['content']}\n" for each in sent)


def test_explain_something_unknown(intent):
    code, _, err = intent("explain", "dobule")
    assert code == 2
    assert 'no spec "dobule"; did you mean "double"?' in err


# ---- report


def test_report_lists_and_tells(repaired):
    code, out, _ = repaired("report")
    assert code == 0
    assert "double   py       2 of 2   ghost   2          2" in out
    assert "failed 1 of 2: double(-1.5) → 0.5, expected -3" in repaired("report", "double")[1]


def test_report_as_json(repaired):
    listed = json.loads(repaired("report", "--json")[1])
    assert [each["name"] for each in listed] == ["double"]
    assert json.loads(repaired("report", "double", "--json")[1]) == listed[0]


def test_a_failed_module_shows_its_first_failure(tmp_path, intent, monkeypatch):
    with ghostwriter({"double": [BAD_DOUBLE]}) as server:
        root = make_project(tmp_path / "p", server.url, "rounds = 1", double=DOUBLE)
        monkeypatch.chdir(root)
        intent("build")
    out = intent("report", "double")[1]
    assert "1 of 2, failed" in out
    assert 'first failure: in {"x": -1.5}  wrong: expected -3, got 0.5' in out


def test_what_passed_and_was_not_taken_is_told_as_withheld(tmp_path, intent, monkeypatch):
    with ghostwriter({"double": [GOOD_DOUBLE, BAD_DOUBLE]}) as server:
        root = make_project(tmp_path / "p", server.url, "candidates = 2", double=DOUBLE)
        monkeypatch.chdir(root)
        assert intent("build")[0] == 1
    assert "2 of 2, withheld" in intent("report")[1]


def test_no_reports_yet(intent):
    assert intent("report") == (
        0,
        "no reports yet; a build writes one for every module it makes\n",
        "",
    )
    code, _, err = intent("report", "double")
    assert (code, "there are none yet" in err) == (2, True)


def test_a_broken_report_is_passed_over(repaired, tmp_path):
    folder = tmp_path / "repaired" / ".intent" / "reports"
    (folder / "x.report.json").write_text("{")
    (folder / "y.report.json").write_text('{"name": 3}')
    code, out, err = repaired("report", "--json")
    assert (code, len(json.loads(out))) == (0, 1)
    assert err.splitlines() == [
        f".intent/reports/{name}.report.json  is damaged; delete it, the next build of that module "
        "writes it anew"
        for name in "xy"
    ]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ((), []),
        (("targets",), 3),
        (("targets", "py"), 3),
        (("targets", "py", "seconds"), "x"),
        (("targets", "py", "results"), [3]),
        (("targets", "py", "results", 0, "ok"), None),
        (("targets", "py", "attempts"), None),
        (("targets", "py", "attempts", 0, "round"), []),
        (("targets", "py", "ambiguity"), [3]),
        (("targets", "py", "counterexample"), {"in": 3}),
    ],
)
def test_a_misshapen_report_is_one_line(repaired, tmp_path, path, value):
    file = tmp_path / "repaired" / ".intent" / "reports" / "double.report.json"
    report = here = [json.loads(file.read_text())]
    *way, last = (0, *path)
    for key in way:
        here = here[key]
    here[last] = value
    file.write_text(json.dumps(report[0]))
    code, out, err = repaired("report", "double")
    assert (code, "is damaged; delete it" in err, "Traceback" in err) == (2, True, False)
    code, out, err = repaired("explain", "double")
    assert (code, err) == (0, "")
    assert ".intent/reports/double.report.json is damaged; delete it" in out
    assert repaired("build", "--refresh")[0] == 0
    assert repaired("report", "double")[0] == 0


# ---- doctor


def test_doctor_finds_all_well(intent):
    code, out, _ = intent("doctor")
    assert code == 0
    assert "hatch-intent 0" in out
    assert "openai-compat   http://127.0.0.1:" in out
    assert ".intent/cache   0 entries   0 B" in out


def test_doctor_without_a_provider_is_code_three(intent, root, ghost, monkeypatch):
    path = root / "pyproject.toml"
    path.write_text(path.read_text().replace(ghost.url, NOBODY))
    code, out, _ = intent("doctor", "--json")
    told = json.loads(out)
    assert (code, told["ok"]) == (3, False)
    assert [each["thing"] for each in told["findings"] if not each["ok"]] == ["openai-compat"]
    monkeypatch.setenv("HATCH_INTENT_MODE", "frozen")
    code, out, _ = intent("doctor")
    assert (code, "no model is asked" in out) == (0, True)


@pytest.mark.parametrize(
    ("first", "told"),
    [
        ("some-coder:7b", True),
        ("some-7B-instruct.gguf", True),
        ("qwen2.5-coder:0.5b", False),
        ("mixtral:8x7b", False),
        ("some-coder", False),
    ],
)
def test_doctor_says_where_the_biggest_model_doesnt_come_last(intent, root, first, told):
    path = root / "pyproject.toml"
    table = f'[[tool.intent.providers]]\ntype = "embedded"\nmodel = "{first}"\n'
    small = table.replace(first, "qwen2.5-coder:1.5b")
    path.write_text(path.read_text() + table + small)
    code, out, _ = intent("doctor")
    said = f"qwen2.5-coder:1.5b stands behind the bigger {first}, and the last is asked the most"
    assert (code, said in out) == (0, told)


def test_doctor_doesnt_wait_for_a_server_that_is_silent(intent, monkeypatch):
    release = threading.Event()

    class Silent:
        address = "http://127.0.0.1:1"

        def health(self):
            release.wait(60)
            return Health(ok=True, detail="")

        def close(self):
            pass

    monkeypatch.setattr(doctor, "make_provider", lambda *_, **__: Silent())
    monkeypatch.setattr(doctor, "HEALTH_SECONDS", 0.1)
    code, out, _ = intent("doctor")
    release.set()
    assert (code, "no answer in 0.1 s" in out) == (3, True)


def test_doctor_says_what_a_provider_can_not_mean(intent, monkeypatch):
    def refuse(*_, **__):
        raise ProviderError("no key", remedy="set it")

    monkeypatch.setattr(doctor, "make_provider", refuse)
    code, out, _ = intent("doctor")
    assert (code, "NOT WELL   ghost   no key   set it" in out) == (3, True)


@pytest.mark.parametrize(("wanted", "code"), [("require", 1), ("best-effort", 0)])
def test_doctor_on_a_sandbox_that_is_open(intent, root, monkeypatch, wanted, code):
    path = root / "pyproject.toml"
    path.write_text(path.read_text().replace("[tool.intent]", f'[tool.intent]\nsandbox="{wanted}"'))
    partial = Isolation("partial: rlimits; open: stat", 1, False, ("read",), ("stat",))
    monkeypatch.setattr("hatch_intent.judge.check.Judge.start", lambda _: partial)
    found, out, _ = intent("doctor")
    assert (found, "partial: rlimits; open: stat   1 of 2 probes refused" in out) == (code, True)


def test_doctor_on_a_system_without_a_sandbox(intent, monkeypatch):
    def refuse(_):
        raise CheckFailed("no fork here")

    monkeypatch.setattr("hatch_intent.judge.check.Judge.start", refuse)
    code, out, _ = intent("doctor")
    assert (code, "NOT WELL   no fork here" in out) == (1, True)


def test_doctor_reads_the_lock(intent, root):
    (root / "intent.lock").write_text("<<<<<<< ours\n")
    code, out, _ = intent("doctor")
    assert (code, "NOT WELL   intent.lock:1  has merge markers" in out) == (1, True)


def test_doctor_outside_of_a_project(intent, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(doctor, "look_at_providers", lambda _: [])
    code, out, _ = intent("doctor")
    assert (code, "no [tool.intent] in a pyproject.toml" in out) == (1, True)


def test_doctor_on_node(intent, monkeypatch, tmp_path):
    monkeypatch.setattr(shutil, "which", lambda _: None)
    assert "node" not in intent("doctor")[1]
    broken = tmp_path / "node"
    broken.write_text("#!/bin/sh\nexit 3\n")
    broken.chmod(0o755)
    monkeypatch.setattr(shutil, "which", lambda _: str(broken))
    assert "node" in intent("doctor")[1]


def javascript_too(root):
    path = root / "pyproject.toml"
    targets = '[tool.intent.targets]\njs = "src/demo/auto/js"'
    path.write_text(path.read_text().replace("[tool.intent.targets]", targets))


def on_node(intent):
    rows = (line.split("   ") for line in intent("doctor")[1].splitlines())
    (found,) = ([each for each in row[1:] if each] for row in rows if row[0].strip() == "node")
    return [each.strip() for each in found]


@pytest.mark.slow
def test_doctor_shows_what_holds_node_where_modules_are_written_in_javascript(intent, root):
    about = find_node().about
    assert on_node(intent) == [about.removeprefix("node ")]
    javascript_too(root)
    level, refused = on_node(intent)
    assert level.startswith("strict: seccomp, ")
    assert (level.split("; ")[1], refused) == (about, "all 6 probes refused")


def test_doctor_wants_node_where_modules_are_written_in_javascript(intent, root, monkeypatch):
    monkeypatch.setattr(doctor, "look_at_providers", lambda _: [Finding("ollama", True, "")])
    monkeypatch.setattr(shutil, "which", lambda _: None)
    assert intent("doctor")[0] == 0
    javascript_too(root)
    code, out, _ = intent("doctor")
    assert (code, "NOT WELL   checking JavaScript needs node" in out) == (1, True)


# ---- model


@pytest.fixture
def weights(monkeypatch, tmp_path):
    folder = tmp_path / "models"
    folder.mkdir()
    monkeypatch.setenv("HATCH_INTENT_MODELS", str(folder))
    return folder


def test_models_and_where_they_lie(intent, weights):
    listed = json.loads(intent("model", "list", "--json")[1])
    assert [each["path"] for each in listed] == ["", ""]
    assert listed[1]["name"] == "qwen2.5-coder:1.5b"
    code, out, err = intent("model", "path", "qwen2.5-coder:0.5b")
    assert (code, out) == (1, "")
    assert "hatch-intent model pull qwen2.5-coder:0.5b" in err
    file = weights / "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf"
    file.write_bytes(b"")
    assert intent("model", "path", "qwen2.5-coder:0.5b") == (0, f"{file}\n", "")
    assert str(file) in intent("model", "list")[1]


@pytest.mark.parametrize("action", ["path", "pull"])
def test_an_unknown_model_is_a_usage_error(intent, weights, action):
    code, _, err = intent("model", action, "gpt")
    assert (code, 'no model "gpt" in the catalogue' in err) == (2, True)


def test_pull_shows_tenths_where_nobody_watches(intent, weights, monkeypatch):
    def fetch(name, *, progress, notify):
        notify("from here")
        for done in range(0, 1001, 50):
            progress(done, 1000)
        return weights / name

    monkeypatch.setattr("hatch_intent.providers.pull.pull", fetch)
    code, out, _ = intent("model", "pull", "qwen2.5-coder:0.5b")
    lines = out.splitlines()
    assert (code, len(lines)) == (0, 13)
    assert lines[0] == "from here"
    assert lines[2] == " 10 %  100 B of 1.0 kB"
    assert lines[-1].endswith("qwen2.5-coder:0.5b")


def test_pull_without_a_source_is_code_three(intent, weights, monkeypatch):
    def fetch(*_, **__):
        raise ProviderError("can't get it")

    monkeypatch.setattr("hatch_intent.providers.pull.pull", fetch)
    assert intent("model", "pull", "qwen2.5-coder:0.5b")[0] == 3


def test_pull_on_a_terminal_rewrites_one_line(capsys):
    progress = model.on_terminal(Screen())
    for done in (0, 1, 500, 1000):
        progress(done, 1000)
    written = capsys.readouterr().out
    assert written.count("\n") == 1
    assert [part.strip() for part in written.split("\r")][1:] == [
        "0 %  0 B of 1.0 kB",
        "0 %  1 B of 1.0 kB",
        "50 %  500 B of 1.0 kB",
        "100 %  1.0 kB of 1.0 kB",
    ]


# ---- cache


def test_cache_counts_collects_and_verifies(built, root):
    told = json.loads(built("cache", "stats", "--json")[1])
    assert told["entries"] == {"responses": 2, "modules": 2}
    assert told["folder"] == str(root / ".intent" / "cache")
    assert "responses   2" in built("cache", "stats")[1]
    assert built("cache", "verify") == (0, "4 entries read, 0 damaged\n", "")
    damaged = next((root / ".intent/cache/modules").rglob("*.json"))
    damaged.write_bytes(damaged.read_bytes() + b" ")
    code, out, err = built("cache", "verify")
    assert (code, out) == (1, "4 entries read, 1 damaged\n")
    assert err == f"modules/{damaged.parent.name}/{damaged.name}  was damaged; removed\n"
    assert built("cache", "gc")[1] == "0 entries removed, not written for 30 days\n"
    assert built("cache", "gc", "--days", "0")[1] == "3 entries removed, not written for 0 days\n"


@pytest.mark.parametrize("days", ["x", "-1", "nan"])
def test_days_are_a_number(intent, days):
    assert intent("cache", "gc", f"--days={days}")[0] == 2


def test_explain_shows_the_hole_in_a_spec(intent, root):
    assert intent("build")[0] == 0
    path = root / ".intent/reports/double.report.json"
    report = json.loads(path.read_text())
    report["targets"]["py"]["ambiguity"] = ["double  two candidates pass everything"]
    path.write_text(json.dumps(report))
    assert intent("explain", "double")[1].count("double  two candidates pass everything") == 1


def test_a_report_shows_what_failed_beyond_the_examples_and_what_held_it(intent, root):
    assert intent("build")[0] == 0
    path = root / ".intent/reports/double.report.json"
    report = json.loads(path.read_text())
    part = report["targets"]["py"]
    assert part["counterexample"] is None
    assert part["generated"] == 200
    part["ambiguity"] = ["double  two candidates pass everything"]
    call = {"in": {"x": 7}, "ok": False, "status": "property", "got": 0, "line": 9}
    part["counterexample"] = {**call, "error": "out > x does not hold", "frames": ["line 3: f()"]}
    path.write_text(json.dumps(report))
    said = intent("report", "double")[1]
    assert "  py  double  two candidates pass everything" in said
    assert '  py  counterexample: in {"x": 7}  property: out > x does not hold at line 3' in said
    assert "  py  sandbox strict: " in said
