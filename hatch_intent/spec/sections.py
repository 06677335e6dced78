"""A spec's text, divided at its headings, with comments and titles taken out."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from functools import lru_cache

from hatch_intent.spec.prose import FENCE, closes
from hatch_intent.spec.source import Flaw, quote

HEADINGS = (
    "name",
    "target",
    "description",
    "signature",
    "constraints",
    "examples",
    "properties",
    "uses",
    "requires",
    "model",
)
BLANK = "\0"
"""Stands for each character of a comment or title, so that places stay what they were."""

_PROSE = ("description", "constraints")
_HEADING = re.compile(r"#{1,6}(?P<space>[ \t]*)(?P<word>[A-Za-z][\w-]*)[ \t]*:(?P<after>\s|$)?")
_TITLE = re.compile(r"#{1,6}(?:[ \t]+(?P<text>.*))?$")
# what may hold "<!--" without opening a comment, or the comment's opening itself
_QUOTED = r'"(?:[^"\\\n]|\\.)*"'
_IN_PROSE = re.compile(rf"`[^`\n]*`|{_QUOTED}|(?P<comment><!--)")
_IN_CODE = re.compile(rf"'(?:[^'\\\n]|\\.)*'|{_QUOTED}|(?P<comment><!--)")
_IN_VALUES = re.compile(rf"{_QUOTED}|(?P<comment><!--)")


@dataclass(frozen=True)
class Section:
    """A heading's word begins at `offset`; its content is `text[begin:end]` of the page."""

    name: str
    offset: int
    begin: int
    end: int


@dataclass(frozen=True)
class Page:
    """`text` has the file's length, with `BLANK` for comments and titles.

    `cut` says that a comment or fence swallows the rest, headings and all.
    """

    text: str
    sections: dict[str, Section]
    flaws: tuple[Flaw, ...]
    cut: bool

    def prose(self, begin: int, end: int) -> str:
        """The text between two offsets, without comments and the lines that held only them."""
        lines = self.text[begin:end].split("\n")
        kept = (line for line in lines if BLANK not in line or line.strip(BLANK + " \t"))
        return "\n".join(line.replace(BLANK, "") for line in kept)

    def values(self, section: Section) -> str:
        """The section's text with spaces for comments, as long as the section."""
        return self.text[section.begin : section.end].replace(BLANK, " ")


def divide(text: str) -> Page:
    """Find the sections; `text` has LF line ends and no control characters."""
    divider = _Divider(text)
    divider.run()
    return Page("".join(divider.parts), divider.sections(), tuple(divider.flaws), divider.cut)


@lru_cache(maxsize=256)
def _near(word: str) -> list[str]:
    return difflib.get_close_matches(word, HEADINGS, 1, 0.7) if len(word) < 20 else []


class _Divider:
    """One pass over the lines, because what `#` and `<!--` mean depends on what came before."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.parts: list[str] = []  # the page's text so far
        self.flaws: list[Flaw] = []
        self.found: list[tuple[str, int, int, int]] = []  # name, start of line, word, content
        self.first_lines: dict[str, int] = {}
        self.current = ""
        self.cut = False
        self.fence = ""
        self.fence_at = 0

    def run(self) -> None:
        at = 0
        while at < len(self.text):
            at = self.line(at)
        self.preamble()
        if self.fence:
            message = f"the block that {quote(self.fence)} opens is never closed; close it so"
            self.flaws.append(Flaw(self.fence_at, f"{message} on a line of its own"))
            self.cut = True

    def preamble(self) -> None:
        end = self.found[0][1] if self.found else len(self.text)
        stray = re.search(rf"[^\s{BLANK}]", "".join(self.parts)[:end])
        if stray:
            message = 'text before the first heading; move it below "# description:"'
            self.flaws.append(Flaw(stray.start(), message))

    def line(self, at: int) -> int:
        end = self.text.find("\n", at)
        end = len(self.text) if end < 0 else end + 1
        line = self.text[at:end].rstrip("\n")
        if self.fence:
            self.fence = "" if closes(line, self.fence) else self.fence
            return self.keep(at, end)
        opening = FENCE.match(line) if self.current in _PROSE else None
        if opening:
            self.fence, self.fence_at = opening[1], at + opening.start(1)
            return self.keep(at, end)
        if line.startswith("#") and not self.heading(line, at) and self.title(line, at):
            return self.blank(at, end - 1 if self.text[end - 1] == "\n" else end)
        return self.comments(at, end)

    def heading(self, line: str, at: int) -> bool:
        match = _HEADING.match(line)
        if not match:
            return False
        word = match["word"].lower()
        place = at + match.start("word")
        if word in HEADINGS:
            self.open(word, at, place, at + match.end() - len(match["after"] or ""))
            return True
        near = _near(word)
        if near:
            message = f'unknown heading "{match["word"]}:"; did you mean "{near[0]}:"?'
            # read on as if it were right, so that what stands below isn't blamed as well
            self.begin(near[0], at, place, at + match.end())
        elif match["after"] is not None and match["space"]:
            message = f"unknown heading {quote(match['word'] + ':')}; known are "
            message += f"{', '.join(HEADINGS)}; indent the line or fence it to make it text"
            if self.current not in _PROSE:
                self.begin("", at, place, at + match.end())
        else:
            return False
        self.flaws.append(Flaw(place, message))
        return True

    def open(self, word: str, at: int, place: int, begin: int) -> None:
        if word in self.first_lines:
            first = self.first_lines[word]
            message = f'the heading "{word}:" stands twice, first in line {first}; join them'
            self.flaws.append(Flaw(place, message))
        else:
            self.first_lines[word] = self.text.count("\n", 0, at) + 1
        self.begin(word, at, place, begin)

    def begin(self, word: str, at: int, place: int, begin: int) -> None:
        self.current = word
        self.found.append((word, at, place, begin))

    def title(self, line: str, at: int) -> bool:
        """Whether the line is a title, to be ignored; in prose it is text."""
        match = _TITLE.match(line)
        if not match:
            return False
        text = (match["text"] or "").strip()
        if text.lower() in HEADINGS:
            message = f'the heading {quote(text)} lacks its colon; write "# {text.lower()}:"'
            self.flaws.append(Flaw(at + match.start("text"), message))
            self.begin(text.lower(), at, at + match.start("text"), at + len(line))
            return True
        return self.current not in _PROSE

    def comments(self, at: int, end: int) -> int:
        if "<!--" not in self.text[at:end]:
            return self.keep(at, end)
        pattern = _IN_VALUES
        if self.current in ("signature", "properties"):
            pattern = _IN_CODE
        elif self.current in _PROSE:
            pattern = _IN_PROSE
        while at < end:
            found = (match for match in pattern.finditer(self.text, at, end) if match["comment"])
            opening = next(found, None)
            if not opening:
                return self.keep(at, end)
            self.keep(at, opening.start())
            at = self.comment(opening.start())
            if at >= end:  # the comment ran on; what follows it still isn't a line's start
                end = self.text.find("\n", at) + 1 or len(self.text)
        return at

    def comment(self, start: int) -> int:
        end = self.text.find("-->", start + 4)
        if end < 0:
            message = 'the comment "<!--" is never closed; close it with "-->"'
            self.flaws.append(Flaw(start, message))
            self.cut = True
        return self.blank(start, end + 3 if end >= 0 else len(self.text))

    def keep(self, at: int, end: int) -> int:
        self.parts.append(self.text[at:end])
        return end

    def blank(self, at: int, end: int) -> int:
        self.parts.append(BLANK * (end - at))
        return end

    def sections(self) -> dict[str, Section]:
        ends = [start for _, start, _, _ in self.found[1:]] + [len(self.text)]
        return {
            name: Section(name, place, begin, end)
            for (name, _, place, begin), end in zip(self.found, ends, strict=False)
        }
