"""What can be said of a module without running it: it parses, it exports the function, and it
imports nothing it shouldn't.

Advice with a clear message, for the repair prompt and for people. Not a boundary: whoever
means to get around it can, and then meets the sandbox.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from hatch_intent import syntax
from hatch_intent.judge.declared import declared_problem
from hatch_intent.spec.model import Spec

MAX_SOURCE = 200_000
"""Characters of a module."""

# fmt: off
_PURE = (
    "__future__", "abc", "array", "base64", "binascii", "bisect", "calendar", "cmath", "codecs",
    "collections", "collections.abc", "colorsys", "contextlib", "copy", "csv", "dataclasses",
    "datetime", "decimal", "difflib", "enum", "fnmatch", "fractions", "functools", "graphlib",
    "hashlib", "heapq", "hmac", "html", "html.entities", "html.parser", "io", "ipaddress",
    "itertools", "json", "json.decoder", "json.encoder", "keyword", "locale", "math", "ntpath",
    "numbers", "operator", "posixpath", "pprint", "quopri", "random", "re", "reprlib", "shlex",
    "statistics", "string", "stringprep", "struct", "textwrap", "time", "types", "typing",
    "unicodedata", "urllib", "urllib.parse", "uuid", "warnings", "weakref", "xml.etree",
    "xml.etree.ElementTree", "zlib",
)
# fmt: on
PURE_MODULES = frozenset(_PURE)
"""Standard modules that compute and do nothing else, as far as their users are honest."""

_CALLS = {
    "__import__": "write an import statement",
    "exec": "write the code itself",
    "eval": "write the expression itself",
    "compile": "write the code itself",
    "open": "work on the arguments alone",
    "input": "work on the arguments alone",
    "breakpoint": "leave it out",
}
_INSTEAD = {
    "os.path": "posixpath does the same without the file system",
    "os": "the function may only compute on its arguments",
    "pathlib": "posixpath works on path strings",
    "sys": "math and the arguments are enough",
    "zoneinfo": "it reads files; datetime.timezone works with fixed offsets",
}
Nodes = tuple[ast.AST, ...]


@dataclass(frozen=True)
class Imports:
    """What the judge has to load before lockdown, and what comes from other specs."""

    preload: tuple[str, ...]
    uses: tuple[str, ...]


@dataclass(frozen=True)
class Reading:
    """A module read but not run: `problem` is empty when every static gate is passed."""

    problem: str = ""
    imports: Imports = Imports((), ())


def read(code: str, spec: Spec) -> Reading:
    """Parse the module and pass it through the static gates, in order."""
    tree = _parse(code)
    if isinstance(tree, str):
        return Reading(problem=tree)
    nodes = tuple(ast.walk(tree))
    problem = _signature_problem(tree, spec) or _import_problem(nodes, spec) or _call_problem(nodes)
    return Reading(problem or "", _imports(nodes))


def read_imports(code: str) -> Imports:
    """The imports of a module that has passed before; none when it doesn't parse."""
    tree = _parse(code)
    return Imports((), ()) if isinstance(tree, str) else _imports(tuple(ast.walk(tree)))


def import_roots(spec: Spec) -> frozenset[str]:
    """What `requires` lets the module import: `numpy>=2` allows `numpy` and all below it,
    `pyyaml` allows `yaml` where it is installed."""
    names = (
        re.split(r"[^\w.-]", requirement.strip(), maxsplit=1)[0] for requirement in spec.requires
    )
    return frozenset(root for name in names if name for root in _roots_of(name))


@lru_cache(maxsize=64)  # each candidate of a spec asks again
def _roots_of(distribution: str) -> frozenset[str]:
    """The name as it would be imported, and what the installed distribution really brings."""
    from importlib import metadata  # takes longer than many a check
    from inspect import getmodulename

    roots = {distribution.replace("-", "_")}
    try:
        found = metadata.distribution(distribution)
    except metadata.PackageNotFoundError:
        return frozenset(roots)
    # Of one distribution: metadata.packages_distributions() reads the files of all of them.
    roots.update((found.read_text("top_level.txt") or "").split())
    for file in found.files or ():
        top = file.parts[0]
        name = top if len(file.parts) > 1 else getmodulename(top)
        roots |= {name} if name and name.isidentifier() else set()
    return frozenset(roots)


def _parse(code: str) -> ast.Module | str:
    if len(code) > MAX_SOURCE:
        return f"the module has {len(code)} characters; at most {MAX_SOURCE} are read"
    try:
        return syntax.parse(code)
    except SyntaxError as error:
        place = f"line {error.lineno}: " if error.lineno else ""
        return f"{place}does not parse: {error.msg}"
    except (ValueError, RecursionError, MemoryError) as error:
        return f"does not parse: {error or type(error).__name__}"


def _signature_problem(tree: ast.Module, spec: Spec) -> str | None:
    wanted = f"def {spec.name}({', '.join(p.name for p in spec.signature.parameters)})"
    found = [
        node
        for node in tree.body
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name == spec.name
    ]
    if not found:
        return f"does not define {wanted}"
    function = found[-1]
    if isinstance(function, ast.AsyncFunctionDef):
        return f"line {function.lineno}: {spec.name} is a coroutine; write {wanted}"
    return _parameter_problem(function, spec, wanted)


def _parameter_problem(function: ast.FunctionDef, spec: Spec, wanted: str) -> str | None:
    arguments = function.args
    names = [argument.arg for argument in arguments.args]
    special = _special(arguments)
    if special or names != [p.name for p in spec.signature.parameters]:
        got = f"def {function.name}({', '.join(names + special)})"
        return f"line {function.lineno}: has {got}; the signature is {wanted}"
    required = len(names) - len(arguments.defaults)
    for parameter in spec.signature.parameters[:required]:
        if parameter.optional:
            return f"line {function.lineno}: {parameter.name} is optional and needs a default value"
    return declared_problem(function, spec)


def _special(arguments: ast.arguments) -> list[str]:
    """Parameters that can't be given both by position and by name, as they are written."""
    special = [f"{argument.arg}, /" for argument in arguments.posonlyargs]
    special += [f"*, {argument.arg}" for argument in arguments.kwonlyargs]
    special += [f"*{arguments.vararg.arg}"] if arguments.vararg else []
    return special + ([f"**{arguments.kwarg.arg}"] if arguments.kwarg else [])


def _import_problem(nodes: Nodes, spec: Spec) -> str | None:
    roots = import_roots(spec)
    for node, name in _absolute(nodes):
        if name not in PURE_MODULES and name.split(".")[0] not in roots:
            return _beside_problem(node.lineno, name, spec) or _refused_import(node.lineno, name)
    for relative in _relative(nodes):
        names = [relative.module] if relative.module else [alias.name for alias in relative.names]
        for name in names:
            if relative.level != 1 or name not in spec.uses:
                unknown = f"line {relative.lineno}: imports .{name}, which the spec doesn't use"
                return _beside_problem(relative.lineno, name, spec) or unknown
        if not relative.module:
            # What the package has of that name is the module or its function, as it happens.
            return _beside_problem(relative.lineno, names[0], spec)
    return None


def _beside_problem(line: int, name: str, spec: Spec) -> str | None:
    """How to import what the spec uses, where that is what must be meant."""
    used = name.rpartition(".")[2]
    return (
        f"line {line}: from .{used} import {used} is what works here" if used in spec.uses else None
    )


def _refused_import(line: int, name: str) -> str:
    instead = _INSTEAD.get(name) or _INSTEAD.get(name.split(".")[0])
    if instead is None:
        instead = "use pure standard modules such as math, re, json, datetime"
        if name.split(".")[0] not in sys.stdlib_module_names:
            instead += ", or name its package under requires:"
    return f"line {line}: imports {name}, which is not allowed; {instead}"


def _call_problem(nodes: Nodes) -> str | None:
    own = set(_bound(nodes))
    for node in nodes:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            name = node.func.id
            if name in _CALLS and name not in own:
                return f"line {node.lineno}: calls {name}(), which is not allowed; {_CALLS[name]}"
    return None


def _bound(nodes: Nodes) -> Iterator[str]:
    """Names that the module gives a meaning of its own."""
    for node in nodes:
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            yield node.name


def _absolute(nodes: Nodes) -> Iterator[tuple[ast.stmt, str]]:
    for node in nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node, alias.name
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            yield node, node.module


def _relative(nodes: Nodes) -> Iterator[ast.ImportFrom]:
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and node.level:
            yield node


def _imports(nodes: Nodes) -> Imports:
    preload = {name: None for _, name in _absolute(nodes)}
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and not node.level:
            # `from urllib import parse` loads urllib.parse
            preload.update((f"{node.module}.{alias.name}", None) for alias in node.names)
    uses: dict[str, None] = {}
    for relative in _relative(nodes):
        names = [relative.module] if relative.module else [alias.name for alias in relative.names]
        uses.update((str(name), None) for name in names)
    return Imports(tuple(preload), tuple(uses))
