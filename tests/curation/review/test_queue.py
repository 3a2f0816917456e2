"""Writers go in turn: in the order they came, past whoever gave up or was killed."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from curation.review.database import queue
from curation.review.database.queue import Turn

pytestmark = pytest.mark.skipif(not queue._OPEN_FILE_LOCKS, reason="no open file description locks here")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "review.db").touch()
    return tmp_path / "review.db-queue"


def turn_at(path: Path) -> Turn:
    return Turn(path, path.with_name("review.db"))


def waiting(path: Path, count: int) -> None:
    """Until so many wait for one of the file's locks, as the system knows it."""
    inode = f":{path.stat().st_ino} "
    until = time.monotonic() + 20
    while time.monotonic() < until:
        lines = Path("/proc/locks").read_text().splitlines()
        if sum("->" in line and inode in line for line in lines) == count:
            return
        time.sleep(0.005)
    raise AssertionError("they never waited")


def test_first_come_first_served(path: Path) -> None:
    order: list[int] = []
    holder = turn_at(path)
    assert holder.take(1)

    def come(number: int) -> None:
        mine = turn_at(path)
        assert mine.take(30)
        order.append(number)
        mine.give_back()
        mine.close()

    threads = [threading.Thread(target=come, args=(number,)) for number in range(8)]
    for number, thread in enumerate(threads, 1):
        thread.start()
        waiting(path, number)
    holder.give_back()
    for thread in threads:
        thread.join()
    assert order == list(range(8))


def test_whoever_gives_up_leaves_no_gap(path: Path) -> None:
    holder, hasty, patient = turn_at(path), turn_at(path), turn_at(path)
    assert holder.take(1)
    assert not hasty.take(0.05)
    assert not hasty.take(0.05)
    holder.give_back()
    assert patient.take(20)
    patient.give_back()
    assert hasty.take(20)
    assert not holder.take(0.05)
    hasty.give_back()
    assert holder.take(20)


def test_whoever_is_killed_leaves_no_lock(path: Path) -> None:
    program = f"""
import time
from pathlib import Path
from curation.review.database.queue import Turn
assert Turn(Path({str(path)!r}), Path({str(path)!r})).take(1)
print("mine", flush=True)
time.sleep(60)
"""
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "mine\n"
    turn = turn_at(path)
    assert not turn.take(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert turn.take(20)


def test_the_queue_may_be_used_by_whoever_may_use_the_store(path: Path) -> None:
    path.with_name("review.db").chmod(0o660)
    turn_at(path)
    assert path.stat().st_mode & 0o777 == 0o660


def test_without_a_file_to_lock_everyone_is_in_turn(tmp_path: Path) -> None:
    turn = Turn(tmp_path / "none" / "queue", tmp_path)
    assert turn.take(0)
    turn.give_back()
    turn.close()


def test_no_file_stays_open(path: Path) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    turn, other = turn_at(path), turn_at(path)
    assert turn.take(1)
    assert not other.take(0.01)
    turn.give_back()
    turn.close()
    other.close()
    until = time.monotonic() + 20
    while len(list(Path("/proc/self/fd").iterdir())) > before and time.monotonic() < until:
        time.sleep(0.01)
    assert len(list(Path("/proc/self/fd").iterdir())) == before
