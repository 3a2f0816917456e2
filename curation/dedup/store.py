"""`rows.parquet` and `pairs.parquet`: what another threshold needs, so that nothing is compared twice."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from curation.dedup.pairs import NEAR, Pairs
from curation.dedup.table import Table
from schemas.errors import BadData, MissingFile

ROWS, PAIRS = "rows.parquet", "pairs.parquet"
_KINDS = ("near", "semantic")


def save_rows(path: Path, table: Table) -> None:
    """Columns of `Table`; the files and their digests are in `step.json`."""
    names = pa.DictionaryArray.from_arrays
    columns = {
        "exact": table.exact,
        "gold": table.gold,
        "length": table.length,
        "synthetic": table.synthetic,
        "ability": names(pa.array(table.ability), pa.array(table.abilities, pa.string())),
        "source": names(pa.array(table.source), pa.array(table.sources, pa.string())),
        "file": table.file,
        "start": table.start,
        "size": table.size,
    }
    _write(pa.table(columns), path)


def load_rows(path: Path, files: list[Path], digests: list[str]) -> Table:
    """Raises MissingFile, BadData: it is not there, or damaged."""
    found = _read(path)
    try:
        ability, source = (found[name].combine_chunks() for name in ("ability", "source"))
        plain = {
            name: found[name].to_numpy()
            for name in ("exact", "gold", "length", "synthetic", "file", "start", "size")
        }
        return Table(
            **plain,
            ability=ability.indices.to_numpy(),
            source=source.indices.to_numpy(),
            abilities=ability.dictionary.to_pylist(),
            sources=source.dictionary.to_pylist(),
            files=files,
            digests=digests,
        )
    except (KeyError, AttributeError, TypeError):
        raise _damaged(path) from None


def save_pairs(path: Path, pairs: Pairs, names: tuple[str, ...]) -> None:
    """One line a pair: row numbers from 0, in the order of the inputs; `apart` as bits of `names`."""
    columns = {
        "one": pairs.one.astype(np.int32),
        "other": pairs.other.astype(np.int32),
        "similarity": pairs.similarity,
        "kind": pa.DictionaryArray.from_arrays(pa.array(pairs.kind.astype(np.int8)), pa.array(_KINDS)),
        "apart": pairs.apart,
    }
    table = pa.table(columns).replace_schema_metadata({"apart": ",".join(names)})
    _write(table, path)


def load_pairs(path: Path) -> Pairs:
    """Raises MissingFile, BadData: it is not there, or damaged."""
    found = _read(path)
    try:
        kind = found["kind"].combine_chunks()
        kinds = np.array([_KINDS.index(name) for name in kind.dictionary.to_pylist()] or [NEAR], np.uint8)
        return Pairs(
            found["one"].to_numpy().astype(np.int64),
            found["other"].to_numpy().astype(np.int64),
            found["similarity"].to_numpy(),
            kinds[kind.indices.to_numpy()],
            found["apart"].to_numpy(),
        )
    except (KeyError, AttributeError, TypeError, ValueError):
        raise _damaged(path) from None


def _write(table: pa.Table, path: Path) -> None:
    with path.open("wb") as file:  # pyarrow itself opens no path that is not UTF-8
        pq.write_table(table, file, compression="zstd")


def _read(path: Path) -> pa.Table:
    try:
        with path.open("rb") as file:
            return pq.read_table(file)
    except FileNotFoundError:
        raise MissingFile("no such file", where=str(path), do="name the folder of a dedup step") from None
    except (pa.ArrowException, OSError):
        raise _damaged(path) from None


def _damaged(path: Path) -> BadData:
    return BadData("this is not what dedup wrote", where=str(path), do="run dedup on the files again")
