"""Fine-tune a base model on a mix, and keep the checkpoint that validates best.

The base model is copied, never changed. Trainer writes no checkpoint: the best weights so far are held in memory and
written once, at the end.
"""

from __future__ import annotations

import copy
import json
import math
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from finetune.data import Accounting, Batches, BatchOrder, RowCache, fit, proof
from finetune.schedule import linear, moments_of, steps_of
from inference.local import LocalModel
from schemas.errors import BadModel, BadSpec, EmptySplit, Failed
from schemas.instance import Decision, Instance
from schemas.jsonl import write_atomic, write_jsonl
from schemas.progress import Progress, Tick, silent
from schemas.specs import TrainSpec

if TYPE_CHECKING:
    from torch import Tensor

Validate = Callable[[LocalModel], float]


@dataclass(frozen=True)
class Moment:
    """A validated checkpoint.

    Args:
        step: optimizer steps done; `epoch` passes over the mix.
        loss: mean training loss per step since the moment before, nats per supervised token.
        validation: what `validate` said, higher is better; None if nothing validates.
        eligible: whether it may be chosen (`select_after`).
    """

    step: int
    epoch: float
    loss: float
    learning_rate: float
    validation: float | None
    eligible: bool


@dataclass(frozen=True)
class Trained:
    """A finished run.

    Args:
        path: folder of the chosen checkpoint (safetensors and tokenizer).
        model: the same weights, live; no need to load them again.
        best_step: the step they are from; the last one if nothing validates.
        history: every moment, in order.
        tokens: rows and tokens of the run.
        seconds: of wall time, validation included.
    """

    path: Path
    model: LocalModel
    best_step: int
    steps: int
    history: tuple[Moment, ...]
    tokens: Accounting
    seconds: float

    @property
    def validation(self) -> float | None:
        """Of the chosen checkpoint."""
        return next(m.validation for m in self.history if m.step == self.best_step)

    def summary(self) -> dict[str, Any]:
        return {
            "best_step": self.best_step,
            "steps": self.steps,
            "validation": self.validation,
            "seconds": round(self.seconds, 3),
            "tokens": self.tokens.as_dict(),
        }


def train(
    base: LocalModel | str | Path,
    rows: Sequence[Instance],
    spec: TrainSpec,
    out: Path,
    validate: Validate | None = None,
    progress: Progress = silent,
    cache: RowCache | None = None,
    *,
    validation: Sequence[Instance] = (),
    label: str = "train",
) -> Trained:
    """Fine-tune and write `checkpoint/`, `history.jsonl`, `proof.json`, `training.json` into `out`.

    Rows left out for their length are decisions in `dropped.jsonl`.

    Deterministic on the CPU: the same base, rows, spec and number of threads give the same bytes.

    Args:
        base: a loaded model, which is copied, or the folder or hub id of one.
        rows: the mix; every assistant turn is learnt, or the last (`spec.loss_on`).
        validate: judges a live checkpoint, higher is better; it must not keep the model. By default minus the loss
            on `validation`; without either, the last checkpoint is kept.
        cache: rows already tokenized for this base's tokenizer; tokens of new ones are added to it.
        validation: rows of the default judgement, by their last response.

    Raises:
        BadData: an overlong row under `overlong = "error"`, or a mask that cannot be trusted.
        EmptySplit: no rows.
        Failed: the loss is no number any more.
        BadModel: the base does not load, or its pad token is its end token.
    """
    begun = time.monotonic()
    if not rows:
        raise EmptySplit("the mix is empty", where=str(out), do="an untuned model needs no training run")
    source = base if isinstance(base, LocalModel) else LocalModel.load(base)
    pad = _pad_of(source)
    if cache is None:  # an empty one is falsy, and still the caller's
        cache = RowCache(source.tokenizer, spec.loss_on)
    if cache.tokenizer is not source.tokenizer or cache.loss_on != spec.loss_on:
        raise BadSpec("the row cache was made for another tokenizer or loss_on", where=str(out))
    tokens, counts = fit(cache.rows(rows), spec, source.tokenizer.bos_token_id)
    out.mkdir(parents=True, exist_ok=True)
    shown = {"examples": proof(source.tokenizer, tokens), "rows": counts.rows, "trimmed": counts.trimmed}
    write_atomic(out / "proof.json", json.dumps(shown, ensure_ascii=False, indent=1))
    if counts.dropped:
        reason = f"more than {spec.max_length} tokens"
        left_out = (
            Decision(subject=i, stage="train", rule="overlong", kept=False, reason=reason)
            for i in counts.dropped
        )
        write_jsonl(out / "dropped.jsonl", left_out)

    # A model that we loaded ourselves is ours to change.
    model = copy.deepcopy(source.model) if isinstance(base, LocalModel) else source.model
    steps = steps_of(spec, len(tokens))
    keeper = Keeper(
        LocalModel(model, source.tokenizer, source.name),
        validate or _by_loss(source, validation),
        moments_of(spec, len(tokens), steps),
        spec.select_after * steps,
        len(tokens) / min(spec.batch_size, len(tokens)),
        progress,
        label,
    )
    keeper.run(
        Batches(tokens, pad, counts), BatchOrder(len(tokens), spec.batch_size, steps, spec.seed), spec, out
    )
    keeper.restore()
    path = save(keeper.live, out / "checkpoint")
    write_jsonl(out / "history.jsonl", (asdict(m) for m in keeper.history))
    trained = Trained(
        path,
        keeper.live,
        keeper.best_step,
        steps,
        tuple(keeper.history),
        counts,
        time.monotonic() - begun,
    )
    write_atomic(out / "training.json", json.dumps(trained.summary(), ensure_ascii=False, indent=1))
    return trained


@dataclass
class Keeper:
    """Looks at the live model at the moments, and remembers the best weights."""

    live: LocalModel
    validate: Validate | None
    moments: Sequence[int]
    select_after: float
    steps_per_epoch: float
    progress: Progress
    label: str
    history: list[Moment] = field(default_factory=list)
    best_step: int = 0
    _best: dict[str, Tensor] | None = None
    _best_value: float = float("-inf")

    def run(self, batches: Batches, order: BatchOrder, spec: TrainSpec, out: Path) -> None:
        from finetune.trainer import LeanTrainer, Watch

        watch = Watch(set(self.moments), self._look, lambda step: self._tick(step, len(order)))
        LeanTrainer(
            self.live.model,
            batches,
            order,
            rate=linear(spec.learning_rate, spec.final_learning_rate, spec.warmup, len(order)),
            betas=spec.betas,
            weight_decay=spec.weight_decay,
            clip=spec.clip,
            seed=spec.seed,
            out=out,
            callbacks=[watch],
        ).train()

    def _tick(self, step: int, steps: int) -> None:
        self.progress(Tick(self.label, step, steps))

    def _look(self, step: int, loss: float, learning_rate: float) -> None:
        if not math.isfinite(loss):
            raise Failed(
                f"the training loss is {loss} at step {step}", where=self.label, do="lower the learning rate"
            )
        value = None if self.validate is None else float(self.validate(self.live))
        if value is not None and not math.isfinite(value):
            value = None  # never the best; if nothing else is, the last checkpoint stays
        last = step == self.moments[-1]
        eligible = step >= self.select_after - 1e-9 or last
        epoch = round(step / self.steps_per_epoch, 4)
        self.history.append(Moment(step, epoch, loss, learning_rate, value, eligible))
        better = value is not None and value > self._best_value
        if eligible and (better or (last and self._best is None)):
            self.best_step = step
            if value is not None:
                self._best_value = value
            # The last weights stay where they are; earlier ones must outlive the next step.
            self._best = {} if last else {k: v.clone() for k, v in self.live.model.state_dict().items()}

    def restore(self) -> None:
        """Put the best weights back into the live model."""
        if self._best:
            self.live.model.load_state_dict(self._best)
        self.live.model.eval()


def save(model: LocalModel, folder: Path) -> Path:
    """Write a transformers folder, whole or not at all."""
    from transformers.utils import logging

    logging.disable_progress_bar()  # transformers draws one for writing a single file
    temporary = folder.with_name(f".{folder.name}.tmp")
    shutil.rmtree(temporary, ignore_errors=True)
    model.model.save_pretrained(temporary)
    model.tokenizer.save_pretrained(temporary)
    shutil.rmtree(folder, ignore_errors=True)
    temporary.replace(folder)
    return folder


def _by_loss(source: LocalModel, validation: Sequence[Instance]) -> Validate | None:
    if not validation:
        return None
    from inference.chat import Pair

    encoded = source.encode([Pair(i.prompt, i.response, i.id) for i in validation])

    def judge(model: LocalModel) -> float:
        found = model.loglikelihood(encoded)
        return -sum(f.nll for f in found) / sum(f.tokens for f in found)

    return judge


def _pad_of(source: LocalModel) -> int:
    pad, end = source.tokenizer.pad_token_id, source.tokenizer.eos_token_id
    if pad is not None and pad == end:
        raise BadModel(
            "the pad token is the end token",
            where=source.name,
            do="give the tokenizer a pad token of its own, so that the end can be told from padding",
        )
    return int(pad or 0)
