"""Which names a spec, its parameters and what it needs may have.

A spec's name becomes a file, a Python function and a JavaScript function, so it must be
safe as all three, on every platform and under every Python alike.
"""

from __future__ import annotations

import builtins
import keyword
import re
import sys
import unicodedata

from hatch_intent.spec.source import quote

NAME_RULE = "a name is at most 64 ASCII letters, digits and underscores and starts with a letter"
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}", re.ASCII)
_DISTRIBUTION = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,98}[A-Za-z0-9])?", re.ASCII)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# ECMAScript 2024, 12.7.2, strict mode and modules included, and the three global constants
JS_RESERVED = _words(
    """arguments async await break case catch class const continue debugger default delete do
    else enum eval export extends false finally for function if implements import in instanceof
    interface let new null package private protected public return static super switch this
    throw true try typeof var void while with yield undefined NaN Infinity"""
)
# what another Python between 3.10 and 3.14 has and this one may lack: a spec must not be good
# on one machine and bad on the next
_OTHER_MODULES = _words(
    """aifc annotationlib asynchat asyncore audioop binhex cgi cgitb chunk compression crypt
    distutils imghdr imp lib2to3 mailcap msilib nis nntplib ossaudiodev pipes smtpd sndhdr spwd
    sunau telnetlib test tomllib uu xdrlib"""
)
_OTHER_BUILTINS = _words(
    """BaseExceptionGroup ExceptionGroup PythonFinalizationError WindowsError copyright credits
    exit help license quit"""
)
_DEVICES = frozenset(
    ["con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))]
)


def name_fault(name: str) -> str | None:
    """Why a spec can't be called so, with the rule; None when it can."""
    if not _NAME.fullmatch(name):
        return f"{quote(name)} can't be a name; {NAME_RULE}"
    reason = _taken(name)
    return f"{quote(name)} can't be a name: {reason}; choose another" if reason else None


def _taken(name: str) -> str | None:
    if keyword.iskeyword(name):
        return "it is a Python keyword"
    if name in JS_RESERVED:
        return "it is reserved in JavaScript"
    if name == "then":
        return "import() would take the JavaScript module for a promise"
    if name in _OTHER_BUILTINS or hasattr(builtins, name):
        return "it would hide a Python builtin"
    if name in _OTHER_MODULES or name in sys.stdlib_module_names:
        return "it would hide a module of the standard library"
    if name.lower() in _DEVICES:
        return "Windows keeps it for a device"
    return None


def parameter_fault(name: str, reserved: frozenset[str] = frozenset()) -> str | None:
    """Why a parameter can't be called so; `reserved` are words that the targets keep."""
    if not name.isidentifier() or unicodedata.normalize("NFKC", name) != name:
        return "isn't an identifier in normal form (NFKC)"
    if keyword.iskeyword(name):
        return "is a Python keyword"
    if name.startswith("__"):
        return "starts with two underscores"
    if name in reserved:
        return "is reserved in JavaScript, one of the targets"
    return None


def requirement_fault(name: str) -> str | None:
    """Why this isn't a distribution's or import's bare name; None when it is."""
    if _DISTRIBUTION.fullmatch(name):
        return None
    return f"{quote(name)} isn't a distribution's name; write the bare name, such as numpy"


def exception_name(name: str) -> str | None:
    """The name that Python gives this builtin exception (IOError is OSError), or None."""
    found = getattr(builtins, name, None)
    if isinstance(found, type) and issubclass(found, Exception):
        return found.__name__
    return None
