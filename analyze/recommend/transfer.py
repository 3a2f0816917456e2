"""Effective data transferred, from single-source runs (science notes, section 5; the reference point is ours).

Much of what a single-source run gives another ability is the answer format, which any source teaches and which a mix
pays for once. So a source counts only for what it gives beyond the *median* source, in instances of the target
itself, and only where that excess is clear of noise (Benjamini-Hochberg at 10 % over all directed pairs). The data
transferred is censored at the smallest and the largest n that was measured. Harm counts where a source leaves a target
below both the untuned base and the median source (Bonferroni at 5 %).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr
from scipy.stats import false_discovery_control

from analyze.scores import Array, Scores

CLEAR = 0.1
Means = Mapping[tuple[str, str, int], Array]


@dataclass(frozen=True)
class Effects:
    """Transfer and harm between human sources: tau (D, K, K) with 1 on the diagonal, gamma (K, K) per instance."""

    tau: Array
    gamma: Array


def effects(scores: Scores, base: str, means: Mapping[str, Means], abilities: Sequence[str]) -> Effects:
    """Transfer where single-source runs show it; without such runs, none."""
    k = len(abilities)
    draws = len(next(iter(next(iter(means.values())).values())))
    tau = np.broadcast_to(np.eye(k), (draws, k, k)).copy()
    gamma = np.zeros((k, k))
    gives, harms = np.ones((k, k)), np.ones((k, k))
    shown: dict[tuple[int, int], tuple[Array, Array, int, Array, Array]] = {}
    lost: dict[tuple[int, int], float] = {}
    for i, target in enumerate(abilities):
        singles = {
            j: (n, values)
            for j, source in enumerate(abilities)
            for (_, mix, n), values in means[target].items()
            if mix == f"single:{source}" and j != i
        }
        if len(singles) < 3 or ("human", "base", 0) not in means[target]:
            continue
        middle = np.median(np.stack([v for _, v in singles.values()]), axis=0)
        n_axis, curve = _own_curve(scores, target, base, means[target])
        start = means[target]["human", "base", 0]
        for j, (n, values) in singles.items():
            excess = values - middle
            gives[j, i] = float(ndtr(-excess.mean() / max(float(excess.std(ddof=1)), 1e-9)))
            drops = [start - values, middle - values]
            harms[j, i] = max(float(ndtr(-d.mean() / max(float(d.std(ddof=1)), 1e-9))) for d in drops)
            shown[j, i] = (values, middle, n, n_axis, curve)
            lost[j, i] = max(min(float(d.mean()) for d in drops), 0.0) / n
    for (j, i), p in _adjusted(gives, list(shown)):
        if p <= CLEAR:
            values, middle, n, n_axis, curve = shown[j, i]
            data = _instances(values, n_axis, curve) - _instances(middle, n_axis, curve)
            tau[:, j, i] = np.clip(data / n, 0.0, 1.0)
    for j, i in lost:
        # Harm counts for every instance and every source at once, so a false one is dear: corrected by the number of pairs.
        if harms[j, i] * len(lost) <= CLEAR / 2:
            gamma[j, i] = lost[j, i]
    return Effects(tau, gamma)


def _adjusted(table: Array, pairs: list[tuple[int, int]]) -> list[tuple[tuple[int, int], float]]:
    if not pairs:
        return []
    adjusted = false_discovery_control([table[p] for p in pairs], method="bh")
    return [(pair, float(p)) for pair, p in zip(pairs, adjusted, strict=True)]


def _own_curve(scores: Scores, ability: str, base: str, means: Means) -> tuple[Array, Array]:
    """Uniform human curve made rising: n (P,) and scores (D, P)."""
    at: dict[float, Array] = {}
    for (origin, mix, n), values in means.items():
        if n == 0 or (mix == "uniform" and origin == "human"):
            at[scores.effective(ability, base, "human", n)] = values
    n_axis = np.array(sorted(at))
    curve = np.maximum.accumulate(np.stack([at[n] for n in n_axis], axis=1), axis=1)
    return n_axis, curve


def _instances(values: Array, n_axis: Array, curve: Array) -> Array:
    """Own instances that would score as much, per draw, read off the rising curve in log(1 + n)."""
    axis = np.log1p(n_axis)
    out = np.empty(len(values))
    for d, value in enumerate(values):
        # A flat stretch is read at its left end: the least data that explains the score.
        rising = curve[d] + np.arange(len(axis)) * 1e-9
        out[d] = np.expm1(np.interp(value, rising, axis))
    return out
