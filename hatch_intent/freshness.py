"""What is stale, and why. The standard library alone.

A module is fresh when the spec's bytes, the settings that shape its code and the output's
bytes are the ones in the lock; then nothing is parsed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING, Literal

from hatch_intent.composition import Member, faults, in_order
from hatch_intent.errors import Problem, SettingsError, SpecError
from hatch_intent.files import sha256
from hatch_intent.lock import Key, Lock, LockEntry
from hatch_intent.parts import changed_parts, changed_uses, parts_line, used_names, uses_line
from hatch_intent.project import Project, SpecFile
from hatch_intent.settings import ProviderSettings

if TYPE_CHECKING:
    from hatch_intent.spec.model import Spec

State = Literal["fresh", "stale", "edited"]

SUFFIXES = {"js": ".js", "py": ".py"}
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
    uses: tuple[Freshness, ...] = field(default=(), compare=False, repr=False)
    """The modules that it imports, by name."""

    @property
    def key(self) -> Key:
        """What the lock knows it by."""
        return self.name, self.target

    @property
    def respecified(self) -> bool:
        """Whether its spec, or one that it uses, says something else than when it was locked."""
        spec, entry = self.spec, self.entry
        if entry is None:
            return False
        own = spec and (spec.intent_digest, spec.checks_digest) != (entry.intent, entry.checks)
        return bool(own) or public_parts(self.uses) != entry.uses

    @property
    def below(self) -> tuple[Freshness, ...]:
        """All that it is built on, at any depth, each behind what itself is built on."""
        if not self.uses:
            return ()
        found: dict[str, Freshness] = {}
        open_: list[Freshness] = [self]
        while open_:
            module = open_[-1]
            ahead = [each for each in module.uses if each.name not in found]
            open_ += ahead[:1]
            if not ahead:
                found[open_.pop().name] = module
        return tuple(found.values())[:-1]

    @property
    def parts(self) -> str:
        """The short digests of the spec's headings as they are now."""
        if self.spec is None and self.entry is not None:
            return self.entry.parts
        return parts_line(self.read())

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
    specs: dict[str, Spec] = {}
    problems: list[Problem] = []
    members: list[Member] = []
    locked = _by_spec(lock)
    for file in files:
        if known := _known(file, locked.get(file.path, ())):
            targets = tuple(known.targets.split(","))
            members.append(Member(file, known.name, targets, used_names(known.uses)))
            continue
        try:
            spec = specs[file.path] = read(file)
        except SpecError as error:
            problems += error.problems
        else:
            members.append(Member(file, spec.name, spec.targets, tuple(sorted(spec.uses))))
    problems += _clashes(members)
    if any(member.uses for member in members):
        gone = {entry.name: entry.spec for entry in lock.entries.values()}
        problems += faults(members, gone, whole=len(members) == len(files))
    if problems:
        raise SpecError(problems)
    _require_targets(project, members)
    require_models(project, specs.values())
    modules = tuple(_modules(project, members, specs, lock))
    current = {module.key for module in modules}
    orphans = tuple(entry for key, entry in sorted(lock.entries.items()) if key not in current)
    return Assessment(modules, orphans)


def _known(file: SpecFile, entries: Sequence[LockEntry]) -> LockEntry | None:
    """What the lock has of a spec, if all of its targets were locked with these very bytes."""
    current = [entry for entry in entries if entry.spec_sha256 == file.digest]
    whole = current and len(current) == len(current[0].targets.split(","))
    return current[0] if whole else None


def _modules(
    project: Project, members: Sequence[Member], specs: Mapping[str, Spec], lock: Lock
) -> Iterator[Freshness]:
    """The modules in the members' order; those that others use are looked at before these."""
    found: dict[Key, Freshness] = {}
    for member in in_order(members) if any(member.uses for member in members) else members:
        for target in member.targets:
            uses = tuple(found[name, target] for name in member.uses)
            spec, entry = specs.get(member.file.path), lock.get(member.name, target)
            found[member.name, target] = _freshness(project, member, target, spec, entry, uses)
    for member in members:
        yield from (found[member.name, target] for target in member.targets)


def _by_spec(lock: Lock) -> dict[str, list[LockEntry]]:
    found: dict[str, list[LockEntry]] = {}
    for entry in lock.entries.values():
        found.setdefault(entry.spec, []).append(entry)
    return found


def _clashes(members: Sequence[Member]) -> Iterator[Problem]:
    """Two specs with one output, or with names that some file systems take for one."""
    ordered = sorted((each.name.lower(), each.file.path, each.name) for each in members)
    for _, group in groupby(ordered, key=lambda each: each[0]):
        (_, first, known), *others = group
        for _, path, name in others:
            same = "the same name as" if name == known else f'but for case the name "{known}" of'
            yield Problem(path, 0, 0, f'name "{name}" is {same} {first}; rename one of them')


def _require_targets(project: Project, members: Sequence[Member]) -> None:
    folders = project.settings.targets
    problems = [
        Problem(member.file.path, 0, 0, f"is for target {target}, {_unbuildable(target)}")
        for member in members
        for target in member.targets
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
    member: Member,
    target: str,
    spec: Spec | None,
    entry: LockEntry | None,
    uses: tuple[Freshness, ...],
) -> Freshness:
    output = f"{project.settings.targets[target].rstrip('/')}/{member.name}{SUFFIXES[target]}"
    public = public_parts(uses)
    state, why, recheck = _compare(project, member.file, spec, output, entry, public)
    return Freshness(
        member.file, member.name, target, output, state, why, spec, entry, recheck, uses
    )


def public_parts(uses: Iterable[Freshness]) -> str:
    """What the lock is to keep of the specs that a module uses; empty when it uses none."""
    return uses_line({each.name: each.parts for each in uses})


def _compare(
    project: Project,
    file: SpecFile,
    spec: Spec | None,
    output: str,
    entry: LockEntry | None,
    public: str,
) -> tuple[State, str, bool]:
    digest = output_digest(project, output)
    if entry is None:
        if digest:
            return "edited", "is in the tree but not in the lock", False
        return "stale", "new", False
    locked = digest if entry.output == output else output_digest(project, entry.output)
    if locked and locked != entry.output_sha256:
        return "edited", _edited(project, entry), False
    if spec and spec.intent_digest != entry.intent:
        return "stale", changed_parts(spec, entry), False
    if public != entry.uses:
        return "stale", changed_uses(entry.uses, public), False
    if why := _model_changed(project, entry):
        return "stale", why, False
    if entry.output != output or entry.spec != file.path:
        return "stale", "moved", True
    if not digest:
        return "stale", "output missing", False
    if spec and spec.checks_digest != entry.checks:
        return "stale", changed_parts(spec, entry), True
    return "fresh", "", False


def _edited(project: Project, entry: LockEntry) -> str:
    raw = (project.root / entry.output).read_bytes()
    if sha256(raw.replace(b"\r\n", b"\n")) == entry.output_sha256:
        return (
            "has other line ends than it was locked with, as git's autocrlf gives; "
            "`hatch-intent init` writes the .gitattributes against it"
        )
    return "was edited by hand"


def output_digest(project: Project, output: str) -> str:
    """The SHA-256 of a module's bytes; empty where there is no file."""
    try:
        with open(f"{project.root}/{output}", "rb") as file:  # noqa: PTH123 - thousands of these
            return sha256(file.read())
    except (FileNotFoundError, NotADirectoryError):
        return ""


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
    spec: Spec,
    target: str,
    provider: ProviderSettings,
    seed: int,
    prompt_version: int,
    pinned: str,
    public: str = "",
) -> str:
    """Name what one model makes of one spec: hex SHA-256.

    `pinned` is the model's digest where the settings pin it, else empty; `public` is what the
    lock keeps of the specs that it uses.
    """
    parts = [
        spec.intent_digest,
        spec.checks_digest,
        target,
        provider.model,
        pinned,
        prompt_version,
        sampling_line(provider, seed),
        *([public] if public else []),  # keys of what uses nothing are as they always were
    ]
    return sha256(json.dumps(parts).encode())
