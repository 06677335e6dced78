from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hatch_intent.spec.model import Example, Parameter, Signature, Spec
from hatch_intent.spec.types import ANY, Type

MakeSpec = Callable[..., Spec]


def build_spec(
    name: str = "f",
    parameters: str = "x",
    examples: list[Example] | None = None,
    returns: Type = ANY,
    **fields: Any,
) -> Spec:
    """A spec of `any` types; a parameter's name ends in ? when it is optional."""
    signature = Signature(
        tuple(Parameter(p.rstrip("?"), ANY, p.endswith("?")) for p in parameters.split()), returns
    )
    base = dict.fromkeys(("constraints", "properties", "uses", "requires"), ())
    given = {"targets": ("py",), "description": "", "model": None, **base, **fields}
    return Spec(
        path=f"specs/{name}.intent.md",
        name=name,
        signature=signature,
        examples=tuple(examples or ()),
        intent_digest="",
        checks_digest="",
        **given,
    )
