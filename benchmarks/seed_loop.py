"""The baseline: the loop of the original sketch, one model, as it repairs what it is shown.

A system line, signature, description, constraints and all examples; then up to three rounds, in
which the model sees its code and the examples that failed. What passes first is taken. Code is
taken out of answers and judged as the product does it, so that the two differ in the loop alone.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from hatch_intent.generate.candidates import Attempt, Candidate
from hatch_intent.generate.events import Step
from hatch_intent.generate.extract import code_in
from hatch_intent.generate.judging import worth_keeping
from hatch_intent.generate.requests import Request, Responses, Telling, answers
from hatch_intent.judge.thorough import Thorough
from hatch_intent.judge.verdict import Verdict
from hatch_intent.providers.base import Message, Prompt, Provider
from hatch_intent.report.words import finding
from hatch_intent.spec.model import Spec
from hatch_intent.spec.signature import show_signature
from hatch_intent.targets import CodeError, Origin, Target

ROUNDS = 3
_SYSTEM = "You write {language} functions. Answer with the complete code in one fenced block."
_SILENT = Telling(lambda: None, lambda _tokens, _seconds: None)


@dataclass(frozen=True)
class SeedLoop:
    """The loop with its model, judge and cache."""

    provider: Provider
    judge: Thorough
    responses: Responses

    def run(self, spec: Spec, target: Target) -> tuple[Candidate | None, list[Attempt]]:
        """The candidate that passed, else None, and every answer. Raises `ProviderError`."""
        messages = _first(spec, target)
        attempts: list[Attempt] = []

        for number in range(1, ROUNDS + 1):
            request = Request(self.provider.model, "", messages, self.provider.sampling)
            # One that was cut, and one with more room.
            for answer in answers(request, self.provider, self.responses, _SILENT, worth_keeping):
                completion = answer.completion
                code = None if answer.cut else code_in(completion.text, spec, target)
                module, verdict = self._verdict(spec, target, code)
                model, digest = self.provider.model, completion.model_digest
                step: Step = "repair" if number > 1 else "draft"
                told = (answer.asked, completion.tokens, answer.seconds, verdict)
                attempts.append(Attempt(number, step, model, digest, *told))
            if verdict.passed:
                return Candidate(
                    module, verdict, self.provider.model, digest, number, step
                ), attempts
            messages = (
                *_first(spec, target),
                Message("assistant", f"```{target.fence}\n{code or ''}\n```"),
                Message("user", _again(spec, verdict)),
            )
        return None, attempts

    def _verdict(self, spec: Spec, target: Target, code: str | None) -> tuple[str, Verdict]:
        if code is None:
            return "", Verdict(passed=False, problem="the answer held no whole code")
        origin = Origin(spec.path, spec.intent_digest, spec.checks_digest, "model seed")
        try:
            module = target.render(spec, code, origin)
        except CodeError as error:
            return code, Verdict(passed=False, problem=str(error))
        return module, self.judge.check(module, spec, target.name)


def _first(spec: Spec, target: Target) -> Prompt:
    examples = (
        f"- in: {json.dumps(each.args, ensure_ascii=False)} "
        + (f"raises: {each.raises}" if each.raises else f"out: {_json(each.out)}")
        for each in spec.examples
    )
    constraints = "\n".join(f"- {each}" for each in spec.constraints)
    text = (
        f"Write the {target.language} function {spec.name}.\n\n"
        f"Signature: {show_signature(spec.signature)}\n\nDescription:\n{spec.description}\n\n"
        + (f"Constraints:\n{constraints}\n\n" if constraints else "")
        + "Examples:\n"
        + "\n".join(examples)
    )
    system = _SYSTEM.format(language=target.language)
    return (Message("system", system), Message("user", text))


def _again(spec: Spec, verdict: Verdict) -> str:
    found = [verdict.problem] if verdict.problem else []
    found += [finding(spec, each) for each in verdict.failures]
    lines = "\n".join(f"- {each}" for each in found)
    return f"These examples fail:\n{lines}\n\nGive the complete corrected code."


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
