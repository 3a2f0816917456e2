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

POWER = 0.8
MOST_SEEDS = 50


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
    by_ability = {a: 100 * g for a, g in zip(abilities, gains, strict=True)}
    needed = seeds_to_decide(gain, item, seeds_part * (degrees + 1), degrees + 1, level)
    return Comparison(
        seeds=degrees + 1,
        recommended=float(share @ np.array(means["recommended"])),
        uniform=float(share @ np.array(means["uniform"])),
        gain=100 * gain,
        interval=interval,
        by_ability=by_ability,
        clear=clear,
        reason=_reason(by_ability, clear, degrees + 1, needed),
    )


def _by_seed(scores: Scores, ability: str) -> dict[int, np.ndarray]:
    out: dict[int, np.ndarray] = {}
    for key, vector in scores.values[ability].items():
        if key.seed in out:
            raise BadData("a mix has two checkpoints with one seed", do="hand over one mix's rows only")
        out[key.seed] = vector
    return out


def _reason(by_ability: Mapping[str, float], clear: bool, seeds: int, needed: int | None) -> str:
    """Who gained and lost most, and what would decide; full sentences."""
    ranked = sorted(by_ability, key=lambda a: by_ability[a])
    worst, best = ranked[0], ranked[-1]
    said = []
    if by_ability[best] > 0:
        said.append(f"gained most: {best} ({by_ability[best]:+.1f} points)")
    if by_ability[worst] < 0:
        said.append(f"lost most: {worst} ({by_ability[worst]:+.1f} points)")
    first = "; ".join(said) or "no ability gained or lost"
    sentences = [f"{first[0].upper()}{first[1:]}."]
    if seeds < 2:
        sentences.append("One seed each: seed variance not estimated, the interval is too narrow.")
    elif not clear:
        sentences.append(
            f"About {needed} seeds each would show a gain or loss of this size to be one, in four studies of five."
            if needed
            else f"Even {MOST_SEEDS} seeds each would not show a difference of this size to be one."
        )
    return " ".join(sentences)


def seeds_to_decide(gain: float, item: float, seed: float, seeds: int, level: float) -> int | None:
    """Least number of seeds with which a true gain of this size is told from none with probability .8.

    Args:
        gain: share.
        item: variance of the gain by the choice of items, taken to stay as it is.
        seed: variance of one seed's gain.
        seeds: had so far.

    Returns:
        None for more than `MOST_SEEDS`.
    """
    for count in range(max(seeds, 2), MOST_SEEDS + 1):
        total = item + seed / count
        df = max(1.0, total**2 / ((seed / count) ** 2 / (count - 1))) if seed > 0 else 1e6
        reach = float(stdtrit(df, 0.5 + level / 2)) + float(stdtrit(1e6, POWER))
        if abs(gain) >= reach * total**0.5:
            return count
    return None
