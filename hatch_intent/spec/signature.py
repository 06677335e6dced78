"""A function's signature, TypeScript-like or Python-like.

`(x: number, y?: number) -> number`, `def f(x: float, y: float = 0.0) -> float:`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from hatch_intent.spec.annotation import TypeReader
from hatch_intent.spec.conform import misfit
from hatch_intent.spec.model import Json, Parameter, Signature
from hatch_intent.spec.names import parameter_fault
from hatch_intent.spec.source import Flaw, FlawError, quote
from hatch_intent.spec.tokens import Token, tokens
from hatch_intent.spec.types import ANY, Type, show

_FORM = "(x: number, y?: number) -> number"


@dataclass(frozen=True)
class SignatureReading:
    """What a signature's text holds; `signature` is None exactly when there are flaws.

    `name` is the function's name where one is written, at `name_offset`.
    """

    signature: Signature | None
    flaws: tuple[Flaw, ...]
    name: str = ""
    name_offset: int = 0


def read_signature(
    text: str, base: int = 0, reserved: frozenset[str] = frozenset()
) -> SignatureReading:
    """Read a signature; `base` is added to the flaws' offsets.

    `reserved` are words that no parameter may have as a name.
    """
    try:
        reader = _SignatureReader(tokens(text, base))
    except FlawError as error:
        return SignatureReading(None, (error.flaw,))
    reader.reserved = reserved
    try:
        signature = reader.signature()
    except FlawError as error:
        reader.flaws.append(error.flaw)
    if reader.flaws:
        return SignatureReading(None, tuple(reader.flaws), reader.name, reader.name_offset)
    return SignatureReading(signature, (), reader.name, reader.name_offset)


def read_type(text: str) -> Type:
    """One type; raises `FlawError` when it isn't one."""
    reader = TypeReader(tokens(text, 0))
    found = reader.type()
    if reader.peek().kind != "end":
        reader.stop(f"expected the end of the type, got {reader.seen()}")
    for flaw in reader.flaws:
        raise FlawError(*flaw)
    return found


def show_signature(signature: Signature) -> str:
    """The signature as TypeScript writes it, on one line; reading that gives an equal one."""
    parameters = ", ".join(map(_show_parameter, signature.parameters))
    return f"({parameters}) -> {show(signature.returns)}"


def _show_parameter(parameter: Parameter) -> str:
    type_ = show(parameter.type)
    if parameter.optional and parameter.default is None:
        return f"{parameter.name}?: {type_}"
    if parameter.optional:
        default = json.dumps(parameter.default, ensure_ascii=False)
        return f"{parameter.name}: {type_} = {default}"
    return f"{parameter.name}: {type_}"


class _SignatureReader(TypeReader):
    name = ""
    name_offset = 0
    reserved: frozenset[str] = frozenset()

    def signature(self) -> Signature:
        self._head()
        self.expect("(", f"to begin the signature, as in {_FORM}")
        parameters = self._parameters()
        if not self.accept("->", "=>", ":"):
            self.stop(f'expected "->" and the type of the answer, got {self.seen()}')
        returns = self.type()
        self.accept(":", ";")
        self.accept("...")  # a body left out, as in a Python stub
        if self.peek().kind != "end":
            self.stop(f"expected the end of the signature, got {self.seen()}")
        return Signature(tuple(parameters), returns)

    def _head(self) -> None:
        if self.at_word("async"):
            self.refuse(self.take(), "async is refused: functions are plain and synchronous")
        if self.at_word("class"):
            self.stop(f"classes are refused; write a plain function: {_FORM}")
        if self.at_word("def", "function"):
            self.take()
        if self.peek().kind == "name":
            self.name_offset, self.name = self.peek().offset, self.take().text
        if self.at("<", "["):
            self.stop("generics are refused; write the types themselves, or any")

    def _parameters(self) -> list[Parameter]:
        found: list[Parameter] = []
        while not self.accept(")"):
            self._parameter(found)
            if not self.at(")"):
                self.expect(",", 'or ")" after a parameter')
        return found

    def _parameter(self, found: list[Parameter]) -> None:
        star = self.peek()
        if self.accept("*", "**", "...", "/"):
            message = f'"{star.text}" is refused: parameters are a fixed list of plain names'
            self.refuse(star, message + "; take an array or a record")
            if self.at(",", ")"):
                return
        token = self.take()
        if token.kind != "name":
            self.stop(f"expected a parameter's name, got {quote(token.text)}", token)
        parameter = self._rest(token)
        if not star.text.startswith(("*", ".")):
            self._check(token, parameter, found)
            found.append(parameter)

    def _rest(self, token: Token) -> Parameter:
        marked = self.accept("?")
        type_: Type = ANY
        if self.accept(":"):
            type_ = self.type()
        else:
            message = f"the parameter {quote(token.text)} has no type; write {token.text}: number"
            self.refuse(token, message)
        if not self.at("="):
            return Parameter(token.text, type_, optional=marked)
        sign = self.take()
        if marked:
            self.refuse(sign, 'an optional parameter has either "?" or a default, not both')
        return Parameter(token.text, type_, optional=True, default=self._default(token, type_))

    def _default(self, token: Token, type_: Type) -> Json:
        place = self.peek()
        value = self.literal()
        wrong = misfit(value, type_)
        if wrong:
            colon = "" if wrong.startswith("[") else ": "
            message = f"the default of {token.text}{colon}{wrong}; change it or the type"
            self.refuse(place, message)
        return value

    def _check(self, token: Token, parameter: Parameter, found: list[Parameter]) -> None:
        name = parameter.name
        fault = parameter_fault(name, self.reserved)
        if fault:
            self.refuse(token, f"the parameter {quote(name)} {fault}; choose another name")
        if any(other.name == name for other in found):
            self.refuse(token, f"the parameter {quote(name)} stands twice")
        elif found and found[-1].optional and not parameter.optional:
            message = f"the parameter {quote(name)} must be given but follows an optional one"
            self.refuse(token, f"{message}; move it before {found[-1].name}")
