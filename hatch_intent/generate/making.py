"""From a stale module to one that may ship: recheck, cache, ladder."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from hatch_intent.beneath import Digests, digests_of, sources
from hatch_intent.cache import DiskCache
from hatch_intent.errors import CheckFailed
from hatch_intent.files import sha256
from hatch_intent.freshness import Freshness, generation_key, public_parts, sampling_line
from hatch_intent.generate.events import Listener, Notice
from hatch_intent.generate.ladder import Attempt, Candidate, generate
from hatch_intent.generate.prompt import PROMPT_VERSION
from hatch_intent.judge import Judge
from hatch_intent.judge.differential import Behaviour
from hatch_intent.judge.thorough import Thorough
from hatch_intent.judge.verdict import Verdict
from hatch_intent.lock import Key, LockEntry
from hatch_intent.parts import parts_line
from hatch_intent.project import Project
from hatch_intent.providers.base import Completion, Tokens
from hatch_intent.providers.router import Router, open_providers
from hatch_intent.settings import ProviderSettings
from hatch_intent.spec.model import Spec
from hatch_intent.targets import Origin, Target, target_named


@dataclass(frozen=True)
class Author:
    """Who wrote a module, in the lock's words."""

    author: str
    """`model` or `hand`."""
    provider: str = ""
    model: str = ""
    model_digest: str = ""
    pinned: bool = False
    sampling: str = ""
    key: str = ""


@dataclass(frozen=True)
class Made:
    """What came of one stale module. It may be written when there is an `entry` for the lock."""

    module: Freshness
    spec: Spec
    text: str = ""
    """The best module there is, passing or not; empty when no answer held one."""
    verdict: Verdict | None = None
    attempts: tuple[Attempt, ...] = ()
    entry: LockEntry | None = None
    behaviour: Behaviour | None = None
    """Of the candidates that passed, when there were several."""
    beneath: Digests = field(default_factory=dict)
    """Of the code that it was judged on."""
    doubt: str = ""
    """An example line that would bear out a module which no other candidate does."""
    step: str = ""
    """Of the ladder, that the module came from; empty when no model was asked."""

    @property
    def ambiguous(self) -> bool:
        """Whether candidates that passed differ."""
        return self.behaviour is not None and len(self.behaviour.groups) > 1

    @property
    def calls(self) -> int:
        """How many times a model was asked."""
        return sum(attempt.asked for attempt in self.attempts)


class Workshop:
    """Judge, providers and caches for one run. A context manager; `make` may run in threads."""

    def __init__(self, project: Project, *, jobs: int, refresh: bool, listener: Listener) -> None:
        settings = project.settings
        self._project = project
        self._refresh = refresh
        self._listener = listener
        self._judge = Judge(settings.sandbox, settings.call_timeout, jobs)
        self._checks = Thorough(self._judge)
        self._router = Router(open_providers(settings), lambda text: listener(Notice(text)))
        self._responses = KeptAnswers(project.cache_dir, read=not refresh)
        self._modules = DiskCache(project.cache_dir, "modules")
        self._texts: dict[Key, str] = {}

    def __enter__(self) -> Workshop:
        return self

    def __exit__(self, *exception: object) -> None:
        self._router.close()
        self._judge.close()

    def make(self, module: Freshness) -> Made:
        """Recheck the locked code, else look in the cache, else climb the ladder.

        What the module is built on has been made before, or is as it was locked. Raises
        `ProviderError` when no provider answers, `SpecError` when the spec can't be read,
        `CheckFailed` when somebody changed what it is built on.
        """
        try:
            uses = sources(self._project, module, self._texts)
        except CheckFailed as error:
            raise CheckFailed(f"{module.spec_file.path}  {error}") from None
        made = self._made(module, uses)
        if made.entry is not None:
            self._texts[module.key] = made.text
        return replace(made, beneath=digests_of(uses))

    def _made(self, module: Freshness, uses: Mapping[str, str]) -> Made:
        spec = module.read()
        target = target_named(module.target)
        if obstacle := self._checks.obstacle(spec):
            return Made(module, spec, verdict=Verdict(passed=False, problem=obstacle))
        known = iter(()) if self._refresh else self._known(module, spec, target)
        for code, author, trust in known:
            text = code if author.author == "hand" else _render(spec, target, code, author)
            verdict = self._checks.check(text, spec, target.name, uses)
            if verdict.passed:
                entry = lock_entry(module, spec, target, text, author, verdict, trust)
                return Made(module, spec, text, verdict, (), entry)
            if author.author == "hand":
                return Made(module, spec, text, verdict)
        return self._generate(module, spec, target, uses)

    def _known(
        self, module: Freshness, spec: Spec, target: Target
    ) -> Iterator[tuple[str, Author, str]]:
        """Code that may do without asking anybody, its author and agreement; best first."""
        code, entry = self._locked_code(module), module.entry
        if module.recheck and code is not None and entry is not None:
            yield code, self._locked_author(module, entry, spec, target), entry.trust
        for settings in self._allowed(spec):
            kept = self._modules.get(self._author(module, spec, target, settings).key)
            if kept is not None and kept.get("candidates", 1) >= self._project.settings.candidates:
                author = self._author(module, spec, target, settings, kept["model_digest"])
                yield kept["code"], author, kept.get("agreement", "")

    def _generate(
        self, module: Freshness, spec: Spec, target: Target, uses: Mapping[str, str]
    ) -> Made:
        generation = generate(
            spec,
            target,
            router=self._router.only(spec.model) if spec.model else self._router,
            judge=self._checks,
            responses=self._responses,
            rounds=self._project.settings.rounds,
            previous=None if self._refresh else self._locked_code(module),
            listener=self._listener,
            uses=uses,
            used=[each.read() for each in module.uses],
            candidates=self._project.settings.candidates,
        )
        attempts, best = generation.attempts, generation.best
        if best is None:
            return Made(module, spec, attempts=attempts)
        behaviour, step = generation.behaviour, best.step
        made = Made(module, spec, best.code, best.verdict, attempts, behaviour=behaviour, step=step)
        refused = made.ambiguous and self._project.settings.ambiguity == "error"
        if not best.verdict.passed or refused:
            return made
        doubt = self._doubt(made, target, uses)
        return replace(made, entry=self._keep(made, target, best), doubt=doubt)

    def _doubt(self, made: Made, target: Target, uses: Mapping[str, str]) -> str:
        alone = made.behaviour is None and self._project.settings.candidates > 1
        if not alone:
            return ""
        return self._checks.telling_example(made.text, made.spec, target.name, uses)

    def _keep(self, made: Made, target: Target, candidate: Candidate) -> LockEntry:
        module, spec = made.module, made.spec
        settings = next(each for each in self._allowed(spec) if each.model == candidate.model)
        author = self._author(module, spec, target, settings, candidate.model_digest)
        agreement = _agreement(made.behaviour)
        kept = {
            "code": candidate.code,
            "model_digest": candidate.model_digest,
            "candidates": self._project.settings.candidates,
            "agreement": agreement,
        }
        self._modules.put(author.key, kept)
        verdict = candidate.verdict
        return lock_entry(module, spec, target, candidate.code, author, verdict, agreement)

    def _allowed(self, spec: Spec) -> list[ProviderSettings]:
        ladder = self._project.settings.ladder
        return [each for each in ladder if spec.model in (None, each.model)]

    def _locked_code(self, module: Freshness) -> str | None:
        if module.entry is None:
            return None
        path = self._project.root / module.entry.output
        return path.read_text(encoding="utf-8") if path.is_file() else None

    def _locked_author(
        self, module: Freshness, entry: LockEntry, spec: Spec, target: Target
    ) -> Author:
        if entry.author == "hand":
            return Author("hand")
        settings = next(each for each in self._allowed(spec) if each.model == entry.model)
        return self._author(module, spec, target, settings, entry.model_digest)

    def _author(
        self,
        module: Freshness,
        spec: Spec,
        target: Target,
        settings: ProviderSettings,
        digest: str = "",
    ) -> Author:
        seed = self._project.settings.seed
        pinned = self._router.pinned(settings.model) if settings.pin else ""
        return Author(
            author="model",
            provider=settings.type,
            model=settings.model,
            model_digest=digest,
            pinned=settings.pin,
            sampling=sampling_line(settings, seed),
            key=generation_key(
                spec,
                target.name,
                settings,
                seed,
                PROMPT_VERSION,
                pinned,
                public_parts(module.uses),
            ),
        )


def _agreement(behaviour: Behaviour | None) -> str:
    """`agreed 6 of 8`; empty when nothing was compared, or no majority behaves alike."""
    if behaviour is None or not behaviour.settled:
        return ""
    return f"agreed {behaviour.agreed} of {sum(map(len, behaviour.groups))}"


def _render(spec: Spec, target: Target, code: str, author: Author) -> str:
    words = f"model {author.model}"
    return target.render(
        spec, code, Origin(spec.path, spec.intent_digest, spec.checks_digest, words)
    )


def lock_entry(
    module: Freshness,
    spec: Spec,
    target: Target,
    text: str,
    author: Author,
    verdict: Verdict,
    agreement: str = "",
) -> LockEntry:
    """What the lock says of a module that passed. `agreement` is "agreed n of m" if it was."""
    agreed = agreement if agreement.startswith("agreed") else "examples"
    trust = "properties" if verdict.properties else agreed
    return LockEntry(
        name=spec.name,
        target=target.name,
        targets=",".join(spec.targets),
        spec=spec.path,
        spec_sha256=module.spec_file.digest,
        intent=spec.intent_digest,
        checks=spec.checks_digest,
        parts=parts_line(spec),
        output=module.output,
        output_sha256=sha256(text.encode()),
        exports=",".join(target.exports(spec)),
        trust="hand" if author.author == "hand" else trust,
        examples=verdict.passes,
        inputs=verdict.generated,
        uses=public_parts(module.uses),
        **asdict(author),
    )


class KeptAnswers:
    """Completions in the response cache."""

    def __init__(self, folder: Path, *, read: bool) -> None:
        self._cache = DiskCache(folder, "responses")
        self._read = read

    def get(self, key: str) -> Completion | None:
        """The answer kept under a key; never one when everything is asked anew."""
        kept = self._cache.get(key) if self._read else None
        return Completion(**{**kept, "tokens": Tokens(**kept["tokens"])}) if kept else None

    def put(self, key: str, completion: Completion) -> None:
        """Keep an answer. Raises OSError."""
        self._cache.put(key, asdict(completion))
