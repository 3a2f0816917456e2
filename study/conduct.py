"""The whole study, step by step. Each step finds its finished runs and makes only what is missing."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from finetune.grid import Workers
from finetune.mix import Key
from inference.loading import check_folder
from schemas.ability import Ability, doit_abilities, load_abilities
from schemas.canonical import hash_file
from schemas.errors import BadData, EmptySplit, PoolTooSmall
from schemas.instance import Origin
from schemas.jsonl import read_jsonl
from schemas.progress import Progress, silent
from schemas.results import Report
from schemas.runs import locked
from schemas.specs import TrainSpec
from schemas.study import StudySpec
from study.conclude import Conclusion, Described, conclude, recommend_mix
from study.crew import Crew
from study.jobs import BaseJob, CellJob, DescribeJob, Material, TeacherJob
from study.ledger import Ledger
from study.limit import Clock
from study.plan import PlannedCell, Pools, plan_cells, plan_comparison
from study.pool import StudyPool, curate_pool
from study.sources import Raw, find_sources


@dataclass(frozen=True)
class Outcome:
    """What a study ended with: its report, the page, how many runs this call made and how many it found done."""

    report: Report
    html: Path
    made: int
    found: int


def conduct(
    spec: StudySpec,
    out: Path,
    *,
    workers: int = 2,
    limit_minutes: float | None = None,
    progress: Progress = silent,
    say: Callable[[str], None] = print,
    command: str = "",
) -> Outcome:
    """Run a study, or what is missing of it.

    Args:
        out: the study's folder; run folders go into `out/runs`.
        workers: processes that train side by side, one thread each.
        limit_minutes: cells that would not fit are dropped from the end of the plan's order, and named.
        say: receives one plain line per step.
        command: what to type to get the same, for the report.

    Raises:
        Busy: another process works in `out`. Failed: cells failed; everything else is kept.
        Whatever a step raises for bad input, see `schemas.errors`.
    """
    with locked(out), Workers(workers, logs=out / "logs") as pool:
        ledger = _books(out)
        crew = Crew(pool, ledger, Clock(limit_minutes, workers), progress, say)
        return _Study(spec, out, crew, command).run()


def _books(out: Path) -> Ledger:
    """The study's books; damaged ones are rebuilt, because the runs themselves say what is done."""
    try:
        return Ledger.read(out)
    except BadData:
        return Ledger(out)


class _Study:
    def __init__(self, spec: StudySpec, out: Path, crew: Crew, command: str) -> None:
        self.spec, self.out, self.runs = spec, out, out / "runs"
        self.crew, self.ledger, self.clock, self.say = crew, crew.ledger, crew.clock, crew.say
        self.command = command
        self.abilities: Mapping[str, Ability] = (
            load_abilities(spec.abilities) if spec.abilities else doit_abilities()
        )

    def run(self) -> Outcome:
        self.ledger.begin(self.clock.minutes)
        for base in self.spec.bases:
            if base.path is not None:
                check_folder(base.path)
        raw = find_sources(self.spec, self.runs)
        self.pool = self._curated(raw)
        self.ledger.expect({"curate": self.pool.run} | ({"world": raw.run} if raw.run else {}))
        self._make_bases(raw)
        self._train_grid()
        described = self._describe()
        recommendation = recommend_mix(self.spec, self.runs, self.grid, self.pools)
        compared: dict[str, str] = {}
        # Also where the uniform mix is kept: what the best mix found would have brought is worth knowing.
        if recommendation is not None and any(a.best != a.uniform for a in recommendation.allocations):
            self.clock.release()
            counts = {(a.ability, a.origin): a.best for a in recommendation.allocations}
            compared = self._train("comparison", self._comparison(counts))
        report, html = conclude(
            self.spec,
            self.out,
            Conclusion(
                self.pool, self.abilities, self.ledger, described, recommendation, self.grid, compared
            ),
            self.command,
        )
        self.ledger.finish(self.clock.minutes)
        self.say(f"{self.crew.found} runs were done already, {self.crew.made} were made now")
        return Outcome(report, html, self.crew.made, self.crew.found)

    def _curated(self, raw: Raw) -> StudyPool:
        pool = curate_pool(self.spec, raw, self.runs, self.abilities, self.crew.progress)
        self.say(f"curate: {pool.pool.summary()}")
        for note in pool.pool.notes:
            self.say(f"curate: {note}")
        if not pool.abilities:
            raise EmptySplit("no ability has a test item", where="splits.test", do="check the sources")
        return pool

    # Base models and the synthetic pool

    def _make_bases(self, raw: Raw) -> None:
        hashes = {"corpus": raw.corpus_hash, "alphabet": self.pool.hash("train")}
        alphabet = self.pool.file("train")
        self.bases = {b.name: BaseJob(self.runs, b, raw.corpus, alphabet, hashes) for b in self.spec.bases}
        jobs = {f"base {name}": job for name, job in self.bases.items()}
        size = {f"base {b.name}": float(b.hidden_size * b.layers) for b in self.spec.bases}
        self.crew.work("base models", jobs, costs=size)
        manifests = {name: job.run().manifest() for name, job in self.bases.items()}
        self.base_hashes = {name: str(m.notes["weights"]) for name, m in manifests.items()}
        self.parameters = {name: int(m.notes["parameters"]) for name, m in manifests.items()}

    def _teacher(self) -> dict[str, TeacherJob]:
        synthetic = self.spec.synthetic
        if synthetic is None or synthetic.kind != "teacher" or "synthetic" not in self.spec.grid.origins:
            return {}
        base = self.spec.base(synthetic.base).name
        train = self.spec.train.get(base, TrainSpec())
        job = TeacherJob(
            self.runs,
            synthetic,
            self.bases[base].model,
            self.base_hashes[base],
            train.model_copy(update={"steps": synthetic.steps, "checkpoints": 1}),
            self.pool.file("teacher"),
            self.pool.file("prompts"),
            {part: self.pool.hash(part) for part in ("teacher", "prompts")},
            self._wanted_of_teacher(),
        )
        return {"synthetic pool": job}

    def _wanted_of_teacher(self) -> dict[str, int]:
        """Ability -> accepted answers, as many as the largest n asks for."""
        most, wanted = max(self.spec.grid.n), {}
        for ability in self.pool.abilities:
            prompts = self.pool.pool.counts.get("prompts", {}).get(ability, 0)
            if prompts < most and self.spec.grid.cap == "error":
                raise PoolTooSmall(
                    f"{most} synthetic instances of {ability!r} asked for, there are {prompts} prompts to answer",
                    where="splits.prompts",
                    do='raise it, lower grid.n, or set grid.cap = "available"',
                )
            if prompts:
                wanted[ability] = min(most, prompts)
        return wanted

    def _synthetic_file(self, teacher: Mapping[str, TeacherJob]) -> Path | None:
        if "synthetic" not in self.spec.grid.origins:
            return None
        if not teacher:
            return self.pool.file("synthetic")
        folder = next(iter(teacher.values())).run().path
        made = json.loads((folder / "generated.json").read_text(encoding="utf-8"))["run"]
        return self.runs / str(made) / "accepted.jsonl"

    # Checkpoints

    def _train_grid(self) -> None:
        """The teacher works beside the human cells, the synthetic cells follow; under a limit, all in plan order."""
        teacher = self._teacher()
        human = self.pool.available("train", "human")
        if self.clock.minutes is None:
            self._use(human, None)
            self._train("checkpoints, human", self._plan(("human",)), teacher)
        elif teacher:
            self.crew.work("synthetic pool", teacher)
        synthetic = self._synthetic_file(teacher)
        counts: dict[Key, int] = dict(human)
        if synthetic is not None:
            made = Counter(row["ability"] for _, row in read_jsonl(synthetic))
            counts |= {(ability, "synthetic"): n for ability, n in made.items()}
        self._use(counts, synthetic)
        self.grid = self._train("checkpoints", self._plan(self.spec.grid.origins))

    def _use(self, pools: Pools, synthetic: Path | None) -> None:
        files: dict[Origin, Path] = {"human": self.pool.file("train")}
        if synthetic is not None:
            files["synthetic"] = synthetic
        evaluation = {part: self.pool.file(part) for part in ("validation", "test")}
        hashes = {f"pool.{origin}": hash_file(path) for origin, path in files.items()}
        hashes |= {part: hash_file(path) for part, path in evaluation.items()}
        self.pools = pools
        self.material = Material(
            self.runs, files, **evaluation, hashes=hashes, evaluation=self.spec.evaluation
        )

    def _plan(self, origins: Sequence[Origin]) -> Sequence[PlannedCell]:
        plan = plan_cells(self.spec, self.pools, self.pool.abilities, self.parameters, origins)
        self.ledger.omit(plan.omitted)
        items = {part: sum(self.pool.pool.counts[part].values()) for part in ("validation", "test")}
        self.clock.validation_share = items["validation"] / sum(items.values())
        if self.spec.recommend.budget:
            self.clock.reserved = self._comparison(None)
        return plan.cells

    def _comparison(self, counts: Mapping[Key, int] | None) -> list[PlannedCell]:
        return plan_comparison(self.spec, self.pools, self.pool.abilities, self.parameters, counts)

    def _train(
        self, label: str, cells: Sequence[PlannedCell], also: Mapping[str, TeacherJob] | None = None
    ) -> dict[str, str]:
        """Returns cell name -> id of its evaluation."""
        kept = [c for c in cells if c.name not in self.ledger.dropped]
        jobs = {c.name: self._job(c) for c in kept}
        costs = {c.name: float(c.examples * c.cell.parameters) for c in kept} | dict.fromkeys(
            also or (), 1e18
        )
        dropped = self.crew.work(label, {**(also or {}), **jobs}, {c.name: c for c in kept}, costs)
        self.ledger.drop(dropped)
        return {c.name: jobs[c.name].run().id for c in kept if c.name not in dropped}

    def _job(self, cell: PlannedCell) -> CellJob:
        base = cell.cell.base
        return CellJob(
            self.material, cell.cell, self.bases[base].model, self.base_hashes[base], cell.mix, cell.train
        )

    # What the finished checkpoints say

    def _describe(self) -> Described:
        base = self.spec.base(self.spec.transference.base or self.spec.grid.single_source_base).name
        job = DescribeJob(
            self.material,
            self.bases[base].model,
            base,
            self.base_hashes[base],
            self.spec.transference,
            tuple(sorted(self.grid.values())),
        )
        self.crew.work("Complexity and Transference", {"describe": job})
        return Described.read(job.run().path)
