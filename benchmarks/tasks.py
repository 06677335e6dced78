"""Tasks of a benchmark as specs, and what tells whether code is right.

A task file is a JSON list of objects with `id, name, description, signature, examples, hidden`;
an example is `{"in": {...}, "out": value}`. `hidden` is never shown to a model: it stands in no
spec that one is asked about. A folder of specs is a benchmark too where each spec has a reference
solution: right is then what answers made-up inputs as the reference does.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from hatch_intent.errors import SpecError
from hatch_intent.files import sha256
from hatch_intent.judge import Judge
from hatch_intent.judge.differential import compare_behaviour
from hatch_intent.judge.equivalence import Side, compare_targets
from hatch_intent.spec import read_spec
from hatch_intent.spec.model import Spec

Case = dict[str, Any]


class Exam(Protocol):
    """One spec to build, and the judgement on code that passed its examples."""

    id: str
    name: str

    def spec_text(self, target: str) -> str:
        """What the pipeline is given."""

    def digest(self, target: str) -> str:
        """Hex SHA-256 of all that a result depends on: what is given, and what tells right."""

    def right(self, judge: Judge, code: str, target: str) -> bool:
        """Whether a module that passed its examples does what was meant."""


@dataclass(frozen=True)
class Task:
    """One task of a file. `name` is its own where a spec may be called so, else made from `id`."""

    id: str
    name: str
    description: str
    signature: str
    examples: tuple[Case, ...]
    hidden: tuple[Case, ...]

    def spec_text(self, target: str) -> str:
        return self._text(target, self.examples, self.signature)

    def digest(self, target: str) -> str:
        hidden = self._text(target, self.hidden, self.signature)
        return sha256(f"{self.spec_text(target)}\0{hidden}".encode())

    def right(self, judge: Judge, code: str, target: str) -> bool:
        return judge.check(code, self._hidden(target), target).passed

    def fitted(self) -> Task:
        """The task, with `any` for the types of a signature that its own examples contradict."""
        try:
            _spec(self.spec_text("py"), self.name)
        except SpecError:
            return Task(**{**vars(self), "signature": _widened(self.signature)})
        return self

    def _hidden(self, target: str) -> Spec:
        try:
            return _spec(self._text(target, self.hidden, self.signature), self.name)
        except SpecError:
            wide = _widened(self.signature)
            return _spec(self._text(target, self.hidden, wide), self.name)

    def _text(self, target: str, cases: tuple[Case, ...], signature: str) -> str:
        # A line that begins with "#" would be a heading of the spec.
        prose = re.sub(r"(?m)^\s*#+\s*", "", self.description).strip()
        head = f"# name: {self.name}\n# target: {target}\n# description:\n{prose}\n"
        lines = "\n".join(map(_as_example, cases))
        return f"{head}# signature:\n{signature}\n# examples:\n{lines}\n"


@dataclass(frozen=True)
class OwnSpec:
    """A spec with a reference solution."""

    id: str
    name: str
    text: str
    reference: str

    def spec_text(self, target: str) -> str:
        text = re.sub(r"(?m)^# target:.*\n", "", self.text)
        return re.sub(r"(?m)^(# name:.*\n)", rf"\1# target: {target}\n", text, count=1)

    def digest(self, target: str) -> str:
        return sha256(f"{self.spec_text(target)}\0{self.reference}".encode())

    def right(self, judge: Judge, code: str, target: str) -> bool:
        spec = _spec(self.spec_text(target), self.name)
        if target != "py":
            sides = Side(target, code), Side("py", self.reference)
            return compare_targets(judge, spec, *sides, inputs=200).agreed
        behaviour = compare_behaviour(judge, spec, [self.reference, code], inputs=200)
        alike = not behaviour.problem and len(behaviour.groups) == 1
        return alike and behaviour.beyond is None


def read_exams(path: Path) -> tuple[Exam, ...]:
    """All of a task file or of a folder of specs. Raises OSError, ValueError, KeyError."""
    return tuple(_own(path) if path.is_dir() else _tasks(path))


def _own(folder: Path) -> Iterator[OwnSpec]:
    references = folder.parent / "tests" / "references"
    for path in sorted(folder.glob("*.intent.md")):
        name = path.name.removesuffix(".intent.md")
        text = path.read_text(encoding="utf-8")
        yield OwnSpec(name, name, text, (references / f"{name}.py").read_text(encoding="utf-8"))


def _tasks(path: Path) -> Iterator[Task]:
    taken: set[str] = set()
    for raw in json.loads(path.read_text(encoding="utf-8")):
        task = _named(raw, taken)
        taken.add(task.name.lower())
        yield task.fitted()


def _named(raw: Case, taken: set[str]) -> Task:
    words = re.sub(r"\W+|_+", "_", str(raw["id"])).strip("_").lower()
    names = [str(raw["name"]), words, f"task_{words}"]
    name = next((each for each in names if each.lower() not in taken and _may_be(each)), names[-1])
    examples, hidden = tuple(raw["examples"]), tuple(raw.get("hidden", ()))
    return Task(str(raw["id"]), name, raw["description"], raw["signature"], examples, hidden)


def _may_be(name: str) -> bool:
    try:
        _spec(_probe(name), name)
    except SpecError:
        return False
    return True


def _probe(name: str) -> str:
    case = {"in": {"x": 1}, "out": 1}
    return Task(name, name, "Nothing.", "(x: number) -> number", (case,), ()).spec_text("js,py")


def _spec(text: str, name: str) -> Spec:
    return read_spec(text.encode(), f"specs/{name}.intent.md")


def _widened(signature: str) -> str:
    """The parameters' names alone, each of type `any`."""
    inside, depth, names = signature.rpartition("->")[0].strip()[1:-1], 0, [""]
    for character in inside:
        depth += (character in "([{<") - (character in ")]}>")
        if character == "," and depth == 0:
            names.append("")
        else:
            names[-1] += character
    bare = (each.partition(":")[0].strip() for each in names if each.strip())
    return f"({', '.join(f'{name}: any' for name in bare)}) -> any"


def _as_example(case: Case) -> str:
    args = json.dumps(case["in"], ensure_ascii=False)
    if "raises" in case:
        return f"- in: {args} raises: {case['raises']}"
    line = f"- in: {args} out: {json.dumps(case['out'], ensure_ascii=False)}"
    return f"{line} tolerance: {case['tolerance']}" if "tolerance" in case else line
