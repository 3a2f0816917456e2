"""Lines of large files that name something: found as bytes, so that only those are ever parsed."""

from __future__ import annotations

import mmap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import orjson

_CHUNK = 1 << 24


@dataclass(frozen=True)
class Found:
    """One line that holds a needle.

    Args:
        file: where.
        start: place of its first byte there.
        row: the object that it is.
    """

    file: Path
    start: int
    row: dict[str, Any]

    @cached_property
    def line(self) -> int:
        """Its number, from 1. Counted when it is asked for: of most lines nobody asks."""
        number, left = 1, self.start
        with self.file.open("rb") as file:
            while left > 0 and (chunk := file.read(min(left, _CHUNK))):
                number, left = number + chunk.count(b"\n"), left - len(chunk)
        return number


class Search:
    """Lines of JSON lines files that hold any of the needles asked for so far; no needle is looked for twice.

    Args:
        files: in the order in which their lines are told.
    """

    def __init__(self, files: Sequence[Path]) -> None:
        self._files = files
        self._needles: list[bytes] = []
        self._found: list[dict[int, Found]] = [{} for _ in files]

    def lines(self, needles: Iterable[bytes]) -> Iterator[Found]:
        """Every line that holds these or earlier needles."""
        # A needle that begins with an earlier one finds nothing new.
        fresh = [n for n in dict.fromkeys(needles) if not any(n.startswith(old) for old in self._needles)]
        self._needles += fresh
        for path, found in zip(self._files, self._found, strict=True):
            if fresh:
                found |= {line.start: line for line in _lines_with(path, fresh)}
            for start in sorted(found):
                yield found[start]


def _lines_with(path: Path, needles: Sequence[bytes]) -> Iterator[Found]:
    """JSON objects that hold one of `needles`. A line that is none is passed over: the file may be anybody's raw data,
    or still be written to."""
    try:
        with path.open("rb") as file:
            if not path.stat().st_size:
                return
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                for begin, line in _cut(data, needles):
                    try:
                        row = orjson.loads(line)
                    except orjson.JSONDecodeError:
                        continue
                    if isinstance(row, dict):
                        yield Found(path, begin, row)
    except OSError:
        return


def _cut(data: mmap.mmap, needles: Sequence[bytes]) -> Iterator[tuple[int, bytes]]:
    for needle in needles:
        at = data.find(needle)
        while at >= 0:
            begin, end = data.rfind(b"\n", 0, at) + 1, data.find(b"\n", at)
            end = len(data) if end < 0 else end
            yield begin, data[begin:end]
            at = data.find(needle, end)


def text_needle(text: str) -> bytes:
    """A whole text as it stands in canonical JSON."""
    return orjson.dumps(text)


def row_needles(key: str) -> list[bytes]:
    """How `source:row` stands in decisions and in the `source` of instances, whichever colon divides it."""
    cuts = [at for at, char in enumerate(key) if char == ":"]
    named = [(text_needle(key[:at]), text_needle(key[at + 1 :])) for at in cuts]
    return [text_needle(key), *(b'"name":%b,"row":%b' % pair for pair in named)]


def parquet_ids(path: Path, prefix: str) -> Iterator[tuple[int, str]]:
    """(row from 0, id) of the rows of a Parquet file whose `id` begins with `prefix`; none if it holds no instances."""
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            names = file.schema_arrow.names
            if not {"id", "messages"} <= {*names} or not pa.types.is_string(
                file.schema_arrow.field("id").type
            ):
                return
            before = 0
            for batch in file.iter_batches(columns=["id"]):
                column = batch.column(0)
                for index in pc.indices_nonzero(pc.starts_with(column, prefix)).to_pylist():
                    yield before + index, column[index].as_py()
                before += len(column)
    except (OSError, pa.ArrowException):
        return


def parquet_row(path: Path, number: int) -> dict[str, Any]:
    """One row of a Parquet file, from 0."""
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        before = 0
        for group in range(file.num_row_groups):
            rows = file.metadata.row_group(group).num_rows
            if number < before + rows:
                found: dict[str, Any] = file.read_row_group(group).slice(number - before, 1).to_pylist()[0]
                return found
            before += rows
    return {}
