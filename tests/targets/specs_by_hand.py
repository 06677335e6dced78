"""Specs as values, for tests that need no file."""

from __future__ import annotations

from hatch_intent.spec.model import Example, Parameter, Property, Signature, Spec
from hatch_intent.spec.types import NUMBER, Field, Object, Type
from hatch_intent.targets import Origin

VECTOR = Object((Field("mag", NUMBER), Field("nx", NUMBER), Field("ny", NUMBER)))


def spec_of(
    name: str,
    parameters: dict[str, Type] | tuple[Parameter, ...],
    returns: Type,
    *,
    description: str = "Do it.",
    constraints: tuple[str, ...] = (),
    examples: tuple[Example, ...] = (),
    properties: tuple[Property, ...] = (),
    uses: tuple[str, ...] = (),
    requires: tuple[str, ...] = (),
) -> Spec:
    if isinstance(parameters, dict):
        parameters = tuple(Parameter(key, kind) for key, kind in parameters.items())
    return Spec(
        path=f"specs/{name}.intent.md",
        name=name,
        targets=("py",),
        description=description,
        signature=Signature(parameters, returns),
        constraints=constraints,
        examples=examples,
        properties=properties,
        uses=uses,
        requires=requires,
        model=None,
        intent_digest="a" * 64,
        checks_digest="b" * 64,
    )


def origin_of(spec: Spec, author: str = "model tiny") -> Origin:
    return Origin(spec.path, spec.intent_digest, spec.checks_digest, author)


NORMALIZE = spec_of(
    "normalize2d",
    {"x": NUMBER, "y": NUMBER},
    VECTOR,
    description="Normalize 2D vector. Avoid div-by-zero.",
    constraints=("Return zeros if both inputs are zero.",),
    examples=(
        Example(1, {"x": 3, "y": 4}, {"mag": 5, "nx": 0.6, "ny": 0.8}),
        Example(2, {"x": 0, "y": 0}, {"mag": 0, "nx": 0, "ny": 0}),
    ),
)
