"""Specs: what a function is to do, and how that is checked."""

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
