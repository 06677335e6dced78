"""Builds that hold the two languages of a spec against each other."""

import shutil
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from ghostwriter import ghostwriter
from projects import BAD_DOUBLE, DOUBLE, GOOD_DOUBLE, make_project, snapshot

from hatch_intent.cli import main
from hatch_intent.errors import CheckFailed, ProviderError
from hatch_intent.files import sha256
from hatch_intent.generate.events import Compared, Notice, Settled
from hatch_intent.lock import dump_lock, read_lock
from hatch_intent.pipeline import build
from hatch_intent.project import open_project
from hatch_intent.report.json import read_report
from hatch_intent.report.terminal import Lines

pytestmark = pytest.mark.slow

BOTH = DOUBLE.replace("# name: double\n", "# name: double\n# target: js,py\n")
BOUND = BOTH.replace("# examples:", "# properties:\n- out <= 9 or out == 2 * x\n# examples:")
ALONE = "# target: js,py\n"
JS = "export function double(x) {\n  return 2 * x;\n}"
BAD_JS = JS.replace("2 * x", "x + 2")
OTHER_JS = JS.replace("2 * x", "x < 1000 ? 2 * x : 0")
OTHER_PY = "def double(x):\n    return 2 * x if x < 1000 else 0"
SAME_PY = "def double(x):\n    return x + x"
# What a few made-up inputs don't show.
WRONG_JS = JS.replace("2 * x", "x > 700 ? 1000 : 2 * x")
WRONG_PY = "def double(x):\n    return 2 * x if x <= 700 else 1000"
REPORT = 'ambiguity = "report"'
HOLE = [
    "double  js and py pass everything and still differ",
    "  double(1000)   → 0         js",
    "                 → 2000      py",
    "  To settle it, add one of:",
    '  - in: { "x": 1000 } out: 0',
    '  - in: { "x": 1000 } out: 2000',
]


def project(folder, url, settings="", **specs):
    root = make_project(folder, url, settings, **(specs or {"double": BOTH}))
    path = root / "pyproject.toml"
    targets = '[tool.intent.targets]\njs = "src/demo/auto/js"\n'
    path.write_text(path.read_text().replace("[tool.intent.targets]\n", targets))
    return root


def run(root, **options):
    told = []
    built = build(open_project(root), listener=told.append, **options)
    return built, told


def lock(root):
    return read_lock(root / "intent.lock", root / ".intent")


def entries(root):
    return [lock(root).get("double", target) for target in ("js", "py")]


def notices(told):
    return [event.text.splitlines() for event in told if isinstance(event, Notice)]


def module(root, target):
    folder = "src/demo/auto/js" if target == "js" else "src/demo/auto"
    return root / folder / f"double.{target}"


def feedback(server):
    return server.bodies("/v1/chat/completions")[-1]["messages"][-1]["content"]


@pytest.fixture
def few(monkeypatch):
    """So few inputs where modules are checked that only the comparison finds what is wrong."""
    monkeypatch.setattr("hatch_intent.judge.thorough.INPUTS", 3)


def test_languages_that_agree_bear_each_other_out(tmp_path, monkeypatch, capsys):
    with ghostwriter({"double": [GOOD_DOUBLE], "double.js": [JS]}) as server:
        root = project(tmp_path / "p", server.url, 'require = "agreed"')
        _, told = run(root)
        assert len(server.asked) == 2
    assert [each for each in told if isinstance(each, Compared)] == [
        Compared("double", ("js", "py"), 500, 0)
    ]
    assert notices(told) == []
    js, py = entries(root)
    assert (js.agrees, js.trust) == ("py on 500 of 500 inputs", "agreed with py")
    assert (py.agrees, py.trust) == ("js on 500 of 500 inputs", "agreed with js")
    report = read_report(open_project(root), "double")["targets"]
    assert {report[each]["languages"] for each in report} == {"js and py agree on 500 inputs"}
    assert main(["explain", "double", "--root", str(root)]) == 0
    assert "agrees      with js on 500 of 500 inputs" in capsys.readouterr().out


def test_a_difference_is_a_hole_in_the_spec(tmp_path, capsys):
    with ghostwriter({"double": [GOOD_DOUBLE], "double.js": [OTHER_JS]}) as server:
        root = project(tmp_path / "p", server.url, REPORT)
        _, told = run(root)
        assert len(server.asked) == 2
    assert notices(told) == [HOLE]
    assert [(each.agrees, each.trust) for each in entries(root)] == [("", "examples")] * 2
    report = read_report(open_project(root), "double")["targets"]
    assert [report[each]["ambiguity"] for each in ("js", "py")] == [HOLE, HOLE]
    assert report["js"]["languages"] == "js and py differ"
    assert main(["explain", "double", "--root", str(root)]) == 0
    assert "\n".join(HOLE) in capsys.readouterr().out


def test_the_line_that_was_printed_settles_it(tmp_path):
    with ghostwriter({"double": [GOOD_DOUBLE], "double.js": [OTHER_JS, JS]}) as server:
        root = project(tmp_path / "p", server.url)
        with pytest.raises(CheckFailed):
            run(root)
        path = root / "specs/double.intent.md"
        path.write_text(f"{path.read_text()}{HOLE[-1].strip()}\n")
        _, told = run(root)
        assert server.asked.count("double") == 1
    assert notices(told) == []
    assert [each.agrees for each in entries(root)] == [
        "py on 500 of 500 inputs",
        "js on 500 of 500 inputs",
    ]


@pytest.mark.parametrize("ambiguity", ["majority", "error"])
def test_a_difference_can_be_an_error(tmp_path, ambiguity):
    with ghostwriter({"double": [GOOD_DOUBLE], "double.js": [OTHER_JS]}) as server:
        root = project(tmp_path / "p", server.url, f'ambiguity = "{ambiguity}"')
        with pytest.raises(CheckFailed) as refused:
            run(root)
    assert str(refused.value).splitlines() == [
        *HOLE,
        f'  Nothing was taken: tool.intent.ambiguity is "{ambiguity}"',
    ]
    assert not (root / "intent.lock").exists()
    assert not module(root, "py").exists()


def test_what_breaks_a_property_is_repaired_and_compared_again(tmp_path, few):
    with ghostwriter({"double": [GOOD_DOUBLE], "double.js": [WRONG_JS, JS]}) as server:
        root = project(tmp_path / "p", server.url, double=BOUND)
        _, told = run(root)
        assert server.asked.count("double.js") == 2
        said = feedback(server)
    assert "- double(701) returned 1000: out <= 9 or out == 2 * x does not hold\n" in said
    assert "- in Python double(701) returns 1402\n" in said
    assert notices(told) == []
    assert module(root, "js").read_text().count("2 * x;") == 1
    assert "700" not in module(root, "js").read_text()
    js, _ = entries(root)
    assert (js.agrees, js.trust) == ("py on 500 of 500 inputs", "properties")
    attempts = read_report(open_project(root), "double")["targets"]["js"]["attempts"]
    assert [(each["round"], each["step"]) for each in attempts] == [(1, "draft"), (2, "repair")]


def test_what_breaks_a_property_after_its_repair_is_not_written(tmp_path, few):
    with ghostwriter({"double": [GOOD_DOUBLE], "double.js": [WRONG_JS]}) as server:
        root = project(tmp_path / "p", server.url, double=BOUND)
        with pytest.raises(CheckFailed) as failed:
            run(root)
        assert server.asked.count("double.js") == 2
    head, call = str(failed.value).splitlines()
    assert head == "double  js  breaks a rule of its spec, where its other language doesn't"
    assert call.startswith(
        "  double(701)  breaks  out <= 9 or out == 2 * x does not hold  got 1000"
    )
    assert call.endswith("specs/double.intent.md:8")
    js, py = entries(root)
    assert js is None
    assert (py.agrees, py.trust) == ("", "properties")


def test_both_are_repaired_where_both_break_a_property(tmp_path, few):
    worse = WRONG_JS.replace("x > 700", "x > 700 || x === -207")
    answers = {"double": [WRONG_PY, GOOD_DOUBLE], "double.js": [worse, JS]}
    with ghostwriter(answers) as server:
        root = project(tmp_path / "p", server.url, double=BOUND)
        run(root)
        assert len(server.asked) == 4
    assert [each.agrees for each in entries(root)] == [
        "py on 500 of 500 inputs",
        "js on 500 of 500 inputs",
    ]
    assert "700" not in module(root, "js").read_text() + module(root, "py").read_text()


def test_no_model_is_asked_for_what_breaks_a_property_too(tmp_path, few):
    worse = WRONG_JS.replace("1000", "1001")
    answers = {"double": [WRONG_PY], "double.js": [worse, WRONG_JS]}
    with ghostwriter(answers) as server:
        root = project(tmp_path / "p", server.url, REPORT, double=BOUND)
        with pytest.raises(CheckFailed) as failed:
            run(root)
        said = feedback(server)
    assert "double(701) returned 1001: out <= 9 or out == 2 * x does not hold" in said
    assert "1000" not in said.partition("That is not right yet:")[2]
    for target, got in (("js", 1001), ("py", 1000)):
        head = f"double  {target}  breaks a rule of its spec, like its other language\n"
        assert f"{head}  double(701)  breaks  out <= 9" in str(failed.value)
        assert f"got {got} " in str(failed.value)
    assert entries(root) == [None, None]


def test_a_broken_rule_is_told_as_that_however_many_candidates_there_were(tmp_path, few):
    answers = {"double": [GOOD_DOUBLE, SAME_PY], "double.js": [WRONG_JS, BAD_JS]}
    with ghostwriter(answers) as server:
        root = project(tmp_path / "p", server.url, "candidates = 2", double=BOUND)
        with pytest.raises(CheckFailed) as failed:
            run(root)
    head, _ = str(failed.value).splitlines()
    assert head == "double  js  breaks a rule of its spec, where its other language doesn't"
    report = read_report(open_project(root), "double")["targets"]["js"]
    assert (report["pass"], report["ambiguity"]) == (False, [])
    assert report["languages"] == "js and py differ, and js breaks a rule"


@pytest.mark.parametrize("rounds", [1, 2])
def test_one_repair_is_made_however_few_the_rounds(tmp_path, few, rounds):
    answers = {"double": [GOOD_DOUBLE], "double.js": [WRONG_JS, WRONG_JS, JS]}
    with ghostwriter(answers) as server:
        root = project(tmp_path / "p", server.url, f"rounds = {rounds}", double=BOUND)
        with pytest.raises(CheckFailed):
            run(root)
        assert server.asked.count("double.js") == 2


def test_the_majority_has_the_other_side_repaired(tmp_path):
    answers = {
        "double": [GOOD_DOUBLE, SAME_PY],
        "double.js": [OTHER_JS, BAD_JS, BAD_JS, BAD_JS, JS],
    }
    with ghostwriter(answers) as server:
        root = project(tmp_path / "p", server.url, "candidates = 2")
        run(root)
        said = feedback(server)
    assert "- double(1000) must return 2000, but returned 0\n" in said
    assert "- 2 of 3 modules that pass say 2000, this one 0\n" in said
    assert "- in Python double(1000) returns 2000\n" in said
    js, py = entries(root)
    assert (js.agrees, js.trust) == ("py on 500 of 500 inputs", "agreed with py")
    assert (py.agrees, py.trust) == ("js on 500 of 500 inputs", "agreed 2 of 2")


def test_where_the_repair_is_no_better_it_stays_and_the_hole_is_shown(tmp_path):
    answers = {"double": [GOOD_DOUBLE, SAME_PY], "double.js": [OTHER_JS, BAD_JS]}
    with ghostwriter(answers) as server:
        root = project(tmp_path / "p", server.url, 'candidates = 2\nambiguity = "report"')
        _, told = run(root)
        assert len(server.asked) == 7
    assert "  double(1000)   → 0         js" in notices(told)[-1]
    assert "                 → 2000      py and 1 more candidate" in notices(told)[-1]
    assert "1000" in module(root, "js").read_text()
    assert [each.agrees for each in entries(root)] == ["", ""]


def test_two_in_doubt_do_not_bear_each_other_out(tmp_path):
    answers = {"double": [GOOD_DOUBLE, OTHER_PY, BAD_DOUBLE], "double.js": [JS, OTHER_JS, BAD_JS]}
    with ghostwriter(answers) as server:
        root = project(tmp_path / "p", server.url, "candidates = 2")
        with pytest.raises(CheckFailed) as refused:
            run(root)
        assert str(refused.value).count("None was taken") == 1, "the same for both"
        assert entries(root) == [None, None]
    answers = {"double": [GOOD_DOUBLE, BAD_DOUBLE], "double.js": [JS, BAD_JS]}
    with ghostwriter(answers) as server:
        root = project(tmp_path / "q", server.url, "candidates = 2")
        with pytest.raises(CheckFailed, match="maybe by luck") as refused:
            run(root)
    assert "  - in: { " in str(refused.value), "what would bear it out"


def test_one_language_that_is_sure_bears_out_the_other(tmp_path):
    answers = {"double": [GOOD_DOUBLE, SAME_PY], "double.js": [JS, BAD_JS]}
    with ghostwriter(answers) as server:
        root = project(tmp_path / "p", server.url, "candidates = 2")
        run(root)
    assert [each.trust for each in entries(root)] == ["agreed with py", "agreed 2 of 2"]


def test_a_locked_module_that_others_differed_from_bears_out_nobody(tmp_path):
    answers = {"double": [GOOD_DOUBLE, OTHER_PY, BAD_DOUBLE], "double.js": [JS]}
    with ghostwriter(answers) as server:
        root = project(tmp_path / "p", server.url, 'candidates = 2\nambiguity = "report"')
        run(root)
        assert entries(root)[1].disagree == "1 of 2"
        module(root, "js").unlink()
        shutil.rmtree(root / ".intent")
        path = root / "pyproject.toml"
        path.write_text(path.read_text().replace('ambiguity = "report"', ""))
        server.answers["double.js"] = [JS, BAD_JS]
        with pytest.raises(CheckFailed, match="maybe by luck"):
            run(root)


def test_languages_that_cannot_be_compared_are_refused_where_differing_is_an_error(tmp_path):
    hangs = "while (!(0 < x && x < 5));"
    answers = {
        "double": ["def double(x):\n    while not 0 < x < 5: pass\n    return 2 * x"],
        "double.js": [JS.replace("return", f"{hangs} return")],
    }
    settings = 'candidates = 1\ncall-timeout = 0.3\nambiguity = "error"'
    with ghostwriter(answers) as server:
        spec = BOTH.replace("-1.5 } out: -3", "1 } out: 2")
        root = project(tmp_path / "p", server.url, settings, double=spec)
        with pytest.raises(CheckFailed, match="js and py were not compared: only") as refused:
            run(root)
    assert str(refused.value).endswith('Nothing was taken: tool.intent.ambiguity is "error"')


def test_a_locked_module_stays_as_it_is_where_the_other_is_in_doubt(tmp_path):
    answers = {"double": [GOOD_DOUBLE, SAME_PY], "double.js": [JS]}
    with ghostwriter(answers) as server:
        root = project(tmp_path / "p", server.url, "candidates = 2")
        run(root)
        before = entries(root)
        module(root, "js").unlink()
        shutil.rmtree(root / ".intent")
        server.answers["double.js"] = [OTHER_JS, OTHER_JS.replace("1000", "900"), BAD_JS]
        with pytest.raises(CheckFailed, match="None was taken"):
            run(root)
    assert entries(root) == before


def test_a_locked_module_stays_as_it_is_where_the_other_breaks_a_rule(tmp_path, few):
    with ghostwriter({"double": [GOOD_DOUBLE], "double.js": [JS]}) as server:
        root = project(tmp_path / "p", server.url, double=BOUND)
        run(root)
        before = entries(root)
        module(root, "py").unlink()
        shutil.rmtree(root / ".intent")
        server.answers["double"] = [WRONG_PY]
        with pytest.raises(CheckFailed, match="double  py  breaks a rule of its spec"):
            run(root)
    assert entries(root) == before


@pytest.mark.parametrize("js", [BAD_JS, WRONG_JS], ids=["fails", "breaks a rule"])
def test_what_is_made_anew_is_compared_with_what_stays_beside_it(tmp_path, few, js):
    with ghostwriter({"double": [GOOD_DOUBLE], "double.js": [JS]}) as server:
        root = project(tmp_path / "p", server.url, double=BOUND)
        run(root)
        before = module(root, "js").read_bytes()
        server.answers.update({"double": [SAME_PY], "double.js": [js]})
        with pytest.raises(CheckFailed):
            run(root, refresh=True)
    assert "x + x" in module(root, "py").read_text()
    assert module(root, "js").read_bytes() == before
    assert [each.agrees for each in entries(root)] == [
        "py on 500 of 500 inputs",
        "js on 500 of 500 inputs",
    ]


def test_what_differs_from_what_stays_beside_it_is_not_written(tmp_path):
    with ghostwriter({"double": [GOOD_DOUBLE], "double.js": [JS]}) as server:
        root = project(tmp_path / "p", server.url)
        run(root)
        before = entries(root)
        server.answers.update({"double": [OTHER_PY], "double.js": [BAD_JS]})
        with pytest.raises(CheckFailed) as failed:
            run(root, refresh=True)
    assert "double  js and py pass everything and still differ" in str(failed.value)
    assert "double  js  no code passed" in str(failed.value)
    assert entries(root) == before


def test_a_locked_module_is_put_right_where_what_was_to_replace_it_fails(tmp_path, few):
    with ghostwriter({"double": [GOOD_DOUBLE], "double.js": [WRONG_JS]}) as server:
        root = project(tmp_path / "p", server.url, double=BOUND.replace("js,py", "js"))
        run(root)
        (root / "specs/double.intent.md").write_text(BOUND)
        server.answers["double.js"] = [BAD_JS, BAD_JS, JS]
        run(root, refresh=True)
    assert "700" not in module(root, "js").read_text()
    assert [each.agrees for each in entries(root)] == [
        "py on 500 of 500 inputs",
        "js on 500 of 500 inputs",
    ]
    attempts = read_report(open_project(root), "double")["targets"]["js"]["attempts"]
    assert len(attempts) == 3


def test_a_candidate_at_hand_is_taken_before_a_model_is_asked(tmp_path):
    answers = {"double": [OTHER_PY, GOOD_DOUBLE, BAD_DOUBLE], "double.js": [JS, JS]}
    with ghostwriter(answers) as server:
        root = project(tmp_path / "p", server.url, "candidates = 2")
        _, told = run(root)
        assert len(server.asked) == 6
    assert "1000" not in module(root, "py").read_text()
    _, py = entries(root)
    assert (py.agrees, py.trust) == ("js on 500 of 500 inputs", "agreed with js")
    (own,) = notices(told)
    assert own[0] == "double  two candidates pass everything and still differ"
    assert own[1].split("→")[1].split() == ["2000", "1", "of", "2", "candidates"]


def test_a_locked_module_is_compared_and_stays_as_it_is(tmp_path):
    with ghostwriter({"double": [GOOD_DOUBLE], "double.js": [JS]}) as server:
        root = project(tmp_path / "p", server.url, double=DOUBLE)
        run(root)
        before = module(root, "py").read_bytes()
        (root / "specs/double.intent.md").write_text(BOTH)
        _, told = run(root)
        assert server.asked == ["double", "double.js"]
    assert [each.made for each in told if isinstance(each, Settled)] == [1]
    js, py = entries(root)
    assert (js.agrees, py.agrees) == ("py on 500 of 500 inputs", "js on 500 of 500 inputs")
    assert (py.trust, module(root, "py").read_bytes()) == ("agreed with js", before)
    again = snapshot(root)
    run(root)
    assert snapshot(root) == again


def test_a_locked_module_that_breaks_a_property_is_repaired(tmp_path, few):
    with ghostwriter({"double": [WRONG_PY, GOOD_DOUBLE], "double.js": [JS]}) as server:
        root = project(tmp_path / "p", server.url, double=BOUND.replace(ALONE, ""))
        run(root)
        (root / "specs/double.intent.md").write_text(BOUND)
        run(root)
        assert server.asked == ["double", "double.js", "double"]
    assert "700" not in module(root, "py").read_text()
    assert [each.trust for each in entries(root)] == ["properties"] * 2


def test_nothing_changes_where_a_locked_module_stays_wrong(tmp_path, few):
    with ghostwriter({"double": [WRONG_PY], "double.js": [JS]}) as server:
        root = project(tmp_path / "p", server.url, double=BOUND.replace(ALONE, ""))
        run(root)
        before = snapshot(root)
        (root / "specs/double.intent.md").write_text(BOUND)
        for _ in range(2):
            with pytest.raises(CheckFailed) as failed:
                run(root)
            assert "double(701)  breaks  out <= 9 or out == 2 * x" in str(failed.value)
    after = snapshot(root)
    changed = {path for path in after if after[path] != before.get(path)}
    assert changed == {"specs/double.intent.md", "intent.lock"}  # which knows of the target now
    assert entries(root)[0] is None


def test_what_a_person_wrote_is_not_repaired(tmp_path, few):
    with ghostwriter({"double": [GOOD_DOUBLE], "double.js": [JS]}) as server:
        root = project(tmp_path / "p", server.url, double=BOUND.replace(ALONE, ""))
        run(root)
        py = module(root, "py")
        py.write_text(py.read_text().replace("2 * x", "2 * x if x <= 700 else 1000"))
        assert main(["adopt", "double", "--root", str(root)]) == 0
        theirs = py.read_bytes()
        (root / "specs/double.intent.md").write_text(BOUND)
        with pytest.raises(CheckFailed) as failed:
            run(root)
        assert server.asked == ["double", "double.js"]
    assert str(failed.value).startswith("double  py  breaks a rule of its spec")
    assert py.read_bytes() == theirs


def test_a_module_is_written_though_nobody_answers_for_its_other_language(tmp_path):
    with ghostwriter({"double": [GOOD_DOUBLE]}) as server:
        root = project(tmp_path / "p", server.url, double=DOUBLE)
        run(root)
    shutil.rmtree(root / "src/demo/auto")
    (root / "intent.lock").unlink()
    (root / "specs/double.intent.md").write_text(BOTH)
    with pytest.raises(ProviderError):
        run(root)
    js, py = entries(root)
    assert (js, py.agrees) == (None, "")
    assert module(root, "py").is_file()


def test_a_module_is_written_though_its_other_language_fails(tmp_path):
    quad = BOTH.replace("double", "quad").replace("out: 4", "out: 8").replace("-3", "-6")
    quad += "# uses: double\n"
    answers = {
        "double": [GOOD_DOUBLE],
        "double.js": [BAD_JS],
        "quad": ["def quad(x):\n    return double(double(x))"],
    }
    with ghostwriter(answers) as server:
        root = project(tmp_path / "p", server.url, double=BOTH, quad=quad)
        with pytest.raises(CheckFailed) as failed:
            run(root)
    assert "double  js  no code passed" in str(failed.value)
    assert "not made: double could not be made" in str(failed.value)
    assert sorted(lock(root).entries) == [("double", "py"), ("quad", "py")]


def test_what_can_not_be_compared_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr("hatch_intent.judge.equivalence.obstacle", lambda *_: "nothing fits")
    with ghostwriter({"double": [GOOD_DOUBLE], "double.js": [OTHER_JS]}) as server:
        root = project(tmp_path / "p", server.url)
        _, told = run(root)
    said = "js and py were not compared: nothing fits"
    assert [each.problem for each in told if isinstance(each, Compared)] == ["nothing fits"]
    lines = []
    Lines(lines.append, lines.append)(next(each for each in told if isinstance(each, Compared)))
    assert lines == [f"intent  double               {said}"]
    assert [(each.agrees, each.trust) for each in entries(root)] == [("", "examples")] * 2
    report = read_report(open_project(root), "double")["targets"]
    assert report["js"]["languages"] == said


def test_what_is_kept_is_what_was_repaired(tmp_path, few):
    with ghostwriter({"double": [GOOD_DOUBLE], "double.js": [WRONG_JS, JS]}) as server:
        root = project(tmp_path / "p", server.url, double=BOUND)
        run(root)
        good = module(root, "js").read_bytes()
        module(root, "js").unlink()
        run(root)
        assert module(root, "js").read_bytes() == good
        assert len(server.asked) == 3


# ---- check


def checked(root, capsys, *words):
    capsys.readouterr()
    code = main(["check", "--root", str(root), *words])
    return code, capsys.readouterr()


def test_check_compares_the_languages(tmp_path, capsys):
    with ghostwriter({"double": [GOOD_DOUBLE], "double.js": [JS]}) as server:
        root = project(tmp_path / "p", server.url)
        run(root)
    code, said = checked(root, capsys, "--junit", str(root / "junit.xml"))
    assert code == 0
    assert said.out == (
        "intent  2 modules checked, 4 examples, 400 generated inputs, languages of 1 spec agree\n"
    )
    cases = ElementTree.parse(root / "junit.xml").iter("testcase")
    assert [case.get("classname") for case in cases if case.get("name") == "languages"] == [
        "specs.double"
    ]


def test_check_tells_a_hole_and_fails_where_that_is_asked(tmp_path, capsys):
    with ghostwriter({"double": [GOOD_DOUBLE], "double.js": [OTHER_JS]}) as server:
        root = project(tmp_path / "p", server.url, REPORT)
        run(root)
    code, said = checked(root, capsys)
    assert (code, said.out.splitlines()[:6]) == (0, [f"intent  {HOLE[0]}", *HOLE[1:]])
    path = root / "pyproject.toml"
    path.write_text(path.read_text().replace(REPORT, 'ambiguity = "error"'))
    code, said = checked(root, capsys, "--annotations", "github")
    assert code == 1
    assert "\n".join(HOLE) in said.err
    assert "title=hatch-intent double languages::js and py differ: double(1000)" in said.out


def test_check_fails_for_the_language_that_breaks_a_rule(tmp_path, capsys, few):
    with ghostwriter({"double": [GOOD_DOUBLE], "double.js": [JS]}) as server:
        root = project(tmp_path / "p", server.url, double=BOUND)
        run(root)
    js = module(root, "js")
    js.write_text(js.read_text().replace("2 * x", "x > 700 ? 1000 : 2 * x"))
    entry = replace(entries(root)[0], output_sha256=sha256(js.read_bytes()))
    (root / "intent.lock").write_text(dump_lock(lock(root).with_entries(entry)))
    code, said = checked(root, capsys)
    assert code == 1
    assert "src/demo/auto/js/double.js  breaks a rule of its spec" in said.err
    assert "  double(701)  breaks  out <= 9 or out == 2 * x does not hold  got 1000" in said.err


def test_check_fails_for_both_languages_where_both_break_a_rule(tmp_path, capsys, few):
    with ghostwriter({"double": [GOOD_DOUBLE], "double.js": [JS]}) as server:
        root = project(tmp_path / "p", server.url, double=BOUND)
        run(root)
    written = []
    for target, entry in zip(("js", "py"), entries(root), strict=True):
        path, told = module(root, target), ("x > 700 ? 1000 : 2 * x", "2 * x if x <= 700 else 1000")
        path.write_text(path.read_text().replace("2 * x", told[target == "py"]))
        written.append(replace(entry, output_sha256=sha256(path.read_bytes())))
    (root / "intent.lock").write_text(dump_lock(lock(root).with_entries(*written)))
    code, said = checked(root, capsys)
    assert code == 1
    assert said.err.count("breaks a rule of its spec, like its other language") == 2


def test_check_says_that_nothing_was_compared(tmp_path, capsys, monkeypatch):
    with ghostwriter({"double": [GOOD_DOUBLE], "double.js": [OTHER_JS]}) as server:
        root = project(tmp_path / "p", server.url, REPORT)
        run(root)
    monkeypatch.setattr("hatch_intent.judge.equivalence.obstacle", lambda *_: "nothing fits")
    code, said = checked(root, capsys)
    assert (code, said.out.splitlines()) == (
        0,
        [
            "intent  double  js and py were not compared: nothing fits",
            "intent  2 modules checked, 4 examples, 400 generated inputs",
        ],
    )


# ---- adopt


def adopted(root, capsys, old, new):
    js = module(root, "js")
    js.write_text(js.read_text().replace(old, new))
    capsys.readouterr()
    return main(["adopt", "double", "--root", str(root)]), capsys.readouterr()


def test_what_a_person_wrote_is_compared_when_it_is_adopted(tmp_path, capsys):
    with ghostwriter({"double": [GOOD_DOUBLE], "double.js": [JS]}) as server:
        root = project(tmp_path / "p", server.url)
        run(root)
    code, said = adopted(root, capsys, "2 * x", "x < 1000 ? 2 * x : 0")
    assert (code, said.out.splitlines()[:6]) == (0, [f"intent  {HOLE[0]}", *HOLE[1:]])
    assert [(each.agrees, each.trust) for each in entries(root)] == [("", "hand"), ("", "examples")]
    assert adopted(root, capsys, "x < 1000 ? 2 * x : 0", "x + x")[0] == 0
    assert [(each.agrees, each.trust) for each in entries(root)] == [
        ("py on 500 of 500 inputs", "hand"),
        ("js on 500 of 500 inputs", "agreed with js"),
    ]


def test_what_breaks_a_rule_is_not_adopted(tmp_path, capsys, few):
    with ghostwriter({"double": [GOOD_DOUBLE], "double.js": [JS]}) as server:
        root = project(tmp_path / "p", server.url, double=BOUND)
        run(root)
    before = (root / "intent.lock").read_bytes()
    code, said = adopted(root, capsys, "2 * x", "x > 700 ? 1000 : 2 * x")
    assert code == 1
    assert "src/demo/auto/js/double.js  breaks a rule of its spec" in said.err
    assert (root / "intent.lock").read_bytes() == before
