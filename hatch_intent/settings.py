"""`[tool.intent]`: what a project may say about itself.

Plain dataclasses, so that a build with nothing to generate imports the standard library
alone; `validate` hands them to pydantic, which finds every problem at once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

ProviderType = Literal["ollama", "openai-compat", "embedded"]
DEFAULT_MODEL = "qwen2.5-coder:1.5b"


@dataclass(frozen=True)
class ProviderSettings:
    """One `[[tool.intent.providers]]` table. In TOML the names have dashes."""

    type: ProviderType
    model: str
    base_url: str | None = None
    """Where the server listens; the server's usual port on this machine when None."""
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
    threads: int | None = None
    """CPU threads of the embedded engine; None leaves the choice to it."""


@dataclass(frozen=True)
class Settings:
    """`[tool.intent]`, with defaults filled in. Paths are relative to the project's root."""

    specs: tuple[str, ...] = ("specs",)
    targets: dict[str, str] = field(default_factory=dict)
    """Target name to the folder its modules go to."""
    providers: tuple[ProviderSettings, ...] = ()
    rounds: int = 3
    seed: int = 1
    timeout: float = 300.0
    """Seconds for one answer, all told."""
    call_timeout: float = 5.0
    """Seconds for one example's call."""
    sandbox: Literal["require", "best-effort", "off"] = "require"
    mode: Literal["auto", "frozen"] = "auto"
    require: Literal["examples", "agreed", "properties"] = "examples"
    cache: str | None = None
    """Folder of the caches; `.intent/cache` when None."""
