"""A real model of a few thousand weights that has learnt a handful of items by heart, and those items."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from schemas.instance import Distractor, Instance, Message, Source

if TYPE_CHECKING:
    from inference.local import LocalModel

CONTEXT = 96


def item(
    ability: str,
    form: str,
    question: str,
    response: str,
    answer: str = "",
    choices: tuple[str, ...] = (),
    distractors: tuple[str, ...] = (),
    group: str = "",
) -> Instance:
    shown = "\n".join([question, *(f"{x}.{c}" for x, c in zip("ABCD", choices, strict=False))])
    return Instance.model_validate(
        {
            "ability": ability,
            "form": form,
            "messages": [Message(role="user", content=shown), Message(role="assistant", content=response)],
            "choices": choices,
            "answer": answer,
            "distractors": [Distractor(text=d) for d in distractors],
            "source": Source(name="tiny", row=question, group=group),
        }
    )


def known_items() -> list[Instance]:
    """What the model learns: eight items of four forms and four abilities."""
    return [
        item("biology", "choice", "鲸是", "B", "B", ("鱼", "兽")),
        item("biology", "choice", "蛙是", "C", "C", ("鱼", "兽", "蛙类")),
        item("history", "true_false", "秦在汉前", "对", "对"),
        item("history", "true_false", "唐在秦前", "错", "错"),
        item("math", "worked_answer", "2+3", "2+3=5\n答案：5", "5"),
        item("math", "worked_answer", "1+1", "1+1=2\n答案：2", "2"),
        item("role_play", "open", "早", "早安，客官", distractors=("红花绿叶", "安早，官客")),
        item("role_play", "open", "晚", "晚安，客官", distractors=("一二三", "安晚，官客")),
    ]


def new_items() -> list[Instance]:
    """Items it has never seen, with the same characters."""
    return [
        item("biology", "choice", "鱼是", "A", "A", ("鱼", "兽")),
        item("history", "true_false", "汉在唐前", "对", "对"),
        item("math", "worked_answer", "3+2", "3+2=5\n答案：5", "5"),
        item("role_play", "open", "安", "一花一叶", distractors=("早安，客官", "晚安，客官")),
    ]


@cache
def tiny_model() -> LocalModel:
    """Trained once per process, about two seconds; deterministic on the CPU."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    from inference.chat import encode_pair
    from inference.local import LocalModel
    from inference.tokenizers import character_tokenizer

    rows = known_items()
    texts = [m.content for r in (*rows, *new_items()) for m in r.messages]
    texts += [d.text for r in (*rows, *new_items()) for d in r.distractors]
    tokenizer = character_tokenizer(texts)
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=1,
        num_attention_heads=2,
        max_position_embeddings=CONTEXT,
        tie_word_embeddings=True,
    )
    model = LlamaForCausalLM(config)
    pairs = [encode_pair(tokenizer, r.prompt, r.response) for r in rows]
    width = max(len(p) + len(r) for p, r in pairs)
    ids = torch.zeros(len(pairs), width, dtype=torch.long)
    labels = torch.full_like(ids, -100)
    for k, (prompt, response) in enumerate(pairs):
        whole = [*prompt, *response]
        ids[k, : len(whole)] = torch.tensor(whole)
        labels[k, len(prompt) : len(whole)] = torch.tensor(response)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    for _ in range(120):
        optimizer.zero_grad()
        model(input_ids=ids, labels=labels).loss.backward()
        optimizer.step()
    return LocalModel(model.eval(), tokenizer, "tiny")
