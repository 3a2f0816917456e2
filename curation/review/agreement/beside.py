"""An annotator beside colleagues: on the same units, and in the time that a verdict takes."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np

from curation.diversity.numbers import share_of, wilson
from curation.review.agreement.columns import Bools, Floats
from curation.review.agreement.labour import Labour
from curation.review.agreement.report import Estimate, Person
from curation.review.agreement.settings import Settings
from curation.review.agreement.shown import between_percent, portion_of, share
from curation.review.agreement.units import Pairings, Units

_FAST, _SLOW = 1 / 3, 3.0
_LEAST_TIMES = 50  # verdicts with a measured time, below which nobody is fast or slow


class Beside:
    """Verdicts beside those of colleagues on the same units.

    Each verdict with colleagues has: theirs, the share of approvals among the others of the unit, (verdicts,).
    """

    def __init__(self, units: Units, pairings: Pairings) -> None:
        self._units, self._pairings = units, pairings
        self._who = units.annotator
        self._own = units.approves.astype(np.float64)
        size = units.votes[units.unit]
        self._theirs = (units.kept[units.unit] - self._own) / (size - 1)
        # Ability and stage: what is compared, is compared within.
        self._cell = units.ability * 2 + units.stage
        self._cells = int(self._cell.max(initial=-1)) + 1
        same = (pairings.cell == 0) | (pairings.cell == 3)
        self._same = same.astype(np.float64)
        self._pair_cell = self._cell[pairings.unit]

    def numbers(self, code: int, level: float) -> dict[str, Any]:
        mine = self._who == code
        own, theirs = self._own[mine], self._theirs[mine]
        clear = theirs != 0.5
        agree = int((own[clear] == np.round(theirs[clear])).sum())
        if not len(own):
            return {}
        return {
            "shared": len(own),
            "with_colleagues": share_of(agree, int(clear.sum()), level) if clear.any() else None,
            "others": self._others(code, mine)[0],
            "approves": round(float(own.mean()), 6),
            "colleagues_approve": round(float(theirs.mean()), 6),
            "more": _difference(own - theirs, level),
        }

    def _others(self, code: int, mine: Bools) -> tuple[float | None, int]:
        """Agreement of pairs of others, ability by ability and stage by stage as this annotator works in them, and how
        many such pairs of verdicts there are."""
        without = (self._pairings.first != code) & (self._pairings.second != code)
        count = np.bincount(self._pair_cell[without], minlength=self._cells)
        agree = np.bincount(self._pair_cell[without], self._same[without], minlength=self._cells)
        weight = np.bincount(self._cell[self._units.unit[mine]], minlength=self._cells)
        known = (count > 0) & (weight > 0)
        if not known.any():
            return None, 0
        found = float((weight[known] * agree[known] / count[known]).sum() / weight[known].sum())
        return round(found, 6), int(count[known].sum())

    def remarks(self, person: Person, code: int, level: float, settings: Settings) -> Iterator[str]:
        if person.shared < settings.least_shared:
            return
        mine = self._who == code
        agreed, (others, count) = person.with_colleagues, self._others(code, mine)
        if agreed is not None and others is not None and min(agreed.of, count) >= settings.least_shared:
            own, theirs = (
                share_of(agreed.count, agreed.of, level),
                wilson(round(others * count), count, level),
            )
            if own.high < theirs[0] and agreed.share < others - settings.margin:
                yield (
                    f"agrees with colleagues on {portion_of(agreed)} of {agreed.of} verdicts;"
                    f" others in the same abilities agree on {share(others)}"
                )
        strict_more = _difference(self._own[mine] - self._theirs[mine], level)
        low, high, more = strict_more.low, strict_more.high, person.more
        if low is None or high is None or more.value is None or more.low is None or more.high is None:
            return
        if low > settings.margin or high < -settings.margin:
            word = "more" if more.value > 0 else "less"
            ends = sorted((abs(more.low), abs(more.high)))
            yield (
                f"approves {abs(more.value) * 100:.0f} points {between_percent(*ends)} {word} often"
                f" than colleagues on the same {person.shared} units"
            )


def _difference(values: Floats, level: float) -> Estimate:
    """The mean of paired differences in -1 to 1, with the interval of Agresti and Min (2005), for differences that may
    be fractions: two pseudo-units, half a one at +1, half a one at -1 and one at 0."""
    from scipy.special import ndtri

    count = len(values)
    if not count:
        return Estimate()
    size = count + 2
    mean = float(values.sum()) / size
    variance = (float((values**2).sum()) + 1) / size - mean**2
    half = float(ndtri(0.5 + level / 2)) * float(np.sqrt(variance / size))
    value = float(values.mean())
    return Estimate(
        value=round(value, 6),
        low=round(max(min(mean - half, value), -1.0), 6),
        high=round(min(max(mean + half, value), 1.0), 6),
    )


def times_of(labour: Labour) -> Floats:
    """Each verdict's time over the median time of colleagues in the same ability and stage, (acts,); NaN without."""
    acts = labour.acts
    found = np.full(len(acts), np.nan)
    usable = labour.verdict & ~labour.guessed & (labour.worked > 0)
    cell = acts.ability * 4 + acts.stage
    order = np.flatnonzero(usable)[np.argsort(cell[usable], kind="stable")]
    bounds = np.flatnonzero(np.diff(cell[order], prepend=-1, append=-1))
    for start, stop in pairwise(bounds):
        here = order[start:stop]
        here = here[np.argsort(labour.worked[here], kind="stable")]
        times = labour.worked[here]
        for who in np.unique(acts.annotator[here]):
            own = acts.annotator[here] == who
            others = np.cumsum(~own)  # of the times so far, how many are others'
            count = int(others[-1])
            if count >= _LEAST_TIMES:
                middle = np.searchsorted(others, [(count + 1) // 2, count // 2 + 1])
                found[here[own]] = times[own] / times[middle].mean()
    return found


def ratio_of(ratios: Floats, level: float) -> Estimate:
    """The median with the interval of its order statistics, which holds for any distribution."""
    count = len(ratios)
    if count < _LEAST_TIMES:
        return Estimate()
    ranked = np.sort(ratios)
    rank = max(_coins((1 - level) / 2, count), 1)
    low, high = ranked[rank - 1], ranked[count - rank]
    return Estimate(
        value=round(float(np.median(ranked)), 6), low=round(float(low), 6), high=round(float(high), 6)
    )


def _coins(share: float, count: int) -> int:
    """The quantile of the heads of so many coins: the least number that as many heads or fewer have that probability.

    `scipy.stats` has it, and takes most of a second to import.
    """
    from scipy.special import bdtr, bdtrik

    found = max(int(np.ceil(bdtrik(share, count, 0.5))), 0)
    return found - 1 if found and bdtr(found - 1, count, 0.5) >= share else found


def time_remarks(ratios: Floats, level: float) -> Iterator[str]:
    found = ratio_of(ratios, level)
    if found.value is None or found.low is None or found.high is None:
        return
    if found.high < _FAST or found.low > _SLOW:
        yield (
            f"takes {found.value:.2g} times the median of colleagues in the same abilities"
            f" [{found.low:.2g}, {found.high:.2g}], over {len(ratios):,} verdicts"
        )
