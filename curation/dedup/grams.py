"""Character grams as numbers: a whole block of texts is hashed at once, the same way on every machine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

U64 = NDArray[np.uint64]
I64 = NDArray[np.int64]

_FACTOR = np.uint64(0x9E3779B97F4A7C15)
_MIX = np.uint64(0xBF58476D1CE4E5B9)
# Characters hashed at once: the arrays then stay within a processor's cache.
_SPAN = 1 << 17


@dataclass(frozen=True, slots=True)
class Grams:
    """Hashes of the character grams of texts, in the order of the texts.

    Args:
        hashes: of all texts, one text after the other; a gram that stands twice is there twice.
        offsets: (texts + 1) where each text begins and the last one ends.
    """

    hashes: U64
    offsets: I64


def gram_hashes(texts: Sequence[str], n: int) -> Grams:
    """64-bit hashes of all runs of `n` characters. A text of fewer than `n` characters has none.

    A polynomial of the code points, mixed; ours. Two different grams meet with a probability of about 2^-64.
    """
    spans = [_hashed(texts[start:stop], n) for start, stop in _spans(texts)]
    counts = np.maximum(np.fromiter(map(len, texts), np.int64, len(texts)) - (n - 1), 0)
    offsets = np.concatenate(([0], np.cumsum(counts))).astype(np.int64)
    return Grams(np.concatenate(spans) if spans else np.empty(0, np.uint64), offsets)


def _spans(texts: Sequence[str]) -> Iterator[tuple[int, int]]:
    start, held = 0, 0
    for stop, length in enumerate(map(len, texts), 1):
        held += length
        if held >= _SPAN:
            yield start, stop
            start, held = stop, 0
    if start < len(texts):
        yield start, len(texts)


def _hashed(texts: Sequence[str], n: int) -> U64:
    codes = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.uint64)
    count = len(codes) - n + 1
    if count <= 0:
        return np.empty(0, np.uint64)
    hashes = codes[:count].copy()
    for place in range(1, n):
        hashes *= _FACTOR
        hashes += codes[place : place + count]
    hashes ^= hashes >> np.uint64(32)
    hashes *= _MIX
    hashes ^= hashes >> np.uint64(29)
    # A gram that begins in the last n - 1 characters of a text would reach into the next one.
    within = np.ones(count, np.bool_)
    ends = np.fromiter(accumulate(map(len, texts)), np.int64, len(texts))
    for back in range(1, n):
        starts = ends - back
        within[starts[(starts >= 0) & (starts < count)]] = False
    return hashes[within]
