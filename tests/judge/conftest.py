from __future__ import annotations

from collections.abc import Iterator

import pytest
from judge_specs import MakeSpec, build_spec

from hatch_intent.judge import Judge


@pytest.fixture
def make_spec() -> MakeSpec:
    return build_spec


@pytest.fixture(scope="session")
def judge() -> Iterator[Judge]:
    with Judge(sandbox="require", call_timeout=2.0) as judge:
        yield judge
