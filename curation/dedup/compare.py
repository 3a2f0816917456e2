"""Candidates compared: the texts are read back, the similarity is computed exactly, reasons to keep both are noted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from curation.dedup.candidates import Pairs as Rows
from curation.dedup.grams import I64, U64, gram_hashes
from curation.dedup.guards import Sides, apart
from curation.dedup.jaccard import jaccard
from curation.dedup.pairs import F32, NEAR, SEMANTIC, Pairs
from curation.dedup.read import Texts
from curation.dedup.spool import Records
from curation.dedup.table import I32, Flags
from curation.workers import in_order

_AT_ONCE, _TOGETHER = 20_000, 200_000


@dataclass(frozen=True)
class Work:
    """Some pairs and what their rows need to be compared.

    Args:
        pairs: (pairs, 2) row numbers.
        at: (pairs, 2) places in `records`.
        known: similarities that are known already; None for candidates of near-duplicates.
    """

    pairs: Rows
    at: Rows
    records: Records
    prompt: I32
    free: Flags
    meant: U64
    options: U64
    known: F32 | None = None


@dataclass(frozen=True)
class Comparer:
    """The work on some pairs; travels to worker processes."""

    gram: int
    floor: float

    def __call__(self, work: Work) -> tuple[Pairs, int]:
        """The pairs that are similar enough, and how many were looked at."""
        records = work.records.read()
        similarity = work.known
        if similarity is None:
            grams = gram_hashes([text for text, _ in records], self.gram)
            similarity = jaccard(grams, work.at[:, 0], work.at[:, 1])
        alike = np.flatnonzero(similarity >= np.float32(self.floor))
        sides = Sides(records, work.prompt, work.free, work.meant, work.options)
        reasons = apart(sides, work.at[alike, 0], work.at[alike, 1])
        kind = NEAR if work.known is None else SEMANTIC
        pairs = Pairs(
            work.pairs[alike, 0],
            work.pairs[alike, 1],
            similarity[alike],
            np.full(len(alike), kind, np.uint8),
            reasons,
        )
        return pairs, len(work.pairs)


def compared(
    candidates: Iterable[Rows], texts: Texts, comparer: Comparer, workers: int | None
) -> Iterator[tuple[Pairs, int]]:
    """As `Comparer`, for pieces of the candidates in their order."""
    return in_order(comparer, (work_on(pairs, None, texts) for pairs in _pieces(candidates)), workers)


def _pieces(candidates: Iterable[Rows]) -> Iterator[Rows]:
    """The same pairs, those of one row together, in pieces that are worth sending to a worker."""
    held: list[Rows] = []
    count = 0

    def cut() -> Iterator[Rows]:
        whole = np.concatenate(held)
        packed = np.unique(whole[:, 0] << 32 | whole[:, 1])
        for start in range(0, len(packed), _AT_ONCE):
            some = packed[start : start + _AT_ONCE]
            yield np.stack((some >> 32, some & 0xFFFFFFFF), 1)

    for pairs in candidates:
        held.append(pairs)
        count += len(pairs)
        if count >= _TOGETHER:
            yield from cut()
            held, count = [], 0
    if held:
        yield from cut()


def work_on(pairs: Rows, known: NDArray[np.float32] | None, texts: Texts) -> Work:
    rows, at = np.unique(pairs, return_inverse=True)
    taken: I64 = rows
    return Work(
        pairs=pairs,
        at=at.reshape(pairs.shape),
        records=Records(texts.path, texts.start[taken], texts.size[taken].astype(np.int64)),
        prompt=texts.prompt[taken],
        free=texts.free[taken],
        meant=texts.meant[taken],
        options=texts.options[taken],
        known=known,
    )
