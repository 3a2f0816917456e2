"""Lines of large files that name something: found as bytes, so that only those are ever parsed."""

from __future__ import annotations

import json
import mmap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

_CHUNK = 1 << 24


@dataclass(frozen=True)
class Found:
    """One line that holds a needle.

    Args:
        file: where.
        line: its number, from 1.
        row: the object that it is.
    """

    file: Path
    line: int
    row: dict[str, Any]


def lines_with(path: Path, needles: Iterable[bytes]) -> Iterator[Found]:
    """JSON objects of a JSON lines file that hold one of `needles`, in the order of the file, each once.

    A line that is no JSON object is passed over: the file may be anybody's raw data, or still be written to.
    """
    try:
        with path.open("rb") as file:
            if not path.stat().st_size:
                return
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                yield from _found(path, data, list(dict.fromkeys(needles)))
    except OSError:
        return


def _found(path: Path, data: mmap.mmap, needles: Sequence[bytes]) -> Iterator[Found]:
    places: dict[int, int] = {}
    for needle in needles:
        at = data.find(needle)
        while at >= 0:
            begin, end = data.rfind(b"\n", 0, at) + 1, data.find(b"\n", at)
            end = len(data) if end < 0 else end
            places[begin] = end
            at = data.find(needle, end)
    number, counted = 1, 0
    for begin in sorted(places):
        number += _newlines(data, counted, begin)
        counted = begin
        try:
            row = orjson.loads(data[begin : places[begin]])
        except orjson.JSONDecodeError:
            continue
        if isinstance(row, dict):
            yield Found(path, number, row)


def _newlines(data: mmap.mmap, begin: int, end: int) -> int:
    return sum(data[at : min(at + _CHUNK, end)].count(b"\n") for at in range(begin, end, _CHUNK))


def text_needle(text: str) -> bytes:
    """A whole text as it stands in canonical JSON."""
    return orjson.dumps(text)


def row_needles(key: str) -> list[bytes]:
    """How `source:row` stands in decisions and in the `source` of instances, whichever colon divides it."""
    found = [text_needle(key)]
    for at, char in enumerate(key):
        if char == ":":
            name, row = key[:at], key[at + 1 :]
            found.append(b'"name":%b,"row":%b' % (text_needle(name), text_needle(row)))
            spaced = json.dumps({"name": name, "row": row}, ensure_ascii=False)[1:-1]
            found.append(spaced.encode("utf-8", "replace"))
    return found


def parquet_ids(path: Path, prefix: str) -> Iterator[tuple[int, str]]:
    """(row from 1, id) of the rows of a Parquet file whose `id` begins with `prefix`; none if it has no such column."""
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            if "id" not in file.schema_arrow.names or not pa.types.is_string(
                file.schema_arrow.field("id").type
            ):
                return
            before = 0
            for batch in file.iter_batches(columns=["id"]):
                column = batch.column(0)
                for index in pc.indices_nonzero(pc.starts_with(column, prefix)).to_pylist():
                    yield before + index + 1, column[index].as_py()
                before += len(column)
    except (OSError, pa.ArrowException):
        return


def parquet_row(path: Path, number: int) -> dict[str, Any]:
    """One row of a Parquet file, from 1."""
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        before = 0
        for group in range(file.num_row_groups):
            rows = file.metadata.row_group(group).num_rows
            if number <= before + rows:
                found: dict[str, Any] = (
                    file.read_row_group(group).slice(number - before - 1, 1).to_pylist()[0]
                )
                return found
            before += rows
    return {}
