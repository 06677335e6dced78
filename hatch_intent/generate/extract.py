"""Code out of a model's answer."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator

from hatch_intent.spec.model import Spec
from hatch_intent.targets import Target

_FENCE = re.compile(r"[ \t>]*(`{3,}|~{3,})[ \t]*([^`\n]*)$")
_THOUGHT = re.compile(r"<think>.*?(</think>|\Z)", re.DOTALL)
_TRIES = 400
"""Lines that are looked at for an end of code without a fence."""


def code_in(answer: str, spec: Spec, target: Target) -> str | None:
    """The code of a whole answer, or None when there is none.

    Of several fenced blocks the last that defines the function is taken, else the longest that
    is code at all. An unclosed fence reaches to the end. Without any fence, the code amid the
    prose is taken. Code that doesn't parse counts only in a fence: a repair can mend it.
    """
    text = _without_thoughts(answer.replace("\r\n", "\n"))
    blocks = list(_blocks(text))
    defining = [block for block in blocks if target.defines(spec, block)]
    if defining:
        return defining[-1]
    whole = _outermost(text)
    if whole is not None and target.defines(spec, whole):
        return whole
    sound = [block for block in blocks if target.parses(block)]
    if sound or blocks:
        return max(sound or blocks, key=len)
    return _amid_prose(text, target)


def _without_thoughts(text: str) -> str:
    start, end, rest = text.partition("</think>")
    if end and "<think>" not in start:
        text = rest
    return _THOUGHT.sub("", text)


def _blocks(text: str) -> Iterator[str]:
    """What stands in fences, dedented, without empty ones."""
    fence = ""
    held: list[str] = []
    for line in text.split("\n"):
        found = _FENCE.match(line)
        if not fence:
            if found:
                fence, held = found[1], []
        elif found and found[1].startswith(fence) and not found[2]:
            yield from _block(held)
            fence = ""
        else:
            held.append(line)
    if fence:
        yield from _block(held)


def _block(lines: list[str]) -> Iterator[str]:
    text = textwrap.dedent("\n".join(lines)).strip("\n")
    if text.strip():
        yield text + "\n"


def _outermost(text: str) -> str | None:
    """From the first fence to the last: the code itself may hold fences."""
    lines = text.split("\n")
    numbers = [number for number, line in enumerate(lines) if _FENCE.match(line)]
    if len(numbers) < 2:
        return None
    return "\n".join(lines[numbers[0] + 1 : numbers[-1]]) + "\n"


def _amid_prose(text: str, target: Target) -> str | None:
    """From the first line that looks like code, as far as it parses."""
    lines = text.split("\n")
    for start, line in enumerate(lines):
        if not line.startswith(target.openers):
            continue
        last = min(len(lines), start + _TRIES)
        for end in range(last, start, -1):
            code = "\n".join(lines[start:end]).strip("\n") + "\n"
            if target.parses(code):
                return code
    return None
