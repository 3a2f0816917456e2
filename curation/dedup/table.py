"""All rows as columns: a hundred bytes each, so that a million of them fit into memory without their texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from curation.dedup.grams import I64, U64
from schemas.errors import BadSpec

I32 = NDArray[np.int32]
Flags = NDArray[np.bool_]


@dataclass
class Table:
    """The rows of all files, in their order.

    Args:
        exact: number of the first row with the same exact key; rows with one number are exact duplicates.
        gold: hash of the gold answer.
        length: characters of the text that is compared.
        synthetic: origin.
        ability, source: places in `abilities` and `sources`.
        file, start, size: where the row's line is: number of the file, first byte, bytes without the newline.
        files, digests: the files and their sha256.
    """

    exact: I32
    gold: U64
    length: I32
    synthetic: Flags
    ability: I32
    source: I32
    file: I32
    start: I64
    size: I32
    abilities: list[str]
    sources: list[str]
    files: list[Path]
    digests: list[str]

    def __len__(self) -> int:
        return len(self.exact)


COLUMNS = ("exact", "gold", "length", "synthetic", "ability", "source", "file", "start", "size")


def first_of_same(keys: U64) -> I32:
    """(rows, 2) keys -> for each row the number of the first row with an equal key."""
    order = np.lexsort((np.arange(len(keys)), keys[:, 1], keys[:, 0]))
    ordered = keys[order]
    begins = np.ones(len(keys), np.bool_)
    begins[1:] = (ordered[1:] != ordered[:-1]).any(1)
    first = np.empty(len(keys), np.int32)
    starts = np.flatnonzero(begins)
    first[order] = np.repeat(order[starts], np.diff(np.append(starts, len(keys))))
    return first


def ranks(table: Table, keep: Sequence[str]) -> I32:
    """The place of every row in the order of who stays: 0 for the one that everybody else gives way to.

    Raises:
        BadSpec: a source that no row comes from.
    """
    number = np.arange(len(table))
    columns: list[NDArray[np.int64]] = []
    for word in keep:
        if word.startswith("source:"):
            name = word.removeprefix("source:")
            if name not in table.sources and len(table):
                raise BadSpec(
                    f"no row comes from the source {name!r}",
                    where="--keep",
                    do=f"there are {', '.join(table.sources[:10])}",
                )
            wanted = table.sources.index(name) if len(table) else 0
            columns.append((table.source != wanted).astype(np.int64))
        else:
            columns.append(
                {
                    "human": table.synthetic.astype(np.int64),
                    "synthetic": (~table.synthetic).astype(np.int64),
                    "longest": -table.length.astype(np.int64),
                    "shortest": table.length.astype(np.int64),
                    "first": number,
                    "last": -number,
                }[word]
            )
    order = np.lexsort((number, *reversed(columns)))
    rank = np.empty(len(table), np.int32)
    rank[order] = number
    return rank
