"""Agreement on two categories, approved and rejected, from counts of units. Every row of counts is a sample of its own,
so that the sample and its resamples go through the same lines. NaN where a coefficient is undefined.

A shape is (k, n): k of the n verdicts on a unit approve. But for Cohen's kappa, which asks who said what, shapes are all
that a coefficient needs. Units with one verdict say nothing about agreement and are no part of any table here.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from curation.review.agreement.columns import Floats, Ints

BOTH, FIRST, SECOND, NEITHER = range(4)  # who of a pair approves: the cells of its 2 x 2 table


class Shapes(NamedTuple):
    """Args: kept, votes: k and n of every shape, (shapes,), n at least 2."""

    kept: Ints
    votes: Ints


def same(shapes: Shapes) -> Floats:
    """Share of the pairs of verdicts on one unit that say the same, (shapes,)."""
    k, n = shapes.kept.astype(np.float64), shapes.votes.astype(np.float64)
    found: Floats = (k * (k - 1) + (n - k) * (n - k - 1)) / (n * (n - 1))
    return found


def approved(counts: Floats, shapes: Shapes) -> Floats:
    """Mean share of approvals of a unit, (samples,)."""
    return _ratio(counts @ (shapes.kept / shapes.votes), counts.sum(axis=1))


def observed(counts: Floats, shapes: Shapes) -> Floats:
    """Observed agreement: the mean of `same` over units (Fleiss 1971, eq. 2).

    Args:
        counts: units of every shape, (samples, shapes).
    """
    return _ratio(counts @ same(shapes), counts.sum(axis=1))


def fleiss(counts: Floats, shapes: Shapes) -> Floats:
    """Fleiss' kappa (Fleiss 1971): by chance, verdicts are drawn from the approval rate of all.

    With unequal numbers of verdicts the rate is the mean over units, as in Gwet (2014, section 2.4).
    """
    rate = approved(counts, shapes)
    return _corrected(observed(counts, shapes), rate**2 + (1 - rate) ** 2)


def alpha(counts: Floats, shapes: Shapes) -> Floats:
    """Krippendorff's alpha, nominal (Krippendorff 2019, chapter 12): 1 - observed / expected disagreement.

    By chance, two different verdicts are drawn out of all that there are. A unit weighs as many as it has verdicts.
    """
    k, n = shapes.kept.astype(np.float64), shapes.votes.astype(np.float64)
    total, yes = counts @ n, counts @ k
    expected = _ratio(2 * yes * (total - yes), total * (total - 1))
    return 1 - _ratio(_ratio(counts @ (n * (1 - same(shapes))), total), expected)


def ac1(counts: Floats, shapes: Shapes) -> Floats:
    """Gwet's AC1 (Gwet 2008): by chance, only verdicts on hard items agree, and their share is taken from the rate.

    Two categories always, also where only one of them was ever used; so AC1 is defined wherever agreement is.
    """
    rate = approved(counts, shapes)
    return _corrected(observed(counts, shapes), 2 * rate * (1 - rate))


def specific(counts: Floats, shapes: Shapes) -> tuple[Floats, Floats]:
    """Specific agreement (Cicchetti and Feinstein 1990): of the approvals, the share that another verdict on the same
    unit is one too; and of the rejections, (samples,) each."""
    k, n = shapes.kept.astype(np.float64), shapes.votes.astype(np.float64)
    rejected = n - k
    approvals = _ratio(counts @ (k * (k - 1) / (n - 1)), counts @ k)
    return approvals, _ratio(counts @ (rejected * (rejected - 1) / (n - 1)), counts @ rejected)


def cohen(cells: Floats) -> Floats:
    """Cohen's kappa (Cohen 1960); of several pairs the pooled one (de Vries et al. 2008).

    Pooled: (mean observed - mean expected) / (1 - mean expected), each pair with its own rates of approval. Pairs weigh
    as many as they have units (ours).

    Args:
        cells: units in each cell, (samples, pairs, 4).
    """
    units = cells.sum(axis=2)
    first = _ratio(cells[..., BOTH] + cells[..., FIRST], units)
    second = _ratio(cells[..., BOTH] + cells[..., SECOND], units)
    by_chance = np.nan_to_num(
        units * (first * (1 - second) + second * (1 - first))
    )  # units that would differ
    differ = cells[..., FIRST] + cells[..., SECOND]
    return 1 - _ratio(differ.sum(axis=1), by_chance.sum(axis=1))


def _corrected(found: Floats, by_chance: Floats) -> Floats:
    return _ratio(found - by_chance, 1 - by_chance)


def _ratio(above: Floats, below: Floats) -> Floats:
    """NaN where the denominator is 0, or so near that only rounding keeps it from being 0."""
    zero = np.abs(below) < 1e-12
    found: Floats = np.where(zero, np.nan, above / np.where(zero, 1.0, below))
    return found
