"""Parquet, and the Arrow files that a saved dataset consists of: a few hundred rows in memory at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from curation.formats.base import Raw, Tally
from schemas.errors import BadData
from schemas.terminal import one_line

PARQUET = b"PAR1"
_BATCH = 256


def parquet(path: Path, tally: Tally, where: str, columns: Sequence[str] = ()) -> Iterator[Raw]:
    """The rows of a Parquet file as column -> value, keyed from 1.

    Args:
        where: for the error.
        columns: have to be in the schema.

    Raises:
        BadData: it is broken or lacks a column.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path, buffer_size=1 << 20, pre_buffer=False) as file:
            names = list(file.schema_arrow.names)
            missing = [name for name in columns if name not in names]
            if missing:
                raise BadData(
                    f"there is no column {one_line(missing[0], 40)}; it has {one_line(', '.join(names), 100)}",
                    where=where,
                    do="name another --format, or the column's name with --option",
                )
            # One thread, no read ahead: speed comes from worker processes, and memory must not follow a row group.
            yield from _rows(file.iter_batches(batch_size=_BATCH, use_threads=False), tally)
    except (pa.ArrowException, OSError, ValueError, OverflowError) as error:
        if isinstance(error, OSError) and error.errno and not isinstance(error, pa.ArrowException):
            raise
        raise BadData(
            f"not Parquet, or broken ({one_line(str(error), 120)})", where=where, do="write the file anew"
        ) from None


def arrow(paths: Iterable[Path], tally: Tally, where: str) -> Iterator[Raw]:
    """The rows of Arrow streams, one file after the other, keyed from 1. Raises BadData for a broken one."""
    import pyarrow as pa

    def batches() -> Iterator[Any]:
        for path in paths:
            # Not mapped: mapped pages count as this process's memory until somebody else wants it.
            with pa.OSFile(str(path)) as file:
                for batch in pa.ipc.open_stream(file):
                    for start in range(0, batch.num_rows, _BATCH):
                        yield batch.slice(start, _BATCH)

    try:
        yield from _rows(batches(), tally)
    except FileNotFoundError as error:
        raise BadData(
            f"a file is missing ({one_line(str(error), 120)})", where=where, do="save it again"
        ) from None
    except (pa.ArrowException, OSError, ValueError) as error:
        raise BadData(
            f"not Arrow, or broken ({one_line(str(error), 120)})", where=where, do="save it again"
        ) from None


def _rows(batches: Iterable[Any], tally: Tally) -> Iterator[Raw]:
    number = 0
    for batch in batches:
        for value, problem in _values(batch):
            number += 1
            tally.rows += 1
            yield Raw(str(number), value, problem)


def _values(batch: Any) -> Iterator[tuple[Any, str]]:
    """(row, problem): rows that are not UTF-8 or whose offsets point nowhere are told apart one by one."""
    import pyarrow as pa

    try:
        batch.validate(full=True)
        rows = batch.to_pylist()
    except (pa.ArrowException, UnicodeDecodeError, ValueError):
        for place in range(batch.num_rows):
            one = batch.slice(place, 1)
            try:
                one.validate(full=True)
                yield one.to_pylist()[0], ""
            except UnicodeDecodeError:
                yield None, "not UTF-8"
            except (pa.ArrowException, ValueError) as error:
                yield None, f"broken ({one_line(str(error), 100)})"
    else:
        for row in rows:
            yield row, ""
