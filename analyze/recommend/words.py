"""The recommendation in words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from analyze.intervals import Estimate
from analyze.recommend.solver import Integers
from analyze.recommend.surface import Surfaces
from analyze.scores import Array


def explain(
    sources: Sequence[tuple[str, str]],
    chosen: Integers,
    uniform: Integers,
    prices: Array,
    draws: Array,
    held: Estimate,
    probability: float,
    confidence: float,
    abstained: bool,
    surfaces: Surfaces,
) -> str:
    """What moves where and why, what held-out validation data say of it, and where the fit is poor.

    Args:
        draws: predicted gain of `chosen` in points, one per bootstrap draw.
        held: gain on items and seeds that were not used to choose, share.
    """
    change = chosen - uniform
    said = []
    if abstained:
        said.append("The uniform mix is kept.")
        if not change.any():
            said.append("The fit finds no mix that is better in the worst fifth of its draws.")
        else:
            said.append(
                f"The best mix found promises {draws.mean():+.1f} points by the fit, but Pr(gain > 0) is "
                f"{probability:.3f} where {confidence:.3f} is asked."
            )
    else:
        more, less = _names(sources, change, 1), _names(sources, change, -1)
        said.append(f"Rows go from {less} to {more}.")
        best, least = int(np.argmax(prices)), int(np.argmin(prices))
        said.append(
            f"The fit promises {draws.mean():+.1f} points of the weighted mean score. By it, 100 more rows of "
            f"{_name(sources[best])} would buy another {prices[best]:.2f}, of {_name(sources[least])} "
            f"{prices[least]:.2f}."
        )
    if change.any():
        said.append(
            f"On validation items and seeds that the choice did not see, the same procedure gains "
            f"{100 * held.estimate:+.1f} points (standard error {100 * held.se:.1f})."
        )
    if held.seed_variance is None:
        said.append("Seed variance not estimated: one seed.")
    names = [a for a, o in sources if o == "human"]
    poor = [f"{a} ({100 * m:.0f} points)" for a, m in zip(names, surfaces.misfit, strict=True) if m > 0.05]
    if poor:
        said.append(
            f"The fitted curve misses the measured points of {', '.join(poor)}: late growth is not concave."
        )
    return " ".join(said)


def _names(sources: Sequence[tuple[str, str]], change: Integers, sign: int) -> str:
    order = np.argsort(-sign * change)
    listed = [f"{_name(sources[i])} ({change[i]:+d})" for i in order if sign * change[i] > 0]
    return ", ".join(listed[:4]) + (f" and {len(listed) - 4} more" if len(listed) > 4 else "")


def _name(source: tuple[str, str]) -> str:
    return source[0] if source[1] == "human" else f"synthetic {source[0]}"
