"""HumanEval's tasks as specs: its data are not at hand here, so tasks of the same shape."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))  # benchmarks are no part of the package

from benchmarks.humaneval import task_of  # noqa: E402

CLAMP = {
    "task_id": "Shape/7",
    "entry_point": "clamp",
    "prompt": "from typing import List\n\n\ndef low() -> int:\n    return 0\n\n\n"
    'def clamp(x: List[int], top=None):\n    """Clamp each."""\n',
    "canonical_solution": "    return [max(low(), min(each, top)) for each in x]\n",
    "test": "def check(candidate):\n    for top in (1, 2, 2, 3, 4.5):\n"
    "        assert candidate([5, 1, -1], top)[2] == low()\n",
}


def test_a_task_shows_half_of_its_calls_and_hides_the_rest():
    assert task_of(CLAMP) == {
        "id": "Shape__7",
        "name": "clamp",
        "description": "Clamp each.\n\ndef low() -> int:\n    return 0",
        "signature": "(x: integer[], top: number) -> number[]",
        "examples": [
            {"in": {"x": [5, 1, -1], "top": 1}, "out": [1, 1, 0]},
            {"in": {"x": [5, 1, -1], "top": 2}, "out": [2, 1, 0]},
        ],
        "hidden": [
            {"in": {"x": [5, 1, -1], "top": 3}, "out": [3, 1, 0]},
            {"in": {"x": [5, 1, -1], "top": 4.5}, "out": [4.5, 1, 0]},
        ],
    }


@pytest.mark.parametrize(
    ("test", "wanted"),
    [
        ("def check(candidate):\n    candidate([1], 2)\n", "no call to hide"),
        ("def check(candidate):\n    candidate([1], 2)\n    candidate([1], 1j)\n", "complex"),
        (
            "def check(candidate):\n    for x in (1, 1.0, 2):\n        candidate([x], 2)\n",
            "its tests tell 3 from 3.0",
        ),
    ],
)
def test_what_cannot_be_a_task_says_why(test, wanted):
    solution = "    return [isinstance(each, int) for each in x] if 1 in x else x\n"
    with pytest.raises(ValueError, match=wanted):
        task_of({**CLAMP, "test": test, "canonical_solution": solution})


@pytest.mark.parametrize(
    ("body", "described"),
    [
        ('    """Clamp each."""\n', True),
        ('    import math\n    """Clamp each."""\n', True),
        ("    import math\n", False),
        ('    """ """\n', False),
    ],
)
def test_the_description_is_the_first_text_that_stands_alone(body, described):
    prompt = f"def clamp(x, top=None):\n{body}"
    raw = {
        **CLAMP,
        "prompt": prompt,
        "canonical_solution": "    return [min(each, top) for each in x]\n",
    }
    raw["test"] = "def check(candidate):\n    for top in (1, 2):\n        candidate([5, 1], top)\n"
    if described:
        assert task_of(raw)["description"] == "Clamp each."
    else:
        with pytest.raises(ValueError, match="no description"):
            task_of(raw)


@pytest.mark.parametrize(
    ("prose", "shown", "hidden"),
    [
        # what the docstring shows comes first, answered by the solution whatever stands there
        (">>> clamp([7, 8, 9], 3)\n[0]", [(7, 3), (5, 1), (5, 2)], 2),
        ("clamp([7, 8, 9], 3) or clamp([7, 8, 9], 3)", [(7, 3), (5, 1), (5, 2)], 2),
        # and is no longer hidden where the tests ask for it too
        ("clamp([5, 1, -1], 3) -> 3, clamp([(4), 1, -1], 3)", [(5, 3), (4, 3), (5, 1)], 2),
        # each counts, however many there are
        (" ".join(f"clamp([{x}, 1, 1], 3)" for x in range(5)), [(x, 3) for x in range(5)], 4),
        # no literals, names, too few of them, another function
        (
            "clamp(x, 3), clamp([5], top=3), clamp([5]), clamp([5, reclamp([1], 2)",
            [(5, 1), (5, 2)],
            2,
        ),
    ],
)
def test_the_calls_of_the_docstring_are_examples(prose, shown, hidden):
    prompt = CLAMP["prompt"].replace("Clamp each.", prose)
    task = task_of({**CLAMP, "prompt": prompt})
    assert [(case["in"]["x"][0], case["in"]["top"]) for case in task["examples"]] == shown
    assert len(task["hidden"]) == hidden
    for case in [*task["examples"], *task["hidden"]]:
        assert case["out"] == [max(0, min(each, case["in"]["top"])) for each in case["in"]["x"]]
