"""Hashes of every run of n characters of many texts at once, and of whole texts: stable, 64 bits, no Python loop.

A text's hash is the polynomial sum of R[c] * M^i over its characters, modulo 2^64, with M odd and R a table of random
numbers; a run's is a difference of two prefix sums, shifted back by the inverse of M. All of it is public textbook
arithmetic. Whatever is found by a hash is compared as text before it is believed.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]

_M = 0x9E3779B97F4A7C15
_INVERSE = pow(_M, -1, 1 << 64)
_GROWTH = 1 << 20


class Prefixes:
    """The prefix sums of one array of code points, from which any run's hash follows.

    Args:
        codes: folded code points, uint32.
    """

    def __init__(self, codes: NDArray[np.uint32]) -> None:
        powers, self._back = _powers(len(codes) + 1)
        self._sums = np.zeros(len(codes) + 1, np.uint64)
        np.cumsum(_table()[codes] * powers[: len(codes)], out=self._sums[1:])

    def of(self, starts: NDArray[np.int64], ends: NDArray[np.int64]) -> Hashes:
        """Hashes of the texts `codes[start:end]`."""
        return mix(
            (self._sums[ends] - self._sums[starts]) * self._back[starts] + (ends - starts).astype(np.uint64)
        )

    def grams(self, n: int) -> Hashes:
        """Hashes of all runs of `n` characters, wherever one text ends and the next begins; empty if there are none."""
        count = max(0, len(self._sums) - n)
        return mix((self._sums[n : n + count] - self._sums[:count]) * self._back[:count])


def mix(values: Hashes) -> Hashes:
    """Spread every bit of each value over all bits (the finisher of MurmurHash3)."""
    values = values ^ (values >> np.uint64(33))
    values = values * np.uint64(0xFF51AFD7ED558CCD)
    values = values ^ (values >> np.uint64(33))
    values = values * np.uint64(0xC4CEB9FE1A85EC53)
    return values ^ (values >> np.uint64(33))


@lru_cache(maxsize=1)
def _table() -> Hashes:
    return mix(np.arange(1, 0x110001, dtype=np.uint64) * np.uint64(_M))


_cached: tuple[Hashes, Hashes] = (np.empty(0, np.uint64), np.empty(0, np.uint64))


def _powers(count: int) -> tuple[Hashes, Hashes]:
    """M^i and M^-i for i below `count`, at least."""
    global _cached
    if len(_cached[0]) < count:
        size = -(-count // _GROWTH) * _GROWTH
        made = []
        for base in (_M, _INVERSE):
            steps = np.full(size, base, np.uint64)
            steps[0] = 1
            made.append(np.cumprod(steps))
        _cached = made[0], made[1]
    return _cached
