"""A real model of 30,000 weights, taught in seconds to repeat a symbol or to say which comes next."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from inference.chat import Pair
from schemas.instance import Instance, Message, Source

SYMBOLS = [chr(0x4E00 + i) for i in range(40)]
WORDS = "重复再说下一个"


def ask(text: str) -> tuple[Message, ...]:
    return (Message(role="user", content=text),)


def lessons() -> list[Pair]:
    out = []
    for k, symbol in enumerate(SYMBOLS):
        out.append(Pair(ask(f"重复{symbol}"), symbol))
        out.append(Pair(ask(f"重复再说{symbol}"), symbol * 2))
        out.append(Pair(ask(f"下一个{symbol}"), SYMBOLS[(k + 1) % len(SYMBOLS)]))
    return out


def instance(question: str, response: str, ability: str = "creative_writing") -> Instance:
    return Instance(
        ability=ability,
        form="open",
        messages=(*ask(question), Message(role="assistant", content=response)),
        source=Source(name="test", row=question),
    )


def tiny(tokenizer: Any, vocabulary: int | None = None, **changes: Any) -> Any:
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(0)
    settings: dict[str, Any] = {
        "vocab_size": vocabulary or len(tokenizer),
        "hidden_size": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "num_key_value_heads": 2,
        "head_dim": 32,  # the smallest that vLLM computes on a CPU
        "intermediate_size": 64,
        "max_position_embeddings": 64,
        "tie_word_embeddings": True,
        "initializer_range": 0.1,
        "pad_token_id": tokenizer.pad_token_id,
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
    }
    return LlamaForCausalLM(LlamaConfig(**{**settings, **changes})).eval()


def teach(model: Any, tokenizer: Any, steps: int = 120) -> None:
    import torch

    from inference.chat import IGNORED, encode_pairs

    encoded = encode_pairs(tokenizer, lessons())
    width = max(len(e.ids) for e in encoded)
    ids = torch.full((len(encoded), width), tokenizer.pad_token_id)
    labels = torch.full((len(encoded), width), IGNORED)
    for k, item in enumerate(encoded):
        ids[k, : len(item.ids)] = torch.tensor(item.ids)
        labels[k, item.start : len(item.ids)] = torch.tensor(item.ids[item.start :])
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    model.train()
    for _ in range(steps):
        model(input_ids=ids, labels=labels).loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    model.eval()


@pytest.fixture(scope="session")
def tokenizer() -> Any:
    from inference.tokenizers import character_tokenizer

    return character_tokenizer(["".join(SYMBOLS), WORDS, "<eot>\n "])


@pytest.fixture(scope="session")
def model(tokenizer: Any) -> Any:
    import torch

    from inference.local import LocalModel

    torch.set_num_threads(1)
    made = tiny(tokenizer)
    teach(made, tokenizer)
    return LocalModel(made, tokenizer, "tiny")


@pytest.fixture(scope="session")
def folder(model: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("models") / "tiny"
    model.model.save_pretrained(path)
    model.tokenizer.save_pretrained(path)
    return path
