"""What need not be asked for: locked code, what the cache has, what an author has settled since."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from hatch_intent.cache import DiskCache, Keeper
from hatch_intent.errors import ProviderError
from hatch_intent.freshness import Freshness
from hatch_intent.generate import doubted
from hatch_intent.generate.authors import Authors
from hatch_intent.generate.candidates import Candidate
from hatch_intent.generate.made import Author, Made, lock_entry, taking
from hatch_intent.judge.thorough import Thorough
from hatch_intent.judge.verdict import Verdict
from hatch_intent.lock import LockEntry
from hatch_intent.project import Project
from hatch_intent.spec.model import Spec
from hatch_intent.targets import CodeError, Origin, Target

_KEPT = {"code": str, "model_digest": str, "candidates": int}
"""What a module in the cache has to say at the least."""


class AtHand:
    """Code of earlier builds, judged anew before it is taken."""

    def __init__(
        self, project: Project, checks: Thorough, authors: Authors, keeper: Keeper
    ) -> None:
        self._project = project
        self._checks = checks
        self._authors = authors
        self._keeper = keeper
        self._modules = DiskCache(project.cache_dir, "modules")

    def found(
        self, module: Freshness, spec: Spec, target: Target, uses: Mapping[str, str]
    ) -> Made | None:
        """What passes without anybody being asked; a person's code also where it doesn't."""
        for code, author, trust, doubt in self._known(module, spec, target, uses):
            text = code if author.author == "hand" else _render(spec, target, code, author)
            if text is None:
                continue
            verdict = self._checks.check(text, spec, target.name, uses)
            if verdict.passed:
                entry = lock_entry(module, spec, target, text, author, verdict, trust, doubt)
                return Made(module, spec, text, verdict, (), entry)
            if author.author == "hand":
                return Made(module, spec, text, verdict)
        return self._settled_since(module, spec, target, uses)

    def keep(self, made: Made) -> None:
        """Keep what was made for later builds: the module, and all that passed where in doubt."""
        undecided = made.found is not None and made.found.undecided
        if made.passed and (made.doubted or made.ambiguous or undecided):
            doubted.keep(self._project, made, self._authors)
        elif made.entry is not None and not made.entry.disagree:
            doubted.forget(self._project, made.module)
        self._store(made)

    def locked_code(self, module: Freshness) -> str | None:
        """The module as it stands where it was locked, if it does."""
        if module.entry is None:
            return None
        path = self._project.root / module.entry.output
        # With its own line ends: what a person wrote stays as it is.
        return path.read_bytes().decode() if path.is_file() else None

    def _settled_since(
        self, module: Freshness, spec: Spec, target: Target, uses: Mapping[str, str]
    ) -> Made | None:
        """What an earlier build didn't dare to take, where its author has settled it.

        All that still passes has to be one function, on the inputs of then and of now.
        """
        known = doubted.kept(self._project, module, spec, self._authors)
        if known.same_checks:
            return None
        passed = self._still_passing(known, spec, target, uses)
        # by those who would write it today first: the others' word counts, but not their code
        passed.sort(key=lambda each: not each[0].today)
        if not passed or not passed[0][0].today or len({each.group for each, _, _ in passed}) > 1:
            return None
        found = tuple(
            Candidate(text, verdict, each.model, each.model_digest, 0, each.step, table)
            for each, text, verdict in passed
            for table in [self._authors.identified_as(spec, each.author)]
        )
        many = self._project.settings.candidates
        made = Made(module, spec, passed=found, candidates=many, earlier=known.drafts)
        if len(found) > 1:
            codes = [each.code for each in found]
            made = replace(made, behaviour=self._checks.compare(codes, spec, target.name, uses))
        made = taking(made, found[0])
        return None if made.doubted or made.incomparable else self._authors.entered(made)

    def _still_passing(
        self, known: doubted.Kept, spec: Spec, target: Target, uses: Mapping[str, str]
    ) -> list[tuple[doubted.Doubted, str, Verdict]]:
        passed = []
        for each in known.candidates:
            text = _render(spec, target, each.code, Author("model", model=each.model))
            if text is None:
                continue
            verdict = self._checks.check(text, spec, target.name, uses)
            if verdict.passed:
                passed.append((each, text, verdict))
        return passed

    def _known(
        self, module: Freshness, spec: Spec, target: Target, uses: Mapping[str, str]
    ) -> Iterator[tuple[str, Author, str, str]]:
        """Code that may do without asking anybody, its author, who agreed and who did not; best
        first."""
        code, entry = self.locked_code(module), module.entry
        if module.recheck and code is not None and entry is not None:
            trust = _own_trust(entry)
            doubt = entry.disagree
            if doubt and entry.checks != spec.checks_digest:
                doubt = self._doubt_left(module, spec, target, uses, code)
            with suppress(ProviderError):  # nobody knows the digest that it is pinned to
                yield code, self._authors.locked(module, entry, spec, target), trust, doubt
        for settings in self._authors.identified(spec):
            key = self._authors.of(module, spec, target, settings).key
            kept = {"candidates": 1, **(self._modules.get(key) or {})}
            if not all(isinstance(kept.get(name), kind) for name, kind in _KEPT.items()):
                continue  # there is none, or it is another version's
            if kept["candidates"] < self._project.settings.candidates:
                continue
            author = self._authors.of(module, spec, target, settings, kept["model_digest"])
            author = replace(author, provider=kept.get("provider", author.provider))
            doubt = kept.get("disagreement", "")
            if not self._is_refused(doubt, kept):
                yield kept["code"], author, kept.get("agreement", ""), doubt

    def _doubt_left(
        self, module: Freshness, spec: Spec, target: Target, uses: Mapping[str, str], code: str
    ) -> str:
        """How many that differ from locked code pass its changed checks too, as the lock says it.

        None where they aren't at hand any more: then the change is taken to settle it.
        """
        known = doubted.kept(self._project, module, spec, self._authors)
        passing = self._still_passing(known, spec, target, uses)
        own = {
            each.group
            for each, text, _ in passing
            if text == _render(spec, target, code, Author("model", model=each.model))
        }
        others = sum(each.group not in own for each, _, _ in passing)
        return f"{others} of {len(passing)}" if own and others else ""

    def _is_refused(self, disagreement: str, kept: Mapping[str, Any]) -> bool:
        """Whether it may not be taken from the cache, where other settings may have put it."""
        ambiguity = self._project.settings.ambiguity
        if ambiguity == "error" and (disagreement or kept.get("beyond", False)):
            return True
        return ambiguity != "report" and kept.get("doubted", False)

    def _store(self, made: Made) -> None:
        """Keep what a model wrote for other builds, also where it was only checked anew."""
        if made.entry is None or made.entry.author != "model" or made.locked:
            return
        known = self._modules.get(made.entry.key) or {}
        before = {} if made.taken else known
        agreement = before.get("agreement") if before.get("code") == made.text else ""
        kept = {
            "code": made.text,
            "model_digest": made.entry.model_digest,
            "provider": made.entry.provider,
            "candidates": before.get("candidates", self._project.settings.candidates),
            "agreement": made.agreement or agreement or _own_trust(made.entry),
            "disagreement": made.entry.disagree,
            "doubted": made.doubted or before.get("doubted", False),
            "beyond": made.apart_beyond or before.get("beyond", False),
        }
        if kept != known:
            self._keeper.put(self._modules, made.entry.key, kept)


def _own_trust(entry: LockEntry) -> str:
    """What is left of a module's trust where the one in the other language may be another."""
    return "" if entry.trust.startswith("agreed with") else entry.trust


def _render(spec: Spec, target: Target, code: str, author: Author) -> str | None:
    """The module; None where it was written under a Python whose syntax this one doesn't know."""
    words = f"model {author.model}"
    origin = Origin(spec.path, spec.intent_digest, spec.checks_digest, words)
    with suppress(CodeError):
        return target.render(spec, code, origin)
    return None
