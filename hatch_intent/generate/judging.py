"""From an answer to a candidate with the judge's word on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hatch_intent.generate.candidates import Candidate
from hatch_intent.generate.events import Step
from hatch_intent.generate.extract import code_in
from hatch_intent.generate.requests import Answer
from hatch_intent.generate.roles import Judges
from hatch_intent.judge.differential import Behaviour
from hatch_intent.judge.verdict import Verdict
from hatch_intent.providers.base import Provider
from hatch_intent.spec.model import Spec
from hatch_intent.targets import CodeError, Origin, Target


@dataclass(frozen=True)
class Judging:
    """What judges the answers for one module. `uses` as of `Judges.check`."""

    spec: Spec
    target: Target
    judge: Judges
    uses: Mapping[str, str] | None

    def candidate(
        self, answer: Answer, step: Step, provider: Provider, number: int
    ) -> tuple[Candidate | None, str]:
        """The candidate in an answer to question `number`, or why there is none."""
        if answer.cut:
            return None, _cut(answer)
        text = answer.completion.text
        code = code_in(text, self.spec, self.target)
        if code is None:
            return None, "the answer was empty" if not text.strip() else "the answer held no code"
        code, verdict = self._verdict(code, answer.request.model)
        digest = answer.completion.model_digest
        return Candidate(
            code, verdict, answer.request.model, digest, number, step, provider.settings
        ), ""

    def behaviour(self, passed: Sequence[Candidate]) -> Behaviour:
        """How candidates that pass behave on the same made-up inputs."""
        codes = [each.code for each in passed]
        return self.judge.compare(codes, self.spec, self.target.name, self.uses)

    def _verdict(self, code: str, model: str) -> tuple[str, Verdict]:
        """The module and the judge's word on exactly that text."""
        spec = self.spec
        origin = Origin(spec.path, spec.intent_digest, spec.checks_digest, f"model {model}")
        try:
            module = self.target.render(spec, code, origin)
        except CodeError as error:
            return code, Verdict(passed=False, problem=str(error))
        return module, self.judge.check(module, spec, self.target.name, self.uses)


def worth_keeping(answer: Answer) -> bool:
    """Whether the model need not be asked for it again.

    Not where it is empty, or broke off before its limit: a server that was unwell, or had a
    smaller context then, is worth another question. Words without code are what the model says.
    """
    return not answer.broken_off if answer.cut else bool(answer.completion.text.strip())


def _cut(answer: Answer) -> str:
    limit, came = answer.request.sampling.max_tokens, answer.completion.tokens.completion
    if answer.broken_off:
        return f"the answer broke off at {came} of {limit} tokens; is the context too small?"
    return f"the answer was cut at {limit} tokens"
