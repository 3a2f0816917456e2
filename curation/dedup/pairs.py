"""Pairs of rows with their true similarity, and what keeps them apart: all that a new threshold needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from curation.dedup.grams import I64

NEAR, SEMANTIC = 0, 1
F32 = NDArray[np.float32]
U8 = NDArray[np.uint8]


@dataclass
class Pairs:
    """Pairs that were compared and found similar, of rows that stand for their exact duplicates.

    Args:
        one, other: row numbers, one < other.
        similarity: Jaccard of the sets of grams, or cosine of the embeddings.
        kind: NEAR or SEMANTIC.
        apart: bits of the reasons to keep both, whether or not they are asked for.
    """

    one: I64
    other: I64
    similarity: F32
    kind: U8
    apart: U8

    def __len__(self) -> int:
        return len(self.one)

    def where(self, mask: NDArray[np.bool_] | I64) -> Pairs:
        return Pairs(
            self.one[mask], self.other[mask], self.similarity[mask], self.kind[mask], self.apart[mask]
        )


def no_pairs() -> Pairs:
    none = np.empty(0, np.int64)
    return Pairs(none, none, np.empty(0, np.float32), np.empty(0, np.uint8), np.empty(0, np.uint8))


def joined(pairs: Sequence[Pairs]) -> Pairs:
    """All pairs in the order of their rows and kinds, each once."""
    if not pairs:
        return no_pairs()
    whole = Pairs(
        np.concatenate([p.one for p in pairs]),
        np.concatenate([p.other for p in pairs]),
        np.concatenate([p.similarity for p in pairs]),
        np.concatenate([p.kind for p in pairs]),
        np.concatenate([p.apart for p in pairs]),
    )
    order = np.lexsort((whole.kind, whole.other, whole.one))
    whole = whole.where(order)
    fresh = np.ones(len(whole), np.bool_)
    fresh[1:] = (
        (whole.one[1:] != whole.one[:-1])
        | (whole.other[1:] != whole.other[:-1])
        | (whole.kind[1:] != whole.kind[:-1])
    )
    return whole.where(fresh)
