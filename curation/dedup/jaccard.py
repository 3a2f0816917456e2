"""How alike two texts are: the share of their different grams that both have. Exact, for many pairs at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from curation.dedup.grams import I64, Grams

_AT_ONCE = 20_000


def jaccard(grams: Grams, one: I64, other: I64) -> NDArray[np.float32]:
    """|A and B| / |A or B| of the sets of grams of texts `one[i]` and `other[i]`; 0 where neither has any."""
    texts = len(grams.offsets) - 1
    columns = (grams.hashes >> np.uint64(1)).astype(np.int64)
    sets = csr_array(
        (np.ones(len(columns), np.int8), columns, grams.offsets), shape=(texts, np.iinfo(np.int64).max)
    )
    sets.sum_duplicates()
    sets.data[:] = 1  # sets, not counts
    sizes = np.diff(sets.indptr)
    found = np.zeros(len(one), np.float32)
    for start in range(0, len(one), _AT_ONCE):
        a, b = one[start : start + _AT_ONCE], other[start : start + _AT_ONCE]
        both = np.diff(sets[a].multiply(sets[b]).tocsr().indptr)
        either = sizes[a] + sizes[b] - both
        np.divide(both, either, out=found[start : start + _AT_ONCE], where=either > 0, casting="unsafe")
    return found
