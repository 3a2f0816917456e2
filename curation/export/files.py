"""The files of one export: written in a folder beside the place they are for, moved there when all of them are whole."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import orjson

from curation.export.convert import Bundle
from curation.step import read_step
from schemas.errors import BadSpec

SHARD = 500_000_000
IDS = "ids.jsonl"


@dataclass
class Written:
    """One file: its path relative to the export, and what is in it."""

    file: str
    part: str
    rows: int = 0
    size: int = 0


class Files:
    """Files that grow block by block.

    Args:
        folder: an existing, empty folder.
        parquet: rows come as Arrow streams and go to Parquet files.
        shards: a file that has reached `shard` bytes is followed by another one.
        ids: name of the file of (id, file, line); empty for none.
        shard: bytes.
    """

    def __init__(self, folder: Path, *, parquet: bool, shards: bool, ids: str, shard: int) -> None:
        self._folder, self._parquet, self._shards, self._shard = folder, parquet, shards, shard
        self._open: dict[str, _Lines | _Table] = {}
        self._closed: dict[str, list[Written]] = {}
        self._parts: dict[str, str] = {}
        self._ids: IO[bytes] | None = (folder / ids).open("wb") if ids else None

    def touch(self, place: str, part: str) -> None:
        """A file that is there even if no row comes."""
        if place not in self._open:
            path = self._folder / place
            path.parent.mkdir(parents=True, exist_ok=True)
            self._parts[place] = part
            self._open[place] = _Table(path) if self._parquet else _Lines(path)

    def add(self, place: str, part: str, bundle: Bundle) -> None:
        """Rows of one block at the end of their file."""
        self.touch(place, part)
        file = self._open[place]
        if self._ids is not None:
            self._ids.write(_id_lines(place, bundle.ids, file.rows))
        file.write(bundle.data, len(bundle.ids))
        if self._shards and file.size >= self._shard:
            self._next(place)

    def finish(self) -> list[Written]:
        """Close everything, give shards their names, wait for the disk. What was written, in the order of its names."""
        for place in list(self._open):
            self._next(place)
        if self._ids is not None:
            self._ids.close()
        if self._shards:
            for place, shards in self._closed.items():
                self._name_shards(place, shards)
        for path in sorted(self._folder.rglob("*")):
            if path.is_file():
                _sync(path)
        return sorted((w for shards in self._closed.values() for w in shards), key=lambda w: w.file)

    def close(self) -> None:
        """Let go of what is open; the files are of no use then."""
        for file in self._open.values():
            file.close()
        if self._ids is not None:
            self._ids.close()

    def _next(self, place: str) -> None:
        file = self._open.pop(place)
        file.close()
        done = self._closed.setdefault(place, [])
        made = Written(place, self._parts[place], file.rows, file.path.stat().st_size)
        if self._shards:
            made.file = f"{place}.{len(done)}"
            file.path.rename(self._folder / made.file)
        done.append(made)

    def _name_shards(self, place: str, shards: list[Written]) -> None:
        stem, _, suffix = place.rpartition(".")
        for number, shard in enumerate(shards):
            name = f"{stem}-{number:05d}-of-{len(shards):05d}.{suffix}"
            (self._folder / shard.file).rename(self._folder / name)
            shard.file = name


class _Lines:
    """A file of lines, opened for each block: there may be as many as abilities, more than a process may hold open."""

    def __init__(self, path: Path) -> None:
        self.path, self.rows, self.size = path, 0, 0
        path.touch()

    def write(self, data: bytes, rows: int) -> None:
        with self.path.open("ab") as file:
            file.write(data)
        self.rows, self.size = self.rows + rows, self.size + len(data)

    def close(self) -> None:
        pass


class _Table:
    """A Parquet file; every block is a row group of its own, so that memory holds one at a time."""

    def __init__(self, path: Path) -> None:
        import pyarrow.parquet as pq

        from curation.export.columns import FEW_VALUES, SCHEMA

        self.path, self.rows = path, 0
        self._file = path.open("wb")
        self._writer: Any = pq.ParquetWriter(
            self._file, SCHEMA, compression="zstd", use_dictionary=FEW_VALUES
        )

    @property
    def size(self) -> int:
        return self._file.tell()

    def write(self, data: bytes, rows: int) -> None:
        import pyarrow as pa

        with pa.ipc.open_stream(data) as stream:
            for batch in stream:
                self._writer.write_batch(batch)
        self.rows += rows

    def close(self) -> None:
        if not self._file.closed:
            self._writer.close()
            self._file.close()


def _id_lines(file: str, ids: list[str], before: int) -> bytes:
    # Nothing to escape: a file's name is made of checked names, an id is hexadecimal.
    head = b'{"file":' + orjson.dumps(file) + b',"id":"'
    return b"".join(
        [head + i.encode() + b'","line":%d}\n' % number for number, i in enumerate(ids, before + 1)]
    )


@contextmanager
def beside(out: Path, *, folder: bool) -> Iterator[tuple[Path, Callable[[], None]]]:
    """A temporary folder beside `out`, and a function that moves what is in it to where it belongs.

    Of a folder export the temporary folder itself becomes `out`; an earlier export that stands there is replaced.
    Of a single file export every file in it goes into `out`'s folder, `out` itself last. Left without the move, or by
    an exception, nothing remains.

    Raises:
        BadSpec: `out` is something that an export must not replace.
    """
    out = out.resolve()
    look_at(out, folder=folder)
    out.parent.mkdir(parents=True, exist_ok=True)
    temporary = out.with_name(f".{out.name}.{os.getpid()}.tmp")
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir()
    try:
        yield temporary, lambda: _swap(temporary, out) if folder else _move(temporary, out)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def look_at(out: Path, *, folder: bool) -> None:
    """Raises BadSpec if `out` holds something else than an earlier export."""
    if not folder:
        if out.is_dir():
            raise BadSpec("this is a folder, the export is one file", where=str(out), do="name a file in it")
        return
    if out.exists() and not out.is_dir():
        raise BadSpec("this is a file, the export is a folder", where=str(out), do="name a folder")
    step = read_step(out)
    if out.exists() and any(out.iterdir()) and (step is None or step.stage != "export"):
        raise BadSpec(
            "there is something else in this folder, which the export would replace",
            where=str(out),
            do="name a new folder",
        )


def _swap(temporary: Path, out: Path) -> None:
    old = out.with_name(f".{out.name}.{os.getpid()}.old")
    if out.exists():
        out.rename(old)
    temporary.rename(out)
    shutil.rmtree(old, ignore_errors=True)
    _sync(out.parent)


def _move(temporary: Path, out: Path) -> None:
    for path in sorted(temporary.iterdir(), key=lambda p: (p.name == out.name, p.name)):
        path.replace(out.parent / path.name)
    _sync(out.parent)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
