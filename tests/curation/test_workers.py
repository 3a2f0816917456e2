"""Work over processes: in order, in bounds, and with one line where something goes wrong."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from curation.workers import in_order
from schemas.errors import BadData, BadSpec, Failed

ROOT = Path(__file__).parents[2]


def slowest_first(number: int) -> int:
    time.sleep(0.1 if number == 0 else 0)
    return number * number


def refuses_seven(number: int) -> int:
    if number == 7:
        raise BadData("seven", where="rows.jsonl:7", do="mend it")
    return number


def dies(number: int) -> int:
    if number == 5:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


@pytest.mark.parametrize("workers", [1, 2, 3, None])
def test_results_come_in_the_order_of_the_pieces(workers: int | None) -> None:
    assert list(in_order(slowest_first, range(30), workers)) == [n * n for n in range(30)]
    assert list(in_order(slowest_first, [], workers)) == []


def test_pieces_are_read_no_further_than_needed() -> None:
    read = []

    def pieces():
        for number in range(1000):
            read.append(number)
            yield number

    results = in_order(slowest_first, pieces(), 2)
    assert [next(results) for _ in range(3)] == [0, 1, 4]
    assert len(read) < 20
    results.close()


@pytest.mark.parametrize("workers", [1, 2])
def test_an_error_of_ours_comes_out_whole(workers: int) -> None:
    with pytest.raises(BadData) as caught:
        list(in_order(refuses_seven, range(30), workers))
    assert caught.value.line() == "rows.jsonl:7: seven; mend it"


def test_a_killed_worker_is_one_line() -> None:
    with pytest.raises(Failed, match="worker process was killed"):
        list(in_order(dies, range(30), 2))
    with pytest.raises(BadSpec, match="0 workers"):
        list(in_order(slowest_first, range(3), 0))


def dies_large(piece: bytes) -> int:
    if piece[0] == 5:
        os.kill(os.getpid(), signal.SIGKILL)
    return len(piece)


def test_a_killed_worker_ends_the_work_however_large_the_pieces_are() -> None:
    """In a process of its own: the end of the program is where it would wait for ever."""
    code = (
        "import sys\n"
        "from curation.workers import in_order\n"
        "from schemas.errors import Failed\n"
        "from tests.curation.test_workers import dies_large\n"
        "if __name__ == '__main__':\n"
        "    try:\n"
        "        list(in_order(dies_large, (bytes([n]) * 4_000_000 for n in range(40)), 2))\n"
        "    except Failed as error:\n"
        "        print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert "a worker process was killed" in done.stdout
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("wait", [0.5, 0.7, 0.9])
def test_an_interrupt_while_workers_start_is_not_waited_for(tmp_path: Path, wait: float) -> None:
    line = (
        '{"messages":[{"role":"user","content":"写"},{"role":"assistant","content":"' + "春" * 300 + '"}]}\n'
    )
    (tmp_path / "raw.jsonl").write_text(line * 100_000, encoding="utf-8")
    words = ["-m", "curation", "standardize", str(tmp_path / "raw.jsonl"), "--format", "messages"]
    process = subprocess.Popen(
        [sys.executable, *words, "--out", str(tmp_path / "out"), "--workers", "2"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    time.sleep(wait)
    os.killpg(process.pid, signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode != 0


def test_an_interrupt_leaves_no_traceback_and_no_file(tmp_path: Path) -> None:
    """A real terminal's interrupt goes to the whole group of processes, workers included."""
    line = (
        '{"messages":[{"role":"user","content":"写"},{"role":"assistant","content":"' + "春" * 300 + '"}]}\n'
    )
    (tmp_path / "raw.jsonl").write_text(line * 200_000, encoding="utf-8")
    words = ["-m", "curation", "standardize", str(tmp_path / "raw.jsonl"), "--format", "messages"]
    process = subprocess.Popen(
        [sys.executable, *words, "--out", str(tmp_path / "out"), "--check", "--workers", "2"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stderr
    assert "standardize" in process.stderr.readline()  # the first piece is done: workers are at work
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in errors
    assert list((tmp_path / "out").iterdir()) == []
