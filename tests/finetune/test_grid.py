import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from finetune.grid import Job, Workers, run_jobs
from schemas.errors import BadSpec
from schemas.progress import Tick
from tests.finetune import jobs as work

ROOT = Path(__file__).parents[2]


def _gone(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):  # it may go between opening and reading
        return True
    return state == "Z"


def _all_gone(pids: list[int], seconds: float) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if all(_gone(p) for p in pids):
            return True
        time.sleep(0.02)
    return False


def test_one_worker_takes_the_costliest_first_and_reports_progress(tmp_path: Path) -> None:
    ticks: list[Tick] = []
    order = tmp_path / "order"
    todo = [Job(f"job{c}", (order, f"job{c}"), cost=c) for c in (1.0, 5.0, 3.0)]
    results = list(run_jobs(todo, work.append_name, 1, ticks.append, label="cells"))
    assert order.read_text().split() == ["job5.0", "job3.0", "job1.0"]
    assert [r.value for r in results] == ["job5.0", "job3.0", "job1.0"]
    assert all(r.ok and r.seconds >= 0 and r.attempts == 1 for r in results)
    assert [(t.label, t.done, t.total) for t in ticks] == [("cells", d, 3) for d in range(4)]


def test_workers_have_one_thread_and_keep_what_they_cached() -> None:
    before = os.environ.get("OMP_NUM_THREADS")
    with Workers(2) as pool:
        found = [r.value for r in pool.run([Job(str(i), None) for i in range(4)], work.threads)]
        assert {(t, o) for t, o, _ in found} == {(1, "1")}
        assert os.getpid() not in {pid for *_, pid in found}
        first = [r.value for r in pool.run([Job(str(i), "base") for i in range(3)], work.how_often_made)]
        second = [r.value for r in pool.run([Job(str(i), "base") for i in range(3)], work.how_often_made)]
        pids = [pid for pid, _ in first + second]
        for pid in set(pids):  # each process made it once and found it afterwards, in the second list too
            counts = [n for p, n in first + second if p == pid]
            assert sorted(counts) == list(range(1, len(counts) + 1))
        assert len(set(pids)) <= 2
    assert os.environ.get("OMP_NUM_THREADS") == before
    assert _all_gone(pids, 5)


def test_failures_stay_with_their_job(tmp_path: Path) -> None:
    hows = ["fine", "raise", "refuse", "die", "unpicklable", "well"]
    found = {
        r.job.name: r for r in run_jobs([Job(h, h) for h in hows], work.misbehave, 2, logs=tmp_path / "logs")
    }
    assert set(found) == set(hows)
    assert [found[h].value for h in ("fine", "well")] == ["fine", "well"]
    assert {h for h in hows if not found[h].ok} == {"raise", "refuse", "die", "unpicklable"}
    assert found["raise"].error == "raise: RuntimeError: a bug"
    assert 'raise RuntimeError("a bug")' in found["raise"].log
    assert found["refuse"].error == "refuse: row 7: no good; mend it"
    assert found["die"].attempts == 2
    assert "its process died" in found["die"].error
    assert found["die"].log == "about to die\nabout to die\n"
    assert (tmp_path / "logs" / "fine.log").read_text() == "about to fine\n"


def test_a_job_whose_process_dies_is_tried_once_more(tmp_path: Path) -> None:
    (result,) = run_jobs([Job("frail", tmp_path / "marker")], work.die_once, 1)
    assert (result.value, result.attempts) == ("second try", 2)


def test_no_process_for_debugging_and_names_are_unique() -> None:
    assert [r.value for r in run_jobs([Job("a", 3, 1), Job("b", 4, 2)], work.square, 0)] == [16, 9]
    assert list(run_jobs([], work.square, 2)) == []
    with pytest.raises(BadSpec):
        list(run_jobs([Job("a", 3), Job("a", 4)], work.square, 1))


def test_a_worker_that_dies_while_idle_is_replaced() -> None:
    with Workers(1) as pool:
        (first,) = pool.run([Job("a", "x")], work.how_often_made)
        assert first.value is not None
        os.kill(first.value[0], signal.SIGKILL)
        assert _all_gone([first.value[0]], 5)
        time.sleep(0.2)  # let the executor notice
        assert [r.value for r in pool.run([Job("b", 3), Job("c", 4)], work.square)] == [9, 16]


@pytest.mark.parametrize("workers", [0, 1])
def test_jobs_that_are_not_admitted_are_passed_over(workers: int) -> None:
    asked: list[str] = []

    def admit(job: Job) -> bool:
        asked.append(job.name)
        return job.name != "b"

    with Workers(workers) as pool:
        todo = [Job(name, cost, cost) for name, cost in (("a", 3), ("b", 2), ("c", 1))]
        assert [r.job.name for r in pool.run(todo, work.square, admit=admit)] == ["a", "c"]
    assert asked == ["a", "b", "c"]


def test_closing_the_iterator_ends_busy_workers(tmp_path: Path) -> None:
    with Workers(2) as pool:
        assert [r.value for r in pool.run([Job("a", 2), Job("b", 3)], work.square)]
        pids = [r.value[0] for r in pool.run([Job("a", "x"), Job("b", "x")], work.how_often_made)]
        results = pool.run([Job("quick", 1, 2), Job("bad", "x", 1)], work.square)
        next(results)
        results.close()
        assert _all_gone(pids, 5)
        assert [r.value for r in pool.run([Job("again", 5)], work.square)] == [25]


SCRIPT = """
import sys
from pathlib import Path
from finetune.grid import Job, run_jobs
from schemas.cli import guarded
from tests.finetune.jobs import sleep_long
if __name__ == "__main__":
    jobs = [Job(str(i), Path(sys.argv[1])) for i in range(3)]
    sys.exit(guarded(lambda: len(list(run_jobs(jobs, sleep_long, 2)))))
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_workers_end_with_their_parent(tmp_path: Path, how: signal.Signals) -> None:
    script, pids = tmp_path / "parent.py", tmp_path / "pids"
    script.write_text(SCRIPT)
    pids.mkdir()
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [sys.executable, str(script), str(pids)], env=environment, stderr=subprocess.PIPE, text=True
    ) as parent:
        until = time.monotonic() + 60
        while len(found := [int(p.name) for p in pids.iterdir()]) < 2:
            assert time.monotonic() < until
            assert parent.poll() is None
            time.sleep(0.05)
        parent.send_signal(how)
        assert _all_gone(found, 2), "workers outlived their parent"
        code = parent.wait(10)
        assert parent.stderr is not None
        talk = parent.stderr.read()
    if how is signal.SIGINT:
        assert code == 130
        assert talk.strip().splitlines() == [
            "interrupted; steps and runs that were finished are kept, run the same command again"
        ]
    else:
        assert code == -signal.SIGKILL
