"""Which names a piece of Python uses from outside, and where the standard library has them."""

from __future__ import annotations

import ast
import builtins
import symtable
from collections.abc import Iterator

_MODULES = """
abc array base64 binascii bisect calendar cmath codecs collections colorsys contextlib copy csv
dataclasses datetime decimal difflib enum fractions functools hashlib heapq hmac html io
itertools json locale math numbers operator os random re secrets shlex statistics string struct
sys textwrap time typing unicodedata urllib uuid warnings zlib zoneinfo
""".split()  # noqa: SIM905 -- fifty names read best as words
_MEMBERS = {
    "bisect": "bisect_left bisect_right insort",
    "collections": "ChainMap Counter OrderedDict defaultdict deque namedtuple",
    "collections.abc": "Hashable Mapping MutableMapping",
    "dataclasses": "asdict dataclass field",
    "datetime": "date timedelta timezone",
    "decimal": "Decimal InvalidOperation ROUND_HALF_EVEN ROUND_HALF_UP getcontext localcontext",
    "enum": "Enum IntEnum auto",
    "fractions": "Fraction",
    "functools": "cache cached_property cmp_to_key lru_cache partial reduce wraps",
    "heapq": "heapify heappop heappush heappushpop nlargest nsmallest",
    "itertools": "accumulate chain combinations count cycle groupby islice permutations product "
    "repeat starmap takewhile zip_longest",
    "math": "acos asin atan atan2 ceil comb cos degrees exp factorial floor fsum gcd hypot inf "
    "isclose isfinite isinf isnan isqrt lcm log log10 log2 nan pi prod radians sin sqrt tan trunc",
    "operator": "attrgetter itemgetter",
    "string": "ascii_letters ascii_lowercase ascii_uppercase digits hexdigits punctuation",
    "typing": "Any Callable Dict Final Generator Generic Iterable Iterator List Literal "
    "NamedTuple NoReturn Optional Sequence Set Tuple TypedDict TypeVar Union cast",
    "urllib.parse": "quote unquote urlencode urlparse urlsplit",
}
_HOMES = {member: module for module, members in _MEMBERS.items() for member in members.split()}
_BUILTINS = frozenset(dir(builtins)) | {"__name__", "__file__", "__doc__"}


def used(nodes: list[ast.stmt]) -> set[str]:
    """Names that the statements look up in the module or the builtins."""
    source = ast.unparse(ast.Module(nodes, []))
    table = symtable.symtable(source, "module", "exec")
    return set(_looked_up(table))


def _looked_up(table: symtable.SymbolTable) -> Iterator[str]:
    top = table.get_type() == "module"
    for symbol in table.get_symbols():
        if symbol.is_referenced() if top else symbol.is_global():
            yield symbol.get_name()
    for child in table.get_children():
        yield from _looked_up(child)


def bound(node: ast.stmt) -> set[str]:
    """Names that a top-level statement gives a value or changes the value of."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return {node.name}
    return set(_bound(node))


def _bound(node: ast.AST) -> Iterator[str]:
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        yield node.name
        return
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        yield from (alias.asname or alias.name.split(".")[0] for alias in node.names)
    if isinstance(getattr(node, "ctx", None), (ast.Store, ast.Del)):
        yield from _root(node)
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        yield from _root(node.value.func)  # `TABLE.append(...)` changes `TABLE`
    for child in ast.iter_child_nodes(node):
        yield from _bound(child)


def _root(node: ast.AST) -> Iterator[str]:
    while isinstance(node, (ast.Attribute, ast.Subscript, ast.Call)):
        node = node.func if isinstance(node, ast.Call) else node.value
    if isinstance(node, ast.Name):
        yield node.id


def missing_imports(
    names: set[str], nodes: list[ast.stmt]
) -> Iterator[ast.Import | ast.ImportFrom]:
    """Imports that would give `names` their standard-library meaning."""
    for name in sorted(names - _BUILTINS):
        if name == "datetime" and not _has_module_use(nodes):
            yield ast.ImportFrom("datetime", [ast.alias("datetime")], 0)
        elif name in _MODULES:
            yield ast.Import([ast.alias(name)])
        elif name in _HOMES:
            yield ast.ImportFrom(_HOMES[name], [ast.alias(name)], 0)


def _has_module_use(nodes: list[ast.stmt]) -> bool:
    """Whether `datetime` is used as the module: `datetime.datetime`, `datetime.timedelta`."""
    members = {"datetime", "date", "time", "timedelta", "timezone", "MINYEAR", "MAXYEAR"}
    called = {
        id(node.func) for top in nodes for node in ast.walk(top) if isinstance(node, ast.Call)
    }
    return any(
        isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "datetime"
        and node.attr in members
        and (id(node) in called or node.attr not in ("date", "time"))
        for top in nodes
        for node in ast.walk(top)
    )
