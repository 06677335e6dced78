"""How well generated code is held on this machine: probed, said, and insisted on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from hatch_intent.errors import CheckFailed
from hatch_intent.judge import protocol
from hatch_intent.judge.inside import lockdown as holds
from hatch_intent.judge.inside.lockdown import MEMORY
from hatch_intent.judge.protocol import encode
from hatch_intent.judge.workers import Worker

PROBES = ("socket", "read", "write", "stat", "fork", "signal")
_PROBE_SECONDS = 10.0


class Forks(Protocol):
    """Where a worker to probe comes from."""

    def fork(self, hold: int) -> Worker: ...


@dataclass(frozen=True)
class Isolation:
    """The level reached: words for people, and how workers are to be held.

    `refused` of the six probes were refused; `open` names what a module could still do.
    """

    level: str
    hold: int
    strict: bool
    refused: tuple[str, ...] = ()
    open: tuple[str, ...] = ()


def reach(sandbox: str, zygote: Forks) -> Isolation:
    """Probe in a worker of its own; CheckFailed when the level is required and missed."""
    if sandbox == "off":
        return Isolation("off: a separate process, nothing more", holds.OFF, False, (), PROBES)
    probed = probe(zygote)
    if sandbox == "require" and not probed.strict:
        raise CheckFailed(
            f"generated code can't be run safely here ({probed.level}); "
            'sandbox = "best-effort" in [tool.intent] runs it all the same'
        )
    return probed


def probe(zygote: Forks) -> Isolation:
    """What a locked-down worker reports of itself, before it runs any generated code."""
    worker = zygote.fork(holds.BEST)
    try:
        job = {"probe": True, "cpu_seconds": 10, "memory": MEMORY}
        reply = worker.ask(encode(job), _PROBE_SECONDS)
    finally:
        worker.end()
    if reply.kind != protocol.ANSWER:
        raise CheckFailed("the sandbox's probe gave no answer")
    return _reading(reply.value)


def _reading(answer: dict[str, Any]) -> Isolation:
    layers, refused = answer["layers"], tuple(answer["refused"])
    still_open = tuple(name for name in PROBES if name not in refused)
    held = [
        "seccomp" if layers["seccomp"] else "",
        f"Landlock ABI {layers['landlock']}" if layers["landlock"] else "",
        "rlimits" if layers["rlimits"] else "",
        *([] if layers["landlock"] else ["no Landlock"]),
    ]
    strict = layers["seccomp"] and layers["rlimits"] and not still_open
    level = f"{'strict' if strict else 'partial'}: {', '.join(filter(None, held)) or 'a process'}"
    if not strict:
        level += f"; open: {', '.join(still_open) or 'nothing probed'}"
        level += f"; {'; '.join(answer['missing'])}" if answer["missing"] else ""
    return Isolation(level, _hold(strict, layers["landlock"]), strict, refused, still_open)


def _hold(strict: bool, landlock: int) -> int:
    if not strict:
        return holds.BEST
    return holds.STRICT if landlock else holds.STRICT_WITHOUT_LANDLOCK
