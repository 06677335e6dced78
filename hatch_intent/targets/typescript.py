"""JSON types as TypeScript writes them."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from hatch_intent.spec.types import Array, Field, Literal, Map, Object, Primitive, Tuple, Type

_KEY = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*", re.ASCII)


@dataclass(frozen=True)
class TypeScript:
    """How to write types: as given to a function (`readonly`), or as it answers.

    `integer` is what stands for a whole number.
    """

    readonly: bool = False
    integer: str = "number"

    def show(self, kind: Type) -> str:
        """The type as an expression."""
        if isinstance(kind, Primitive):
            return {"integer": self.integer, "any": "unknown"}.get(kind.name, kind.name)
        if isinstance(kind, Literal):
            return json.dumps(kind.value, ensure_ascii=False)
        if isinstance(kind, Array):
            return f"{self._readonly}{self._operand(kind.item)}[]"
        if isinstance(kind, Tuple):
            return f"{self._readonly}[{', '.join(map(self.show, kind.items))}]"
        if isinstance(kind, Map):
            return f"{{ {self._readonly}[key: string]: {self.show(kind.value)} }}"
        if isinstance(kind, Object):
            return self._record(kind)
        return " | ".join(dict.fromkeys(map(self.show, kind.options)))

    @property
    def _readonly(self) -> str:
        return "readonly " if self.readonly else ""

    def _operand(self, kind: Type) -> str:
        text = self.show(kind)
        return f"({text})" if " | " in text or text.startswith("readonly ") else text

    def _record(self, kind: Object) -> str:
        if not kind.fields:
            return "Record<string, unknown>"
        return f"{{ {'; '.join(map(self._field, kind.fields))} }}"

    def _field(self, field: Field) -> str:
        name = field.name if _KEY.fullmatch(field.name) else json.dumps(field.name)
        mark = "?" if field.optional else ""
        return f"{self._readonly}{name}{mark}: {self.show(field.type)}"
