from __future__ import annotations

import pytest
from fakes import RIGHT, spec_of

from hatch_intent.generate.extract import code_in
from hatch_intent.targets import target_named

SPEC = spec_of()
PY = target_named("py")
HELPER = "def helper(x):\n    return [x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x]\n"
WRONG = "def double(x):\n    return x + x + 0 * x + 0 * x + 0 * x\n"
FENCES = "def double(x):\n    text = '''\n```\ncode\n```\n'''\n    return x * 2\n"


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (f"```python\n{RIGHT}```", RIGHT),
        (f"```\n{RIGHT}```\nThat is it.", RIGHT),
        (f"~~~py\n{RIGHT}~~~", RIGHT),
        (f"````python\n{RIGHT}````", RIGHT),
        (f"Sure!\r\n```python\r\n{RIGHT}```", RIGHT),
        (f"```python\n{RIGHT}", RIGHT),
        ("1. So:\n\n   ```python\n   def double(x):\n       return x * 2\n   ```\n", RIGHT),
        (f"```python\n{WRONG}```\nBetter:\n```python\n{RIGHT}```", RIGHT),
        (f"```python\n{RIGHT}```\n```python\n{HELPER}```", RIGHT),
        (f"```python\n{RIGHT}```\n```text\ndouble(2) is 4, of course it is, always\n```", RIGHT),
        (f"```python\n{HELPER}```\n```sh\npython double.py\n```", HELPER),
        (f"```python\n{FENCES}```", FENCES),
        ("```python\ndef double(x:\n```", "def double(x:\n"),
        (RIGHT, RIGHT),
        (f"The code is this:\n\n{RIGHT}\nIt doubles.", RIGHT),
        (f"import math\n\n{RIGHT}\nThis isn't code.", f"import math\n\n{RIGHT}"),
        (f"<think>\n```python\n{WRONG}```\n</think>\n```python\n{RIGHT}```", RIGHT),
        (f"```python\n{WRONG}```\nHm, so\n</think>\n```python\n{RIGHT}```", RIGHT),
        (f"```python\n{RIGHT}```\n<think>\n```python\n{WRONG}```", RIGHT),
        ("", None),
        ("```python\n```", None),
        ("I can't do that.", None),
        ("from what you say, it is unclear.", None),
        ("<think>def double(x): pass", None),
    ],
)
def test_code_in_an_answer(answer: str, code: str | None) -> None:
    assert code_in(answer, SPEC, PY) == code
