"""`doctor`: can a build be made here, and if not, what is missing?"""

from __future__ import annotations

import platform
import time
from argparse import Namespace
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from itertools import pairwise
from pathlib import Path
from threading import Thread

from hatch_intent import cache, extras
from hatch_intent.cli.place import project_of
from hatch_intent.cli.screen import Screen
from hatch_intent.errors import CheckFailed, IntentError, ProviderError, UsageError
from hatch_intent.judge import Judge
from hatch_intent.judge.isolation import Isolation
from hatch_intent.judge.node.finding import find_node
from hatch_intent.lock import read_lock
from hatch_intent.mirrors import hy
from hatch_intent.mirrors.compiler import find_compiler
from hatch_intent.node import node_identity
from hatch_intent.project import Project
from hatch_intent.providers.base import Health
from hatch_intent.providers.catalogue import billions
from hatch_intent.providers.router import make_provider
from hatch_intent.report.table import size, table
from hatch_intent.settings import ProviderSettings, Settings

HEALTH_SECONDS = 2.0


@dataclass(frozen=True)
class Finding:
    """One line: a thing that was looked at, whether it is well, and if not what to do."""

    thing: str
    ok: bool
    detail: str
    remedy: str = ""


def run(args: Namespace, screen: Screen) -> int:
    """0 when a build could be made, 3 when only a provider is missing, else 1."""
    project, here = _project(args)
    here += [*_packages(project), *_lock(project)]
    providers = [] if extras.missing() else look_at_providers(project)
    sandbox = look_at_sandbox(project)
    node = look_at_node(project)
    mirrors = _mirrors(project)
    providers_said = [*providers, *_ladder(project)]
    findings = [_versions(), *here, sandbox, *providers_said, *node, *mirrors, _cache(project)]
    served = project.frozen or any(each.ok for each in providers)
    held = all(
        each.ok for each in (sandbox, *mirrors, *(node if _builds_javascript(project) else ()))
    )
    code = 1 if here or not held else 0 if served else ProviderError.exit_code
    if args.json:
        screen.json({"ok": code == 0, "findings": [asdict(each) for each in findings]})
    else:
        screen.answer(table([(each.thing, _line(each)) for each in findings]))
        if project.frozen:
            screen.answer("this project is frozen: no model is asked, none is needed")
    return code


def _project(args: Namespace) -> tuple[Project, list[Finding]]:
    """The project here, or what the defaults would do, with a finding that says so."""
    try:
        return project_of(args), []
    except UsageError as error:
        if args.root is not None:
            raise
        nowhere = Project(Path.cwd(), Settings(), frozen=False, from_sdist=False, config="")
        return nowhere, [Finding("project", False, str(error))]


def _packages(project: Project) -> list[Finding]:
    lacking = () if project.frozen else extras.missing()
    said = f"{', '.join(lacking)} not installed: no module can be made"
    return [Finding("packages", False, said, extras.REMEDY)] if lacking else []


def _lock(project: Project) -> list[Finding]:
    """What is wrong with the lock, which every build reads first."""
    try:
        read_lock(project.lock_path, project.state)
    except (IntentError, OSError) as error:
        return [Finding("lock", False, str(error))]
    return []


def _line(finding: Finding) -> str:
    if finding.ok:
        return finding.detail
    return "   ".join(filter(None, ["NOT WELL", finding.detail, finding.remedy]))


def _versions() -> Finding:
    names = ("hatchling", "hatch-intent")
    shown = (f"{name} {_version(name)}" for name in names)
    return Finding("python", True, "   ".join((platform.python_version(), *shown)))


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def look_at_sandbox(project: Project) -> Finding:
    """What holds generated code here, against what the settings ask for."""
    wanted = project.settings.sandbox
    if wanted == "off":
        return Finding("sandbox", True, "off: a separate process, nothing more")
    try:
        with Judge("best-effort", jobs=1) as judge:
            reached = judge.start()
    except (IntentError, OSError) as error:
        return Finding("sandbox", False, str(error))
    return _held("sandbox", project, reached)


def _held(thing: str, project: Project, reached: Isolation) -> Finding:
    total = len(reached.refused) + len(reached.open)
    refused = "all" if not reached.open else f"{len(reached.refused)} of"
    detail = f"{reached.level}   {refused} {total} probes refused"
    if reached.strict or project.settings.sandbox == "best-effort":
        return Finding(thing, True, detail)
    remedy = 'sandbox = "best-effort" in [tool.intent] runs generated code all the same'
    return Finding(thing, False, detail, remedy)


def look_at_providers(project: Project) -> list[Finding]:
    """Every rung of the ladder, all at once, in a bounded time."""
    ladder = project.settings.ladder
    found: dict[int, Finding] = {}

    def look(number: int) -> None:
        found[number] = _provider(project, ladder[number])

    # Daemons: a server that never answers must not keep the command from ending.
    threads = [Thread(target=look, args=(number,), daemon=True) for number in range(len(ladder))]
    for thread in threads:
        thread.start()
    end = time.monotonic() + HEALTH_SECONDS
    for thread in threads:
        thread.join(max(end - time.monotonic(), 0))
    silent = f"no answer in {HEALTH_SECONDS:g} s"
    return [
        found.get(number, Finding(each.type, False, f"{each.model}   {silent}"))
        for number, each in enumerate(ladder)
    ]


def _ladder(project: Project) -> list[Finding]:
    """A line where a smaller model follows a bigger one, as far as the models' names tell."""
    sizes = ((each.model, billions(each.model)) for each in project.settings.ladder)
    known = [(model, size) for model, size in sizes if size is not None]
    for (before, bigger), (behind, smaller) in pairwise(known):
        if smaller < bigger:
            said = f"{behind} stands behind the bigger {before}, and the last is asked the most"
            return [Finding("ladder", True, f"{said}: name the models from small to big")]
    return []


def _provider(project: Project, settings: ProviderSettings) -> Finding:
    try:
        provider = make_provider(
            settings,
            seed=project.settings.seed,
            timeout=project.settings.timeout,
            root=project.root,
        )
    except ProviderError as error:
        return Finding(settings.type, False, f"{settings.model}   {error}", error.remedy)
    try:
        health = provider.health()
    finally:
        provider.close()
    return Finding(
        settings.type, health.ok, _about(settings, provider.address, health), health.remedy
    )


def _about(settings: ProviderSettings, address: str, health: Health) -> str:
    place = "" if settings.type == "embedded" else address
    digest = f"{health.model_digest[:12]}…" if health.model_digest else ""
    return "   ".join(filter(None, [place, settings.model, health.version, digest, health.detail]))


def look_at_node(project: Project) -> list[Finding]:
    """Which node there is, if any, and for projects with modules in JavaScript what holds it."""
    wanted = _builds_javascript(project)
    try:
        node = find_node()
        if not wanted or project.settings.sandbox == "off":
            return [Finding("node", True, node.about.removeprefix("node "))]
        with Judge("best-effort", jobs=1) as judge:
            return [_held("node", project, judge.node.start())]
    except (IntentError, OSError) as error:
        there = node_identity() != "node"
        return [Finding("node", False, str(error))] if wanted or there else []


def _builds_javascript(project: Project) -> bool:
    return "js" in project.settings.targets


def _mirrors(project: Project) -> list[Finding]:
    """What derives the mirrors that the settings ask for; a frozen build derives none."""
    wanted = () if project.frozen else sorted(project.settings.mirrors)
    return [_mirror(project, language) for language in wanted]


def _mirror(project: Project, language: str) -> Finding:
    try:
        about = find_compiler(project.root).about if language == "ts" else hy.read({}).about
        return Finding("mirrors", True, about)
    except CheckFailed as error:
        return Finding("mirrors", False, str(error))


def _cache(project: Project) -> Finding:
    kept = cache.stats(project.cache_dir)
    number = sum(kept.entries.values())
    entries = "1 entry" if number == 1 else f"{number} entries"
    return Finding("cache", True, f"{_short(project)}   {entries}   {size(kept.size)}")


def _short(project: Project) -> str:
    folder = project.cache_dir
    if folder.is_relative_to(project.root):
        return folder.relative_to(project.root).as_posix()
    home = Path.home()
    return f"~/{folder.relative_to(home)}" if folder.is_relative_to(home) else str(folder)
