"""Which rows to leave out so that no wording has more than its share: a fixed rule, no chance in it. The rule is ours.

Of the wording that is furthest above its cap the rows that come last in the order of keeping go, until it is at the
cap; then the next one, until none is left. A row counts for every wording it holds. What stays is what nested subsets
would draw first, human rows before synthetic ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray

from curation.diversity.numbers import wilson

Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Crowd:
    """A wording, as thinning sees it.

    Args:
        member: which rows of the part hold it, shape (rows,).
        among: which rows could hold it (have a response of their own, a persona, …), shape (rows,).
        cap: share that `member` may have of `among`.
        fixed: is never thinned (a frame).
    """

    member: Bools
    among: Bools
    cap: float
    fixed: bool = False


@dataclass(frozen=True)
class Plan:
    """Which rows of a part go, and for which wording: -1 for a row that stays, shape (rows,)."""

    cause: NDArray[np.int64]
    floor_reached: bool

    @property
    def kept(self) -> Bools:
        stays: Bools = self.cause < 0
        return stays


def plan(
    crowds: Sequence[Crowd], order: NDArray[np.int64], *, floor: int, keep: float, level: float = 0.95
) -> Plan:
    """Thin one part.

    Args:
        crowds: the part's wordings.
        order: place of every row in the order of keeping, shape (rows,).
        floor: so many rows stay at least.
        keep: this share of the rows stays at least.
        level: a wording is only thinned if its interval at this level lies above its cap.
    """
    count = len(order)
    cause = np.full(count, -1, np.int64)
    least = max(min(floor, count), ceil(keep * count))
    last_first = np.argsort(-order, kind="stable")
    begun: set[int] = set()
    left = count
    while True:
        worst, excess, need = -1, 1.0, 0
        for number, crowd in enumerate(crowds):
            if crowd.fixed:
                continue
            alive = cause < 0
            held, among = int((crowd.member & alive).sum()), int((crowd.among & alive).sum())
            if not among or held <= crowd.cap * among:
                continue
            if number not in begun and wilson(held, among, level)[0] <= crowd.cap:
                continue
            if held / among / crowd.cap > excess:
                worst, excess = number, held / among / crowd.cap
                need = to_drop(held, among, crowd.cap)
        if worst < 0:
            return Plan(cause, False)
        begun.add(worst)
        alive = cause < 0
        rows = last_first[(crowds[worst].member & alive)[last_first]]
        room = left - least
        taken = rows[: min(need, room)]
        cause[taken] = worst
        left -= len(taken)
        if need > room:
            return Plan(cause, True)


def to_drop(held: int, among: int, cap: float) -> int:
    """Least d with held - d <= cap * (among - d): the rows that go also make the whole smaller."""
    drop = max(0, ceil((held - cap * among) / (1 - cap) - 1e-9))
    while held - drop > cap * (among - drop) + 1e-9 and drop < held:
        drop += 1
    return drop
