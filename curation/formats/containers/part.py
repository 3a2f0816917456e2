"""One stretch of bytes that holds rows: a file, a member of an archive, a file of a folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

CHUNK = 1 << 16
# No row may be longer, in bytes or characters: one that is may be a decompression bomb, and would be held whole.
ROW_LIMIT = 1 << 26
TOO_LONG = f"longer than {ROW_LIMIT >> 20} MiB"

BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Part:
    """Bytes to read rows from.

    Args:
        name: the file's name or the member's, which says what kind it may be.
        where: for people, safe to print.
        label: stands in front of the keys of its rows, safe to print and unique in its source; empty where a source
            has one part.
        chunks: the bytes, decompressed, in pieces of about 64 KiB or more. May be called once.
        path: the file itself, where it can be read at any place.
        problem: why the part is not read; then it is one rejected row.
    """

    name: str
    where: str
    label: str
    chunks: Callable[[], Iterator[bytes]]
    path: Path | None = None
    problem: str = ""


class Readable(Protocol):
    """What can be read on."""

    def read(self, size: int, /) -> bytes: ...


def chunks_of(file: Readable, size: int = CHUNK) -> Iterator[bytes]:
    """All of an open file, piece by piece."""
    while chunk := file.read(size):
        yield chunk


def nothing() -> Iterator[bytes]:
    """The bytes of a part that is not read."""
    return iter(())


class Labels:
    """Names from data made safe to print, and unique again where that made two of them the same."""

    def __init__(self) -> None:
        self._used: set[str] = set()

    def of(self, name: str) -> str:
        from schemas.terminal import one_line

        label = base = one_line(name, 100)
        number = 1
        while label in self._used:
            number += 1
            label = f"{base}#{number}"
        self._used.add(label)
        return label
