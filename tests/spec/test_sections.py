"""What is a heading, a comment, a title or text."""

from __future__ import annotations

import pytest

from hatch_intent.spec import Spec, read_spec

BASE = """\
# name: length
# description: Length.
# signature: (x: string) -> any
# examples:
- in: {"x": ""} out: null
"""


def read(old: str, new: str) -> Spec:
    assert old in BASE
    return read_spec(BASE.replace(old, new).encode(), "a.intent.md")


def test_values_may_stand_behind_the_heading_or_below() -> None:
    assert read("name: length", "NAME:\n\n  length\n").name == "length"
    assert read("name: length", "Name :length").name == "length"


@pytest.mark.parametrize("mark", ["#", "##", "######"])
def test_levels_are_alike(mark: str) -> None:
    assert read("# name", f"{mark} name").name == "length"


def test_fenced_and_indented_headings_are_text() -> None:
    text = "Length.\n~~~py\n# examples:\n<!-- kept -->\n# Note: x\n~~~\n  # Note: y\n# Kept title"
    assert read("Length.", text).description == text


def test_a_fence_ends_only_with_its_own_marks() -> None:
    text = "Length.\n````\n```\n# name: no\n~~~~\n````"
    assert read("Length.", text).description == text


def test_inline_code_opens_no_fence() -> None:
    assert read("Length.", "```Length``` of it").description == "```Length``` of it"


@pytest.mark.parametrize(
    "text", ["Drop `<!-- x -->` from it", 'Drop "<!-- x -->" from it', "# http://x.org is odd"]
)
def test_text_that_only_looks_like_a_comment_or_heading(text: str) -> None:
    assert read("Length.", f"Say:\n{text}").description == f"Say:\n{text}"


def test_comments_go_wherever_they_stand() -> None:
    spec = read(
        "Length.", "A<!-- 1 --> b<!--\n# name: no\n--># c\n<!-- gone -->\n<!-- x --><!-- y -->d"
    )
    assert spec.description == "A b# c\nd"
    assert read('"x": ""', '<!-- a --> "x" <!-- b\n --> : ""').examples[0].args == {"x": ""}


def test_a_comment_in_a_string_is_the_string() -> None:
    spec = read('{"x": ""} out: null', '{"x": "\\"<!-- a -->"} out: "<!--" <!-- really -->')
    assert (spec.examples[0].args, spec.examples[0].out) == ({"x": '"<!-- a -->'}, "<!--")
    spec = read("(x: string)", "(x: '<!-- a -->' | \"\") <!-- y -->")
    assert spec.signature.parameters[0].type.options[0].value == "<!-- a -->"  # type: ignore[union-attr]


def test_title_lines_between_examples_are_ignored() -> None:
    spec = read("null\n", 'null\n# more of them\n- in: ["a"] out: 1\n')
    assert [example.line for example in spec.examples] == [5, 7]


def test_entries_run_over_several_lines() -> None:
    more = (
        "# properties:\n- out is None or\n    len(x) > 0\n- x == x\n# constraints:\n- a\n  b\n- c"
    )
    spec = read("null\n", f"null\n{more}\n")
    assert [(found.line, found.text) for found in spec.properties] == [
        (7, "out is None or len(x) > 0"),
        (9, "x == x"),
    ]
    assert spec.constraints == ("a\n  b", "c")


def test_defaults_of_what_is_not_there() -> None:
    spec = read("Length.", "Length.")
    assert (spec.targets, spec.uses, spec.requires, spec.model) == (("py",), (), (), None)


def test_lists_of_names() -> None:
    spec = read("null\n", "null\n# target: js, py js\n# uses:\n- a1\n- b1, c1\n# requires: numpy\n")
    assert (spec.targets, spec.uses, spec.requires) == (
        ("js", "py"),
        ("a1", "b1", "c1"),
        ("numpy",),
    )
