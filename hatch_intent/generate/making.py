"""From a stale module to one that may ship: recheck, cache, ladder."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from hatch_intent.beneath import digests_of, sources
from hatch_intent.cache import DiskCache
from hatch_intent.errors import CheckFailed, ProviderError
from hatch_intent.files import sha256
from hatch_intent.freshness import Freshness
from hatch_intent.generate import doubted
from hatch_intent.generate.authors import Authors
from hatch_intent.generate.candidates import Candidate
from hatch_intent.generate.events import Compared, Listener, Notice
from hatch_intent.generate.ladder import generate, mend
from hatch_intent.generate.languages import Siblings, hold_back, settle
from hatch_intent.generate.made import Author, Made, lock_entry, taking
from hatch_intent.generate.prompt import elsewhere
from hatch_intent.generate.requests import KeptAnswers
from hatch_intent.judge import Judge
from hatch_intent.judge.equivalence import Equivalence, Side
from hatch_intent.judge.thorough import Thorough
from hatch_intent.judge.verdict import Verdict
from hatch_intent.lock import Key, LockEntry
from hatch_intent.phases import Place
from hatch_intent.project import Project
from hatch_intent.providers.base import Provider
from hatch_intent.providers.router import Router, machine_of, open_providers
from hatch_intent.spec.model import Spec
from hatch_intent.targets import CodeError, Origin, Target, target_named

_KEPT = {"code": str, "model_digest": str, "candidates": int}
"""What a module in the cache has to say at the least."""


class Workshop:
    """Judge, providers and caches for one run. A context manager; `make` may run in threads."""

    def __init__(
        self,
        project: Project,
        siblings: Siblings,
        *,
        jobs: int | None,
        refresh: bool,
        listener: Listener,
    ) -> None:
        settings = project.settings
        self._project = project
        self._siblings = siblings
        self._refresh = refresh
        self._listener = listener
        self._judge = Judge(settings.sandbox, settings.call_timeout, jobs)
        self._checks = Thorough(self._judge)
        self._providers = open_providers(settings)
        self._router = Router(self._providers, lambda text: listener(Notice(text)))
        self._authors = Authors(project, self._router)
        self._responses = KeptAnswers(project.cache_dir, read=not refresh)
        self._modules = DiskCache(project.cache_dir, "modules")
        self._texts: dict[Key, str] = {}

    def __enter__(self) -> Workshop:
        return self

    def __exit__(self, *exception: object) -> None:
        self._router.close()
        self._judge.close()

    def make(self, module: Freshness) -> Generator[Provider, None, list[Made]]:
        """Recheck the locked code, else look in the cache, else climb the ladder.

        Gives each provider before it is asked for a draft. What comes in the end is empty while
        the module's other language is being made; both are compared then, and come together.
        What the module is built on has been made before, or is as it was locked. Raises
        `ProviderError` when none answers any more, `SpecError` when the spec can't be read,
        `CheckFailed` when somebody changed what it is built on.
        """
        try:
            uses = self._sources(module)
        except CheckFailed as error:
            raise CheckFailed(f"{module.spec_file.path}  {error}") from None
        try:
            made = yield from self._made(module, uses)
        except ProviderError as error:
            if not any(self._router.order(0)):
                raise
            made = Made(module, module.read(), unanswered=str(error))
        return self._settled(self._siblings.arrived(replace(made, beneath=digests_of(uses))))

    @property
    def places(self) -> list[Place[Provider]]:
        """Every provider, its machine, and how many prompts it takes at once."""
        ladder = self._project.settings.ladder
        return [
            Place(provider, machine_of(provider), settings.concurrency)
            for provider, settings in zip(self._providers, ladder, strict=True)
        ]

    def turn_to(self, provider: Provider) -> None:
        """Let go of the other providers on the same machine while this one is asked."""
        for other in self._providers:
            if other is not provider and machine_of(other) == machine_of(provider):
                other.close()

    @property
    def holding(self) -> bool:
        """Whether modules wait for their other languages."""
        return self._siblings.waiting

    def release(self) -> list[Made]:
        """Those that wait in vain."""
        return [made for held in self._siblings.release() for made in self._settled([held])]

    def _settled(self, mades: Sequence[Made]) -> list[Made]:
        ambiguity = self._project.settings.ambiguity
        pair = [*mades, *(self._as_locked(each) for each in mades if len(mades) == 1)]
        settled = [each for each in pair if each is not None]
        by_locked = any(each.locked and each.entry and not each.entry.disagree for each in settled)
        if len(settled) == 2:
            settled = settle(settled[0], settled[1], self, strict=ambiguity == "error")
        settled = hold_back(settled, by_locked=by_locked, lenient=ambiguity == "report")
        for each in settled:
            if each.entry is None and (each.doubted or each.ambiguous):
                doubted.keep(self._project, each, self._authors)
            if each.entry is not None:
                self._texts[each.module.key] = each.text
                self._store(each)
                doubted.forget(self._project, each.module)
        self._tell(settled)
        return settled

    def _tell(self, settled: Sequence[Made]) -> None:
        made = settled[0] if settled else None
        if made is None or made.found is None:
            return
        if made.found.difference is None:
            found, name = made.found, made.spec.name
            self._listener(Compared(name, made.pair, found.inputs, found.apart, found.problem))

    def _as_locked(self, made: Made) -> Made | None:
        """The module in the other language, where that is as it was locked."""
        module = self._siblings.fresh(made)
        if made.entry is None or module is None or module.entry is None:
            return None
        raw = (self._project.root / module.output).read_bytes()
        if sha256(raw) != module.entry.output_sha256:  # which the end of the build will tell
            return None
        return Made(module, made.spec, raw.decode(), entry=module.entry, locked=True)

    def _sources(self, module: Freshness) -> Mapping[str, str]:
        return sources(self._project, module, self._texts)

    def _made(self, module: Freshness, uses: Mapping[str, str]) -> Generator[Provider, None, Made]:
        spec = module.read()
        target = target_named(module.target)
        if obstacle := self._checks.obstacle(spec):
            return Made(module, spec, verdict=Verdict(passed=False, problem=obstacle))
        known = iter(()) if self._refresh else self._known(module, spec, target)
        for code, author, trust, doubt in known:
            text = code if author.author == "hand" else _render(spec, target, code, author)
            verdict = self._checks.check(text, spec, target.name, uses)
            if verdict.passed:
                entry = lock_entry(module, spec, target, text, author, verdict, trust, doubt)
                return Made(module, spec, text, verdict, (), entry)
            if author.author == "hand":
                return Made(module, spec, text, verdict)
        if not self._refresh and (made := self._settled_since(module, spec, target, uses)):
            return made
        return (yield from self._generate(module, spec, target, uses))

    def _settled_since(
        self, module: Freshness, spec: Spec, target: Target, uses: Mapping[str, str]
    ) -> Made | None:
        """What an earlier build didn't dare to take, where its author has settled it.

        All that still passes has to be one function, on the inputs of then and of now.
        """
        known = doubted.kept(self._project, module, spec, self._authors)
        passed = []
        for each in known.candidates:
            with suppress(CodeError):
                text = _render(spec, target, each.code, Author("model", model=each.model))
                verdict = self._checks.check(text, spec, target.name, uses)
                if verdict.passed:
                    passed.append((each, text, verdict))
        # by those who would write it today first: the others' word counts, but not their code
        passed.sort(key=lambda each: not each[0].today)
        if not passed or not passed[0][0].today or len({each.group for each, _, _ in passed}) > 1:
            return None
        found = tuple(
            Candidate(text, verdict, each.model, each.model_digest, 0, each.step, today=each.today)
            for each, text, verdict in passed
        )
        many = self._project.settings.candidates
        made = Made(module, spec, passed=found, candidates=many, earlier=known.drafts)
        if len(found) > 1:
            codes = [each.code for each in found]
            made = replace(made, behaviour=self._checks.compare(codes, spec, target.name, uses))
        made = taking(made, found[0])
        return None if made.doubted or made.incomparable else self.entered(made)

    def _known(
        self, module: Freshness, spec: Spec, target: Target
    ) -> Iterator[tuple[str, Author, str, str]]:
        """Code that may do without asking anybody, its author, who agreed and who did not; best
        first. Locked code has no doubts left where its author has changed what it is checked by."""
        code, entry = self._locked_code(module), module.entry
        if module.recheck and code is not None and entry is not None:
            trust = _own_trust(entry)
            doubt = entry.disagree if entry.checks == spec.checks_digest else ""
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

    def _is_refused(self, disagreement: str, kept: Mapping[str, Any]) -> bool:
        """Whether it may not be taken from the cache, where other settings may have put it."""
        ambiguity = self._project.settings.ambiguity
        if ambiguity == "error" and disagreement:
            return True
        return ambiguity != "report" and kept.get("doubted", False)

    def _generate(
        self, module: Freshness, spec: Spec, target: Target, uses: Mapping[str, str]
    ) -> Generator[Provider, None, Made]:
        generation = yield from generate(
            spec,
            target,
            router=self._router_for(spec),
            judge=self._checks,
            responses=self._responses,
            rounds=self._project.settings.rounds,
            previous=None if self._refresh else self._locked_code(module),
            listener=self._listener,
            uses=uses,
            used=[each.read() for each in module.uses],
            candidates=self._project.settings.candidates,
        )
        made = Made(
            module,
            spec,
            attempts=generation.attempts,
            passed=generation.passed,
            candidates=self._project.settings.candidates,
        )
        if generation.best is None:
            return made
        made = taking(replace(made, behaviour=generation.behaviour), generation.best)
        if not generation.best.verdict.passed:
            return made
        made = replace(made, doubt=self._doubt(made, target, uses))
        open_to_doubt = made.ambiguous or made.incomparable
        refused = open_to_doubt and self._project.settings.ambiguity == "error"
        return made if refused else self.entered(made)

    def _router_for(self, spec: Spec) -> Router:
        return self._router.only(spec.model) if spec.model else self._router

    def _doubt(self, made: Made, target: Target, uses: Mapping[str, str]) -> str:
        alone = made.behaviour is None and self._project.settings.candidates > 1
        if not alone:
            return ""
        return self._checks.telling_example(made.text, made.spec, target.name, uses)

    def entered(self, made: Made) -> Made:
        """With the lock's entry for the candidate that it has taken, if it may be."""
        candidate, verdict = made.taken, made.verdict
        if candidate is None or verdict is None or not candidate.today:
            return made
        module, spec, target = made.module, made.spec, target_named(made.module.target)
        settings = self._authors.table(spec, candidate.model, candidate.provider)
        author = self._authors.of(module, spec, target, settings, candidate.model_digest)
        told = (made.agreement, made.disagreement)
        entry = lock_entry(module, spec, target, made.text, author, verdict, *told)
        return replace(made, entry=entry)

    def _store(self, made: Made) -> None:
        """Keep what a model wrote for other builds, also where it was only checked anew.

        The module itself goes to the project: a cache that can't be written is no reason to fail.
        """
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
        }
        if kept == known:
            return
        news = not self._modules.refused
        try:
            self._modules.put(made.entry.key, kept)
        except OSError as error:
            if news:
                why = error.strerror or error
                text = f"the cache can't be written ({why}); modules go to the project alone"
                self._listener(Notice(text))

    def compare(self, one: Made, other: Made) -> Equivalence:
        """Whether two modules are the same function; their other candidates have a vote."""
        try:
            uses = [self._sources(each.module) for each in (one, other)]
        except CheckFailed as error:
            return Equivalence(problem=str(error))
        sides = [
            Side(each.module.target, each.text, own)
            for each, own in zip((one, other), uses, strict=True)
        ]
        voters = [
            Side(each.module.target, candidate.code, own)
            for each, own in zip((one, other), uses, strict=True)
            for candidate in each.passed
            if candidate is not each.taken
        ]
        return self._checks.compare_languages(one.spec, sides[0], sides[1], voters)

    def mended(self, wrong: Made, right: Made, found: Equivalence) -> Made:
        """One repair of a module that differs; without an entry where that doesn't pass."""
        refused = replace(wrong, entry=None)
        repaired = sum(each.step == "repair" for each in wrong.attempts)
        by_hand = wrong.entry is not None and wrong.entry.author == "hand"
        if (
            by_hand
            or found.difference is None
            or repaired >= max(1, self._project.settings.rounds - 1)
        ):
            return refused
        spec, target = wrong.spec, target_named(wrong.module.target)
        said = found.difference.said[wrong.module.target < right.module.target]
        language = target_named(right.module.target).language
        told = [elsewhere(spec, target, found.difference.args, said, language)]
        if found.why is not None and not found.at_fault:
            told.append(found.why.error)
        verdict = replace(wrong.verdict or Verdict(passed=True), counterexample=found.why)
        uses = self._sources(wrong.module)
        generation = mend(
            wrong.text,
            replace(verdict, passed=False),
            told,
            spec,
            target,
            router=self._router_for(spec),
            judge=self._checks,
            responses=self._responses,
            listener=self._listener,
            uses=uses,
            used=[each.read() for each in wrong.module.uses],
            after=wrong.attempts[-1].round if wrong.attempts else 0,
        )
        attempts, best = (*wrong.attempts, *generation.attempts), generation.best
        if best is None or not best.verdict.passed:
            return replace(refused, attempts=attempts)
        passed = (*(each for each in wrong.passed if each is not wrong.taken), best)
        mended = replace(
            wrong, attempts=attempts, passed=passed, behaviour=None, beneath=digests_of(uses)
        )
        return self.entered(taking(mended, best))

    def _locked_code(self, module: Freshness) -> str | None:
        if module.entry is None:
            return None
        path = self._project.root / module.entry.output
        return path.read_text(encoding="utf-8") if path.is_file() else None


def _own_trust(entry: LockEntry) -> str:
    """What is left of a module's trust where the one in the other language may be another."""
    return "" if entry.trust.startswith("agreed with") else entry.trust


def _render(spec: Spec, target: Target, code: str, author: Author) -> str:
    words = f"model {author.model}"
    return target.render(
        spec, code, Origin(spec.path, spec.intent_digest, spec.checks_digest, words)
    )
