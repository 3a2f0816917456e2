"""Jobs through worker processes, with the books kept: what was there, what was made, what failed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from finetune.grid import Job, JobResult, Workers
from schemas.errors import AbilitymixError, Failed
from schemas.progress import Progress
from study.jobs import BaseJob, CellJob, DescribeJob, TeacherJob, run_job
from study.ledger import Ledger
from study.limit import Clock
from study.plan import PlannedCell

AnyJob = BaseJob | CellJob | TeacherJob | DescribeJob


@dataclass
class Crew:
    """Runs jobs that are not done yet.

    Args:
        ledger: learns every run's id and every failure.
        made, found: runs this call made, and found done.
    """

    workers: Workers
    ledger: Ledger
    clock: Clock
    progress: Progress
    say: Callable[[str], None]
    made: int = 0
    found: int = 0
    _seen: set[str] = field(default_factory=set)

    def work(
        self,
        label: str,
        jobs: Mapping[str, AnyJob],
        cells: Mapping[str, PlannedCell] | None = None,
        costs: Mapping[str, float] | None = None,
    ) -> list[str]:
        """Do what is missing of `jobs` (name -> job).

        Args:
            cells: the plan behind cell jobs; a time limit may drop some of these.
            costs: name -> any number that grows with the time; the costliest starts first, except under a limit.

        Returns:
            the names that a time limit dropped.

        Raises:
            Failed: after everything else was done, naming the first failure and where its log is.
        """
        cells, costs = cells or {}, costs or {}
        self.ledger.expect({name: job.run() for name, job in jobs.items()})
        todo = {name: job for name, job in jobs.items() if not job.run().done}
        new = [name for name in jobs if name not in self._seen]
        self._seen.update(new)
        done = sum(name not in todo for name in new)
        self.found += done
        if not todo:
            if new:
                self.say(f"{label}: {done} of {len(new)} already done")
            return []
        if done:
            self.say(f"{label}: {done} of {len(jobs)} already done, {len(todo)} to go")
        limited = self.clock.minutes is not None and bool(cells)
        queue = [Job(n, job, 0.0 if limited else costs.get(n, 0.0)) for n, job in todo.items()]
        started: set[str] = set()

        def admit(job: Job) -> bool:
            if job.name in cells and not self.clock.admits(cells[job.name]):
                return False
            started.add(job.name)
            return True

        failures = []
        for result in self.workers.run(queue, run_job, self.progress, label=label, admit=admit):
            if result.ok:
                self._learn(result, cells)
            else:
                self.ledger.fail(result.job.name, result.error)
                failures.append(result)
        if failures:
            raise self._failure(label, failures, len(todo))
        return [name for name in todo if name not in started]

    def _learn(self, result: JobResult[dict[str, float]], cells: Mapping[str, PlannedCell]) -> None:
        self.made += 1
        if result.job.name in cells and result.value:
            self.clock.measured(cells[result.job.name], result.value)

    def _failure(
        self, label: str, failures: Sequence[JobResult[dict[str, float]]], tried: int
    ) -> AbilitymixError:
        """One error for all; where every cause is of one kind, it is that kind, with its exit code."""
        count = f"{len(failures)} of {tried} failed, the others are done; first: " if tried > 1 else ""
        what = f"{count}{failures[0].error}"
        kinds = {type(f.cause) for f in failures}
        cause = failures[0].cause
        if len(kinds) == 1 and cause is not None:
            return type(cause)(what, where=label)
        return Failed(what, where=label, do=f"see {self.workers.logs} and run the same command again")
