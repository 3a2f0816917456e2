"""Uncertainty: items are resampled, the seeds' part is estimated pooled and added with its degrees of freedom.

Every statistic of the project is a weighted sum of checkpoints' mean scores. Written per item and per seed it is a
matrix Z (seeds x items) whose grand mean is the estimate. Items and seeds are both samples, so with
Z = mean + item + seed + rest:

- the items' part is the bootstrap over items of the seed mean (the same draw in all checkpoints), in the limit of
  many draws: var over items of Z averaged over seeds, divided by the number of items;
- the seeds' part is var(seed) / seeds. The variance between the seeds' means also holds rest / items, which the
  bootstrap over items has already counted, so that is taken off (two-way analysis of variance);
- two or three seeds say little, so var(seed) is pooled over all statistics of one family (every cell, every
  ability), in units that say how much room a statistic has to vary (`analyze.seeds`).

Degrees of freedom by Satterthwaite, intervals by Student's t. The combination is ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import fsum

import numpy as np
from scipy.special import stdtr, stdtrit

from analyze.scores import Array
from analyze.seeds import ratios, room
from schemas.results import Interval

_WORTH = 2.7  # 1.645 squared: the pseudo-items that keep the variance of an all-0 or all-1 score from being 0
_ALIKE = 3.0  # answers' worth of the belief that two runs give an item the same answer


@dataclass(frozen=True)
class Parts:
    """One statistic and the parts of its variance.

    Args:
        estimate: grand mean of Z.
        item: variance of the estimate from the choice of items, given these seeds.
        between: variance between the seeds' means (None with one seed).
        within: what of `between` resampling items already explains.
        rest: variance of one item under one seed that neither explains (0 if one seed).
        fixed: no seed was involved at all (the untuned base).
        unit: what the variance between runs is measured in when it is pooled with others.
    """

    estimate: float
    item: float
    items: int
    seeds: int
    between: float | None = None
    within: float = 0.0
    rest: float = 0.0
    fixed: bool = False
    unit: float = 1.0


@dataclass(frozen=True)
class Estimate:
    """A statistic with its standard error and degrees of freedom.

    Args:
        seed_variance: of one seed, after pooling; None where nothing could be estimated.
    """

    estimate: float
    se: float
    df: float
    items: int
    seeds: int
    item: float
    rest: float
    seed_variance: float | None

    def interval(self, level: float) -> Interval:
        half = float(stdtrit(self.df, 0.5 + level / 2)) * self.se
        return Interval(low=self.estimate - half, high=self.estimate + half, level=level)

    def p_above(self, value: float) -> float:
        """One-sided p-value of "the truth is at most `value`"."""
        return float(stdtr(self.df, (value - self.estimate) / self.se))

    def p_below(self, value: float) -> float:
        """One-sided p-value of "the truth is at least `value`"."""
        return float(stdtr(self.df, (self.estimate - value) / self.se))


def parts(z: Array, *, weight: float | None = None, fixed: bool = False, unit: float = 1.0) -> Parts:
    """The parts of one statistic.

    Args:
        z: shape (seeds, items).
        weight: for scores in 0 to 1, the sum of squared weights of the checkpoints in it: sets the least item
            variance, so that an ability never answered does not get a standard error of 0.
        fixed, unit: see `Parts`.
    """
    seeds, items = z.shape
    by_item = z.mean(axis=0)
    item = float(by_item.var(ddof=1)) / items if items > 1 else 0.0
    if weight is not None:
        item = max(item, weight * _WORTH / (items + _WORTH) / items)
    estimate = float(z.mean(axis=1).mean())
    if seeds == 1 or fixed:
        return Parts(estimate, item, items, seeds, fixed=fixed, unit=unit)
    by_seed = z.mean(axis=1)
    left = z - by_item[None, :] - by_seed[:, None] + z.mean()
    rest = float((left**2).sum()) / ((seeds - 1) * max(items - 1, 1))
    return Parts(estimate, item, items, seeds, float(by_seed.var(ddof=1)), rest / items, rest, unit=unit)


def share_parts(z: Array, *, fixed: bool = False) -> Parts:
    """The parts of a plain mean of scores in 0 to 1, shape (seeds, items); the unit is p (1 - p).

    Where few answers are right (or few wrong), how alike two runs' answers to one item are cannot be seen; then
    they count as the same answer, so that the variance is the one of `items` answers and never 0.
    """
    one = parts(z, fixed=fixed)
    answers = z.size
    space = room(one.estimate, answers)
    scarce = min(one.estimate, 1 - one.estimate) * answers
    alike = one.item * one.items / space
    item = (scarce * alike + _ALIKE) / (scarce + _ALIKE) * space / one.items
    return replace(one, item=item, unit=space)


def pooled(family: Sequence[Parts], groups: Sequence[str]) -> list[Estimate]:
    """Estimates of a family of statistics of one kind, their seed variance pooled over the family.

    Args:
        groups: the ability of each statistic, or whatever else may have a seed variance of its own.
    """
    found = ratios(family, groups)
    out = []
    for one, group in zip(family, groups, strict=True):
        seed, doubt = 0.0, 0.0
        if found is not None and not one.fixed:
            seed, doubt = one.unit * found[group].value, one.unit**2 * found[group].doubt
        total = one.item + seed / one.seeds
        doubt_of_total = 2 * one.item**2 / max(one.items - 1, 1) + doubt / one.seeds**2
        df = 2 * total**2 / doubt_of_total if doubt_of_total > 0 else 1e6
        out.append(
            Estimate(
                one.estimate,
                max(total, 1e-18) ** 0.5,
                max(df, 1.0),
                one.items,
                one.seeds,
                one.item,
                one.rest,
                None if found is None and not one.fixed else seed,
            )
        )
    return out


def weighted_sum(estimates: Sequence[Estimate], weights: Sequence[float]) -> Estimate:
    """A weighted sum of independent estimates (abilities have different items)."""
    variances = [w**2 * e.se**2 for w, e in zip(weights, estimates, strict=True)]
    total = fsum(variances)
    doubt = fsum([v**2 / e.df for v, e in zip(variances, estimates, strict=True)])
    return Estimate(
        fsum([w * e.estimate for w, e in zip(weights, estimates, strict=True)]),
        max(total, 1e-18) ** 0.5,
        max(total**2 / doubt, 1.0) if doubt > 0 else 1e6,
        sum(e.items for e in estimates),
        min(e.seeds for e in estimates),
        fsum([w**2 * e.item for w, e in zip(weights, estimates, strict=True)]),
        0.0,
        None if any(e.seed_variance is None for e in estimates) else 0.0,
    )


def item_weights(items: int, draws: int, seed: int, name: str) -> Array:
    """Bootstrap weights, shape (draws, items), each row summing to 1; the same for all checkpoints of an ability."""
    from schemas.canonical import unit_hash

    rng = np.random.default_rng([seed, int(unit_hash("bootstrap", name) * 2**53)])
    return np.asarray(rng.multinomial(items, np.full(items, 1 / items), size=draws) / items, dtype=np.float64)
