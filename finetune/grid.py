"""Many training runs side by side: worker processes of one thread each, the longest job first.

Each worker is a pool of a single process. A process that dies (out of memory, a crash in native code) takes only its
own job with it, and we know which one. Workers watch their parent: when it is gone, even by `kill -9`, they are too.
This module imports no torch, so that a worker's watchdog runs before anything slow is loaded.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from finetune.worker import Outcome, attempt, begin, cached
from schemas.errors import AbilitymixError, BadSpec
from schemas.progress import Progress, Tick, silent

__all__ = ["Job", "JobResult", "Workers", "cached", "run_jobs"]

Value = TypeVar("Value")

# Set before a worker is spawned, so that torch finds it when it is imported there.
ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "TOKENIZERS_PARALLELISM": "false",
}


@dataclass(frozen=True)
class Job:
    """One unit of work.

    Args:
        name: unique; names the log file.
        payload: what the worker function gets; must pickle.
        cost: any number that grows with the expected time; the costliest job starts first.
    """

    name: str
    payload: Any
    cost: float = 0.0


@dataclass(frozen=True)
class JobResult(Generic[Value]):
    """How a job ended.

    Args:
        value: what the worker function returned; None if it failed.
        error: one line, empty if it succeeded.
        log: the traceback, or the tail of what the job printed before its process died.
        seconds: of wall time in the worker, loading included.
        attempts: 2 if the first process died.
        cause: the error itself, where it is one of the house's; it knows its exit code.
    """

    job: Job
    value: Value | None
    error: str = ""
    log: str = ""
    seconds: float = 0.0
    attempts: int = 1
    cause: AbilitymixError | None = None

    @property
    def ok(self) -> bool:
        return not self.error


class Workers:
    """Worker processes that outlive one list of jobs, so that later ones find models and tokens still loaded.

    A context manager. Leaving it ends idle workers in order; leaving it by an error or Ctrl-C ends them at once.

    Args:
        workers: processes; 0 runs the jobs in this process, which is for debugging.
        logs: folder that receives `<job name>.log` with what each job prints; otherwise that goes to stderr.
    """

    def __init__(self, workers: int, *, logs: Path | None = None) -> None:
        self._size, self.logs = workers, logs
        self._slots: list[_Slot] = []

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        # After an ordinary error the workers are idle (`run` has seen to it) and can leave in order.
        self._end(now=kind is not None and not issubclass(kind, Exception))

    def run(
        self,
        jobs: Sequence[Job],
        worker: Callable[[Any], Value],
        progress: Progress = silent,
        *,
        label: str = "runs",
        admit: Callable[[Job], bool] | None = None,
    ) -> Generator[JobResult[Value], None, None]:
        """Run `worker(job.payload)` for every job, the costliest first; yield results as they come.

        A job that raises is a result with an `error`, and the others go on. A job whose process dies is tried once
        more in a fresh one. Closing the iterator before its end stops the jobs in flight.

        Args:
            worker: a function of a module's top level, so that it pickles.
            admit: asked right before a job starts; a job that it refuses is passed over and yields no result.
        """
        if len({job.name for job in jobs}) != len(jobs):
            raise BadSpec("two jobs share a name", where=label, do="give every job its own")
        if self.logs is not None:
            self.logs.mkdir(parents=True, exist_ok=True)
        todo = sorted(jobs, key=lambda job: -job.cost)
        progress(Tick(label, 0, len(todo)))
        admit = admit or _everyone
        results = self._inline(todo, worker, admit) if self._size < 1 else self._spread(todo, worker, admit)
        with contextlib.closing(results):
            for done, result in enumerate(results, 1):
                progress(Tick(label, done, len(todo), result.job.name + ("" if result.ok else " failed")))
                yield result

    def _inline(
        self, todo: Sequence[Job], worker: Callable[[Any], Value], admit: Callable[[Job], bool]
    ) -> Generator[JobResult[Value], None, None]:
        for job in filter(admit, todo):
            yield _as_result(job, attempt(worker, job.payload, self._log_of(job)), 1)

    def _spread(
        self, todo: Sequence[Job], worker: Callable[[Any], Value], admit: Callable[[Job], bool]
    ) -> Generator[JobResult[Value], None, None]:
        waiting = [(job, 1) for job in todo]
        running: dict[Future[Outcome], tuple[_Slot, Job, int]] = {}

        def start(slot: _Slot) -> None:
            while waiting:
                job, tries = waiting.pop(0)
                if tries > 1 or admit(job):
                    try:
                        future = slot.submit(worker, job, self._log_of(job))
                    except BrokenProcessPool:  # it died while idle
                        slot = self._replace(slot)
                        future = slot.submit(worker, job, self._log_of(job))
                    running[future] = (slot, job, tries)
                    return

        finished = False
        try:
            while len(self._slots) < min(self._size, len(todo)):
                self._slots.append(_Slot())
            for slot in list(self._slots[: len(todo)]):
                start(slot)
            while running:
                ready, _ = wait(running, return_when=FIRST_COMPLETED)
                results = []
                for future in ready:
                    slot, job, tries = running.pop(future)
                    try:
                        results.append(_as_result(job, future.result(), tries))
                    except BrokenProcessPool:
                        slot = self._replace(slot)
                        if tries == 1:
                            waiting.insert(0, (job, 2))
                        else:
                            results.append(_died(job, tries, self._log_of(job)))
                    except Exception as error:  # what the job got or returned does not pickle
                        results.append(JobResult(job, None, f"{job.name}: {error}", "", 0.0, tries))
                    start(slot)
                yield from results
            finished = True
        finally:
            if not finished:
                self._end(now=True)

    def _replace(self, slot: _Slot) -> _Slot:
        self._slots.remove(slot)
        slot.end(now=True)
        self._slots.append(_Slot())
        return self._slots[-1]

    def _end(self, *, now: bool) -> None:
        while self._slots:
            self._slots.pop().end(now=now)

    def _log_of(self, job: Job) -> Path | None:
        return None if self.logs is None else self.logs / f"{job.name.replace('/', '_')}.log"


def _everyone(job: Job) -> bool:
    return True


def run_jobs(
    jobs: Sequence[Job],
    worker: Callable[[Any], Value],
    workers: int,
    progress: Progress = silent,
    *,
    logs: Path | None = None,
    label: str = "runs",
) -> Generator[JobResult[Value], None, None]:
    """`Workers.run` with workers of its own, which end with the last job."""
    with Workers(workers, logs=logs) as pool:
        yield from pool.run(jobs, worker, progress, label=label)


class _Slot:
    """One worker process, replaced when it dies."""

    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        # Closing our end of this pipe tells the worker to leave, busy or not; no signal can go astray.
        self._reader, self._leash = context.Pipe(duplex=False)
        self._pool = ProcessPoolExecutor(1, mp_context=context, initializer=begin, initargs=(self._reader,))

    def submit(self, worker: Callable[[Any], Any], job: Job, log: Path | None) -> Future[Outcome]:
        with _environment(ONE_THREAD):  # the process is spawned by the first submit
            return self._pool.submit(attempt, worker, job.payload, log)

    def end(self, *, now: bool) -> None:
        if now:
            self._leash.close()
        self._pool.shutdown(wait=not now, cancel_futures=True)
        self._leash.close()
        self._reader.close()


def _as_result(job: Job, outcome: Outcome, tries: int) -> JobResult[Any]:
    error = f"{job.name}: {outcome.error}" if outcome.error else ""
    return JobResult(job, outcome.value, error, outcome.log, outcome.seconds, tries, outcome.cause)


def _died(job: Job, tries: int, log: Path | None) -> JobResult[Any]:
    tail = ""
    if log is not None and log.exists():
        tail = log.read_text(encoding="utf-8", errors="replace")[-4000:]
    error = f"{job.name}: its process died {tries} times (out of memory?)"
    return JobResult(job, None, error, tail, 0.0, tries)


@contextlib.contextmanager
def _environment(values: dict[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
