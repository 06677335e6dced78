from __future__ import annotations

import pytest
from bench import Workbench


@pytest.fixture
def bench(tmp_path):
    return Workbench(tmp_path)
