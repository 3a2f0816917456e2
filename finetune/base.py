"""A tiny Llama-style base model on the spot: an alphabet, random weights, a short pretraining on plain text."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from finetune.data import Accounting, Batches, BatchOrder, Row
from finetune.schedule import cosine
from finetune.train import save
from inference.local import LocalModel
from schemas.errors import BadSpec, EmptySplit
from schemas.jsonl import write_atomic
from schemas.progress import Progress, Tick, silent
from schemas.specs import BaseSpec

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

BETAS, WEIGHT_DECAY, CLIP, WARMUP = (0.9, 0.95), 0.1, 1.0, 0.05


def make_base(
    spec: BaseSpec,
    corpus: Iterable[str],
    extra_texts: Iterable[str],
    out: Path,
    progress: Progress = silent,
) -> Path:
    """Make a tokenizer and a model, pretrain it, save both as a transformers folder `out`.

    Deterministic on the CPU: the same spec, texts and number of threads give the same bytes.

    Args:
        corpus: plain texts; the first `spec.characters` characters of them are used.
        extra_texts: texts whose characters belong to the alphabet as well (the pool's). The byte-level BPE knows
            every character already and ignores them.
        out: becomes the model's folder, with `pretraining.json` beside the weights.

    Raises:
        BadSpec: `spec.path` is set, so that there is nothing to make.
        EmptySplit: the corpus does not fill one row of `spec.sequence_length` tokens.
    """
    if spec.path is not None:
        raise BadSpec("this base model exists already", where=spec.name, do="remove `path` to make one here")
    texts = list(_first(corpus, spec.characters))
    tokenizer = _tokenizer(spec, texts, extra_texts)
    rows = _rows(tokenizer, texts, spec.sequence_length)
    if not rows:
        raise EmptySplit(
            f"the text is shorter than one row of {spec.sequence_length} tokens",
            where=f"base {spec.name}",
            do="give more pretraining text",
        )
    model = _model(spec, tokenizer)
    counts = Accounting(rows=len(rows))
    steps = max(1, len(rows) * spec.epochs // spec.batch_size)
    losses = _pretrain(model, tokenizer, rows, counts, steps, spec, out, progress)
    path = save(LocalModel(model, tokenizer, spec.name), out)
    notes = {
        "parameters": sum(p.numel() for p in model.parameters()),
        "characters": sum(map(len, texts)),
        "vocabulary": len(tokenizer),
        "steps": steps,
        "loss": losses,
        "tokens": counts.as_dict(),
        "spec": spec.model_dump(mode="json"),
    }
    write_atomic(path / "pretraining.json", json.dumps(notes, ensure_ascii=False, indent=1))
    return path


def _first(corpus: Iterable[str], characters: int) -> Iterable[str]:
    left = characters
    for text in corpus:
        if left <= 0:
            return
        yield text[:left]
        left -= len(text)


def _tokenizer(spec: BaseSpec, texts: list[str], extra: Iterable[str]) -> PreTrainedTokenizerBase:
    from inference.tokenizers import byte_tokenizer, character_tokenizer

    if spec.tokenizer == "bytes":
        return byte_tokenizer(texts, spec.vocabulary)
    return character_tokenizer(itertools.chain(texts, extra))


def _rows(tokenizer: PreTrainedTokenizerBase, texts: list[str], length: int) -> list[Row]:
    """The texts end to end, `<eot>` between them, cut into full rows; a rest shorter than a row is left over."""
    from inference.chat import encode_texts

    end = [tokenizer.eos_token_id]
    ids = list(itertools.chain.from_iterable(t + end for t in encode_texts(tokenizer, texts)))
    flat = np.array(ids, np.int32)
    whole = flat[: len(flat) // length * length].reshape(-1, length)
    every = np.ones(length, np.bool_)
    return [Row(str(i), row, every) for i, row in enumerate(whole)]


def _model(spec: BaseSpec, tokenizer: PreTrainedTokenizerBase) -> PreTrainedModel:
    import torch
    from transformers import GenerationConfig, LlamaConfig, LlamaForCausalLM

    ends = {
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": tokenizer.pad_token_id,
    }
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=spec.hidden_size,
        intermediate_size=spec.intermediate_size,
        num_hidden_layers=spec.layers,
        num_attention_heads=spec.heads,
        max_position_embeddings=max(2048, spec.sequence_length),
        tie_word_embeddings=True,
        **ends,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(spec.seed)
        model: PreTrainedModel = LlamaForCausalLM(config)
    model.generation_config = GenerationConfig(**ends)
    return model


def _pretrain(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    rows: list[Row],
    counts: Accounting,
    steps: int,
    spec: BaseSpec,
    out: Path,
    progress: Progress,
) -> list[float]:
    """Train in place; the mean loss, nats a token, of each twentieth of the steps."""
    from finetune.trainer import LeanTrainer, Watch

    losses: list[float] = []

    def look(step: int, loss: float, rate: float) -> None:
        losses.append(round(loss, 5))

    every = max(1, steps // 20)
    out.parent.mkdir(parents=True, exist_ok=True)
    LeanTrainer(
        model,
        Batches(rows, int(tokenizer.pad_token_id), counts),
        BatchOrder(len(rows), spec.batch_size, steps, spec.seed),
        rate=cosine(spec.learning_rate, spec.learning_rate / 10, WARMUP, steps),
        betas=BETAS,
        weight_decay=WEIGHT_DECAY,
        clip=CLIP,
        seed=spec.seed,
        out=out.parent,
        callbacks=[
            Watch(
                {*range(every, steps, every), steps},
                look,
                lambda step: progress(Tick(f"base {spec.name}", step, steps)),
            )
        ],
    ).train()
    return losses
