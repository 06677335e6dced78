from __future__ import annotations

import pytest

from hatch_intent.errors import ProviderError
from hatch_intent.providers.base import Sampling
from hatch_intent.providers.sampling import context_tokens, sampling_from, stops, strip_thinking


def test_defaults():
    assert sampling_from({}, seed=9) == Sampling(0.0, 9, 1200, None, ())
    assert context_tokens({}) == 8192


def test_both_families_of_names():
    ollama = sampling_from({"num_predict": 50, "temperature": 1, "seed": 3, "top_p": 0.5}, seed=9)
    assert ollama == Sampling(1.0, 3, 50, 0.5, ())
    assert sampling_from({"max_tokens": 60}, seed=9).max_tokens == 60
    assert context_tokens({"num_ctx": 4096}) == 4096


@pytest.mark.parametrize("unlimited", [-1, -2, 0])
def test_an_answer_always_has_a_limit(unlimited):
    assert sampling_from({"num_predict": unlimited}, seed=1).max_tokens == 1200


@pytest.mark.parametrize(
    ("given", "safe"),
    [
        (None, ()),
        ("```", ("\n```\n",)),
        ("\n```", ("\n```\n",)),
        (["```", "\n```\n", "END", ""], ("\n```\n", "END")),
        (["```python"], ("```python",)),
        ("<|im_end|>", ("<|im_end|>",)),
    ],
)
def test_a_fence_stop_never_empties_an_answer(given, safe):
    assert stops(given) == safe
    answer = "```\ncode\n```\n"
    assert all(not answer.startswith(stop) for stop in stops(given))


@pytest.mark.parametrize(
    "options",
    [
        {"temperature": "hot"},
        {"seed": 1.5},
        {"num_predict": True},
        {"top_p": "x"},
        {"temperature": float("nan")},
        {"stop": 3},
        {"stop": [1]},
    ],
)
def test_a_wrong_type_names_the_option(options):
    with pytest.raises(ProviderError, match=f"option {next(iter(options))}: "):
        sampling_from(options, seed=1)


@pytest.mark.parametrize("num_ctx", [0, -1, "8k"])
def test_a_context_that_can_not_be(num_ctx):
    with pytest.raises(ProviderError, match="num_ctx"):
        context_tokens({"num_ctx": num_ctx})


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("code", "code"),
        ("<think>a\nb</think>\n\ncode", "code"),
        ("\n<think></think>code", "code"),
        ("<think>never ends", ""),
        ("thought without its start</think>\ncode", "code"),
        ("```\nx = '</think>'\n```", "```\nx = '</think>'\n```"),
        ("```\nx = '<think>a</think>'\n```", "```\nx = '<think>a</think>'\n```"),
    ],
)
def test_thoughts_are_stripped_and_code_is_not(text, want):
    assert strip_thinking(text) == want
