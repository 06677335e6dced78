"""Python for the functions of JavaScript modules."""

from __future__ import annotations

from collections.abc import Sequence

from hatch_intent.spec.model import Parameter, Spec
from hatch_intent.spec.types import Primitive, Type, Union
from hatch_intent.targets.python_layout import docstring
from hatch_intent.targets.python_package import WIDTH, all_line, bracketed
from hatch_intent.targets.python_types import interface

_SHARED = ("JavaScriptError", "WrapperError", "batch", "close", "configure")


def module(spec: Spec) -> str:
    """The function and its record types."""
    types = interface(spec.name, spec.signature)
    line = f"def {spec.name}({', '.join(types.parameters)}) -> {types.returns}:"
    if len(line) > WIDTH:
        parameters = "".join(f"    {each},\n" for each in types.parameters)
        line = f"def {spec.name}(\n{parameters}) -> {types.returns}:"
    imports = [f"from typing import {', '.join(types.typing)}", ""] if types.typing else []
    head = ["from __future__ import annotations", "", *imports, "from . import _bridge as __bridge"]
    arguments = ", ".join(map(_argument, spec.signature.parameters))
    function = [
        line,
        docstring(spec.description.strip() or spec.name, "    "),
        f'    __answer: {types.returns} = __bridge.call("{spec.name}", [{arguments}])',
        "    return __answer",
    ]
    names = sorted((spec.name, *types.names))
    sections = ["\n".join(head) + "\n\n" + all_line(names), *types.classes, "\n".join(function)]
    return "\n\n\n".join(sections) + "\n"


def package(names: Sequence[str]) -> str:
    """The package file: every function, and what they share."""
    lines = [bracketed("from ._bridge import ", _SHARED, ("(", ")"))]
    lines += [f"from .{name} import {name}" for name in names]
    sections = ["from __future__ import annotations", "\n".join(lines)]
    return "\n\n".join([*sections, all_line(sorted((*_SHARED, *names)))]) + "\n"


def _argument(parameter: Parameter) -> str:
    name = parameter.name
    if parameter.optional and parameter.default is None and not _takes_null(parameter.type):
        return f"__bridge.LEFT_OUT if {name} is None else {name}"
    return name


def _takes_null(kind: Type) -> bool:
    if isinstance(kind, Union):
        return any(map(_takes_null, kind.options))
    return isinstance(kind, Primitive) and kind.name in ("null", "any")
