"""`[tool.intent]`: what a project may say about itself.

Plain dataclasses, so that a build with nothing to generate imports the standard library
alone. `validate` has pydantic find every problem at once; `trust` builds the same values
from a table that was validated before.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Literal

from hatch_intent.errors import Problem, SettingsError

ProviderType = Literal["ollama", "openai-compat", "embedded"]
Trust = Literal["examples", "agreed", "properties"]
TARGETS = ("js", "py")
WRAPPED = {"js": "py", "py": "js"}
"""A wrapper's language to the target whose modules it calls."""
MIRRORED = {"ts": "js", "lisp": "py"}
"""A mirror's language to the target whose modules it follows."""
DEFAULT_MODEL = "qwen2.5-coder:1.5b"
RANGES: dict[str, tuple[float, float]] = {
    "rounds": (1, 20),
    "candidates": (1, 32),
    "seed": (0, 2_000_000_000),  # with those of samples it fits into 31 bits, as all servers take
    "timeout": (1, 86_400),
    "call_timeout": (0.05, 3600),
}
"""The least and the most that a setting may be."""


def dashed(name: str) -> str:
    """A field's name as TOML has it."""
    return name.replace("_", "-")


_PYDANTIC = {"extra": "forbid", "alias_generator": dashed}


@dataclass(frozen=True)
class ProviderSettings:
    """One `[[tool.intent.providers]]` table. In TOML the names have dashes."""

    __pydantic_config__ = _PYDANTIC

    type: ProviderType
    model: str
    base_url: str | None = None
    """Where the server listens; the server's usual port on this machine if not given."""
    options: dict[str, Any] = field(default_factory=dict)
    """temperature, top_p, num_ctx, num_predict (tokens in one answer), seed, stop ..."""
    pin: bool = False
    """The model's digest becomes part of the key."""
    identity: str | None = None
    """Names the weights behind a gateway that only gives an alias."""
    api_key_env: str | None = None
    """The environment variable that holds the key."""
    allow_remote: bool = False
    """A host other than this machine may be asked."""
    concurrency: int = 1
    """Answers under way at once."""
    threads: int | None = None
    """CPU threads of the embedded engine; its own choice if not given."""


@dataclass(frozen=True)
class Settings:
    """`[tool.intent]`, with defaults filled in. Paths are relative to the project's root."""

    __pydantic_config__ = _PYDANTIC

    specs: tuple[str, ...] = ("specs",)
    """Folders that are searched for `*.intent.md`."""
    targets: dict[str, str] = field(default_factory=dict)
    """Target name to the folder its modules go to."""
    providers: tuple[ProviderSettings, ...] = ()
    """Who writes, small to big. None of them means the embedded engine with a small model."""
    wrappers: dict[str, str] = field(default_factory=dict)
    """Language to the folder of modules in it that call those of the other target."""
    mirrors: dict[str, str] = field(default_factory=dict)
    """Language to the folder of files in it that follow the modules of a target."""
    rounds: int = 1
    """Where nothing passes: the best draft and its repairs, at most."""
    seed: int = 1
    """Where an option doesn't say otherwise."""
    timeout: float = 300.0
    """Seconds for one answer, all told."""
    call_timeout: float = 5.0
    """Seconds for one example's call."""
    sandbox: Literal["require", "best-effort", "off"] = "require"
    """What must hold generated code while it is judged."""
    mode: Literal["auto", "frozen"] = "auto"
    """frozen: never ask a model; what is stale is an error."""
    require: Trust = "examples"
    """What a module must have been held to before it ships."""
    candidates: int = 10
    """Drafts of one module, until two that pass behave alike; as many again where some pass and no
    two do. 1: the first that passes."""
    ambiguity: Literal["report", "majority", "error"] = "majority"
    """What is taken of candidates that pass and differ: one in any case, one that behaves as most
    do, or none."""
    outside: Literal["error", "report"] = "error"
    """What becomes of a wheel that lacks modules, because its packages don't reach them."""
    cache: str | None = None
    """Folder of the caches; `.intent/cache` if not given."""

    @property
    def ladder(self) -> tuple[ProviderSettings, ...]:
        """The providers to ask, small to big; never empty."""
        return self.providers or (ProviderSettings(type="embedded", model=DEFAULT_MODEL),)


def trust(table: Mapping[str, Any], path: str) -> Settings:
    """Build the settings from a table that passed `validate` before, without checking it again.

    Raises `SettingsError` when the table can't be one that passed.
    """
    try:
        known = {_field(Settings, key): value for key, value in table.items()}
        providers = tuple(
            ProviderSettings(**{_field(ProviderSettings, key): entry[key] for key in entry})
            for entry in known.pop("providers", ())
        )
        specs = tuple(known.pop("specs", Settings.specs))
        return Settings(providers=providers, specs=specs, **known)
    except (TypeError, AttributeError, KeyError) as error:
        raise SettingsError(Problem(path, 0, 0, f"[tool.intent] can't be used: {error}")) from error


def _field(cls: type, key: str) -> str:
    names = {dashed(each.name): each.name for each in fields(cls)}
    return names[key]


def toml_path(place: tuple[int | str, ...]) -> str:
    """`("providers", 0, "model")` → `tool.intent.providers[0].model`."""
    path = "tool.intent"
    for part in place:
        path += f"[{part}]" if isinstance(part, int) else f".{part}"
    return path


def unknown_key(place: tuple[int | str, ...]) -> str:
    """What to say of a key that no table has at `place`: the nearest known one, or all."""
    cls = ProviderSettings if place[0] == "providers" and len(place) > 1 else Settings
    known = [dashed(each.name) for each in fields(cls)]
    return nearest(str(place[-1]).replace("_", "-"), known)


def nearest(key: str, known: Sequence[str]) -> str:
    """What to say of an unknown key: the nearest known one, or all."""
    from difflib import get_close_matches

    near = get_close_matches(key.lower(), known, n=1)
    remedy = f'did you mean "{near[0]}"?' if near else f"known are {', '.join(known)}"
    return f"unknown key; {remedy}"


def unknown_home(path: str) -> str:
    """Why a path that begins with `~` leads nowhere; empty when it leads somewhere."""
    from os.path import expanduser

    if not path.startswith("~") or expanduser(path) != path:  # noqa: PTH111 - Path's raises
        return ""
    return f'there is no home folder for "{path.partition("/")[0]}" on this machine'


def is_local(host: str) -> bool:
    """Whether a host name or address is this machine's own, told without asking a resolver."""
    from ipaddress import ip_address

    if host.rstrip(".").lower() == "localhost":
        return True
    try:
        address = ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None) or address
    return bool(mapped.is_loopback or mapped.is_unspecified)


def host_in(url: str) -> str:
    """The host that a URL names, or "". Raises ValueError where no client could ask it."""
    from urllib.parse import urlsplit

    if not url.isprintable():
        raise ValueError("it holds characters that can't be seen")
    parts = urlsplit(url)
    host, _ = parts.hostname or "", parts.port
    if re.search(r"[\s<>*|\\^`{}]", host):
        raise ValueError(f"no host is called {host}")
    host.encode("idna")  # as whoever looks it up will
    return host


def unqueried(url: str) -> str:
    """A URL up to its query or fragment, which may hold a key."""
    return re.split("[?#]", url, maxsplit=1)[0]


_HEADER = re.compile(r"^\s*(\[\[?)\s*tool\.intent(?:\.([\w.-]+))?\s*\]\]?")


def find_line(text: str, place: tuple[int | str, ...]) -> int:
    """The line in a pyproject.toml where a key of `[tool.intent]` stands.

    The nearest enclosing key's or table's line where the key itself isn't found (it is missing,
    or part of an inline value); 0 where there is no such table.
    """
    best_line, best_depth = 0, -1
    table: tuple[int | str, ...] | None = None
    seen: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if match := _HEADER.match(line):
            name = match[2] or ""
            table = tuple(name.split(".")) if name else ()
            if match[1] == "[[":
                seen[name] = seen.get(name, -1) + 1
                table = (*table, seen[name])
            here = table
        elif line.lstrip().startswith("["):
            table = None
            continue
        elif table is not None and (key := re.match(r'\s*"?([\w-]+)"?\s*=', line)):
            here = (*table, key[1])
        else:
            continue
        if here == place[: len(here)] and len(here) > best_depth:
            best_line, best_depth = number, len(here)
    return best_line
