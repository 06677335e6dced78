"""docs/grammar.md against the reader of specs: what it calls valid is read, the rest refused."""

import re
from pathlib import Path

import pytest

from hatch_intent.errors import SpecError
from hatch_intent.spec import annotation, read_spec
from hatch_intent.spec.examples import MAX_EXAMPLES
from hatch_intent.spec.parser import TARGETS
from hatch_intent.spec.sections import HEADINGS

PAGE = (Path(__file__).parents[2] / "docs" / "grammar.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+) (valid|invalid)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
EXAMPLES_FOR = "(x: number, y?: string) -> { a: number } | null"
PROPERTIES_FOR = "(x: number, y: string[]) -> { a: number }"
HEAD = "# name: f\n# description: x\n# signature: "
AROUND = {
    "signature": (HEAD, "\n# properties:\n- true\n"),
    "example": (f"{HEAD}{EXAMPLES_FOR}\n# examples:\n", "\n"),
    "property": (f"{HEAD}{PROPERTIES_FOR}\n# properties:\n", "\n"),
}


def specs(wanted):
    found = []
    for kind, word, text in BLOCKS:
        if word == wanted and kind == "markdown":
            found.append(text)
        elif word == wanted:
            before, behind = AROUND[kind]
            found += [before + line + behind for line in text.splitlines()]
    return found


@pytest.mark.parametrize("text", specs("valid"))
def test_what_the_page_calls_valid_is_read(text):
    assert read_spec(text.encode(), "specs/f.intent.md").name in ("f", "double")


@pytest.mark.parametrize("text", specs("invalid"))
def test_what_the_page_calls_invalid_is_refused_once(text):
    with pytest.raises(SpecError) as caught:
        read_spec(text.encode(), "specs/f.intent.md")
    assert caught.value.problems


def test_every_kind_of_block_is_there_in_both_forms():
    kinds = {(kind, word) for kind, word, _ in BLOCKS}
    assert kinds == {
        (kind, word) for kind in ("markdown", *AROUND) for word in ("valid", "invalid")
    }
    assert f"`{EXAMPLES_FOR}`" in PAGE
    assert f"`{PROPERTIES_FOR}`" in PAGE


def rule(name):
    """A rule of the EBNF, without its comments."""
    text = "\n".join(re.findall(r"^```ebnf\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))
    found = re.search(rf"^{name} += (.*?) ;(?:\s|$)", text, re.MULTILINE | re.DOTALL)
    return re.sub(r"\(\*.*?\*\)", "", found[1])


def words(name):
    return re.findall(r'"(\w+)"', rule(name))


def test_the_words_are_the_readers():
    assert words("word") == list(HEADINGS)
    assert set(words("target")) == set(TARGETS)
    assert set(words("plain")) == set(annotation._PLAIN)
    assert set(words("list")) == set(annotation._LISTS)
    assert set(words("tuple")) == set(annotation._TUPLES)
    assert set(words("map")) == set(annotation._MAPS)


def test_the_numbers_are_the_readers():
    from hatch_intent.spec import source, strict_json, tokens

    assert f"{MAX_EXAMPLES:,} examples" in PAGE
    assert f"nest at most {tokens.MAX_DEPTH} deep" in PAGE
    assert f"nest at most {strict_json.MAX_DEPTH} deep" in PAGE
    assert f"at most {strict_json.MAX_DIGITS} digits" in PAGE
    assert source.MAX_BYTES == 1 << 20
    assert annotation._MAX_SUFFIXES == 5
    assert "at most five times" in PAGE


def test_every_rule_that_is_used_is_there():
    text = "\n".join(re.findall(r"^```ebnf\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))
    text = re.sub(r'\(\*.*?\*\)|\?[^?]*\?|"[^"]*"', " ", text, flags=re.DOTALL)
    defined = set(re.findall(r"^([\w-]+) += ", text, re.MULTILINE))
    used = set(re.findall(r"[a-z][\w-]*", text))
    known = {"letter", "digit", "alnum", "identifier", "newline", "tab", "text", "expression"}
    assert used - defined - known - {"blank-line", "digit1-9", "entry"} == set()


def test_what_counts_as_the_same_does():
    one = "# name: f\n# description: x\n# signature: (x: int, y: float) -> int\n# examples:\n"
    two = "# examples:\n{}\n# signature: (x: integer,\n  y: number) -> integer\n<!-- a -->\n"
    two += "# name: f\r\n# description: x\n"
    first = read_spec(f"{one}- in: [1, 1.0] out: 1\n".encode(), "a.intent.md")
    second = read_spec(
        two.replace("{}", '- in: {"y": 1e0, "x": 1}\n  out: 1').encode(), "b.intent.md"
    )
    assert first.intent_digest == second.intent_digest
    assert first.checks_digest == second.checks_digest
