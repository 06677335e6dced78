"""The climb: from a spec to a candidate that the judge passes and another one bears out.

Passing the examples is not being right: of what a small model writes until the examples pass, a
third is wrong (docs/benchmarks.md). So a climb doesn't end with the first candidate that passes
but with the first two that behave alike on made-up inputs. Given the same answers in the same
order it takes the same steps.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace

from hatch_intent.errors import ProviderError
from hatch_intent.generate import prompt
from hatch_intent.generate.candidates import Attempt, Candidate, Generation
from hatch_intent.generate.events import (
    Arriving,
    Drafting,
    Judged,
    Listener,
    Step,
    Unanswered,
)
from hatch_intent.generate.judging import Judging, worth_keeping
from hatch_intent.generate.requests import Answer, Request, Responses, Telling, answers, samples
from hatch_intent.generate.roles import Judges, Rungs
from hatch_intent.generate.voices import Voices
from hatch_intent.judge.differential import Behaviour
from hatch_intent.judge.verdict import Verdict
from hatch_intent.providers.base import Prompt, Provider
from hatch_intent.spec.model import Spec
from hatch_intent.targets import Target

_WARM = 0.7
"""Temperature of samples: the best of those published; above 0.9 nothing is gained."""
_FURTHER = 100
"""Keeps the seeds of samples apart from those of drafts."""


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
) -> Generator[Provider, None, Generation]:
    """Ask models until two candidates pass and behave alike, or nothing more is worth asking.

    First every provider drafts once, small to big; none is shown another's code. `previous`,
    the code that met an earlier version of the spec, is shown with the request for the smallest
    change. Then the biggest provider draws samples, until there were `candidates` drafts in
    all, and as many again where some have passed and nothing is settled. With one candidate the
    first that passes ends the climb. Where nothing has passed, the best candidate is repaired,
    in at most `rounds` rounds with its draft. `uses` are the sources of the modules that the
    spec uses, by name, for the judge; `used` their specs, for the models.

    Gives each provider before it is asked, so that others can be served first that need the one
    before it. Raises `ProviderError` when no provider answers for this spec.
    """
    judging = Judging(spec, target, judge, uses)
    climb = _Climb(judging, router, responses, previous, listener, used, candidates)
    yield from climb.draft()
    yield from climb.sample()
    yield from climb.repair(rounds - 1)
    return Generation(climb.best, tuple(climb.attempts), tuple(climb.passed), climb.behaviour)


def mend(
    code: str,
    verdict: Verdict,
    told: Sequence[str],
    spec: Spec,
    target: Target,
    *,
    router: Rungs,
    judge: Judges,
    responses: Responses,
    listener: Listener,
    uses: Mapping[str, str] | None = None,
    used: Sequence[Spec] = (),
    after: int = 0,
) -> Generation:
    """Have the biggest model that answers repair code that passed and turned out to be wrong.

    One question, whose round is the next one `after`. `told` are lines for the prompt beyond
    what the verdict says. Without any answer the generation is empty.
    """
    judging = Judging(spec, target, judge, uses)
    climb = _Climb(judging, router, responses, None, listener, used, 1)
    climb.round = after
    climb.mend(prompt.repair(spec, target, code, verdict, used, told))
    return Generation(climb.best, tuple(climb.attempts), tuple(climb.passed))


@dataclass
class _Climb:
    """The state of one generation."""

    judging: Judging
    router: Rungs
    responses: Responses
    previous: str | None
    listener: Listener
    used: Sequence[Spec]
    candidates: int
    attempts: list[Attempt] = field(default_factory=list)
    found: list[Candidate] = field(default_factory=list)
    behaviour: Behaviour | None = None
    round: int = 0
    """Of questions, counted from 1."""
    at: Provider | None = None
    """Who was given last."""
    refusals: list[tuple[Provider, ProviderError]] = field(default_factory=list)
    """Who had no answer for this spec, and why."""

    def __post_init__(self) -> None:
        self.spec, self.target = self.judging.spec, self.judging.target
        self.words = prompt.draft(self.spec, self.target, self.used)
        self.voices = Voices(self.words, self.responses)

    @property
    def passed(self) -> list[Candidate]:
        return [each for each in self.found if each.verdict.passed]

    @property
    def best(self) -> Candidate | None:
        if self.behaviour is not None:
            alike = (self.passed[place] for place in self.behaviour.groups[0])
            uses = self.spec.uses
            return max(alike, key=lambda each: (each.builds_on(uses), each.verdict.answered))
        return max(self.found, key=lambda each: each.rank, default=None)

    @property
    def settled(self) -> bool:
        """Whether another candidate could change nothing that counts."""
        if self.candidates == 1:
            return bool(self.passed)
        behaviour = self.behaviour
        return behaviour is not None and (behaviour.settled or behaviour.hopeless)

    def draft(self) -> Generator[Provider, None, None]:
        """One draft of each provider, its likeliest answer. Raises `ProviderError`."""
        for provider in self.router.order(0):
            if self.settled:
                return
            if self.voices.joins(provider):
                continue
            turn, known = (yield from self._turn(provider)), len(self.found)
            step, words = self._first_words()
            if turn and self._answers(provider, step, words):
                self.voices.answered(provider, words, found=len(self.found) > known)
        if not self.voices:
            raise self.router.exhausted(self.refusals)

    def _turn(self, provider: Provider) -> Generator[Provider, None, bool]:
        """Wait for its turn; whether it hasn't failed meanwhile."""
        if not self._there(provider):
            return False
        if provider is not self.at:
            self.at = provider
            yield provider
        return self._there(provider)

    def _there(self, provider: Provider) -> bool:
        return any(each is provider for each in self.router.order(0))

    def _biggest(self) -> Generator[Provider, None, Provider | None]:
        """Wait for the turn of the biggest who has drafted, or would have, and still answers."""
        for provider in self.voices.biggest_first():
            if (yield from self._turn(provider)):
                return provider
        return None

    def _first_words(self) -> tuple[Step, Prompt]:
        """What the next one is asked for; once a revision has passed, a draft to bear it out.

        Two that were shown the same code, and kept it, are no two opinions.
        """
        if self.previous is not None and not self.passed:
            return "revise", prompt.revise(self.spec, self.target, self.previous, self.used)
        return "draft", self.words

    def sample(self) -> Generator[Provider, None, None]:
        """Further drafts of the biggest provider until it is settled.

        First only as many as are lacking at the least, then all others at once: what is drawn
        side by side and given up has been paid for. Where some have passed and no two of them
        settle it, as many again as `candidates`: where nothing has, more would be in vain.
        """
        if self.candidates == 1 or self.settled:
            return
        count = max(0, self.candidates - len(self.voices))
        if not (count or self.passed):
            return
        provider = yield from self._biggest()
        if provider is None:
            return
        self.round += 1
        first = max(0, min(self._lacking, count))  # most may raise alike, which isn't enough
        for before, many in ((0, first), (first, count - first)):
            if many and (not self._draw(provider, before, many) or self.settled):
                return
        if self.passed and not self._silent:
            self._draw(provider, count, self.candidates)

    @property
    def _silent(self) -> bool:
        """Whether all that pass raise alike: functions for a few inputs, which examples show."""
        behaviour = self.behaviour
        return behaviour is not None and behaviour.silent and len(behaviour.groups) == 1

    @property
    def _lacking(self) -> int:
        """How many more have to pass, at the least, until most of them behave alike."""
        if self.behaviour is None:
            return 2 - len(self.passed)
        passed, agreed = len(self.passed), self.behaviour.agreed
        return max(2 - agreed, passed + 1 - 2 * agreed)

    def _draw(self, provider: Provider, before: int, count: int) -> bool:
        """Draw samples until it is settled; whether the provider answered."""
        seed = provider.sampling.seed + _FURTHER + before
        warm = replace(provider.sampling, temperature=_WARM, seed=seed)
        request = Request(provider.model, provider.pinned, self.words, warm)
        telling = self._telling(provider, "sample")
        try:
            with closing(
                samples(request, count, provider, self.responses, telling, worth_keeping)
            ) as drawn:
                for answer in drawn:
                    self._look(answer, "sample", provider)
                    if self.settled:
                        return True
        except ProviderError as error:
            self._unanswered(provider, error)
            return False
        return True

    def repair(self, rounds: int) -> Generator[Provider, None, None]:
        """Show the best candidate and how it failed, as long as it fails in another way then."""
        shown: list[object] = []
        for _ in range(rounds):
            best = self.best
            if best is None or best.verdict.passed or best.symptoms in shown:
                return
            shown.append(best.symptoms)
            provider = yield from self._biggest()
            if provider is None:
                return
            words = prompt.repair(self.spec, self.target, best.code, best.verdict, self.used)
            if not self._answers(provider, "repair", words):
                return

    def mend(self, words: Prompt) -> None:
        """One question for the biggest provider that answers."""
        for provider in reversed(list(self.router.order(0))):
            if self._answers(provider, "repair", words):
                return

    def _answers(self, provider: Provider, step: Step, words: Prompt) -> bool:
        """Whether the provider answers; what it says is judged."""
        request = Request(provider.model, provider.pinned, words, provider.sampling)
        self.round += 1
        telling = self._telling(provider, step)
        known = len(self.attempts)
        try:
            # Where other drafts follow they are worth more than the end of a long one.
            patient = self.candidates == 1
            came = answers(
                request, provider, self.responses, telling, worth_keeping, patient=patient
            )
            for answer in came:
                self._look(answer, step, provider)
        except ProviderError as error:
            self._unanswered(provider, error)
            if len(self.attempts) > known:  # the first answer was cut, and no longer one came
                return True
            self.round -= 1
            return False
        return True

    def _unanswered(self, provider: Provider, error: ProviderError) -> None:
        self.refusals.append((provider, error))
        self.router.failed(provider, error)
        self.listener(Unanswered(self.spec.name, self.target.name))

    def _telling(self, provider: Provider, step: Step) -> Telling:
        name, target, number = self.spec.name, self.target.name, self.round
        return Telling(
            lambda: self.listener(Drafting(name, target, provider.model, number, step)),
            lambda tokens, seconds: self.listener(Arriving(name, target, tokens, seconds)),
        )

    def _look(self, answer: Answer, step: Step, provider: Provider) -> None:
        """Judge an answer; compare it with the others that pass."""
        candidate, problem = self.judging.candidate(answer, step, provider, self.round)
        if candidate is not None and self.voices.echoes(answer, step):
            candidate, problem = None, "the same weights have said the same under another name"
        if candidate is not None:
            self.found.append(candidate)
            if candidate.verdict.passed and len(self.passed) > 1:
                self.behaviour = self.judging.behaviour(self.passed)
        self._note(answer, step, candidate.verdict if candidate else None, problem)

    def _note(self, answer: Answer, step: Step, verdict: Verdict | None, problem: str) -> None:
        completion, model, tokens = (
            answer.completion,
            answer.request.model,
            answer.completion.tokens,
        )
        digest, seconds = completion.model_digest, answer.seconds
        self.attempts.append(
            Attempt(
                self.round, step, model, digest, answer.asked, tokens, seconds, verdict, problem
            )
        )
        spec, target, count = self.spec, self.target.name, tokens.completion
        more = answer.left > 0 and not self.settled
        self.listener(
            Judged(spec, target, model, self.round, step, verdict, count, seconds, problem, more)
        )
