"""What the adapters share: a project's own file is the backend's to find fault with."""

import pytest

from hatch_intent.hooks.adapter import declares_intent


@pytest.mark.parametrize(
    ("text", "declared"),
    [
        ("[tool.intent]", True),
        ("tool.intent = 3", True),
        ("tool = 3 # intent", False),
        ("[tool.intents]", False),
        ("[tool.intent", False),
    ],
)
def test_a_file_that_is_amiss_is_no_traceback(tmp_path, text, declared):
    (tmp_path / "pyproject.toml").write_text(text)
    assert declares_intent(str(tmp_path)) is declared
