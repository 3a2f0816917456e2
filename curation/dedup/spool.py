"""Canonical texts on the disk while pairs are compared: memory holds where they are, not what they say."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from curation.dedup.grams import I64

_PREFIX = ".dedup-"


@contextmanager
def workplace(out: Path) -> Iterator[Path]:
    """A folder within `out` that is gone afterwards, and what a killed run left there as well."""
    out.mkdir(parents=True, exist_ok=True)
    for old in out.glob(f"{_PREFIX}*"):
        shutil.rmtree(old, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=_PREFIX, dir=out) as folder:
        yield Path(folder)


def packed(text: str, question: str) -> bytes:
    """One record. Texts hold no NUL: the types refuse it."""
    return f"{text}\0{question}".encode()


def unpacked(record: bytes) -> tuple[str, str]:
    text, _, question = record.decode().partition("\0")
    return text, question


@dataclass(frozen=True)
class Records:
    """Where some rows' records are.

    Args:
        path: the spool.
        start, size: bytes.
    """

    path: Path
    start: I64
    size: I64

    def read(self) -> list[tuple[str, str]]:
        """(text, question) of the rows, read in the order of the file: one neighbour after the other."""
        found = [("", "")] * len(self.start)
        starts, sizes = self.start.tolist(), self.size.tolist()
        with self.path.open("rb", buffering=1 << 16) as file:
            for place in np.argsort(self.start, kind="stable").tolist():
                file.seek(starts[place])
                found[place] = unpacked(file.read(sizes[place]))
        return found
