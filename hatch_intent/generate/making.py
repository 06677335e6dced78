"""From a stale module to one that may ship: recheck, cache, ladder."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import replace

from hatch_intent.beneath import digests_of, sources
from hatch_intent.cache import Keeper
from hatch_intent.errors import CheckFailed, ProviderError
from hatch_intent.files import sha256
from hatch_intent.freshness import Freshness
from hatch_intent.generate.at_hand import AtHand
from hatch_intent.generate.authors import Authors
from hatch_intent.generate.events import Compared, Listener, Notice
from hatch_intent.generate.ladder import generate, mend
from hatch_intent.generate.languages import Siblings, hold_back, settle, with_refused
from hatch_intent.generate.made import Made, taking
from hatch_intent.generate.prompt import elsewhere
from hatch_intent.generate.requests import KeptAnswers
from hatch_intent.judge import Judge
from hatch_intent.judge.equivalence import Equivalence, Side
from hatch_intent.judge.thorough import Thorough
from hatch_intent.judge.verdict import Verdict
from hatch_intent.lock import Key
from hatch_intent.phases import Place
from hatch_intent.project import Project
from hatch_intent.providers.base import Provider
from hatch_intent.providers.router import Router, machine_of, open_providers
from hatch_intent.spec.model import Spec
from hatch_intent.targets import Target, target_named


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
        self._providers = open_providers(settings, project.root)
        self._router = Router(self._providers, lambda text: listener(Notice(text)))
        self._authors = Authors(project, self._router)
        keeper = Keeper(lambda text: listener(Notice(text)))
        self._responses = KeptAnswers(project.cache_dir, keeper, read=not refresh)
        self._at_hand = AtHand(project, self._checks, self._authors, keeper)
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
        settled = self._compared(mades)
        left = [each for each in settled if each.entry is not None]
        if len(left) == 1 and len(mades) == 2 and all(each.entry for each in mades):
            # Beside it stands what was locked, and not what was refused.
            refused = [each for each in settled if each.entry is None]
            settled = with_refused(self._compared(left), refused)
        for each in settled:
            self._at_hand.keep(each)
            if each.entry is not None:
                self._texts[each.module.key] = each.text
        self._tell(settled)
        return settled

    def _compared(self, mades: Sequence[Made]) -> list[Made]:
        """What of these may be written, each held against the other or what is locked of it."""
        ambiguity = self._project.settings.ambiguity
        pair = [each for each in mades if each.entry is not None]
        if len(pair) == 1:
            pair += filter(None, [self._as_locked(pair[0])])
        by_locked = any(each.locked and each.entry and not each.entry.disagree for each in pair)
        if len(pair) == 2:
            pair = settle(pair[0], pair[1], self, ambiguity)
        pair = hold_back(pair, by_locked=by_locked, lenient=ambiguity == "report")
        return with_refused(pair, [each for each in mades if each.entry is None])

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
        if module is None or module.entry is None:
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
        made = None if self._refresh else self._at_hand.found(module, spec, target, uses)
        return made or (yield from self._generate(module, spec, target, uses))

    def _generate(
        self, module: Freshness, spec: Spec, target: Target, uses: Mapping[str, str]
    ) -> Generator[Provider, None, Made]:
        # Where only the model changed, its own answer is asked for, and not another's mended.
        previous = self._at_hand.locked_code(module) if module.respecified else None
        generation = yield from generate(
            spec,
            target,
            router=self._router_for(spec),
            judge=self._checks,
            responses=self._responses,
            rounds=self._project.settings.rounds,
            previous=None if self._refresh else previous,
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
        open_to_doubt = made.ambiguous or made.incomparable or made.apart_beyond
        refused = open_to_doubt and self._project.settings.ambiguity == "error"
        return made if refused else self.entered(made)

    def _router_for(self, spec: Spec) -> Router:
        return self._router.only(spec.model) if spec.model else self._router

    def _doubt(self, made: Made, target: Target, uses: Mapping[str, str]) -> str:
        borne_out = made.behaviour is not None and not made.behaviour.silent
        alone = not borne_out and self._project.settings.candidates > 1
        if not alone:
            return ""
        return self._checks.telling_example(made.text, made.spec, target.name, uses)

    def entered(self, made: Made) -> Made:
        """With the lock's entry for the candidate that it has taken, if it may be."""
        return self._authors.entered(made)

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
        told = []
        if not found.neither_right:  # what breaks the rule too is nothing to write
            told.append(elsewhere(spec, target, found.difference.args, said, language))
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
