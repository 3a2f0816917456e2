from __future__ import annotations

import math
import random
from typing import Any

import pytest

from inference.chat import Encoded, Pair, encode_pair
from inference.likelihood import Head
from inference.local import LocalModel
from schemas.errors import BadData
from tests.inference.conftest import SYMBOLS, ask, lessons, tiny


def pairs(count: int = 60) -> list[Pair]:
    rng = random.Random(3)
    return [
        Pair(
            ask("".join(rng.choices(SYMBOLS, k=rng.randint(1, 30)))),
            "".join(rng.choices(SYMBOLS, k=n)),
            str(k),
        )
        for k in range(count)
        for n in [rng.randint(1, 12)]
    ]


def by_hand(model: Any, tokenizer: Any, pair: Pair) -> tuple[float, bool]:
    """One item alone, all logits, no batching: what the fast path must agree with."""
    import torch

    prompt, response = encode_pair(tokenizer, pair.prompt, pair.response)
    with torch.no_grad():
        logits = model(input_ids=torch.tensor([prompt + response])).logits[0, len(prompt) - 1 : -1]
    gold = torch.tensor(response)
    nll = torch.nn.functional.cross_entropy(logits, gold, reduction="sum")
    return float(nll), bool((logits.argmax(-1) == gold).all())


def test_the_fast_path_agrees_with_one_item_alone(model: LocalModel) -> None:
    some = pairs() + lessons()[:20]
    for pair, found in zip(some, model.loglikelihood(some), strict=True):
        nll, greedy = by_hand(model.model, model.tokenizer, pair)
        assert found.nll == pytest.approx(nll, rel=1e-5, abs=1e-5)
        assert found.greedy == greedy
        assert found.tokens == len(pair.response) + 1


@pytest.mark.parametrize("batch_tokens", [1, 50, 333, 16_384])
def test_neither_batch_size_nor_order_changes_a_result(model: LocalModel, batch_tokens: int) -> None:
    some = pairs()
    expected = {p.name: r for p, r in zip(some, model.loglikelihood(some), strict=True)}
    random.Random(0).shuffle(some)
    for pair, found in zip(some, model.loglikelihood(some, batch_tokens=batch_tokens), strict=True):
        assert found.nll == pytest.approx(expected[pair.name].nll, abs=1e-5, rel=1e-5)
        assert (found.tokens, found.greedy) == (expected[pair.name].tokens, expected[pair.name].greedy)


def test_padding_on_either_side_means_the_same(model: LocalModel) -> None:
    import torch

    pair = lessons()[0]
    prompt, response = encode_pair(model.tokenizer, pair.prompt, pair.response)
    ids, pad = prompt + response, [model.tokenizer.pad_token_id] * 7
    mask = torch.tensor([[0] * len(pad) + [1] * len(ids)])
    with torch.no_grad():
        left = model.model(
            input_ids=torch.tensor([pad + ids]),
            attention_mask=mask,
            position_ids=(mask.cumsum(1) - 1).clamp(min=0),
        ).logits[0, len(pad) + len(prompt) - 1 : -1]
    nll = torch.nn.functional.cross_entropy(left, torch.tensor(response), reduction="sum")
    # The second, longer pair makes the first one padded on the right.
    long = Pair(ask("".join(SYMBOLS)), "一")
    assert model.loglikelihood([pair, long])[0].nll == pytest.approx(float(nll), abs=1e-5)


def test_encoded_pairs_score_as_the_pairs_themselves(model: LocalModel) -> None:
    some = pairs(10)
    encoded = model.encode(some)
    assert model.loglikelihood(encoded) == model.loglikelihood(some)
    mixed = [encoded[0], some[1], encoded[2], some[3]]
    assert model.loglikelihood(mixed) == model.loglikelihood(some[:4])
    assert model.loglikelihood([]) == []


def test_an_empty_response_and_an_overlong_item_are_named(model: LocalModel) -> None:
    with pytest.raises(BadData, match=r"row-7: the response has no tokens"):
        model.loglikelihood([Pair(ask("一"), "二"), Pair(ask("一"), "", "row-7")])
    with pytest.raises(BadData, match=r"row-9: .*64 positions"):
        model.loglikelihood([Pair(ask("一" * 70), "二", "row-9")])
    with pytest.raises(BadData, match=r"pair 0: "):
        model.loglikelihood([Encoded((1, 2, 3), 2)])


def test_the_longest_item_that_fits_is_scored(model: LocalModel) -> None:
    overhead = len(model.encode([Pair(ask(""), "二")])[0].ids)
    assert model.loglikelihood([Pair(ask("一" * (64 - overhead)), "二")])[0].tokens == 2
    with pytest.raises(BadData, match="65 tokens"):
        model.loglikelihood([Pair(ask("一" * (65 - overhead)), "二")])


def test_without_its_prompt_a_taught_response_is_less_likely(model: LocalModel) -> None:
    taught = lessons()
    given = sum(r.nll for r in model.loglikelihood(taught))
    bare = model.unconditional([p.response for p in taught])
    assert sum(r.nll for r in bare) > 2 * given
    assert [r.tokens for r in bare] == [len(p.response) + 1 for p in taught]


def test_an_untaught_model_is_near_uniform(tokenizer: Any) -> None:
    plain = LocalModel(tiny(tokenizer, initializer_range=1e-4), tokenizer)
    found = plain.loglikelihood(pairs(5))
    for result in found:
        assert result.nll / result.tokens == pytest.approx(math.log(len(tokenizer)), rel=0.01)


def test_logits_that_are_capped_after_the_head_are_kept_so(tokenizer: Any) -> None:
    import torch
    from transformers import Gemma2Config, Gemma2ForCausalLM

    torch.manual_seed(0)
    capped = Gemma2ForCausalLM(
        Gemma2Config(
            vocab_size=len(tokenizer),
            hidden_size=32,
            num_hidden_layers=2,
            num_attention_heads=2,
            num_key_value_heads=2,
            head_dim=16,
            intermediate_size=64,
            max_position_embeddings=64,
            final_logit_softcapping=2.0,
            initializer_range=0.5,
        )
    ).eval()
    assert not Head(capped)._plain
    some = pairs(12)
    for pair, found in zip(some, LocalModel(capped, tokenizer).loglikelihood(some), strict=True):
        assert found.nll == pytest.approx(by_hand(capped, tokenizer, pair)[0], rel=1e-5)


def test_a_live_model_in_training_is_left_as_it_was(tokenizer: Any) -> None:
    live = LocalModel(tiny(tokenizer, attention_dropout=0.5), tokenizer)
    live.model.train()
    before = live.fingerprint
    some = pairs(8)
    assert live.loglikelihood(some) == live.loglikelihood(some)
    live.generate([p.prompt for p in some], 3)
    live.embed([p.response for p in some])
    assert live.model.training
    assert all(module.training for module in live.model.modules())
    assert live.fingerprint == before
