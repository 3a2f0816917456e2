"""The real engine beside transformers, on the same saved model."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from inference.backends import open_backend
from inference.chat import Pair
from inference.local import LocalModel
from schemas.errors import BadData, BadModel, MissingExtra
from tests.inference.conftest import SYMBOLS, ask, lessons


def installed() -> bool:
    from importlib.util import find_spec

    return find_spec("vllm") is not None


needs_vllm = pytest.mark.skipif(not installed(), reason="vLLM is not installed")


@pytest.fixture(scope="module")
def engine(folder: Path) -> Any:
    return open_backend("vllm", str(folder), cache_bytes=64 << 20)


@pytest.mark.vllm
@needs_vllm
def test_greedy_replies_are_those_of_transformers(engine: Any, model: LocalModel) -> None:
    rng = random.Random(0)
    prompts = [p.prompt for p in lessons()] + [ask("".join(rng.choices(SYMBOLS, k=k))) for k in range(1, 20)]
    assert engine.generate(prompts, 12) == model.generate(prompts, 12)


@pytest.mark.vllm
@needs_vllm
def test_log_likelihoods_are_those_of_transformers(engine: Any, model: LocalModel) -> None:
    rng = random.Random(0)
    pairs = lessons()[:30] + [Pair(ask("".join(rng.choices(SYMBOLS, k=k))), SYMBOLS[k]) for k in range(1, 20)]
    expected = model.loglikelihood(pairs)
    for ours, theirs in zip(expected, engine.loglikelihood(pairs), strict=True):
        assert theirs.nll == pytest.approx(ours.nll, abs=1e-4)
        assert (theirs.tokens, theirs.greedy) == (ours.tokens, ours.greedy)
    assert engine.loglikelihood(model.encode(pairs[:3])) == engine.loglikelihood(pairs[:3])


@pytest.mark.vllm
@needs_vllm
def test_seeded_samples_do_not_depend_on_the_order(engine: Any) -> None:
    prompts = [p.prompt for p in lessons()[:40]]
    expected = engine.generate(prompts, 8, temperature=2.0, seed=3)
    assert engine.generate(prompts[::-1], 8, temperature=2.0, seed=3)[::-1] == expected
    assert engine.generate(prompts, 8, temperature=2.0, seed=4) != expected


@pytest.mark.vllm
@needs_vllm
def test_bad_items_are_named(engine: Any) -> None:
    with pytest.raises(BadData, match="no room"):
        engine.generate([ask("一" * 80)], 4)
    with pytest.raises(BadData, match="row-3"):
        engine.loglikelihood([Pair(ask("一" * 80), "丁", "row-3")])


@pytest.mark.vllm
@needs_vllm
def test_ids_the_tokenizer_does_not_know_are_never_chosen(tokenizer: Any, tmp_path: Path) -> None:
    import torch

    from tests.inference.conftest import tiny

    padded = tiny(tokenizer, vocabulary=len(tokenizer) + 37)
    with torch.no_grad():
        rows = padded.get_input_embeddings().weight
        rows[len(tokenizer) :] = rows[9] * 3
    padded.save_pretrained(tmp_path / "padded")
    tokenizer.save_pretrained(tmp_path / "padded")
    prompts = [ask(s) for s in SYMBOLS]
    expected = LocalModel(padded, tokenizer).generate(prompts, 6)
    assert (
        open_backend("vllm", str(tmp_path / "padded"), cache_bytes=64 << 20).generate(prompts, 6) == expected
    )


@pytest.mark.vllm
@needs_vllm
def test_heads_that_the_cpu_build_cannot_compute_are_refused_at_once(tokenizer: Any, tmp_path: Path) -> None:
    import torch

    if torch.cuda.is_available():
        pytest.skip("a GPU takes every head size")
    from tests.inference.conftest import tiny

    tiny(tokenizer, head_dim=16).save_pretrained(tmp_path / "small")
    tokenizer.save_pretrained(tmp_path / "small")
    with pytest.raises(BadModel, match="heads of 16"):
        open_backend("vllm", str(tmp_path / "small"))


@pytest.mark.skipif(installed(), reason="vLLM is installed")
def test_without_vllm_the_error_says_what_to_install(folder: Path) -> None:
    with pytest.raises(MissingExtra, match=r"abilitymix\[vllm\]"):
        open_backend("vllm", str(folder))
