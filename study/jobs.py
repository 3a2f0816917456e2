"""What happens inside a worker process. Every job ends in finished run folders; none is ever redone.

Jobs carry plain values and paths, because they cross a process boundary; models, rows and their tokens are loaded
once per worker and kept (`finetune.grid.cached`). A loaded base is handed to `finetune.train`, which copies it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from schemas.canonical import hash_file, sha256_of
from schemas.instance import Instance, Origin
from schemas.jsonl import read_models, write_atomic
from schemas.results import Cell
from schemas.runs import Run
from schemas.specs import BaseSpec, EvalSpec, MixSpec, TrainSpec
from schemas.study import SyntheticSpec, TransferenceSpec
from schemas.textfile import read_text

if TYPE_CHECKING:
    from analyze.score import Items
    from inference.local import LocalModel


@dataclass(frozen=True)
class Material:
    """Files that many jobs share.

    Args:
        runs: folder of run folders.
        pools: origin -> JSON lines of training rows.
        validation, test: JSON lines of evaluation items.
        hashes: `pool.<origin>`, `validation`, `test` -> hash of the file, for the runs' inputs.
    """

    runs: Path
    pools: Mapping[Origin, Path]
    validation: Path
    test: Path
    hashes: Mapping[str, str]
    evaluation: EvalSpec

    def rows(self, origins: Iterable[Origin]) -> dict[tuple[str, Origin], list[Instance]]:
        """(ability, origin) -> training rows, read once per worker."""
        pools = [(o, _pool(self.pools[o])) for o in sorted(set(origins))]
        return {key: rows for o, pool in pools for key, rows in pool.items() if key[1] == o}


@dataclass(frozen=True)
class BaseJob:
    """Make one tiny base model, or look at one that exists.

    Args:
        corpus: plain text; `alphabet`: instances whose characters the tokenizer must know as well.
        hashes: of these files.
    """

    runs: Path
    spec: BaseSpec
    corpus: tuple[Path, ...]
    alphabet: Path
    hashes: Mapping[str, str]

    def run(self) -> Run:
        """A base that exists is known by its files, so that other weights under the same path are another base."""
        inputs = {"files": _files_of(Path(self.spec.path))} if self.spec.path else self.hashes
        return Run(self.runs, "base", self.spec, inputs)

    @property
    def model(self) -> Path:
        return Path(self.spec.path) if self.spec.path else self.run().path / "model"

    def work(self) -> dict[str, float]:
        from finetune.base import make_base

        run = self.run()
        if run.done:
            return {}
        if self.spec.path:
            found = _model(self.model)
            run.begin()
            run.finish(device=_device(found), parameters=found.parameters, weights=found.fingerprint)
            return {}
        texts = (read_text(path) for path in self.corpus)
        extra = [m.content for row in _rows(self.alphabet) for m in row.messages]
        begun = time.monotonic()
        made = make_base(self.spec, texts, extra, run.begin() / "model")
        seconds = time.monotonic() - begun
        notes = json.loads((made / "pretraining.json").read_text(encoding="utf-8"))
        run.finish(
            seed=self.spec.seed,
            seconds=round(seconds, 2),
            parameters=notes["parameters"],
            weights=hash_file(made / "model.safetensors"),
        )
        return {"seconds": seconds}


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
        origins = sorted({draw.origin for draw in self.mix.draws})
        inputs = {f"pool.{o}": self.material.hashes[f"pool.{o}"] for o in origins}
        inputs |= {"base": self.base_hash, "validation": self.material.hashes["validation"]}
        return Run(self.material.runs, "train", settings, inputs)

    def run(self) -> Run:
        """The evaluation, which is what a cell ends with."""
        hashes = self.material.hashes
        inputs = {
            "checkpoint": self.training().id if self.mix is not None else "untuned",
            "base": self.base_hash,
            "validation": hashes["validation"],
            "test": hashes["test"],
        }
        settings = {
            "cell": self.cell.model_dump(mode="json"),
            "evaluation": self.material.evaluation.model_dump(mode="json"),
        }
        return Run(self.material.runs, "evaluate", settings, inputs)

    def work(self) -> dict[str, float]:
        """Returns the seconds of each part; 0 for one that was there already."""
        begun = time.monotonic()
        model = self._trained()
        between = time.monotonic()
        run = self.run()
        if not run.done:
            folder = run.begin()
            spec = self.material.evaluation
            for split, path in (("validation", self.material.validation), ("test", self.material.test)):
                _predict_to(folder / f"{split}.parquet", model, _items(path, model, self.base), spec)
            write_atomic(folder / "cell.json", self.cell.model_dump_json(indent=1))
            run.finish(seed=self.cell.seed, device=_device(model))
        return {"train": between - begun, "evaluate": time.monotonic() - between}

    def _trained(self) -> LocalModel:
        from inference.local import LocalModel

        if self.mix is None or self.train is None:
            return _model(self.base)
        run = self.training()
        if run.done:
            return LocalModel.load(run.path / "checkpoint")
        from analyze.score import mean_score, predict
        from finetune.mix import draw
        from finetune.train import train

        mix = draw(self.mix, self.material.rows({d.origin for d in self.mix.draws}))
        base = _model(self.base)
        items = _items(self.material.validation, base, self.base)

        def score(model: LocalModel) -> float:
            return mean_score(predict(model, items, self.material.evaluation))

        tokens = _tokens(self.base, base, self.train.loss_on)
        trained = train(base, mix.rows, self.train, run.begin(), validate=score, cache=tokens)
        run.finish(seed=self.train.seed, device=_device(trained.model), mix=mix.hash, **trained.summary())
        return trained.model


@dataclass(frozen=True)
class TeacherJob:
    """Tune a teacher on rows nobody else sees, and let it answer the prompts: the synthetic pool."""

    runs: Path
    spec: SyntheticSpec
    base: Path
    base_hash: str
    train: TrainSpec
    rows: Path
    prompts: Path
    hashes: Mapping[str, str]
    accept: Mapping[str, int]

    def run(self) -> Run:
        settings = {
            "synthetic": self.spec.model_dump(mode="json"),
            "train": self.train.model_dump(mode="json"),
            "accept": dict(self.accept),
        }
        return Run(self.runs, "synthetic", settings, {"base": self.base_hash, **self.hashes})

    def work(self) -> dict[str, float]:
        from finetune.train import train
        from inference.backends import open_backend
        from synth.generate import generate
        from synth.spec import GenerateSpec

        run = self.run()
        if run.done:
            return {}
        folder = run.begin(keep=True)
        teacher = folder / "teacher"
        if not (teacher / "training.json").exists():
            train(_model(self.base), _rows(self.rows), self.train, teacher)
        settings = GenerateSpec(
            strategy=self.spec.strategy,
            backend=self.spec.backend,
            model=str(teacher / "checkpoint"),
            temperature=self.spec.temperature,
            top_p=self.spec.top_p,
            max_new_tokens=self.spec.max_new_tokens,
            accept=dict(self.accept),
        )
        backend = open_backend(self.spec.backend, settings.model)
        made = generate(settings, _rows(self.prompts), backend, self.runs)
        write_atomic(folder / "generated.json", json.dumps({"run": made.path.name}))
        run.finish(
            seed=self.train.seed,
            accepted=made.total.accepted,
            rejected=made.total.rejected,
            pending=made.total.pending,
            missing=dict(made.missing),
        )
        return {}


@dataclass(frozen=True)
class DescribeJob:
    """Complexity and Transference of the abilities, as the base model (or an encoder) sees them.

    `cells`: ids of the evaluation runs whose validation scores count.
    """

    material: Material
    base: Path
    base_name: str
    base_hash: str
    spec: TransferenceSpec
    cells: tuple[str, ...]

    def run(self) -> Run:
        inputs = {"base": self.base_hash, "validation": self.material.hashes["validation"]}
        inputs |= {"pool": self.material.hashes["pool.human"], "results": sha256_of(self.cells)}
        return Run(self.material.runs, "describe", self.spec, inputs)

    def work(self) -> dict[str, float]:
        from analyze.complexity import complexity
        from analyze.table import read_runs
        from analyze.transference.describe import describe

        run = self.run()
        if run.done:
            return {}
        folder = run.begin()
        table = read_runs(self.material.runs / name for name in self.cells)
        table = table[(table["split"] == "validation") & (table["base"] == self.base_name)]
        profiles = complexity(_model(self.base), _rows(self.material.validation), table)
        write_atomic(folder / "complexity.json", _dump(profiles))
        pool: dict[str, Sequence[Instance]] = {
            ability: rows for (ability, _), rows in self.material.rows(("human",)).items()
        }
        matrices, checks = describe(
            pool,
            str(self.spec.encoder or self.base),
            table,
            self.spec,
            self.base_name,
        )
        write_atomic(folder / "transfer.json", _dump(matrices))
        write_atomic(folder / "checks.json", _dump(checks))
        run.finish()
        return {}


def run_job(job: BaseJob | CellJob | TeacherJob | DescribeJob) -> dict[str, float]:
    """The worker function of every step."""
    return job.work()


def _files_of(path: Path) -> str:
    """What tells one state of a model folder from another without reading gigabytes; a hub id has nothing to look at."""
    if not path.is_dir():
        return ""
    files = sorted(p for p in path.rglob("*") if p.is_file())
    return sha256_of([[str(p.relative_to(path)), p.stat().st_size, p.stat().st_mtime_ns] for p in files])


def _device(model: LocalModel) -> str:
    return str(model.model.device.type)


def _dump(models: Any) -> str:
    return json.dumps([m.model_dump(mode="json") for m in models], ensure_ascii=False, indent=1)


def _predict_to(path: Path, model: LocalModel, items: Items, spec: EvalSpec) -> None:
    from analyze.score import predict, to_frame

    temporary = path.with_suffix(".tmp")
    to_frame(predict(model, items, spec)).to_parquet(temporary)
    temporary.replace(path)


def _rows(path: Path) -> list[Instance]:
    from finetune.grid import cached

    return cached(("rows", path), lambda: list(read_models(path, Instance)))


def _pool(path: Path) -> dict[tuple[str, Origin], list[Instance]]:
    from finetune.grid import cached

    def read() -> dict[tuple[str, Origin], list[Instance]]:
        by: dict[tuple[str, Origin], list[Instance]] = {}
        for row in read_models(path, Instance):
            by.setdefault((row.ability, row.origin), []).append(row)
        return by

    return cached(("pool", path), read)


def _model(path: Path) -> LocalModel:
    from finetune.grid import cached
    from inference.local import LocalModel

    return cached(("model", path), lambda: LocalModel.load(path, dtype="float32"))


def _items(path: Path, model: LocalModel, base: Path) -> Items:
    """Evaluation items, encoded once per worker and base."""
    from analyze.score import Items
    from finetune.grid import cached

    return cached(("items", path, base), lambda: Items(_rows(path), model.tokenizer))


def _tokens(base: Path, model: LocalModel, loss_on: Any) -> Any:
    from finetune.data import RowCache
    from finetune.grid import cached

    return cached(("tokens", base, loss_on), lambda: RowCache(model.tokenizer, loss_on))
