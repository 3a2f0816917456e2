"""Files that only grow: a line is on the disk before anyone is told, and a killed writer's torn last line is no line.

What must survive `kill -9` and a power cut (a model's answers, a person's verdicts) is appended here.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

_BLOCK = 1 << 16


def append_lines(path: Path, lines: Iterable[str]) -> None:
    """Append whole lines, synced to the disk when this returns; processes take turns.

    A torn last line that a killed writer left is cut off first: it was never acknowledged.
    """
    fresh = not path.exists()
    path.parent.mkdir(parents=True, exist_ok=True)
    data = "".join(line + "\n" for line in lines).encode("utf-8")
    with path.open("a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        end = _whole(file.fileno())
        if end != os.fstat(file.fileno()).st_size:
            file.truncate(end)
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    if fresh:
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)  # a new file's name lives in its folder
        finally:
            os.close(folder)


def whole_lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Yield (line number from 1, bytes without the newline); nothing for a missing file, no torn last line."""
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return
    with file:
        for number, line in enumerate(file, 1):
            if not line.endswith(b"\n"):
                return
            yield number, line[:-1]


def _whole(descriptor: int) -> int:
    """How many bytes of the file are whole lines, read from the end."""
    end = os.fstat(descriptor).st_size
    while end > 0:
        start = max(0, end - _BLOCK)
        found = os.pread(descriptor, end - start, start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        end = start
    return 0
