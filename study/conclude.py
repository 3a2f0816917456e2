"""From finished checkpoints to what the study says: the recommended mix, and the report with everything in it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from finetune.mix import Key
from schemas.ability import Ability
from schemas.canonical import sha256_of
from schemas.instance import UNLABELLED
from schemas.jsonl import write_atomic
from schemas.results import Complexity, Recommendation, Report, TransferCheck, TransferMatrix
from schemas.runs import Manifest, Run
from schemas.study import StudySpec
from study.ledger import Ledger
from study.pool import StudyPool

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True)
class Described:
    """Complexity and Transference, as the worker wrote them down."""

    run: str
    complexity: tuple[Complexity, ...]
    transfer: tuple[TransferMatrix, ...]
    checks: tuple[TransferCheck, ...]

    @classmethod
    def read(cls, folder: Path) -> Described:
        return cls(
            folder.name,
            _read(folder / "complexity.json", Complexity),
            _read(folder / "transfer.json", TransferMatrix),
            _read(folder / "checks.json", TransferCheck),
        )


def _read(path: Path, model: type[Model]) -> tuple[Model, ...]:
    return tuple(model.model_validate(row) for row in json.loads(path.read_text(encoding="utf-8")))


@dataclass(frozen=True)
class Conclusion:
    """What the report is made of.

    Args:
        grid, compared: cell name -> id of its evaluation run.
    """

    pool: StudyPool
    abilities: Mapping[str, Ability]
    ledger: Ledger
    described: Described
    recommendation: Recommendation | None
    grid: Mapping[str, str]
    compared: Mapping[str, str]


def recommend_mix(
    spec: StudySpec, runs: Path, grid: Mapping[str, str], pools: Mapping[Key, int]
) -> Recommendation | None:
    """The targeted mix from the validation scores of the grid, kept in a run of its own with a `mix.toml`.

    None if the study asks for none, or if a time limit left nothing of the base it is made for.
    """
    if not spec.recommend.budget:
        return None
    base = spec.base(spec.recommend.base).name
    settings = {
        "recommend": spec.recommend.model_dump(mode="json"),
        "analysis": spec.analysis.model_dump(mode="json"),
    }
    run = Run(runs, "recommend", settings, {"results": sha256_of(sorted(grid.values()))})
    kept = run.path / "recommendation.json"
    if not run.done:
        from analyze.recommend.decision import mix_of, mix_toml, recommend
        from analyze.table import read_runs

        table = read_runs(runs / name for name in grid.values())
        table = table[table["split"] == "validation"]
        if (UNLABELLED, "synthetic") in pools:  # rows without an ability cannot be allocated to one
            table = table[table["origin"] == "human"]
        if not ((table["base"] == base) & (table["mix"] == "uniform")).any():
            return None
        available = {(ability, str(origin)): n for (ability, origin), n in pools.items()}
        made = recommend(table, spec.recommend, spec.analysis, available, base=base)
        run.begin()
        write_atomic(kept, made.model_dump_json(indent=1))
        write_atomic(run.path / "mix.toml", mix_toml(mix_of(made, seed=spec.recommend.seeds[0])))
        run.finish(seed=spec.analysis.seed)
    return Recommendation.model_validate_json(kept.read_text(encoding="utf-8"))


def conclude(spec: StudySpec, out: Path, conclusion: Conclusion, command: str) -> tuple[Report, Path]:
    """Write `report.html` and `report.json` into the study's folder; returns the report and the page's path."""
    ledger = conclusion.ledger
    evaluations = sorted([*conclusion.grid.values(), *conclusion.compared.values()])
    settings = {"study": spec.model_dump(mode="json", exclude={"data"}), "command": command}
    settings |= {"omitted": ledger.missing()}
    inputs = {"results": sha256_of(evaluations), "described": conclusion.described.run}
    inputs |= {"curate": conclusion.pool.run.id}
    run = Run(out / "runs", "report", settings, inputs)
    if not run.done:
        from analyze.report import write

        report = _analyzed(spec, out / "runs", conclusion, command)
        write(report, run.begin())
        run.finish(seed=spec.analysis.seed)
    ledger.expect({"report": run})
    for name in ("report.html", "report.json"):
        shutil.copyfile(run.path / name, out / f".{name}")
        (out / f".{name}").replace(out / name)
    report = Report.model_validate_json((run.path / "report.json").read_text(encoding="utf-8"))
    return report, out / "report.html"


def _analyzed(spec: StudySpec, runs: Path, conclusion: Conclusion, command: str) -> Report:
    from analyze.recommend.compare import compare
    from analyze.study_report import analyze_study
    from analyze.table import read_runs

    compared = None
    if conclusion.compared:
        table = read_runs(runs / name for name in conclusion.compared.values())
        compared = compare(
            table[table["mix"] == "recommended"],
            table[table["mix"] == "uniform_budget"],
            level=spec.analysis.level,
            weights=spec.recommend.weights,
        )
    pool, ledger = conclusion.pool, conclusion.ledger
    return analyze_study(
        spec,
        read_runs(runs / name for name in conclusion.grid.values()),
        complexity=conclusion.described.complexity,
        transfer=conclusion.described.transfer,
        checks=conclusion.described.checks,
        recommendation=conclusion.recommendation,
        comparison=compared,
        counts=pool.pool.counts,
        omitted=ledger.missing(),
        runs=ledger.runs,
        titles={n: a.title for n, a in conclusion.abilities.items() if n in pool.abilities},
        command=command,
        seconds=_seconds(runs, ledger),
    )


def _seconds(runs: Path, ledger: Ledger) -> float:
    """Work time of all runs the study rests on, added up over the workers."""
    total, todo = 0.0, set(ledger.runs.values())
    while todo:
        path = runs / todo.pop() / "manifest.json"
        if path.exists():
            found = Manifest.model_validate_json(path.read_text(encoding="utf-8"))
            total += (found.finished - found.started).total_seconds()
            todo |= {found.inputs["checkpoint"]} if "checkpoint" in found.inputs else set()
    return round(total, 1)
