from __future__ import annotations

from dataclasses import replace

import pytest

from hatch_intent.generate.requests import Request
from hatch_intent.providers.base import Message, Sampling

REQUEST = Request("m", "", (Message("system", "s"), Message("user", "Ünï \ud800")), Sampling())


def test_the_key_is_known_so_that_kept_answers_stay_found() -> None:
    assert REQUEST.key == "14746e77e70d704d9c4d20011b0fcb98207b3ec4caf4088b649effe4662d5bde"


@pytest.mark.parametrize(
    "other",
    [
        replace(REQUEST, model="n"),
        replace(REQUEST, pinned="0" * 64),
        replace(REQUEST, prompt=REQUEST.prompt[:1]),
        replace(REQUEST, prompt=(Message("user", "s"), REQUEST.prompt[1])),
        replace(REQUEST, sampling=Sampling(temperature=0.1)),
        replace(REQUEST, sampling=Sampling(seed=2)),
        replace(REQUEST, sampling=Sampling(stop=("x",))),
        REQUEST.with_room(),
    ],
)
def test_whatever_changes_the_answer_changes_the_key(other: Request) -> None:
    assert other.key != REQUEST.key
