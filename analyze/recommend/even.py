"""The uniform mix: a budget spread as evenly as the pools allow."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def spread_evenly(budget: int, caps: Sequence[int]) -> NDArray[np.int64]:
    """Integers that sum to `budget` (or to all there is), as equal as `caps` allow; the first ones get the remainder."""
    limit = np.asarray(caps, dtype=np.int64)
    out = np.zeros(len(limit), dtype=np.int64)
    left = min(int(budget), int(limit.sum()))
    while left > 0:
        open_ones = np.flatnonzero(out < limit)
        share = left // len(open_ones)
        if share == 0:
            out[open_ones[:left]] += 1
            break
        added = np.minimum(share, limit[open_ones] - out[open_ones])
        out[open_ones] += added
        left -= int(added.sum())
    return out
