"""The recommended against the uniform mix of the same size, both trained and tested."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import stdtrit

from analyze.curves import stacked
from analyze.intervals import parts
from analyze.scores import Scores, as_scores
from schemas.errors import BadData
from schemas.results import Comparison, Interval

if TYPE_CHECKING:
    import pandas as pd


def compare(
    recommended: pd.DataFrame,
    uniform: pd.DataFrame,
    *,
    level: float = 0.9,
    weights: Mapping[str, float] | None = None,
    split: str = "test",
) -> Comparison:
    """Gain of the recommended mix on test, in points of the (weighted) mean over abilities.

    Items are paired. The seeds' part is the variance between the seeds' overall gains, less what resampling items
    already counts, with its own degrees of freedom: the seeds of one comparison, pooled with nothing, because the
    abilities of one run rise and fall together.

    Args:
        recommended, uniform: long tables, one checkpoint per seed each.

    Raises:
        BadData: no test rows, or no ability or seed that both have.
    """
    return compare_scores(as_scores(recommended, split), as_scores(uniform, split), level, weights)


def compare_scores(
    left: Scores, right: Scores, level: float = 0.9, weights: Mapping[str, float] | None = None
) -> Comparison:
    """The same from arrays."""
    abilities = [a for a in left.abilities if a in right.abilities]
    if not abilities:
        raise BadData(
            "the two mixes were not tested on the same abilities", do="evaluate both on one test set"
        )
    raw = np.array([(weights or {}).get(a, 1.0) for a in abilities])
    share = raw / raw.sum()
    gains, item, within, totals, degrees = [], 0.0, 0.0, [], 0
    means: dict[str, list[float]] = {"recommended": [], "uniform": []}
    for ability, weight in zip(abilities, share, strict=True):
        a, b = _by_seed(left, ability), _by_seed(right, ability)
        seeds = sorted(a.keys() & b.keys())
        if not seeds:
            raise BadData("the two mixes share no seed", do="train both with the same seeds")
        z = stacked({s: a[s] - b[s] for s in seeds})
        one = parts(z, weight=2.0)
        gains.append(one.estimate)
        item += weight**2 * one.item
        within += weight**2 * one.within
        totals.append(weight * z.mean(axis=1))
        degrees = len(seeds) - 1
        means["recommended"].append(float(np.mean([a[s].mean() for s in seeds])))
        means["uniform"].append(float(np.mean([b[s].mean() for s in seeds])))
    gain = float(share @ np.array(gains))
    seeds_part, df = 0.0, 1e6
    if degrees:
        between = float(np.sum(totals, axis=0).var(ddof=1))
        seeds_part = max(0.0, between - within) / (degrees + 1)
        if seeds_part > 0:
            # Satterthwaite; the items' part has hundreds of degrees of freedom.
            df = max(1.0, (item + seeds_part) ** 2 / ((between / (degrees + 1)) ** 2 / degrees))
    half = float(stdtrit(df, 0.5 + level / 2)) * (item + seeds_part) ** 0.5
    interval = Interval(low=100 * (gain - half), high=100 * (gain + half), level=level)
    clear = interval.low > 0 or interval.high < 0
    return Comparison(
        seeds=degrees + 1,
        recommended=float(share @ np.array(means["recommended"])),
        uniform=float(share @ np.array(means["uniform"])),
        gain=100 * gain,
        interval=interval,
        by_ability={a: 100 * g for a, g in zip(abilities, gains, strict=True)},
        clear=clear,
        reason=_reason(interval, clear, degrees + 1),
    )


def _by_seed(scores: Scores, ability: str) -> dict[int, np.ndarray]:
    out: dict[int, np.ndarray] = {}
    for key, vector in scores.values[ability].items():
        if key.seed in out:
            raise BadData("a mix has two checkpoints with one seed", do="hand over one mix's rows only")
        out[key.seed] = vector
    return out


def _reason(interval: Interval, clear: bool, seeds: int) -> str:
    span = f"{100 * interval.level:.0f} % interval {interval.low:+.1f} to {interval.high:+.1f} points, {seeds} seeds"
    note = "" if seeds > 1 else "; seed variance not estimated"
    if not clear:
        return f"no clear gain: {span}{note}"
    return f"{'the recommended mix is better' if interval.low > 0 else 'the recommended mix is worse'}: {span}{note}"
