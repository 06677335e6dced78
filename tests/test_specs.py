"""The specs that come with the project: each can be read, can be met, and can be missed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from ghostwriter import ghostwriter
from projects import make_project

from hatch_intent.cli import main
from hatch_intent.errors import SpecError
from hatch_intent.judge import Judge
from hatch_intent.spec import Spec, read_spec
from hatch_intent.targets import Origin, target_named

ROOT = Path(__file__).parents[1]
REFERENCES = Path(__file__).parent / "references"
OWN = sorted((ROOT / "specs").glob("*.intent.md"))
EXAMPLE_PROJECT = sorted((ROOT / "example_project" / "specs").glob("*.intent.md"))

ORIGIN = Origin("specs/x.intent.md", "a" * 64, "b" * 64, "hand")

SEED = """\
# specs/normalize2d.intent.md
# name: normalize2d
# target: js,py
# description:
Normalize 2D vector. Avoid div-by-zero.
# signature:
(x: number, y: number) -> { mag: number, nx: number, ny: number }
# constraints:
- Return zeros if both inputs are zero.
# examples:
- in: { "x":3, "y":4 } out: { "mag":5, "nx":0.6, "ny":0.8 }
- in: { "x":0, "y":0 } out: { "mag":0, "nx":0, "ny":0 }
"""

# name, what stands in the reference, what a mistaken author writes there
BROKEN = [
    ("clamp", "if low > high:", "if low >= high:"),
    ("mask_tail", "secret[hidden:]", "secret[-visible:]"),
    ("join_words", "if len(words) < 2:", "if len(words) < 1:"),
    ("ensure_suffix", "name.endswith(suffix)", "suffix in name.lower()"),
    ("point_in_box", 'y < box["top"] +', 'y <= box["top"] +'),
    ("parse_duration", "not text or match is None", "match is None"),
    ("wrap_text", "<= width", "< width"),
    ("merge_intervals", "max(merged[-1][1], end)", "end"),
    ("human_bytes", "count >= step ** (power + 1)", "count > step ** (power + 1)"),
    ("next_business_day", "weekday() < 5", "weekday() < 6"),
    ("rank_scores", '(item["rank"], item["name"])', 'item["rank"]'),
    ("compare_versions", '(0, int(part), "")', "(0, 0, part)"),
    ("split_amount", "cents * weight // total", "int(cents * weight / total)"),
    (
        "json_pointer",
        '.replace("~1", "/").replace("~0", "~")',
        '.replace("~0", "~").replace("~1", "/")',
    ),
    ("apply_edits", "dict(record)", "record"),
]

GUIDE = (ROOT / "docs" / "spec-guide.md").read_text(encoding="utf-8")
SAMPLES = re.findall(r"^```markdown\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)

PRICES = """\
# name: total
# target: py
# description:
Add up prices.
# signature:
(prices: number[], tax?: number) -> number
# constraints:
- No prices give 0.
# examples:
- in: { "prices": [1, 2] } out: 3
"""
# what stands in the spec above, what an author writes there
SLIPS = [
    ("# constraints:", "# constrains:"),
    ("name: total", "name: sum"),
    ("target: py", "target: rust"),
    ("-> number", "-> Promise<number>"),
    ("prices: number[]", "prices: set[int]"),
    ('"prices": [1, 2]', '"price": [1, 2]'),
    ("[1, 2]", '[1, "2"]'),
    ("out: 3", "out: True"),
    ('"prices": [1, 2]', "'prices': [1, 2]"),
    ("out: 3", "out: NaN"),
    ("out: 3", 'out: 3\n- in: { "prices": [1, 2] } out: 4'),
    ("out: 3", "raises: PriceError"),
]


def read(path: Path) -> Spec:
    return read_spec(path.read_bytes(), path.relative_to(ROOT).as_posix())


def reference(name: str, target: str = "py") -> str:
    return (REFERENCES / f"{name}.{target}").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def judge() -> Iterator[Judge]:
    # the references are ours: any level of isolation will do for them
    with Judge(sandbox="best-effort") as judge:
        yield judge


def test_there_is_a_reference_for_every_spec() -> None:
    assert len(OWN) >= 28
    names = [path.name.removesuffix(".intent.md") for path in OWN]
    assert names == sorted(path.stem for path in REFERENCES.glob("*.py"))


def test_readme_ranks_every_spec_once() -> None:
    lists = re.findall(r"^- .*: (.*)\.$", (ROOT / "specs" / "README.md").read_text(), re.MULTILINE)
    ranked = sorted(", ".join(lists).split(", "))
    assert ranked == [path.name.removesuffix(".intent.md") for path in OWN]


@pytest.mark.parametrize(
    "path", OWN + EXAMPLE_PROJECT, ids=lambda path: path.parent.parent.name + "/" + path.name
)
def test_spec_is_read(path: Path) -> None:
    spec = read(path)
    assert f"{spec.name}.intent.md" == path.name
    assert len(spec.examples) >= (2 if spec.name == "normalize2d" else 4)


@pytest.mark.parametrize(
    "path", OWN + EXAMPLE_PROJECT, ids=lambda path: path.parent.parent.name + "/" + path.name
)
def test_reference_passes_the_judge(path: Path, judge: Judge) -> None:
    spec = read(path)
    verdict = judge.check(reference(spec.name), spec)
    assert verdict.passed, verdict
    assert len(verdict.results) == len(spec.examples)


@pytest.mark.parametrize("path", sorted(REFERENCES.glob("*.js")), ids=lambda path: path.name)
def test_reference_in_javascript_passes_the_judge(path: Path, judge: Judge) -> None:
    spec = read(ROOT / "specs" / f"{path.stem}.intent.md")
    assert "js" in spec.targets
    module = target_named("js").render(spec, reference(spec.name, "js"), ORIGIN)
    verdict = judge.check(module, spec, "js")
    assert verdict.passed, verdict
    assert len(verdict.results) == len(spec.examples)


@pytest.mark.slow
def test_all_of_them_are_one_project_in_both_languages(tmp_path: Path) -> None:
    names = {path.name.removesuffix(".intent.md"): path.read_text("utf-8") for path in OWN}
    codes = {name: [reference(name)] for name in names}
    codes |= {path.name: [reference(path.stem, "js")] for path in REFERENCES.glob("*.js")}
    with ghostwriter(codes) as server:
        root = make_project(tmp_path / "p", server.url, **names)
        path = root / "pyproject.toml"
        table = "[tool.intent.targets]\n"
        path.write_text(path.read_text().replace(table, f'{table}js = "src/demo/auto/js"\n'))
        assert main(["build", "-q", "--root", str(root)]) == 0
        assert sorted(server.asked) == sorted(codes)
    assert len(list((root / "src/demo/auto").glob("[a-z]*.py"))) == len(OWN)
    scripts = {path.name for path in (root / "src/demo/auto/js").glob("*.js")}
    assert scripts == {"index.js", *(path.name for path in REFERENCES.glob("*.js"))}


@pytest.mark.parametrize(("name", "right", "wrong"), BROKEN, ids=[row[0] for row in BROKEN])
def test_broken_variant_fails_the_judge(name: str, right: str, wrong: str, judge: Judge) -> None:
    code = reference(name)
    assert code.count(right) == 1
    verdict = judge.check(code.replace(right, wrong), read(ROOT / "specs" / f"{name}.intent.md"))
    assert verdict.problem == ""
    assert verdict.failures


def test_seed_spec_is_kept_to_the_byte() -> None:
    seed = (ROOT / "specs" / "normalize2d.intent.md").read_bytes()
    assert seed == SEED.encode()


def test_specs_show_every_form_of_the_grammar() -> None:
    """A form that no spec uses is a form that nobody tries out."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in OWN)
    forms = [
        "?: ",
        " | null",
        "Record<",
        "dict[",
        "list[",
        "def ",
        "raises: ",
        "tolerance: ",
        "- in: [",
    ]
    forms += ["- in: {\n", "# properties:", " requires ", "Array<", "any", "-1 | 0 | 1"]
    assert [form for form in forms if form not in text] == []


def test_guide_has_samples_that_are_read() -> None:
    assert len(SAMPLES) >= 4
    for sample in SAMPLES:
        assert read_spec(sample.encode(), "docs/spec-guide.md").examples


@pytest.mark.parametrize(("right", "wrong"), SLIPS, ids=[wrong for _, wrong in SLIPS])
def test_guide_quotes_the_message_for_a_common_error(right: str, wrong: str) -> None:
    assert PRICES.count(right) == 1
    with pytest.raises(SpecError) as caught:
        read_spec(PRICES.replace(right, wrong).encode(), "specs/total.intent.md")
    quoted = set(re.findall(r"`([^`]+)` \|$", GUIDE, re.MULTILINE))
    # a place that moves with the spec is no part of the message
    told = {
        re.sub(r"in line \d+", "in line 9", problem.message) for problem in caught.value.problems
    }
    assert told & quoted
