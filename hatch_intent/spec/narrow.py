"""Types as the examples use them: a `number` that is whole in every one is meant to be whole.

A signature says `number` where its author thinks of whole ones, and a small model that reads
`float` there writes for floats: it rounds, divides and converts. What a module promises stays as
the author wrote it; this is what a model is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from hatch_intent.spec.conform import misfit
from hatch_intent.spec.model import Json, Signature, Spec
from hatch_intent.spec.types import INTEGER, NUMBER, Array, Map, Object, Tuple, Type, Union, union


def narrowed(spec: Spec) -> Spec:
    """The spec with `integer` for each `number` that is whole in all its examples, and in one."""
    calls = [example.args for example in spec.examples]
    answers = [example.out for example in spec.examples if example.raises is None]
    parameters = tuple(
        replace(each, type=_narrow(each.type, _under(each.name, calls)))
        if not isinstance(each.default, float)
        else each
        for each in spec.signature.parameters
    )
    returns = spec.signature.returns
    if not any(example.tolerance for example in spec.examples):
        returns = _narrow(returns, answers)
    return replace(spec, signature=Signature(parameters, returns))


def _narrow(type_: Type, values: Sequence[Json]) -> Type:
    if type_ == NUMBER:
        return INTEGER if values and all(type(value) is int for value in values) else type_
    if isinstance(type_, Array):
        return Array(_narrow(type_.item, [item for value in values for item in value]))
    if isinstance(type_, Tuple):
        parts = (
            _narrow(item, [value[place] for value in values])
            for place, item in enumerate(type_.items)
        )
        return Tuple(tuple(parts))
    if isinstance(type_, Map):
        return Map(_narrow(type_.value, [item for value in values for item in value.values()]))
    if isinstance(type_, Object):
        fields = (
            replace(each, type=_narrow(each.type, _under(each.name, values)))
            for each in type_.fields
        )
        return Object(tuple(fields))
    if isinstance(type_, Union):
        options = (
            _narrow(option, [value for value in values if misfit(value, option) is None])
            for option in type_.options
        )
        return union([*options])
    return type_


def _under(name: str, values: Iterable[dict[str, Json]]) -> list[Json]:
    """What stands under a key, where it does."""
    return [value[name] for value in values if name in value]
