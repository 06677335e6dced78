"""Stand-ins for models and the judge, with every question they were asked."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from hatch_intent.errors import ProviderError
from hatch_intent.judge.differential import Behaviour
from hatch_intent.judge.verdict import CallResult, Verdict
from hatch_intent.providers.base import (
    Completion,
    ContextError,
    Health,
    OnAnswer,
    OnTokens,
    Prompt,
    Sampling,
    Tokens,
)
from hatch_intent.settings import ProviderSettings
from hatch_intent.spec import Spec, read_spec
from hatch_intent.targets import Origin

SPEC = """\
# name: double
# target: py
# description:
Twice the number.
# signature:
(x: number) -> number
# constraints:
- Zero stays zero.
# examples:
- in: { "x": 1 } out: 2
- in: { "x": 0 } out: 0
- in: { "x": 4 } out: 8
"""
RIGHT = "def double(x):\n    return x * 2\n"


def spec_of(text: str = SPEC) -> Spec:
    return read_spec(text.encode(), "specs/double.intent.md")


def fenced(code: str) -> str:
    return f"Here it is:\n\n```python\n{code}```\n"


def origin_of(spec: Spec) -> Origin:
    return Origin(spec.path, spec.intent_digest, spec.checks_digest, "model m")


@dataclass
class FakeProvider:
    """Gives the answers in turn: a text, a cut one, or an error to raise."""

    model: str
    answers: list[str | Completion | ProviderError]
    kind: str = "ollama"
    address: str = "http://127.0.0.1:1"
    sampling: Sampling = field(default_factory=lambda: Sampling(seed=5))
    pinned: str = ""
    asked: list[tuple[Prompt, Sampling]] = field(default_factory=list)
    drawn: list[int] = field(default_factory=list)
    """How many samples were asked for at once, each time."""
    closed: bool = False
    """The samples under way were given up or have all come."""

    @property
    def settings(self) -> ProviderSettings:
        return ProviderSettings(self.kind, self.model)

    def complete(
        self, prompt: Prompt, sampling: Sampling, on_tokens: OnTokens | None = None
    ) -> Completion:
        self.asked.append((prompt, sampling))
        answer = self.answers.pop(0)
        if isinstance(answer, ProviderError):
            raise answer
        if on_tokens:
            on_tokens(3)
        if isinstance(answer, Completion):
            return replace(answer, seed=sampling.seed)
        tokens = Tokens(10, 0, 7)
        digest = self.model.encode().hex().rjust(64, "f")
        return Completion(answer, "stop", self.model, digest, tokens, 1.5, sampling.seed)

    def samples(
        self,
        prompt: Prompt,
        sampling: Sampling,
        count: int,
        on_tokens: OnTokens | None = None,
        on_answer: OnAnswer | None = None,
        skip: Collection[int] = (),
    ) -> Iterator[Completion]:
        wanted = [seed for seed in range(sampling.seed, sampling.seed + count) if seed not in skip]
        self.drawn.append(len(wanted))
        try:
            for seed in wanted:
                drawn = replace(sampling, seed=seed)
                answer = self.complete(prompt, drawn, on_tokens)
                if on_answer:
                    on_answer(answer)
                yield answer
        finally:
            self.closed = True

    def health(self) -> Health:
        return Health(ok=True, detail="")

    def close(self) -> None:
        pass


class FakeRouter:
    def __init__(self, *providers: FakeProvider) -> None:
        self.providers = list(providers)
        self.errors: list[tuple[str, str]] = []
        self.gone: set[str] = set()

    def order(self, rung: int) -> Iterator[FakeProvider]:
        rung = min(rung, len(self.providers) - 1)
        ladder = [*self.providers[rung:], *reversed(self.providers[:rung])]
        return iter([each for each in ladder if each.model not in self.gone])

    def failed(self, provider: FakeProvider, error: ProviderError) -> None:
        self.errors.append((provider.model, str(error)))
        if not (isinstance(error, ContextError) or error.passing):
            self.gone.add(provider.model)

    def exhausted(self, said: Sequence[tuple[FakeProvider, ProviderError]]) -> ProviderError:
        what = ", ".join(f"{provider.model} {error}" for provider, error in said)
        return ProviderError(f"nobody answers: {what}")


@dataclass
class FakeJudge:
    """Runs the function in this process: the code of these tests is our own."""

    codes: list[str] = field(default_factory=list)
    uses: list[Mapping[str, str] | None] = field(default_factory=list)

    def check(self, code: str, spec: Spec, target: str, uses: Mapping[str, str] | None) -> Verdict:
        assert target == "py"
        self.codes.append(code)
        self.uses.append(uses)
        module: dict[str, Callable[..., object]] = {}
        exec(compile(code, "module", "exec", dont_inherit=True), module)
        results = []
        for example in spec.examples:
            got = module[spec.name](**example.args)
            status = "passed" if got == example.out else "wrong"
            results.append(CallResult(example, status, got))
        passed = all(each.passed for each in results)
        return Verdict(passed, "", tuple(results), generated=code.count("0 +"))

    def compare(
        self, codes: Sequence[str], spec: Spec, target: str, uses: Mapping[str, str] | None
    ) -> Behaviour:
        """Alike are those with the same answers to a few inputs that no example has."""
        assert target == "py"
        groups: dict[str, list[int]] = {}
        for place, code in enumerate(codes):
            module: dict[str, Callable[..., object]] = {}
            exec(compile(code, "module", "exec", dont_inherit=True), module)
            answers = [module[spec.name](x) for x in (3, 7, 100)]
            groups.setdefault(repr(answers), []).append(place)
        ordered = sorted(map(tuple, groups.values()), key=lambda each: (-len(each), each))
        return Behaviour(3, tuple(ordered))


class FakeResponses(dict[str, Completion]):
    def put(self, key: str, completion: Completion) -> None:
        self[key] = completion


def cut(text: str) -> Completion:
    return Completion(text, "length", "m", "", Tokens(1, 0, 2400))


def shuffled_examples(spec: Spec, count: int) -> Spec:
    """The spec with its first example several times over, under other line numbers."""
    first = spec.examples[0]
    more: Sequence = [replace(first, line=line, args={"x": line}) for line in range(1, count + 1)]
    return replace(spec, examples=tuple(more))
