"""The whole study, step by step. Each step finds its finished runs and makes only what is missing."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from finetune.grid import Job, Workers
from schemas.ability import Ability, doit_abilities, load_abilities
from schemas.canonical import hash_file
from schemas.errors import Failed
from schemas.instance import UNLABELLED, Origin
from schemas.progress import Progress, silent
from schemas.results import Report
from schemas.runs import Run, locked
from schemas.study import StudySpec
from study.conclude import conclude, recommend_mix
from study.jobs import BaseJob, CellJob, DescribeJob, Material, TeacherJob, run_job
from study.ledger import Ledger
from study.limit import Clock
from study.plan import PlannedCell, Pools, plan_cells, plan_comparison
from study.pool import StudyPool, curate_pool
from study.sources import Raw, find_sources

Say = Callable[[str], None]


@dataclass(frozen=True)
class Outcome:
    """What a study ended with."""

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
    say: Say = print,
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
    with locked(out):
        return _Study(spec, out, workers, Clock(limit_minutes, workers), progress, say, command).run()


class _Study:
    def __init__(
        self, spec: StudySpec, out: Path, workers: int, clock: Clock, progress: Progress, say: Say, command: str
    ) -> None:
        self.spec, self.out, self.runs = spec, out, out / "runs"
        self.clock, self.progress, self.say, self.command = clock, progress, say, command
        self.ledger = Ledger.read(out)
        self.made = self.found = 0
        self.begun = time.monotonic()
        self.abilities: Mapping[str, Ability] = (
            load_abilities(spec.abilities) if spec.abilities else doit_abilities()
        )
        self.workers = Workers(workers, logs=out / "logs")

    def run(self) -> Outcome:
        raw = find_sources(self.spec, self.runs)
        pool = curate_pool(self.spec, raw, self.runs, self.abilities, self.progress)
        self._note({"curate": pool.run} | ({"world": raw.run} if raw.run else {}))
        self.say(pool.summary())
        with self.workers:
            bases = self._bases(raw, pool)
            self._cells(pool, bases)
            ...
