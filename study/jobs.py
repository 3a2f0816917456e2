"""What happens inside a worker process. Every job is one finished run folder, or two; none is ever redone.

The functions take plain values and paths, because they cross a process boundary; models and rows are loaded once
per worker and kept (`finetune.grid.cached`). A live base model is handed to `finetune.train`, which copies it.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from schemas.instance import Instance, Origin
from schemas.jsonl import read_models, write_atomic
from schemas.progress import silent
from schemas.results import Cell
from schemas.runs import Run
from schemas.specs import BaseSpec, EvalSpec, MixSpec, TrainSpec

if TYPE_CHECKING:
    from analyze.score import Items
    from inference.local import LocalModel


@dataclass(frozen=True)
class Material:
    """Files that many jobs share.

    Args:
        runs: folder of run folders.
        pools: (ability or `*`, origin) -> JSON lines of training rows.
        validation, test: JSON lines of evaluation items.
        hashes: name -> hash of each of these files, for the runs' inputs.
    """

    runs: Path
    pools: Mapping[Origin, Path]
    validation: Path
    test: Path
    hashes: Mapping[str, str]
    evaluation: EvalSpec


@dataclass(frozen=True)
class CellJob:
    """Train one mix (unless `mix` is None: an untuned base) and score it on validation and test."""

    material: Material
    cell: Cell
    base: Path
    base_hash: str
    mix: MixSpec | None
    train: TrainSpec | None

    def training(self) -> Run:
        assert self.mix is not None
        assert self.train is not None
        settings = {
            "base": self.cell.base,
            "mix": self.mix.model_dump(mode="json"),
            "train": self.train.model_dump(mode="json"),
            "evaluation": self.material.evaluation.model_dump(mode="json"),
        }
        origins = {draw.origin for draw in self.mix.draws}
        inputs = {f"pool.{o}": self.material.hashes[f"pool.{o}"] for o in sorted(origins)}
        inputs |= {"base": self.base_hash, "validation": self.material.hashes["validation"]}
        return Run(self.material.runs, "train", settings, inputs)

    def evaluation(self) -> Run:
        made = self.training().id if self.mix is not None else "untuned"
        settings = {
            "cell": self.cell.model_dump(mode="json"),
            "evaluation": self.material.evaluation.model_dump(mode="json"),
        }
        hashes = self.material.hashes
        inputs = {
            "train": made,
            "base": self.base_hash,
            "validation": hashes["validation"],
            "test": hashes["test"],
        }
        return Run(self.material.runs, "evaluate", settings, inputs)


def run_cell(job: CellJob) -> dict[str, float]:
    """Train and score one cell; returns the seconds each part took."""
    from inference.local import LocalModel

    seconds = {"train": 0.0, "evaluate": 0.0}
    if job.mix is None:
        checkpoint = job.base
    else:
        run = job.training()
        checkpoint = run.path / "checkpoint"
        if not run.done:
            begun = time.monotonic()
            _train(job, run)
            seconds["train"] = time.monotonic() - begun
    run = job.evaluation()
    if not run.done:
        begun = time.monotonic()
        folder = run.begin()
        model = LocalModel.load(checkpoint)
        for split, path in (("validation", job.material.validation), ("test", job.material.test)):
            _predict_to(folder / f"{split}.parquet", model, path, job.material.evaluation)
        write_atomic(folder / "cell.json", job.cell.model_dump_json(indent=1))
        run.finish(seed=job.cell.seed)
        seconds["evaluate"] = time.monotonic() - begun
    return seconds


def _train(job: CellJob, run: Run) -> None:
    from analyze.score import mean_score, predict
    from finetune.mix import draw
    from finetune.train import train

    assert job.mix is not None
    assert job.train is not None
    pools = {o: _pool(job.material.pools[o]) for o in {d.origin for d in job.mix.draws}}
    mix = draw(job.mix, {(a, o): rows for o, by in pools.items() for a, rows in by.items()})
    base = _model(job.base)
    items = _items(job.material.validation, base, job.base)

    def score(model: LocalModel) -> float:
        return mean_score(predict(model, items, job.material.evaluation))

    trained = train(base, mix.rows, job.train, run.begin(), validate=score)
    run.finish(seed=job.train.seed, **trained.notes())


def _predict_to(path: Path, model: LocalModel, items: Path, spec: EvalSpec) -> None:
    from analyze.score import predict, to_frame

    frame = to_frame(predict(model, _rows(items), spec))
    temporary = path.with_suffix(".tmp")
    frame.to_parquet(temporary)
    temporary.replace(path)


@dataclass(frozen=True)
class BaseJob:
    """Make one tiny base model."""

    runs: Path
    spec: BaseSpec
    corpus: tuple[Path, ...]
    alphabet: Path
    hashes: Mapping[str, str]

    def run(self) -> Run:
        return Run(self.runs, "base", self.spec, self.hashes)


def run_base(job: BaseJob) -> None:
    from finetune.base import make_base

    run = job.run()
    if run.done:
        return
    folder = run.begin()
    texts = [p.read_text(encoding="utf-8", errors="strict") for p in job.corpus]
    extra = [m.content for row in read_models(job.alphabet, Instance) for m in row.messages]
    begun = time.monotonic()
    made = make_base(job.spec, texts, extra, folder / "model", silent)
    run.finish(seed=job.spec.seed, seconds=round(time.monotonic() - begun, 2), **_notes(made))


def _notes(made: Any) -> dict[str, Any]:
    return made.notes() if hasattr(made, "notes") else {}


def _rows(path: Path) -> list[Instance]:
    from finetune.grid import cached

    return cached(("rows", path), lambda: list(read_models(path, Instance)))


def _pool(path: Path) -> dict[str, list[Instance]]:
    from finetune.grid import cached

    def read() -> dict[str, list[Instance]]:
        by: dict[str, list[Instance]] = {}
        for row in read_models(path, Instance):
            by.setdefault(row.ability, []).append(row)
        return by

    return cached(("pool", path), read)


def _model(path: Path) -> LocalModel:
    from finetune.grid import cached
    from inference.local import LocalModel

    return cached(("model", path), lambda: LocalModel.load(path))


def _items(path: Path, model: LocalModel, base: Path) -> Items:
    """Evaluation items, encoded once per worker and base."""
    from analyze.score import Items
    from finetune.grid import cached

    return cached(("items", path, base), lambda: Items(_rows(path), model.tokenizer))
