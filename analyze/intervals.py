"""Uncertainty: items are resampled, the seeds' part is estimated pooled and added with its degrees of freedom.

Every statistic of the project is a weighted sum of checkpoints' mean scores. Written per item and per seed it is a
matrix Z (seeds x items) whose grand mean is the estimate. Items and seeds are both samples, so with
Z = mean + item + seed + rest:

- the items' part is the bootstrap over items of the seed mean (the same draw in all checkpoints), in the limit of
  many draws: var over items of Z averaged over seeds, divided by the number of items;
- the seeds' part is var(seed) / seeds. The variance between the seeds' means also holds rest / items, which the
  bootstrap over items has already counted, so that is taken off (two-way analysis of variance);
- two or three seeds say little, so var(seed) is pooled over all statistics of one family (every cell, every
  ability). Where abilities clearly differ, an ability's own value counts by its reliability (moment estimator of the
  spread, as in random-effects meta-analysis); where they do not, this is the plain pooled value.

Degrees of freedom by Satterthwaite, intervals by Student's t. The combination is ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr, stdtrit

from analyze.scores import Array
from schemas.results import Interval

_WORTH = 2.7  # 1.645 squared: the pseudo-items that keep the variance of an all-0 or all-1 score from being 0


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
    """

    estimate: float
    item: float
    items: int
    seeds: int
    between: float | None = None
    within: float = 0.0
    rest: float = 0.0
    fixed: bool = False


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


def parts(z: Array, *, weight: float | None = None, fixed: bool = False) -> Parts:
    """The parts of one statistic.

    Args:
        z: shape (seeds, items).
        weight: for scores in 0 to 1, the sum of squared weights of the checkpoints in it (1 for a plain mean): sets
            the least item variance, so that an ability never answered does not get a standard error of 0.
        fixed: see `Parts`.
    """
    seeds, items = z.shape
    by_item = z.mean(axis=0)
    item = float(by_item.var(ddof=1)) / items if items > 1 else 0.0
    if weight is not None:
        item = max(item, weight * _WORTH / (items + _WORTH) / items)
    estimate = float(z.mean(axis=1).mean())
    if seeds == 1 or fixed:
        return Parts(estimate, item, items, seeds, fixed=fixed)
    by_seed = z.mean(axis=1)
    left = z - by_item[None, :] - by_seed[:, None] + z.mean()
    rest = float((left**2).sum()) / ((seeds - 1) * max(items - 1, 1))
    return Parts(estimate, item, items, seeds, float(by_seed.var(ddof=1)), rest / items, rest)


def pooled(family: Sequence[Parts], groups: Sequence[str]) -> list[Estimate]:
    """Estimates of a family of statistics of one kind, their seed variance pooled over the family.

    Args:
        groups: the ability of each statistic, or whatever else may have a seed variance of its own.
    """
    variance = _seed_variance(family, groups)
    out = []
    for one, group in zip(family, groups, strict=True):
        seed, doubt = (0.0, 0.0) if one.fixed or variance is None else variance[group]
        total = one.item + seed / one.seeds
        doubt_of_total = 2 * one.item**2 / max(one.items - 1, 1) + doubt / one.seeds**2
        df = 2 * total**2 / doubt_of_total if doubt_of_total > 0 else 1e6
        known = 0.0 if one.fixed else (None if variance is None else seed)
        out.append(
            Estimate(
                one.estimate,
                max(total, 1e-18) ** 0.5,
                max(df, 1.0),
                one.items,
                one.seeds,
                one.item,
                one.rest,
                known,
            )
        )
    return out


def _seed_variance(family: Sequence[Parts], groups: Sequence[str]) -> dict[str, tuple[float, float]] | None:
    """Group -> (variance of one seed, sampling variance of that figure); None if no statistic has two seeds."""
    names = sorted(set(groups))
    free, own, within = (np.zeros(len(names)) for _ in range(3))
    for position, name in enumerate(names):
        members = [p for p, g in zip(family, groups, strict=True) if g == name and p.between is not None]
        degrees = [p.seeds - 1 for p in members]
        free[position] = sum(degrees)
        if free[position]:
            betweens = [d * (p.between or 0.0) for d, p in zip(degrees, members, strict=True)]
            own[position] = _sum(betweens) / free[position]
            within[position] = (
                _sum([d * p.within for d, p in zip(degrees, members, strict=True)]) / free[position]
            )
    if not free.sum():
        return None
    share = free / free.sum()
    excess = own - within
    centre = _sum(share * excess)
    level = max(centre, 0.0) + within
    sampling = np.where(free > 0, 2 * level**2 / np.maximum(free, 1), np.inf)
    seen = free > 0
    scale = free.sum() - _sum(free[seen] ** 2) / free.sum()
    spread = 0.0
    if scale > 0:
        noise = _sum((free * sampling * (1 - share))[seen])
        spread = max(0.0, (_sum((free * (excess - centre) ** 2)[seen]) - noise) / scale)
    doubt_centre = _sum((share**2 * np.where(seen, sampling, 0.0))[seen])
    out = {}
    for position, name in enumerate(names):
        trust = spread / (spread + sampling[position]) if seen[position] and spread > 0 else 0.0
        value = max(0.0, trust * excess[position] + (1 - trust) * centre)
        raw = 2 * (value + within[position]) ** 2 / free[position] if seen[position] else 0.0
        out[name] = (value, trust**2 * raw + (1 - trust) ** 2 * (doubt_centre + spread))
    return out


def _sum(values: Sequence[float] | Array) -> float:
    """Exactly rounded, so that the order of abilities or origins cannot move the last digit."""
    from math import fsum

    return fsum(float(v) for v in values)


def weighted_sum(estimates: Sequence[Estimate], weights: Sequence[float]) -> Estimate:
    """A weighted sum of independent estimates (abilities have different items)."""
    variances = [w**2 * e.se**2 for w, e in zip(weights, estimates, strict=True)]
    total = _sum(variances)
    doubt = _sum([v**2 / e.df for v, e in zip(variances, estimates, strict=True)])
    return Estimate(
        _sum([w * e.estimate for w, e in zip(weights, estimates, strict=True)]),
        max(total, 1e-18) ** 0.5,
        max(total**2 / doubt, 1.0) if doubt > 0 else 1e6,
        sum(e.items for e in estimates),
        min(e.seeds for e in estimates),
        _sum([w**2 * e.item for w, e in zip(weights, estimates, strict=True)]),
        0.0,
        None if any(e.seed_variance is None for e in estimates) else 0.0,
    )


def share_interval(estimate: Estimate, level: float) -> Interval:
    """Interval of a share in [0, 1]: Wilson's, with the effective sample size that the standard error implies.

    The idea of an effective sample size is Korn and Graubard's (1998); near 0 and 1 it keeps the coverage that a
    symmetric interval loses.
    """
    p = min(max(estimate.estimate, 0.0), 1.0)
    t = float(stdtrit(estimate.df, 0.5 + level / 2))
    size = p * (1 - p) / estimate.se**2 if 0 < p < 1 else float(estimate.items)
    size = min(max(size, 1.0), float(estimate.items * max(estimate.seeds, 1)))
    centre = (p + t**2 / (2 * size)) / (1 + t**2 / size)
    half = t / (1 + t**2 / size) * (p * (1 - p) / size + t**2 / (4 * size**2)) ** 0.5
    return Interval(low=max(0.0, min(p, centre - half)), high=min(1.0, max(p, centre + half)), level=level)


def item_weights(items: int, draws: int, seed: int, name: str) -> Array:
    """Bootstrap weights, shape (draws, items), each row summing to 1; the same for all checkpoints of an ability."""
    from schemas.canonical import unit_hash

    rng = np.random.default_rng([seed, int(unit_hash("bootstrap", name) * 2**53)])
    return np.asarray(rng.multinomial(items, np.full(items, 1 / items), size=draws) / items, dtype=np.float64)
