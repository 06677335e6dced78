"""The repair loop: from a spec to a candidate that the judge passes, from small models to big.

Given the same answers it takes the same steps: no clock, no chance, no order of threads.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from hatch_intent.errors import ProviderError
from hatch_intent.generate import prompt
from hatch_intent.generate.events import Arriving, Drafting, Judged, Listener, Step
from hatch_intent.generate.extract import code_in
from hatch_intent.generate.requests import Answer, Request, Responses, answers
from hatch_intent.judge.verdict import Verdict
from hatch_intent.providers.base import ContextError, Prompt, Provider, Sampling, Tokens
from hatch_intent.spec.model import Spec
from hatch_intent.targets import CodeError, Origin, Target

_WARM = 0.7
"""Temperature of another draft: the best of those published; above 0.9 nothing is gained."""


_FURTHER = 100
"""Keeps the seeds of further drafts apart from those of the rounds."""


class Judges(Protocol):
    """Whoever can tell whether code does what its spec says."""

    def check(self, code: str, spec: Spec, target: str, uses: Mapping[str, str] | None) -> Verdict:
        """The verdict on a module; `target` is the target's name, `uses` as in `generate`."""


class Rungs(Protocol):
    """The configured providers, small to big, and which of them still answer."""

    def order(self, rung: int) -> Iterator[Provider]:
        """Usable providers from that rung upwards, then lower ones."""

    def failed(self, provider: Provider, error: ProviderError) -> None:
        """Never offer the provider again."""

    def exhausted(self) -> ProviderError:
        """The error that says what was tried."""


@dataclass(frozen=True)
class Candidate:
    """Code of a model with the judge's word on it.

    `code` is the module as it would ship; where none could be made of the answer, the code as
    it came, and the verdict's problem says why.
    """

    code: str
    verdict: Verdict
    model: str
    model_digest: str
    round: int

    @property
    def rank(self) -> tuple[bool, int, bool]:
        """Bigger is better: passed at all, examples passed, could be called."""
        return (self.verdict.passed, self.verdict.passes, not self.verdict.problem)

    @property
    def symptoms(self) -> tuple[object, ...]:
        """What failed and how: alike for code that is wrong in the same way."""
        failures = (
            (repr(failure.example.args), failure.status, repr(failure.got), failure.error)
            for failure in self.verdict.failures
        )
        return (self.verdict.problem, *failures)


@dataclass(frozen=True)
class Attempt:
    """One answer and what came of it. Without a verdict, `problem` says what was wrong with it."""

    round: int
    model: str
    model_digest: str
    asked: bool
    """False when the answer came from the cache."""
    tokens: Tokens
    seconds: float
    verdict: Verdict | None
    problem: str = ""


@dataclass(frozen=True)
class Generation:
    """What a climb came to. `best` is what passed, else what passed the most examples."""

    candidate: Candidate | None
    best: Candidate | None
    attempts: tuple[Attempt, ...]
    passed: tuple[Candidate, ...] = ()
    """All that passed, the candidate first."""


def generate(
    spec: Spec,
    target: Target,
    *,
    router: Rungs,
    judge: Judges,
    responses: Responses,
    rounds: int,
    previous: str | None,
    listener: Listener,
    uses: Mapping[str, str] | None = None,
    used: Sequence[Spec] = (),
    candidates: int = 1,
) -> Generation:
    """Ask models, at most `rounds` times, until the judge passes a candidate.

    The first round asks for a draft, or for the smallest change to `previous`, the code that
    met an earlier version of the spec. Later ones let the next bigger model repair the best
    candidate; where that leads nowhere, another draft is asked for instead. `uses` are the
    sources of the modules that the spec uses, by name, for the judge; `used` their specs, for
    the models.

    Once a candidate has passed, further drafts are asked for until there were `candidates`
    answers from there on, so that those that pass can be compared. Raises `ProviderError` when
    no provider is left to ask.
    """
    climb = _Climb(spec, target, router, judge, responses, previous, listener, uses, used)
    for number in range(1, rounds + 1):
        candidate = climb.round(number)
        if candidate is not None and candidate.verdict.passed:
            passed = (candidate, *climb.further(number, candidates - 1))
            return Generation(candidate, candidate, tuple(climb.attempts), passed)
    return Generation(None, climb.best, tuple(climb.attempts))


@dataclass
class _Climb:
    """The state of one generation."""

    spec: Spec
    target: Target
    router: Rungs
    judge: Judges
    responses: Responses
    previous: str | None
    listener: Listener
    uses: Mapping[str, str] | None
    used: Sequence[Spec]
    attempts: list[Attempt] = field(default_factory=list)
    best: Candidate | None = None
    last: Candidate | None = None
    stuck: bool = False
    """The last repair changed nothing, or nothing that counts."""
    asked: set[str] = field(default_factory=set)

    def round(self, number: int) -> Candidate | None:
        """One round with the first provider that answers. Raises `ProviderError` if none does."""
        for provider in self.router.order(number - 1):
            try:
                candidate = self._asked(provider, number)
            except ProviderError as error:
                self.router.failed(provider, error)
                continue
            self._remember(candidate)
            return candidate
        raise self.router.exhausted()

    def further(self, number: int, count: int) -> list[Candidate]:
        """Candidates that pass among so many more drafts, drawn without being shown any code.

        Fewer when nobody answers any more: a module has passed by then.
        """
        found: list[Candidate] = []
        words = prompt.draft(self.spec, self.target, self.used)
        for place in range(1, count + 1):
            for provider in self.router.order(0):
                sampling = _warm(provider.sampling, _FURTHER + place)
                request = Request(provider.model, provider.pinned, words, sampling)
                try:
                    candidate = self._answered(provider, number + place, "another draft", request)
                except ProviderError as error:
                    self.router.failed(provider, error)
                    continue
                if candidate is not None and candidate.verdict.passed:
                    found.append(candidate)
                break
        return found

    def _asked(self, provider: Provider, number: int) -> Candidate | None:
        step, request = self._request(provider, number)
        try:
            found = self._answered(provider, number, step, request)
        except ContextError:
            if step != "repair":
                raise
            self.stuck = True  # a draft takes less room than code with its failures
            step, request = self._request(provider, number)
            found = self._answered(provider, number, step, request)
        self.asked.add(request.key)
        return found

    def _request(self, provider: Provider, number: int) -> tuple[Step, Request]:
        step, words = self._step()
        request = Request(provider.model, provider.pinned, words, provider.sampling)
        if self.stuck or request.key in self.asked:
            step = "another draft"
            words = prompt.draft(self.spec, self.target, self.used)
            request = replace(request, prompt=words, sampling=_warm(request.sampling, number))
        return step, request

    def _step(self) -> tuple[Step, Prompt]:
        if self.best is not None:
            best = self.best
            words = prompt.repair(self.spec, self.target, best.code, best.verdict, self.used)
            return "repair", words
        if self.previous is not None and not self.attempts:
            return "revise", prompt.revise(self.spec, self.target, self.previous, self.used)
        return "draft", prompt.draft(self.spec, self.target, self.used)

    def _answered(
        self, provider: Provider, number: int, step: Step, request: Request
    ) -> Candidate | None:
        spec, target = self.spec.name, self.target.name
        found: Candidate | None = None
        for answer in answers(
            request,
            provider,
            self.responses,
            lambda: self.listener(Drafting(spec, target, provider.model, number, step)),
            lambda tokens, seconds: self.listener(Arriving(spec, target, tokens, seconds)),
        ):
            found, problem = self._judged(answer, number)
            self._note(answer, number, found.verdict if found else None, problem)
        return found

    def _judged(self, answer: Answer, number: int) -> tuple[Candidate | None, str]:
        """The candidate in an answer, or why there is none."""
        if answer.cut:
            return None, f"the answer was cut at {answer.request.sampling.max_tokens} tokens"
        text = answer.completion.text
        code = code_in(text, self.spec, self.target)
        if code is None:
            return None, "the answer was empty" if not text.strip() else "the answer held no code"
        if answer.asked:
            self.responses.put(answer.request.key, answer.completion)
        code, verdict = self._verdict(code, answer.request.model)
        completion = answer.completion
        return Candidate(code, verdict, answer.request.model, completion.model_digest, number), ""

    def _verdict(self, code: str, model: str) -> tuple[str, Verdict]:
        """The module and the judge's word on exactly that text."""
        spec = self.spec
        origin = Origin(spec.path, spec.intent_digest, spec.checks_digest, f"model {model}")
        try:
            module = self.target.render(spec, code, origin)
        except CodeError as error:
            return code, Verdict(passed=False, problem=str(error))
        return module, self.judge.check(module, spec, self.target.name, self.uses)

    def _note(self, answer: Answer, number: int, verdict: Verdict | None, problem: str) -> None:
        completion, model = answer.completion, answer.request.model
        tokens = completion.tokens
        self.attempts.append(
            Attempt(
                number,
                model,
                completion.model_digest,
                answer.asked,
                tokens,
                answer.seconds,
                verdict,
                problem,
            )
        )
        self.listener(
            Judged(
                self.spec.name,
                self.target.name,
                model,
                number,
                verdict,
                tokens.completion,
                answer.seconds,
                problem,
            )
        )

    def _remember(self, candidate: Candidate | None) -> None:
        """Keep the best; see whether the chain of repairs still moves."""
        if candidate is None:
            self.stuck = False
            return
        before, self.last = self.last, candidate
        self.stuck = before is not None and candidate.symptoms == before.symptoms
        if self.best is None or candidate.rank > self.best.rank:
            self.best = candidate


def _warm(sampling: Sampling, number: int) -> Sampling:
    return replace(sampling, temperature=_WARM, seed=sampling.seed + number - 1)
