"""The bootstrap of agreement: items are resampled, with two pseudo-items among them.

Where nearly everything is approved, a sample holds few disagreements or none, and so does every resample of it: the
plain bootstrap then calls an agreement of 100 % certain. In `benchmarks/agreement_coverage.py` the 95 % intervals of 20
instances with a pass rate of .93 held the truth in 37 % of samples (kappa), those of the bias-corrected and accelerated
bootstrap no more often. So resamples are drawn from the sample and two pseudo-items whose verdicts are coins, half a
pseudo-item for each of the four outcomes of two verdicts: what Agresti and Caffo (2000) do to shares, done to the
distribution that is resampled (ours). The value is the sample's own, without them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from curation.review.agreement.columns import Floats
from curation.review.agreement.tables import Table

_CELLS = 4_000_000  # counts held at once


class Spread(NamedTuple):
    """Args: low, high: percentiles over the resamples where it is defined; None if that is less than half of them.
    undefined: resamples where it is not."""

    low: float | None
    high: float | None
    undefined: int


def resampled(
    table: Table, statistics: Callable[[Floats], list[Floats]], *, draws: int, seed: int, pseudo: bool = True
) -> list[Floats]:
    """Each statistic on every resample, (draws,) each.

    Args:
        statistics: from counts (samples, features) to columns (samples,), NaN where undefined.
        pseudo: whether there are pseudo-items; False is the plain bootstrap, for comparison.
    """
    rng = np.random.default_rng(seed)
    weights = np.concatenate([table.counts, table.pseudo * pseudo])
    features = np.concatenate([table.features, table.pseudo_features])
    size = round(float(table.counts.sum()))
    step = max(1, _CELLS // max(features.shape))
    found: list[list[Floats]] = []
    for start in range(0, draws, step):
        drawn = rng.multinomial(size, weights / weights.sum(), size=min(step, draws - start))
        found.append(statistics(drawn.astype(np.float64) @ features))
    return [np.concatenate(column) for column in zip(*found, strict=True)]


def spread(values: Floats, estimate: float, level: float) -> Spread:
    """The percentile interval, widened to hold the estimate itself."""
    defined = values[~np.isnan(values)]
    undefined = len(values) - len(defined)
    if 2 * len(defined) < len(values):
        return Spread(None, None, undefined)
    low, high = np.quantile(defined, [(1 - level) / 2, (1 + level) / 2])
    return Spread(min(float(low), estimate), max(float(high), estimate), undefined)
