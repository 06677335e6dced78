"""TypeScript of modules, such that the compiler takes all of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from hatch_intent.errors import CheckFailed
from hatch_intent.mirrors.compiler import Compiled, Compiler, Complaint, find_compiler
from hatch_intent.mirrors.task import Derived, Task
from hatch_intent.mirrors.typescript import Draft, draft, unexpected, widened
from hatch_intent.targets.javascript_types import declaration

_ROUNDS = 12
"""Of declaring things as `any`; each one shows the compiler more."""
_BARE = re.compile(r"\(([\w$]+)\) =>")


@dataclass(frozen=True)
class _Work:
    """One mirror on its way."""

    task: Task
    draft: Draft

    @property
    def file(self) -> str:
        """As the compiler knows it."""
        return f"{self.task.spec.name}.ts"


def derive(root: Path, tasks: Sequence[Task]) -> list[Derived]:
    """Mirrors in strict TypeScript. Raises `CheckFailed` with every construct that can't be."""
    compiler = find_compiler(root)
    begun = [_Work(each, draft(each.spec, each.code, each.module.output)) for each in tasks]
    work, compiled = _settle(compiler, begun)
    names = [each.task.spec.name for each in work]
    if other := [
        f"{each.task.mirror.path} would be other code than {each.task.module.output}"
        for each, name in zip(work, names, strict=True)
        if not _same(compiled.erased[name], compiled.plain[name])
    ]:
        raise CheckFailed("\n".join(other))
    return [
        Derived(each.task, each.draft.text, compiler.about, compiled.erased[name])
        for each, name in zip(work, names, strict=True)
    ]


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
    typescript = {each.file: each.draft.text for each in work}
    used = {name: code for each in work for name, code in each.task.uses.items()}
    for name, code in used.items():
        if f"{name}.ts" not in typescript:
            typescript[f"{name}.d.ts"] = declaration(code, name)
    plain = {f"{each.task.spec.name}.js": each.task.code for each in work}
    return compiler.compile(typescript, plain)


def _wider(work: _Work, complaints: Sequence[Complaint]) -> _Work:
    own = [each for each in complaints if each.file == work.file]
    text = widened(work.draft.text, own) if own else work.draft.text
    return replace(work, draft=replace(work.draft, text=text))


def _inexpressible(
    compiler: Compiler, work: Sequence[_Work], complaints: Sequence[Complaint]
) -> Iterator[str]:
    known = {each.file: each for each in work}
    for each in complaints:
        if (one := known.get(each.file)) is None:
            yield f"{compiler.about}: {each.file}: {each.message} (TS{each.code})"
            continue
        line = one.draft.line_in_module(each.line)
        code = one.task.code.split("\n")[line - 1].strip()
        place = f"{one.task.module.output}:{line}"
        yield f"{place}  can't be expressed in strict TypeScript: {code}"
        yield f"  {compiler.about}: {each.message} (TS{each.code})"


def _same(erased: str, plain: str) -> bool:
    """Whether two texts by the compiler are the same code; `(x) =>` with types was `x =>`."""
    return _BARE.sub(r"\1 =>", erased) == _BARE.sub(r"\1 =>", plain)
