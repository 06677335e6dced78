"""Derive mirrors and hold them to their specs, before any of them is written."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from hatch_intent.beneath import sources
from hatch_intent.errors import CheckFailed
from hatch_intent.files import sha256
from hatch_intent.freshness import Freshness
from hatch_intent.judge import Judge
from hatch_intent.lock import Lock
from hatch_intent.mirrors.compiler import Compiled, Compiler, Complaint, find_compiler
from hatch_intent.mirrors.plan import Mirror, mirrors_due
from hatch_intent.mirrors.typescript import Draft, draft, unexpected, widened
from hatch_intent.project import Project
from hatch_intent.report import words
from hatch_intent.spec.model import Spec
from hatch_intent.targets.javascript_types import declaration
from hatch_intent.tree import Tree

_ROUNDS = 12
"""Of declaring things as `any`; each one shows the compiler more."""
_BARE = re.compile(r"\(([\w$]+)\) =>")


@dataclass(frozen=True)
class _Work:
    """One mirror on its way."""

    mirror: Mirror
    module: Freshness
    spec: Spec
    code: str
    """The locked module's."""
    uses: Mapping[str, str]
    draft: Draft


def derived(tree: Tree) -> tuple[Lock, dict[str, str]]:
    """The lock with what is due recorded in it, and the files to write, by path.

    Modules that are ahead of the lock keep the mirror that they have. Raises `CheckFailed`, with
    every construct that can't be expressed and every example that fails; nothing is written then.
    """
    project = tree.project
    fresh = {each.key: each for each in tree.assessment.modules if each.state == "fresh"}
    due = [
        (each, module)
        for each in mirrors_due(project, tree.lock)
        if (module := fresh.get((each.entry.name, each.entry.target)))
    ]
    if not due:
        return tree.lock, {}
    compiler = find_compiler(project.root)
    work, compiled = _settle(compiler, [_begin(project, *each) for each in due])
    _refuse_failing(project, work, compiled)
    texts = {each.mirror.path: each.draft.text for each in work}
    entries = [
        replace(
            each.mirror.entry,
            mirror=each.mirror.path,
            mirror_of=each.mirror.entry.output_sha256,
            mirror_sha256=sha256(each.draft.text.encode()),
            mirror_tool=compiler.about,
        )
        for each in work
    ]
    return tree.lock.with_entries(*entries), texts


def _begin(project: Project, mirror: Mirror, module: Freshness) -> _Work:
    entry, spec = mirror.entry, module.read()
    raw = (project.root / entry.output).read_bytes()
    if sha256(raw) != entry.output_sha256:
        raise CheckFailed(f"{entry.output} changed while it was being mirrored; build again")
    code = raw.decode()
    uses = sources(project, module)
    return _Work(mirror, module, spec, code, uses, draft(spec, code, entry.output))


def _settle(compiler: Compiler, work: list[_Work]) -> tuple[list[_Work], Compiled]:
    """Declare things as `any` until the compiler takes all of it. Raises `CheckFailed`."""
    before: Sequence[Complaint] = ()
    for _ in range(_ROUNDS):
        compiled = _compile(compiler, work)
        if not compiled.complaints:
            return work, compiled
        wider = [_wider(each, compiled.complaints) for each in work]
        told = unexpected(before, compiled.complaints)
        if told is before or wider == work:
            break
        before, work = compiled.complaints, wider
    raise CheckFailed("\n".join(_inexpressible(compiler, work, told)))


def _compile(compiler: Compiler, work: Sequence[_Work]) -> Compiled:
    """All in one program, with the types of what they use and isn't due."""
    typescript = {f"{each.spec.name}.ts": each.draft.text for each in work}
    used = {name: code for each in work for name, code in each.uses.items()}
    for name, code in used.items():
        if f"{name}.ts" not in typescript:
            typescript[f"{name}.d.ts"] = declaration(code, name)
    plain = {f"{each.spec.name}.js": each.code for each in work}
    return compiler.compile(typescript, plain)


def _wider(work: _Work, complaints: Sequence[Complaint]) -> _Work:
    own = [each for each in complaints if each.file == f"{work.spec.name}.ts"]
    text = widened(work.draft.text, own) if own else work.draft.text
    return replace(work, draft=replace(work.draft, text=text))


def _inexpressible(
    compiler: Compiler, work: Sequence[_Work], complaints: Sequence[Complaint]
) -> Iterator[str]:
    known = {f"{each.spec.name}.ts": each for each in work}
    for each in complaints:
        if (one := known.get(each.file)) is None:
            yield f"{compiler.about}: {each.file}: {each.message} (TS{each.code})"
            continue
        line = one.draft.line_in_module(each.line)
        code = one.code.split("\n")[line - 1].strip()
        place = f"{one.mirror.entry.output}:{line}"
        yield f"{place}  can't be expressed in strict TypeScript: {code}"
        yield f"  {compiler.about}: {each.message} (TS{each.code})"
    yield (
        "  The modules are locked and good; no mirror was written. Have a module written anew "
        "(hatch-intent build --refresh SPEC) or change it and adopt it"
    )


def _refuse_failing(project: Project, work: Sequence[_Work], compiled: Compiled) -> None:
    """Raise `CheckFailed` for mirrors that are other code than their modules, or fail examples."""
    settings = project.settings
    failed: list[str] = []
    with Judge(settings.sandbox, settings.call_timeout) as judge:
        for each in work:
            name = each.spec.name
            code = compiled.erased[name]
            if not _same(code, compiled.plain[name]):
                failed.append(f"{each.mirror.path} would be other code than {each.module.output}")
                continue
            verdict = judge.check(code, each.spec, "js", each.uses)
            if not verdict.passed:
                failed.append(f"{each.mirror.path} would not do what its spec says; not written")
                failed += words.failures(each.spec, verdict)
    if failed:
        raise CheckFailed("\n".join(failed))


def _same(erased: str, plain: str) -> bool:
    """Whether two texts by the compiler are the same code; `(x) =>` with types was `x =>`."""
    return _BARE.sub(r"\1 =>", erased) == _BARE.sub(r"\1 =>", plain)
