from __future__ import annotations

import random
from collections import Counter
from typing import Any

import pytest

from inference.chat import Encoded, Pair, encode_chat
from inference.generate import Sampling, choose, generate_ids, row_seeds
from inference.local import LocalModel
from schemas.errors import BadData
from tests.inference.conftest import SYMBOLS, ask, lessons, tiny


def test_a_taught_model_answers(model: LocalModel) -> None:
    replies = model.generate([p.prompt for p in lessons()], 8)
    right = [r.text == p.response and r.finished for r, p in zip(replies, lessons(), strict=True)]
    assert sum(right) > 0.9 * len(right)
    good = replies[right.index(True)]
    assert good.tokens == len(good.text) + 1


def test_greedy_replies_and_forced_greedy_flags_say_the_same(model: LocalModel) -> None:
    rng = random.Random(1)
    prompts = [ask("".join(rng.choices([*SYMBOLS, *"重复下一个"], k=rng.randint(1, 12)))) for _ in range(80)]
    prompts += [p.prompt for p in lessons()]
    replies = model.generate(prompts, 20)
    ended = [(p, r) for p, r in zip(prompts, replies, strict=True) if r.finished and r.text]
    assert len(ended) > 60
    forced = model.loglikelihood([Pair(p, r.text) for p, r in ended])
    assert all(f.greedy for f in forced)
    others = model.loglikelihood([Pair(p, r.text + SYMBOLS[0]) for p, r in ended])
    assert not any(o.greedy for o in others)


def test_greedy_agrees_with_the_library(model: LocalModel) -> None:
    import torch

    prompts = [p.prompt for p in lessons()[:6]]
    for prompt, reply in zip(prompts, model.generate(prompts, 6), strict=True):
        ids = torch.tensor([encode_chat(model.tokenizer, prompt, add_generation_prompt=True)])
        with torch.no_grad():
            out = model.model.generate(
                ids, attention_mask=torch.ones_like(ids), max_new_tokens=6, do_sample=False
            )
        new = out[0, ids.shape[1] :]
        assert model.tokenizer.decode(new, skip_special_tokens=True) == reply.text
        assert len(new) == reply.tokens


@pytest.mark.parametrize("temperature", [0.0, 1.3])
def test_replies_do_not_depend_on_batch_size_or_order(model: LocalModel, temperature: float) -> None:
    prompts = [p.prompt for p in lessons()] + [ask(s * k) for k, s in enumerate(SYMBOLS[:10], 1)]
    expected = model.generate(prompts, 10, temperature=temperature, seed=5)
    order = list(range(len(prompts)))
    random.Random(2).shuffle(order)
    for size in (1, 7):
        found = model.generate(
            [prompts[i] for i in order], 10, temperature=temperature, seed=5, batch_size=size
        )
        assert found == [expected[i] for i in order]


def test_seeds_of_rows_follow_the_caller(model: LocalModel) -> None:
    prompt = ask("重复再说一")
    settings: dict[str, Any] = {"max_new_tokens": 8, "temperature": 3.0}
    same = model.generate([prompt] * 3, seeds=[4, 4, 9], **settings)
    assert same[0] == same[1] != same[2]
    assert model.generate([prompt], seeds=[9], **settings)[0] == same[2]
    # Without seeds, a prompt asked twice gets two draws, and another seed two others.
    drawn = model.generate([prompt] * 2, seed=1, **settings)
    assert drawn[0] != drawn[1]
    assert drawn != model.generate([prompt] * 2, seed=2, **settings)
    assert row_seeds([[1], [2], [1]])[0] == row_seeds([[2], [1]])[1]


def test_sampling_follows_the_probabilities() -> None:
    import torch

    logits = torch.log(torch.tensor([[0.5, 0.3, 0.15, 0.05]]))
    steps = [(k + 0.5) / 1000 for k in range(1000)]
    plain = Counter(choose(logits, Sampling(1, 1.0), [u]).item() for u in steps)
    assert [plain[k] for k in range(4)] == pytest.approx([500, 300, 150, 50], abs=1)
    # .5 and .3 reach .8 only exactly; the third token is what carries the mass past .9.
    nucleus = Counter(choose(logits, Sampling(1, 1.0, top_p=0.9), [u]).item() for u in steps)
    assert set(nucleus) == {0, 1, 2}
    assert nucleus[0] == pytest.approx(1000 * 0.5 / 0.95, abs=2)
    assert {choose(logits, Sampling(1, 1.0, top_p=1e-6), [u]).item() for u in steps} == {0}
    cold = Counter(choose(logits, Sampling(1, 0.5), [u]).item() for u in steps)
    assert cold[0] == pytest.approx(1000 * 0.25 / (0.25 + 0.09 + 0.0225 + 0.0025), abs=2)
    assert choose(torch.tensor([[-1e9, 0.0]]), Sampling(1, 1.0), [0.0]).item() == 1


def test_a_reply_that_is_cut_off_says_so(model: LocalModel) -> None:
    reply = model.generate([ask("重复再说一")], 1)[0]
    assert (reply.tokens, reply.finished) == (1, False)
    # The model has 64 positions: the reply ends there whatever was asked for.
    prompt = ask("一" * 55)
    used = len(encode_chat(model.tokenizer, prompt, add_generation_prompt=True))
    tokens = model.generate([prompt], 500, temperature=50.0)[0].tokens
    assert tokens <= 64 - used
    with pytest.raises(BadData, match=r"prompt 1: .*no room"):
        model.generate([prompt, ask("一" * 64)], 4)


def test_ids_the_tokenizer_does_not_know_are_never_chosen(tokenizer: Any) -> None:
    import torch

    padded = tiny(tokenizer, vocabulary=len(tokenizer) + 37)
    with torch.no_grad():
        # The padding rows are made the most attractive ones.
        padded.get_input_embeddings().weight[len(tokenizer) :] = padded.get_input_embeddings().weight[9] * 3
        beyond = padded(input_ids=torch.arange(6, 30).unsqueeze(0)).logits.argmax(-1) >= len(tokenizer)
    assert beyond.any()
    wide = LocalModel(padded, tokenizer)
    prompts = [ask(s) for s in SYMBOLS]
    for temperature in (0.0, 1.0):
        ids = generate_ids(
            padded,
            [encode_chat(tokenizer, p, add_generation_prompt=True) for p in prompts],
            Sampling(6, temperature),
            list(range(len(prompts))),
            stop=wide.stop,
            vocabulary=len(tokenizer),
            limit=64,
            pad=0,
            batch_size=16,
        )
        assert max(max(row) for row in ids) < len(tokenizer)
        if temperature == 0:
            # The flag of the forced pass leaves the same ids out.
            forced = [
                Encoded((*encode_chat(tokenizer, p, add_generation_prompt=True), *row), len(p[0].content) + 3)
                for p, row in zip(prompts, ids, strict=True)
            ]
            assert all(r.greedy for r in wide.loglikelihood(forced))


def test_no_prompts_no_replies(model: LocalModel) -> None:
    assert model.generate([], 5) == []
