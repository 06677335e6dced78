"""What has to be imported before lockdown, since no file can be read after it."""

from __future__ import annotations

import importlib
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

# Codecs are looked up when they are first used, strptime's parser when it is first called.
ALWAYS = (
    "_strptime", "unicodedata", "encodings.ascii", "encodings.latin_1", "encodings.cp437",
    "encodings.cp1252", "encodings.iso8859_15", "encodings.utf_7", "encodings.utf_8_sig",
    "encodings.utf_16", "encodings.utf_16_le", "encodings.utf_16_be", "encodings.utf_32",
    "encodings.idna", "encodings.punycode", "encodings.unicode_escape",
    "encodings.raw_unicode_escape", "encodings.rot_13", "encodings.hex_codec",
    "encodings.base64_codec",
)  # fmt: skip
# What standard modules import inside their functions.
_LATE = {
    "collections": ("copy", "heapq"),
    "enum": ("warnings",),
    "fractions": ("decimal",),
    "functools": ("typing", "weakref"),
    "pprint": ("time",),
    "random": ("statistics",),
    "uuid": ("hashlib", "random"),
    "weakref": ("copy", "gc"),
    "xml.etree.ElementTree": ("pyexpat",),
}


def preload(modules: Iterable[tuple[str, list[str]]]) -> None:
    """Import modules by name, each with further folders to look in. ImportError if one isn't
    there, unless it is only an attribute: `from a import b` may or may not mean a module."""
    before = list(sys.path)
    try:
        for name in ALWAYS:
            _load(name)
        for name, folders in modules:
            sys.path[:] = before + folders
            _load(name)
            for late in _LATE.get(name, ()):
                _load(late)
    finally:
        sys.path[:] = before


def _load(name: str) -> None:
    package, _, attribute = name.rpartition(".")
    if name in sys.modules or hasattr(sys.modules.get(package), attribute):
        return
    try:
        importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name or not package:
            raise
