"""Settings of mixes, base models, training, evaluation. The whole study's settings are in `schemas.study`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from schemas.instance import AbilityName, Frozen, Origin

Positive = Annotated[int, Field(gt=0)]
Fraction = Annotated[float, Field(ge=0, le=1)]
Finite = Annotated[float, Field(allow_inf_nan=False)]


class Draw(Frozen):
    """What to take of one ability and origin.

    Args:
        ability: field name, or `*` for every ability not named by another draw of the same origin.
        origin: which pool.
        count: exactly so many (more than the pool holds is an error), `available` for all there is, or
            None to be filled evenly from the mix's total.
        cap: at most so many; a pool that holds less gives what it has.
    """

    ability: AbilityName | Literal["*"]
    origin: Origin = "human"
    count: Annotated[int, Field(ge=0)] | Literal["available"] | None = None
    cap: Positive | None = None


class MixSpec(Frozen):
    """What to draw from the pools.

    Args:
        name: of the mix.
        draws: one entry per ability and origin.
        total: rows of the whole mix; draws without a count fill it evenly.
        seed: decides which rows; the same seed nests smaller counts inside larger ones.
    """

    name: str
    draws: tuple[Draw, ...]
    total: Positive | None = None
    seed: int = 0


class BaseSpec(Frozen):
    """A base model: a path or hub id, or a tiny Llama-style one made on the spot.

    Args:
        name: short name used in tables, e.g. `A`.
        path: folder or hub id of an existing model; the other settings are then unused.
        hidden_size, layers, heads, intermediate_size: shape of the tiny model (tied embeddings).
        tokenizer: `characters` (one token a character of the corpus) or `bytes` (byte-level BPE).
        vocabulary: size of the byte-level BPE.
        characters: how much generic text to pretrain on.
        sequence_length: tokens a row of pretraining text.
        batch_size: rows a step.
        learning_rate: peak, linear warm-up over 5 % of the steps, cosine to a tenth.
        epochs: passes over the text.
        seed: of initialization and order.
    """

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,40}$")]
    path: str | None = None
    hidden_size: Positive = 48
    layers: Positive = 2
    heads: Positive = 3
    intermediate_size: Positive = 128
    tokenizer: Literal["characters", "bytes"] = "characters"
    vocabulary: Positive = 4096
    characters: Positive = 1_000_000
    sequence_length: Positive = 64
    batch_size: Positive = 32
    learning_rate: Finite = 5e-3
    epochs: Positive = 1
    seed: int = 0

    @model_validator(mode="after")
    def _shape(self) -> BaseSpec:
        if self.hidden_size % self.heads:
            raise ValueError(f"hidden_size {self.hidden_size} is not a multiple of heads {self.heads}")
        return self


class TrainSpec(Frozen):
    """How to fine-tune. The defaults are the paper's (science.md section 1).

    Args:
        learning_rate: peak; linear warm-up over `warmup` of the steps, then linear to `final_learning_rate`.
        batch_size: examples an optimizer step.
        max_length: tokens an example; `overlong` says what happens beyond.
        epochs: passes over the mix; `steps` overrides it.
        steps: optimizer steps, or None.
        checkpoints: how many evenly spaced moments are validated; None = after every epoch.
        select_after: share of the steps before which no checkpoint is chosen (the paper: after epoch 5 of 15).
        overlong: `error`, `drop` (with a count) or `trim` (the front of the prompt, with a count).
        loss_on: `all` assistant turns or only the `last`.
    """

    learning_rate: Finite = 1e-5
    final_learning_rate: Finite = 1e-6
    warmup: Fraction = 0.0
    betas: tuple[Finite, Finite] = (0.9, 0.95)
    weight_decay: Finite = 0.1
    clip: Finite = 1.0
    batch_size: Positive = 64
    max_length: Positive = 2048
    epochs: Positive = 15
    steps: Positive | None = None
    checkpoints: Positive | None = None
    select_after: Fraction = 1 / 3
    overlong: Literal["error", "drop", "trim"] = "error"
    loss_on: Literal["all", "last"] = "all"
    seed: int = 0


class TrainFile(Frozen):
    """`python -m finetune train TRAIN.toml`.

    Args:
        base: folder or hub id of the base model, or a folder that holds one run that made it.
        mix: JSON lines of instances, or a folder that holds one run that made them.
        validation: JSON lines of instances; the checkpoint with the lowest loss on them is kept.
        out: folder that receives the run.
    """

    base: str
    mix: Path
    validation: Path | None = None
    out: Path = Path("runs")
    train: TrainSpec = TrainSpec()


class EvalSpec(Frozen):
    """How checkpoints are scored.

    Args:
        generate: forms whose reply is generated and parsed. Every other exact-match form is scored in one
            teacher-forced pass: the item counts if each token of the gold response, end token included, is the
            model's first choice, which is what greedy decoding of exactly that response means.
        max_new_tokens: for generated replies.
        normalize: `token` compares perplexities per response token, as the paper's code; `sum` whole responses,
            as its printed formula.
        batch_tokens: padded tokens a forward pass.
    """

    generate: tuple[Literal["choice", "several_choice", "true_false", "cloze", "worked_answer"], ...] = ()
    max_new_tokens: Positive = 128
    normalize: Literal["token", "sum"] = "token"
    batch_tokens: Positive = 16_384
