"""What is stale, and why. The standard library alone.

A module is fresh when the spec's bytes, the settings that shape its code and the output's
bytes are the ones in the lock; then nothing is parsed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Literal

from hatch_intent.errors import Problem, SettingsError, SpecError
from hatch_intent.files import sha256
from hatch_intent.lock import Lock, LockEntry
from hatch_intent.project import Project, SpecFile
from hatch_intent.settings import ProviderSettings

if TYPE_CHECKING:
    from hatch_intent.spec.model import Spec

State = Literal["fresh", "stale", "edited"]

SUFFIXES = {"py": ".py"}
"""Of the targets that can be built."""


@dataclass(frozen=True)
class Freshness:
    """One module's state against the lock.

    `why` is empty for a fresh module. `spec` is there whenever the spec's bytes aren't the
    ones in the lock. `recheck` says that only examples or properties changed, so that the
    locked code goes to the judge before any model is asked.
    """

    spec_file: SpecFile
    name: str
    target: str
    output: str
    """Relative to the root, with forward slashes."""
    state: State
    why: str = ""
    spec: Spec | None = None
    entry: LockEntry | None = None
    recheck: bool = False

    def read(self) -> Spec:
        """The spec, read now where that wasn't needed before. Raises `SpecError`."""
        return self.spec or read(self.spec_file)


def read(file: SpecFile) -> Spec:
    """Parse a spec. The parser is loaded here, because a fresh module needs none."""
    from hatch_intent.spec import read_spec

    return read_spec(file.raw, file.path)


@dataclass(frozen=True)
class Assessment:
    """All modules of a project, by path of their spec, and what the lock holds beyond them."""

    modules: tuple[Freshness, ...]
    orphans: tuple[LockEntry, ...] = ()
    """Entries whose spec is gone or no longer names their target."""

    def having(self, state: State) -> tuple[Freshness, ...]:
        return tuple(module for module in self.modules if module.state == state)


def assess(project: Project, files: Sequence[SpecFile], lock: Lock) -> Assessment:
    """Compare every spec with the lock.

    Raises `SpecError` with every problem of every spec that had to be read, and
    `SettingsError` when a spec names a target that has no folder.
    """
    locked = _by_spec(lock)
    specs: dict[str, Spec] = {}
    problems: list[Problem] = []
    named: list[tuple[SpecFile, str, str]] = []
    for file in files:
        known = [entry for entry in locked.get(file.path, ()) if entry.spec_sha256 == file.digest]
        if known:
            named += [(file, known[0].name, target) for target in known[0].targets.split(",")]
            continue
        try:
            spec = specs[file.path] = read(file)
        except SpecError as error:
            problems += error.problems
        else:
            named += [(file, spec.name, target) for target in spec.targets]
    problems += _clashes(named)
    problems += _no_uses(specs.values())
    if problems:
        raise SpecError(problems)
    _require_targets(project, named)
    require_models(project, specs.values())
    modules = tuple(
        _freshness(project, file, specs.get(file.path), name, target, lock.get(name, target))
        for file, name, target in named
    )
    current = {(module.name, module.target) for module in modules}
    orphans = tuple(entry for key, entry in sorted(lock.entries.items()) if key not in current)
    return Assessment(modules, orphans)


def _by_spec(lock: Lock) -> dict[str, list[LockEntry]]:
    found: dict[str, list[LockEntry]] = {}
    for entry in lock.entries.values():
        found.setdefault(entry.spec, []).append(entry)
    return found


def _clashes(named: Sequence[tuple[SpecFile, str, str]]) -> Iterator[Problem]:
    """Two specs with one output, or with names that some file systems take for one."""
    ordered = sorted({(name.lower(), file.path, name) for file, name, _ in named})
    for _, group in groupby(ordered, key=lambda each: each[0]):
        (_, first, known), *others = group
        for _, path, name in others:
            same = "the same name as" if name == known else f'but for case the name "{known}" of'
            yield Problem(path, 0, 0, f'name "{name}" is {same} {first}; rename one of them')


def _require_targets(project: Project, named: Sequence[tuple[SpecFile, str, str]]) -> None:
    folders = project.settings.targets
    problems = [
        Problem(file.path, 0, 0, f"is for target {target}, {_unbuildable(target)}")
        for file, _, target in named
        if target not in folders or target not in SUFFIXES
    ]
    if problems:
        raise SettingsError(problems)


def _unbuildable(target: str) -> str:
    if target not in SUFFIXES:
        known = ", ".join(SUFFIXES)
        return f"which this hatch-intent can't build; name {known} in its target: heading"
    return (
        "and tool.intent.targets has no folder for it; "
        f'add  {target} = "some/folder"  or name another target in the spec'
    )


def _no_uses(specs: Iterable[Spec]) -> Iterator[Problem]:
    for spec in specs:
        if spec.uses:
            names = ", ".join(spec.uses)
            message = f"uses {names}: this hatch-intent can't build modules on one another"
            yield Problem(spec.path, 0, 0, f"{message}; take the heading uses: out")


def require_models(project: Project, specs: Iterable[Spec]) -> None:
    """Raise `SettingsError` for specs that ask for a model which no provider has."""
    known = [provider.model for provider in project.settings.ladder]
    problems = [
        Problem(
            spec.path, 0, 0, f'model "{spec.model}" is not configured; known: {", ".join(known)}'
        )
        for spec in specs
        if spec.model and spec.model not in known
    ]
    if problems:
        raise SettingsError(problems)


def _freshness(
    project: Project,
    file: SpecFile,
    spec: Spec | None,
    name: str,
    target: str,
    entry: LockEntry | None,
) -> Freshness:
    output = f"{project.settings.targets[target].rstrip('/')}/{name}{SUFFIXES[target]}"
    state, why, recheck = _compare(project, file, spec, output, entry)
    return Freshness(file, name, target, output, state, why, spec, entry, recheck)


def _compare(
    project: Project, file: SpecFile, spec: Spec | None, output: str, entry: LockEntry | None
) -> tuple[State, str, bool]:
    digest = output_digest(project, output)
    if entry is None:
        if digest:
            return "edited", "is in the tree but not in the lock", False
        return "stale", "new", False
    locked = digest if entry.output == output else output_digest(project, entry.output)
    if locked and locked != entry.output_sha256:
        return "edited", "was edited by hand", False
    if spec and spec.intent_digest != entry.intent:
        return "stale", changed_parts(spec, entry), False
    if why := _model_changed(project, entry):
        return "stale", why, False
    if entry.output != output or entry.spec != file.path:
        return "stale", "moved", True
    if not digest:
        return "stale", "output missing", False
    if spec and spec.checks_digest != entry.checks:
        return "stale", changed_parts(spec, entry), True
    return "fresh", "", False


def output_digest(project: Project, output: str) -> str:
    """The SHA-256 of a module's bytes; empty where there is no file."""
    try:
        with open(f"{project.root}/{output}", "rb") as file:  # noqa: PTH123 - thousands of these
            return sha256(file.read())
    except (FileNotFoundError, NotADirectoryError):
        return ""


def changed_parts(spec: Spec, entry: LockEntry) -> str:
    """Which headings differ from the lock: "description, examples changed"."""
    locked = dict(part.split(":") for part in entry.parts.split())
    current = _part_digests(spec)
    changed = [name for name, digest in current.items() if locked.get(name) != digest]
    changed += [name for name in locked if name not in current]
    return f"{', '.join(changed) or 'spec'} changed"


def parts_line(spec: Spec) -> str:
    """The short digests of a spec's headings, as the lock keeps them."""
    return " ".join(f"{name}:{digest}" for name, digest in _part_digests(spec).items())


def _part_digests(spec: Spec) -> dict[str, str]:
    from hatch_intent.spec.digest import canonical_json, canonical_prose
    from hatch_intent.spec.types import show

    parameters = [
        [each.name, show(each.type), each.optional, each.default]
        for each in spec.signature.parameters
    ]
    parts = {
        "description": canonical_prose(spec.description),
        "signature": [parameters, show(spec.signature.returns)],
        "constraints": [canonical_prose(each) for each in spec.constraints],
        "examples": [
            [sorted(each.args.items()), each.out, each.raises, each.tolerance]
            for each in spec.examples
        ],
        "properties": [each.text for each in spec.properties],
        "uses": sorted(spec.uses),
        "requires": sorted(spec.requires),
        "model": spec.model,
    }
    return {name: sha256(canonical_json(part).encode())[:8] for name, part in parts.items() if part}


def _model_changed(project: Project, entry: LockEntry) -> str:
    """Why the settings would write this module otherwise now; empty when they wouldn't.

    A module stays fresh while the model that wrote it is among the configured ones.
    """
    if entry.author == "hand":
        return ""
    candidates = [each for each in project.settings.ladder if each.model == entry.model]
    if not candidates:
        return f"model changed: {entry.model} is no longer configured"
    lines = [sampling_line(each, project.settings.seed) for each in candidates]
    if entry.sampling not in lines:
        return f"sampling changed: {entry.sampling} → {lines[0]}"
    if all(each.pin != entry.pinned for each in candidates):
        return f"pin changed: {str(entry.pinned).lower()} → {str(candidates[0].pin).lower()}"
    return ""


def sampling_line(provider: ProviderSettings, seed: int) -> str:
    """The settings that shape a model's answers, as the lock keeps them."""
    options = {"seed": seed, **provider.options}
    return " ".join(
        f"{name}={json.dumps(options[name], ensure_ascii=False, sort_keys=True)}"
        for name in sorted(options)
    )


def generation_key(
    spec: Spec, target: str, provider: ProviderSettings, seed: int, prompt_version: int, pinned: str
) -> str:
    """Name what one model makes of one spec: hex SHA-256.

    `pinned` is the model's digest where the settings pin it, else empty.
    """
    parts = [
        spec.intent_digest,
        spec.checks_digest,
        target,
        provider.model,
        pinned,
        prompt_version,
        sampling_line(provider, seed),
    ]
    return sha256(json.dumps(parts).encode())
