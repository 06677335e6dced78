"""Specs: what a function is to do, and how that is checked."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hatch_intent.spec.conform import misfit
    from hatch_intent.spec.model import Example, Json, Parameter, Property, Signature, Spec
    from hatch_intent.spec.names import name_fault
    from hatch_intent.spec.parser import read_spec
    from hatch_intent.spec.signature import show_signature
    from hatch_intent.spec.types import Type, show

__all__ = [
    "Example",
    "Json",
    "Parameter",
    "Property",
    "Signature",
    "Spec",
    "Type",
    "misfit",
    "name_fault",
    "read_spec",
    "show",
    "show_signature",
]

_ROOMS = {
    "misfit": "conform",
    "name_fault": "names",
    "read_spec": "parser",
    "show": "types",
    "show_signature": "signature",
    "Type": "types",
}


def __getattr__(name: str) -> Any:
    # Whoever wants the values only shall not load the parser.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_ROOMS.get(name, 'model')}"), name)
