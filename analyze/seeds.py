"""The part of an uncertainty that comes from the run: what another seed would have done. Ours.

Two or three seeds of one cell say next to nothing about their variance, so it is pooled. What is pooled cannot be the
variance itself: an ability that jumps from 0 to 1 between two n varies much at the jump and not at all before it, and
a share near 0 or 1 has no room to vary. Pooled is the ratio of the variance between runs to a unit that says how much
room there is: (p (1 - p)) ** power for a score of mean p. With power 1 the ratio is the intra-run correlation of the
beta-binomial; with power 0 it is a plain variance. The family itself chooses the power by its likelihood.

Ratios differ between groups (abilities, curves). A group's own ratio counts by its reliability (moment estimator of
the spread, as in random-effects meta-analysis), the rest is the common one. Intervals that use such a compromise hold
on average over the family, as empirical Bayes intervals do (Morris 1983), not for the wildest group alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum
from typing import TYPE_CHECKING

import numpy as np

from analyze.scores import Array

if TYPE_CHECKING:
    from analyze.intervals import Parts

POWERS = (0.0, 0.5, 1.0)


@dataclass(frozen=True)
class Ratio:
    """Variance of one seed in the statistic's unit, and the sampling variance of that figure."""

    value: float
    doubt: float


def room(mean: float, answers: int) -> float:
    """p (1 - p) of a share, p moved off 0 and 1 by half an answer (Jeffreys' prior): never 0."""
    p = (mean * answers + 0.5) / (answers + 1)
    return p * (1 - p)


def ratios(family: Sequence[Parts], groups: Sequence[str]) -> dict[str, Ratio] | None:
    """Group -> ratio of the variance between runs to the statistics' units; None if no statistic has two seeds."""
    names = sorted(set(groups))
    weight, own, noise, raw = (np.zeros(len(names)) for _ in range(4))
    held = [
        [p for p, g in zip(family, groups, strict=True) if g == name and p.between is not None]
        for name in names
    ]
    for k, members in enumerate(held):
        weight[k] = fsum((p.seeds - 1) * p.unit for p in members)
        if weight[k]:
            own[k] = fsum((p.seeds - 1) * ((p.between or 0.0) - p.within) for p in members) / weight[k]
    if not weight.sum():
        return None
    share = weight / weight.sum()
    centre = fsum(share * own)
    for k, members in enumerate(held):
        noise[k] = _noise(members, max(centre, 0.0), weight[k])
    seen = weight > 0
    scale = weight.sum() - fsum(weight[seen] ** 2) / weight.sum()
    spread = 0.0
    if scale > 0:
        expected = fsum((weight * noise * (1 - share))[seen])
        spread = max(0.0, (fsum((weight * (own - centre) ** 2)[seen]) - expected) / scale)
    trust = np.where(seen & (spread > 0), spread / np.maximum(spread + noise, 1e-300), 0.0)
    value = np.maximum(0.0, trust * own + (1 - trust) * centre)
    for k, members in enumerate(held):
        raw[k] = _noise(members, value[k], weight[k])
    common = fsum((share**2 * raw)[seen])
    return {
        name: Ratio(float(value[k]), float(trust[k] ** 2 * raw[k] + (1 - trust[k]) ** 2 * common))
        for k, name in enumerate(names)
    }


def _noise(members: Sequence[Parts], ratio: float, weight: float) -> float:
    """Sampling variance of a group's own ratio if `ratio` is the truth."""
    if not weight:
        return 0.0
    return fsum(2 * (p.seeds - 1) * (ratio * p.unit + p.within) ** 2 for p in members) / weight**2


def likeliest_power(family: Sequence[Parts], rooms: Sequence[float]) -> float:
    """Which power of p (1 - p) the variances between runs follow, by their likelihood as scaled chi-squares.

    Args:
        rooms: `room` of every statistic's mean.
    """
    held = [(p, r) for p, r in zip(family, rooms, strict=True) if p.between is not None]
    if not held:
        return 1.0
    degrees = np.array([p.seeds - 1.0 for p, _ in held])
    between = np.array([p.between or 0.0 for p, _ in held])
    space = np.array([r for _, r in held])
    # A handful of answers cannot vary less than binomially, so an empty cell does not count as proof of no variance.
    within = np.maximum([p.within for p, _ in held], space / [p.items for p, _ in held])
    best = max(POWERS, key=lambda power: _likelihood(degrees, between, within, space**power))
    return float(best)


def _likelihood(degrees: Array, between: Array, within: Array, unit: Array) -> float:
    """Of the best common ratio."""
    ratios_tried = np.concatenate([[0.0], np.geomspace(1e-6, 1.0, 61)])
    levels = ratios_tried[:, None] * unit[None, :] + within[None, :]
    found = -0.5 * (degrees * (np.log(levels) + between / levels)).sum(axis=1)
    return float(found.max())
