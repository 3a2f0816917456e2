from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from finetune.data import Accounting, Batches, BatchOrder, Row, RowCache, fit, proof, proved
from finetune.loss import supervised_loss
from inference.likelihood import Head
from inference.local import LocalModel
from schemas.errors import BadData, EmptySplit
from schemas.instance import Distractor, Instance, Message, Source
from schemas.specs import TrainSpec
from tests.finetune.conftest import copying

Instances = Callable[[int], list[Instance]]


def two_turns() -> Instance:
    turns = (("user", "天"), ("assistant", "地"), ("user", "玄"), ("assistant", "黄"))
    return Instance(
        ability="role_play",
        form="open",
        messages=tuple(Message(role=r, content=c) for r, c in turns),
        distractors=(Distractor(text="宇"),),
        source=Source(name="s", row="0"),
    )


def row(length: int, prompt: int = 3, name: str = "r") -> Row:
    return Row(name, np.arange(2, 2 + length, dtype=np.int32), np.arange(length) >= prompt)


def test_only_the_answer_and_its_end_are_learnt(base: LocalModel) -> None:
    (encoded,) = RowCache(base.tokenizer).rows([copying(123)])
    tokens = base.tokenizer.convert_ids_to_tokens(encoded.ids.tolist())
    assert "".join(tokens) == "<bos><user>123加123<assistant>123123<eot>"
    assert "".join(t for t, m in zip(tokens, encoded.mask, strict=True) if m) == "123123<eot>"


def test_all_turns_or_the_last(base: LocalModel) -> None:
    both = RowCache(base.tokenizer, "all").rows([two_turns()])
    last = RowCache(base.tokenizer, "last").rows([two_turns()])
    assert proof(base.tokenizer, both)[0]["supervised"] == ["地<eot>", "黄<eot>"]
    assert proof(base.tokenizer, last)[0]["supervised"] == ["黄<eot>"]
    assert both[0].ids.tolist() == last[0].ids.tolist()


def test_rows_are_tokenized_once(base: LocalModel, instances: Instances) -> None:
    cache = RowCache(base.tokenizer)
    first = cache.rows(instances(5))
    assert len(cache) == 5
    assert cache.rows(instances(5)[::-1])[0] is first[-1]
    assert len(cache) == 5


def test_masks_that_cannot_be_trusted_are_refused(base: LocalModel) -> None:
    with pytest.raises(BadData, match="nothing would be learnt"):
        proved(Row("r", np.arange(4, dtype=np.int32), np.zeros(4, np.bool_)), {3})
    with pytest.raises(BadData, match="nothing would be learnt"):
        proved(Row("r", np.arange(4, dtype=np.int32), np.arange(4) == 0), {3})
    endless = copy.deepcopy(base.tokenizer)
    endless.chat_template = (
        "{% for m in messages %}<{{ m['role'] }}>{{ m['content'] }}{% endfor %}"
        "{% if add_generation_prompt %}<assistant>{% endif %}"
    )
    with pytest.raises(BadData, match="end token would not be learnt"):
        RowCache(endless).rows([copying(1)])


def test_overlong_rows_are_an_error_dropped_or_trimmed() -> None:
    rows = [row(5, name="short"), row(12, prompt=9, name="long"), row(12, prompt=3, name="long answer")]

    def spec(policy: str) -> TrainSpec:
        return TrainSpec.model_validate({"max_length": 8, "overlong": policy})

    with pytest.raises(BadData, match="long: 12 tokens, more than max_length 8"):
        fit(rows, spec("error"), None)
    kept, counts = fit(rows, spec("drop"), None)
    assert [r.id for r in kept] == ["short"]
    assert (counts.rows, counts.trimmed, counts.dropped) == (1, 0, ("long", "long answer"))
    kept, counts = fit(rows, spec("trim"), bos=2)
    assert [r.id for r in kept] == ["short", "long"]
    assert (counts.rows, counts.trimmed, counts.dropped) == (2, 1, ("long answer",))
    # The beginning token stays, the front of the prompt goes, the answer is whole.
    assert kept[1].ids.tolist() == [2, 7, 8, 9, 10, 11, 12, 13]
    assert kept[1].mask.tolist() == [False] * 5 + [True] * 3
    with pytest.raises(EmptySplit, match="1 given, 1 dropped"):
        fit(rows[1:2], spec("drop"), None)


def test_the_tightest_trim_leaves_one_token_to_predict_the_answer_from() -> None:
    spec = TrainSpec(max_length=4, overlong="trim")
    kept, _ = fit([row(12, prompt=9)], spec, None)
    assert kept[0].mask.tolist() == [False, True, True, True]
    with pytest.raises(EmptySplit):
        fit([row(12, prompt=8)], spec, None)


@settings(max_examples=60)
@given(st.integers(1, 40), st.integers(1, 20), st.integers(1, 60), st.integers(0, 3))
def test_batches_are_full_fair_and_without_repeats(rows: int, batch: int, steps: int, seed: int) -> None:
    order = [b.tolist() for b in BatchOrder(rows, batch, steps, seed)]
    assert len(order) == steps == len(BatchOrder(rows, batch, steps, seed))
    size = min(rows, batch)
    visits: Counter[int] = Counter()
    for taken in order:
        assert len(taken) == len(set(taken)) == size
        visits.update(taken)
        counts = [visits[r] for r in range(rows)]
        assert max(counts) - min(counts) <= 1
    flat = [r for taken in order for r in taken]
    for epoch in range(len(flat) // rows):  # an epoch is a pass over every row
        assert sorted(flat[epoch * rows : (epoch + 1) * rows]) == list(range(rows))
    assert order == [b.tolist() for b in BatchOrder(rows, batch, steps, seed)]


def test_seeds_and_epochs_shuffle() -> None:
    a, b = (np.concatenate(list(BatchOrder(50, 10, 10, seed))) for seed in (0, 1))
    assert a.tolist() != b.tolist()
    assert a[:50].tolist() != a[50:].tolist()


def test_a_batch_is_its_rows_padded_and_everything_is_counted() -> None:
    counts = Accounting()
    batches = Batches([row(5), row(8), row(4)], pad=0, accounting=counts)
    batch = batches.__getitems__(np.array([2, 0]))
    assert batch["input_ids"].tolist() == [[2, 3, 4, 5, 0], [2, 3, 4, 5, 6]]
    assert batch["supervised"].tolist() == [[False] * 3 + [True, False], [False] * 3 + [True] * 2]
    assert (counts.real, counts.padding, counts.supervised) == (9, 1, 3)


def test_padding_changes_no_loss_and_no_gradient(base: LocalModel, instances: Instances) -> None:
    model = copy.deepcopy(base.model)
    short, long = instances(2)
    long = long.model_copy(update={"messages": (Message(role="user", content="天" * 20), long.messages[1])})
    rows = RowCache(base.tokenizer).rows([short, Instance(**(long.model_dump() | {"id": ""}))])

    def run(*chosen: list[int]) -> tuple[float, torch.Tensor]:
        model.zero_grad()
        total = 0.0
        for indices in chosen:
            batch = Batches(rows, 0, Accounting()).__getitems__(np.array(indices))
            loss = supervised_loss(Head(model), batch["input_ids"], batch["supervised"]) / len(chosen)
            loss.backward()
            total += float(loss.detach())
        grads = [p.grad for p in model.parameters() if p.grad is not None]
        return total, torch.cat([g.flatten() for g in grads]).clone()

    # Both answers have the same number of tokens, so the mean of two losses is the loss of the batch.
    together, apart = run([0, 1]), run([0], [1])
    assert together[0] == pytest.approx(apart[0], abs=1e-6)
    assert torch.allclose(together[1], apart[1], atol=1e-6)


@torch.no_grad()
def test_loss_is_the_models_own_on_the_answer(base: LocalModel, instances: Instances) -> None:
    rows = RowCache(base.tokenizer).rows(instances(6))
    batch = Batches(rows, 0, Accounting()).__getitems__(np.arange(6))
    labels = batch["input_ids"].masked_fill(~batch["supervised"], -100)
    theirs = base.model(input_ids=batch["input_ids"], labels=labels).loss
    ours = supervised_loss(Head(base.model), batch["input_ids"], batch["supervised"])
    assert float(ours) == pytest.approx(float(theirs), abs=1e-6)


@torch.no_grad()
def test_a_model_that_caps_its_logits_is_not_cut_short() -> None:
    from transformers import Gemma2Config, Gemma2ForCausalLM

    torch.manual_seed(0)
    config = Gemma2Config(
        vocab_size=40,
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=1,
        head_dim=8,
        final_logit_softcapping=0.05,
    )
    model = Gemma2ForCausalLM(config).eval()
    ids = torch.arange(10)[None]
    supervised = torch.arange(10)[None] >= 5
    labels = ids.masked_fill(~supervised, -100)
    ours = supervised_loss(Head(model), ids, supervised)
    assert float(ours) == pytest.approx(float(model(input_ids=ids, labels=labels).loss), abs=1e-6)
