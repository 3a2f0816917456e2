"""Annotators who are killed in the middle of their work, again and again, with SIGKILL."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from types import TracebackType
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[3]
NAMES = ("lin", "wang", "chen")


class Nursery:
    """A process that has everything imported and forks annotators, so that one begins in milliseconds."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.curation.review.annotating", "nursery"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )

    def __enter__(self) -> Nursery:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait()

    def start(self, url: str, name: str, file: Path) -> Running:
        """An annotator who has just begun, and writes into `file` what was acknowledged."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{url}\t{name}\t{file}\n")
        self._process.stdin.flush()
        return Running(int(self._process.stdout.readline()))


class Running:
    """A process by its file descriptor: a number may be another process's by the time one kills it."""

    def __init__(self, process: int) -> None:
        try:
            self._descriptor = os.pidfd_open(process)
        except ProcessLookupError:  # it has ended already
            self._descriptor = -1

    def kill(self) -> bool:
        """False if it had ended by itself."""
        if self._descriptor < 0:
            return False
        try:
            signal.pidfd_send_signal(self._descriptor, signal.SIGKILL)
        except ProcessLookupError:
            return False
        finally:
            os.close(self._descriptor)
            self._descriptor = -1
        return True


def _until_at_work(file: Path, size: int) -> None:
    """Until the annotator has been acknowledged something since he began, or has nothing to do."""
    until = time.monotonic() + 10
    while time.monotonic() < until and not (file.exists() and file.stat().st_size > size):
        time.sleep(0.001)


class Killed(NamedTuple):
    """How often a process was killed, and how often it was one at work: had been acknowledged something and had not ended."""

    times: int
    at_work: int


def kill_at_random(
    url: str,
    files: dict[str, Path],
    times: int,
    *,
    longest: float = 0.15,
    between: Callable[[int], None] | None = None,
) -> Killed:
    """Three annotators work at once; at each of `times` moments of chance one of them is killed and begins anew.

    Args:
        files: annotator -> where what was acknowledged is written.
        longest: seconds between two kills, at most.
        between: called with the number of the kill, between two.
    """
    random = Random(times)
    at_work = 0
    with Nursery() as nursery:
        running = {name: nursery.start(url, name, files[name]) for name in files}
        sizes = dict.fromkeys(files, 0)
        for kill in range(times):
            name = random.choice(list(files))
            # Most are killed at work, however slow the machine; some while they begin.
            if random.random() < 0.75:
                _until_at_work(files[name], sizes[name])
            time.sleep(random.uniform(0, longest))
            killed = running[name].kill()
            size = files[name].stat().st_size if files[name].exists() else 0
            at_work += killed and size > sizes[name]
            sizes[name] = size
            if between is not None:
                between(kill)
            running[name] = nursery.start(url, name, files[name])
        for one in running.values():
            one.kill()
    return Killed(times, at_work)
