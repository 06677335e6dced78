"""What to ask an author: an example line that settles what candidates alone can't."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from hatch_intent.errors import CheckFailed
from hatch_intent.judge.compare import difference, tolerance_of
from hatch_intent.judge.differential import TRIED, Said, compared_on, said_of
from hatch_intent.judge.examples import Unsafe
from hatch_intent.judge.inputs import Args
from hatch_intent.judge.node.module import inexact
from hatch_intent.judge.properties import obstacle
from hatch_intent.spec.examples import can_be_read
from hatch_intent.spec.model import Json, Spec

if TYPE_CHECKING:
    from hatch_intent.judge.check import Judge


def telling_example(
    judge: Judge,
    spec: Spec,
    code: str,
    *,
    target: str = "py",
    uses: Mapping[str, str] | None = None,
) -> str:
    """An example line with an answer of the code's own, for the author to say whether it is right.

    On an input like the examples' and, where there is one, with an answer that no example has.
    Empty when nothing can be made up or no answer be stated. Raises `CheckFailed`.
    """
    if obstacle(spec, TRIED):
        return ""
    known = [example.args for example in spec.examples]
    inputs = [args for args in compared_on(spec, TRIED) if args not in known]
    lines = []
    try:
        with judge.session(code, spec, uses, target) as session:
            for args in inputs:
                said = said_of(session.answer(args))
                line = example_line(spec, args, said)
                if line and not any(
                    difference(said.value, each.out) is None for each in spec.examples
                ):
                    return line
                lines.append(line)
    except Unsafe as unsafe:
        raise CheckFailed(f"the sandbox no longer holds: {unsafe}") from None
    return next(filter(None, lines), "")


def example_line(spec: Spec, args: Args, said: Said) -> str:
    """The example that settles it, as the spec can have it; empty when none can."""
    if said.ended or ("js" in spec.targets and inexact([args, said.value]) is not None):
        return ""
    outcome = f"raises: {said.raised}" if said.raised else f"out: {spaced(said.value)}"
    tolerance = None if said.raised else tolerance_of(spec)
    more = "" if tolerance is None else f" tolerance: {spaced(tolerance)}"
    line = f"in: {spaced(args)} {outcome}{more}"
    return f"- {line}" if can_be_read(line) else ""


def spaced(value: Json) -> str:
    """JSON on one line as people write it, with spaces inside of braces."""
    if isinstance(value, dict):
        pairs = (f"{spaced(key)}: {spaced(item)}" for key, item in value.items())
        return f"{{ {', '.join(pairs)} }}" if value else "{}"
    if isinstance(value, list):
        return f"[{', '.join(map(spaced, value))}]"
    # ASCII where it could not be seen, or would end the line
    return json.dumps(value, ensure_ascii=not (isinstance(value, str) and value.isprintable()))
