"""Who has drafted for a spec: one model is one opinion, under however many names it is asked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from hatch_intent.generate.events import Step
from hatch_intent.generate.requests import Answer, Request, Responses
from hatch_intent.providers.base import Prompt, Provider


@dataclass
class Voices:
    """The providers that have answered, small to big, each with those who would say the same.

    `words` are what all of them are asked for.
    """

    words: Prompt
    responses: Responses
    _drafters: list[list[Provider]] = field(default_factory=list)
    _heard: dict[str, list[Provider]] = field(default_factory=dict)
    _cut_at: dict[str, int] = field(default_factory=dict)
    _said: set[tuple[str, str]] = field(default_factory=set)
    """Likeliest answers, each with the digest of the weights that gave it."""

    def __len__(self) -> int:
        return len(self._drafters)

    def biggest_first(self) -> Iterator[Provider]:
        """Who could be asked for more."""
        for alike in reversed(self._drafters):
            yield from alike

    def joins(self, provider: Provider) -> bool:
        """Whether it would say what was heard, and so bear itself out; it stands by then.

        Where that was cut, one with more room for its answer says more.
        """
        key, room = self._voice(provider), provider.sampling.max_tokens
        if key not in self._heard or room > self._cut_at.get(key, room):
            return False
        self._heard[key].append(provider)
        return True

    def answered(self, provider: Provider, words: Prompt, *, found: bool) -> None:
        """Note who has said something to these words, whether or not it `found` a candidate."""
        self._drafters.append([provider])
        key = self._voice(provider)
        asked = Request(provider.model, provider.pinned, words, provider.sampling)
        kept = self.responses.get(asked.key)
        if found or kept is not None:
            self._heard[key] = self._drafters[-1]
        if kept is not None and kept.finish_reason == "length":
            self._cut_at[key] = provider.sampling.max_tokens

    def echoes(self, answer: Answer, step: Step) -> bool:
        """Whether the same weights have given this very answer, their likeliest, before."""
        digest = answer.completion.model_digest
        if step not in ("draft", "revise") or answer.request.sampling.temperature or not digest:
            return False
        said = (digest, answer.completion.text)
        known = said in self._said
        self._said.add(said)
        return known

    def _voice(self, provider: Provider) -> str:
        """The same for those who would say the same."""
        sampling = provider.sampling
        if not sampling.temperature:
            # the likeliest answer is one, whatever the seed and however long it may be
            sampling = replace(sampling, seed=0, max_tokens=0)
        return Request(provider.model, provider.pinned, self.words, sampling).key
