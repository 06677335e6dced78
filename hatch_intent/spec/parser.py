"""From a spec file's bytes to a `Spec`, or to all of its problems at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from hatch_intent.errors import SpecError
from hatch_intent.spec.digest import digest_of_checks, digest_of_intent
from hatch_intent.spec.examples import Entry, ExampleReader, Lines, entries
from hatch_intent.spec.model import Example, Property, Signature, Spec
from hatch_intent.spec.names import JS_RESERVED, name_fault, requirement_fault
from hatch_intent.spec.properties import parse_property
from hatch_intent.spec.sections import Page, Section, divide
from hatch_intent.spec.signature import read_signature
from hatch_intent.spec.source import Flaw, FlawError, decode, problems, quote

TARGETS = ("js", "py")
_REQUIRED = ("name", "description", "signature")
_ITEM = re.compile(r"[^\s,]+")


def read_spec(raw: bytes, path: str) -> Spec:
    """Read a spec; `path` is relative to the project's root, with forward slashes.

    Raises `SpecError` with every problem of the file, sorted by line and column.
    """
    text = decode(raw, path)
    reader = _SpecReader(text)
    spec = reader.spec(path)
    if reader.flaws or spec is None:
        raise SpecError(problems(text, path, reader.flaws))
    return spec


def place_of_use(raw: bytes, path: str, name: str) -> tuple[int, int]:
    """Line and column, from 1, of a name under a spec's `uses:`; zeros where it isn't there."""
    text = decode(raw, path)
    page = divide(text)
    section = page.sections.get("uses")
    if section is None or (at := _named(page, section, name)) < 0:
        return 0, 0
    ((_, line, column, _),) = problems(text, path, [Flaw(at, "")])
    return line, column


def _named(page: Page, section: Section, name: str) -> int:
    """Where a name stands in a list of names; -1 for nowhere."""
    match = re.search(rf"(?<![^\s,]){re.escape(name)}(?![^\s,])", page.values(section))
    return section.begin + match.start() if match else -1


class _SpecReader:
    def __init__(self, text: str) -> None:
        self.page = divide(text)
        self.flaws = list(self.page.flaws)
        self.lines = text

    def spec(self, path: str) -> Spec | None:
        self.missing()
        name = self.name()
        targets = self.targets()
        description = self.description()
        signature = self.signature(name, targets)
        constraints = tuple(self.constraints())
        examples = tuple(self.examples(signature))
        properties = tuple(self.properties(name, signature))
        uses = tuple(self.items("uses", name_fault))
        requires = tuple(self.items("requires", requirement_fault))
        model = self.model()
        self.not_itself(name, uses)
        self.not_hidden(uses, signature)
        if self.flaws or signature is None:
            return None
        intent = digest_of_intent(
            name=name,
            description=description,
            signature=signature,
            constraints=constraints,
            uses=uses,
            requires=requires,
            model=model,
        )
        return Spec(
            path=path,
            name=name,
            targets=targets,
            description=description,
            signature=signature,
            constraints=constraints,
            examples=examples,
            properties=properties,
            uses=uses,
            requires=requires,
            model=model,
            intent_digest=intent,
            checks_digest=digest_of_checks(examples, properties),
        )

    def flaw(self, offset: int, message: str) -> None:
        self.flaws.append(Flaw(offset, message))

    def missing(self) -> None:
        if self.page.cut:
            return
        for heading in _REQUIRED:
            if heading not in self.page.sections:
                self.flaw(-1, f'the heading "{heading}:" is missing; add "# {heading}:"')
        checks = (self.page.sections.get(heading) for heading in ("examples", "properties"))
        if not any(section and self.page.values(section).strip() for section in checks):
            message = 'nothing to check: add "# examples:" with at least one "- in: … out: …"'
            self.flaw(-1, message + ' or "# properties:"')

    def value(self, heading: str) -> tuple[str, int]:
        """A section's text without surrounding white space, and where it begins."""
        section = self.page.sections.get(heading)
        if section is None:
            return "", -1
        text = self.page.values(section)
        stripped = text.strip()
        if not stripped:
            self.flaw(section.offset, f'"{heading}:" is empty; write its value behind it or below')
            return "", -1
        return stripped, section.begin + len(text) - len(text.lstrip())

    def name(self) -> str:
        name, at = self.value("name")
        fault = name_fault(name) if name else None
        if fault:
            self.flaw(at, fault)
        return name

    def targets(self) -> tuple[str, ...]:
        text, at = self.value("target")
        if not text:
            return ("py",)
        found = [(match[0], at + match.start()) for match in _ITEM.finditer(text)]
        for target, place in found:
            if target not in TARGETS:
                self.flaw(place, f"unknown target {quote(target)}; known are {', '.join(TARGETS)}")
        if not found:
            self.flaw(at, f"no target; known are {', '.join(TARGETS)}")
        return tuple(dict.fromkeys(target for target, _ in found))

    def description(self) -> str:
        section = self.page.sections.get("description")
        if section is None:
            return ""
        text = self.page.prose(section.begin, section.end).strip()
        if not text:
            self.flaw(section.offset, '"description:" is empty; say what the function does')
        return text

    def signature(self, name: str, targets: tuple[str, ...]) -> Signature | None:
        text, at = self.value("signature")
        if not text:
            return None
        reserved = JS_RESERVED if "js" in targets else frozenset()
        reading = read_signature(text, at, reserved)
        self.flaws += reading.flaws
        if reading.name and name and reading.name != name:
            message = f"the signature is of {quote(reading.name)}, the spec of {quote(name)}"
            self.flaw(reading.name_offset, f"{message}; write one name")
        return reading.signature

    def entries(self, heading: str) -> tuple[list[Entry], list[Flaw]]:
        section = self.page.sections.get(heading)
        return entries(self.page.values(section), section.begin) if section else ([], [])

    def constraints(self) -> Iterator[str]:
        section = self.page.sections.get("constraints")
        if section is None:
            return
        found, flaws = self.entries("constraints")
        self.flaws += flaws
        for entry in found:
            yield self.page.prose(entry.begin, entry.begin + len(entry.text)).strip()

    def examples(self, signature: Signature | None) -> Iterator[Example]:
        found, flaws = self.entries("examples")
        self.flaws += flaws
        reader = ExampleReader(signature, Lines(self.lines))
        yield from reader.read(found)
        self.flaws += reader.flaws

    def properties(self, name: str, signature: Signature | None) -> Iterator[Property]:
        found, flaws = self.entries("properties")
        self.flaws += flaws
        line_of = Lines(self.lines)
        for entry in found:
            try:
                parse_property(entry.text, name, signature)
            except FlawError as error:
                self.flaw(entry.begin + error.flaw.offset, error.flaw.message)
            text = " ".join(line.strip() for line in entry.text.split("\n") if line.strip())
            yield Property(line_of(entry.bullet), text)

    def items(self, heading: str, fault_of: Callable[[str], str | None]) -> Iterator[str]:
        """Names with commas or line ends between them, with or without bullets."""
        section = self.page.sections.get(heading)
        text = self.page.values(section) if section else ""
        seen: set[str] = set()
        for match in _ITEM.finditer(text):
            name, at = match[0], self.begin(section) + match.start()
            if name == "-":
                continue
            fault = fault_of(name)
            if fault:
                self.flaw(at, fault)
            elif name in seen:
                self.flaw(at, f"{quote(name)} stands twice; delete one")
            seen.add(name)
            yield name

    def begin(self, section: Section | None) -> int:
        return section.begin if section else 0

    def model(self) -> str | None:
        text, at = self.value("model")
        if "\n" in text:
            self.flaw(at, 'more than one line; write one model, such as "qwen2.5-coder:7b"')
        return text or None

    def not_itself(self, name: str, uses: tuple[str, ...]) -> None:
        section = self.page.sections.get("uses")
        if section and name and name in uses:
            at = _named(self.page, section, name)
            self.flaw(at, f"{quote(name)} uses itself; a function may call itself without that")

    def not_hidden(self, uses: tuple[str, ...], signature: Signature | None) -> None:
        section = self.page.sections.get("uses")
        if section and signature:
            for name in {each.name for each in signature.parameters}.intersection(uses):
                message = f"uses {quote(name)}, which a parameter is named too; rename one of them"
                self.flaw(_named(self.page, section, name), message)
