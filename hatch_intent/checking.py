"""Fresh modules go to the judge again, unless this very module was checked before.

A stamp says that these bytes passed these checks under this interpreter and judge, on the very
code that they are built on. Stamps live in the state folder; without them everything is checked
again, nothing is lost.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from hatch_intent import JUDGE_VERSION
from hatch_intent.beneath import Digests, locked_digests, sources
from hatch_intent.errors import CheckFailed
from hatch_intent.files import remember, sha256
from hatch_intent.freshness import Freshness
from hatch_intent.judge.verdict import Verdict
from hatch_intent.lock import LockEntry
from hatch_intent.node import node_identity
from hatch_intent.project import Project


@dataclass(frozen=True)
class Checked:
    """A module's verdict now; None where a stamp spoke for it."""

    module: Freshness
    entry: LockEntry
    verdict: Verdict | None
    passed_under: str = ""
    """Another Python under which this very module passed on this machine, if one is known."""
    rewritten: tuple[str, ...] = ()
    """What it is built on and that was other code when it passed on this machine."""


def levels(checked: Sequence[Checked]) -> list[str]:
    """How modules were held while they were judged; nothing where stamps spoke for all."""
    return sorted({each.verdict.level for each in checked if each.verdict is not None})


def check(
    project: Project,
    modules: Sequence[Freshness],
    jobs: int | None,
    *,
    again: bool = False,
) -> tuple[Checked, ...]:
    """Judge the bytes on disk of fresh modules, several at once; in the order given.

    `again` asks the judge even where a stamp speaks for the module, and has it try made-up
    inputs too. It tries these as well on whatever is built on other modules: what the lock says
    of it may have been found on other code of theirs, but in an sdist.
    """
    locked = [(module, module.entry) for module in modules if module.entry is not None]
    stamps = set() if again else _stamps(project)
    due = [
        module
        for module, entry in locked
        if stamp_name(project, entry, locked_digests(module)) not in stamps
    ]
    verdicts = _judge(project, due, jobs, again) if due else {}
    checked = tuple(
        _checked(project, module, entry, verdicts.get((module.name, module.target)))
        for module, entry in locked
    )
    for each in checked:
        if each.verdict is not None and each.verdict.passed:
            stamp(project, each.entry, locked_digests(each.module))
    return checked


def _judge(
    project: Project,
    modules: Sequence[Freshness],
    jobs: int | None,
    again: bool,
) -> dict[tuple[str, str], Verdict]:
    from concurrent.futures import ThreadPoolExecutor

    from hatch_intent.judge import Judge

    settings = project.settings
    with Judge(sandbox=settings.sandbox, call_timeout=settings.call_timeout, jobs=jobs) as judge:

        def verdict(module: Freshness) -> Verdict:
            raw = (project.root / module.output).read_bytes()
            if module.entry is None or sha256(raw) != module.entry.output_sha256:
                return Verdict(passed=False, problem="changed while it was being checked")
            code = raw.decode()
            try:
                uses = sources(project, module)
            except CheckFailed as error:
                return Verdict(passed=False, problem=str(error))
            if not again and (project.from_sdist or not module.below):
                return judge.check(code, module.read(), module.target, uses)
            from hatch_intent.judge.thorough import Thorough

            return Thorough(judge).check(code, module.read(), module.target, uses)

        with ThreadPoolExecutor(judge.jobs) as pool:
            keys = [(module.name, module.target) for module in modules]
            return dict(zip(keys, pool.map(verdict, modules), strict=True))


def _stamps(project: Project) -> set[str]:
    folder = project.state / "stamps"
    return {path.name for path in folder.iterdir()} if folder.is_dir() else set()


def _checked(
    project: Project, module: Freshness, entry: LockEntry, verdict: Verdict | None
) -> Checked:
    if verdict is None or verdict.passed:
        return Checked(module, entry, verdict)
    now = locked_digests(module)
    return Checked(
        module, entry, verdict, _passed_under(project, entry, now), _rewritten(project, entry, now)
    )


def _passed_under(project: Project, entry: LockEntry, now: Digests) -> str:
    """Another Python that has a stamp for this very module, in this state folder."""
    module, *_, version, digest = stamp_name(project, entry, now).split("-")
    stamps = [name.split("-") for name in sorted(_stamps(project))]
    others = (each[-2] for each in stamps if each[0] == module and each[-1] == digest)
    if entry.target == "js":
        return next(("another node" for each in others if each != version), "")
    return next((f"Python {each}" for each in others if each != version), "")


def _rewritten(project: Project, entry: LockEntry, now: Digests) -> tuple[str, ...]:
    """What was other code when this module passed, by the stamp that differs in the least."""
    if not now:
        return ()
    own = stamp_name(project, entry, now).rpartition(".")[0]
    found = []
    for name in sorted(_stamps(project)):
        if name.rpartition(".")[0] == own:
            with suppress(OSError, ValueError):
                then = json.loads((project.state / "stamps" / name).read_bytes())
                found.append(tuple(use for use in sorted(now) if then.get(use) != now[use]))
    return min(found, key=len, default=())


def stamp(project: Project, entry: LockEntry, beneath: Digests) -> None:
    """Keep that a locked module has just passed, on the code that it is built on."""
    name = f"stamps/{stamp_name(project, entry, beneath)}"
    remember(project.state, name, _canonical(beneath) if beneath else b"")


def stamp_name(project: Project, entry: LockEntry, beneath: Digests) -> str:
    """The file name that stands for "these bytes passed these checks under this interpreter".

    It ends in a digest for the module itself, and one for what it is built on, if anything.
    """
    version = node_identity() if entry.target == "js" else ".".join(map(str, sys.version_info[:3]))
    judged = [
        entry.output_sha256,
        entry.intent,
        entry.checks,
        str(JUDGE_VERSION),
        project.settings.sandbox,
    ]
    digest = sha256(" ".join(judged).encode())[:32]
    if beneath:
        digest += f".{sha256(_canonical(beneath))[:32]}"
    return f"{entry.name}.{entry.target}-{sys.implementation.cache_tag}-{version}-{digest}"


def _canonical(beneath: Mapping[str, str]) -> bytes:
    return json.dumps(dict(beneath), sort_keys=True).encode()
