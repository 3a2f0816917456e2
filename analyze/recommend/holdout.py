"""Is the gain real? Judged on items and seeds that the allocation was not chosen on (ours).

Bootstrap draws scatter around the very data that chose the allocation, so they flatter it: among ten flat abilities one
always looks as if it grew. So the choice is repeated without a fifth of the items and without one seed, and its gain is
read off the raw scores of just those items under just that seed, interpolated in log(1 + n) between measured n.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from analyze.intervals import Estimate, Parts, parts, pooled, weighted_sum
from analyze.recommend.inputs import Fold, seeds_of, whole
from analyze.recommend.solver import Integers
from analyze.scores import Array, Scores
from schemas.canonical import unit_hash

FOLDS = 5


def held_out_gain(
    scores: Scores,
    base: str,
    weights: Array,
    uniform: Integers,
    choose: Callable[[Fold], Integers],
    seed: int,
) -> Estimate:
    """Gain of the choosing procedure over the uniform mix, weighted mean of shares.

    Args:
        uniform: instances of every ability, (K,).
        choose: human instances of every ability, (K,), chosen on a fold.
        seed: decides the folds.
    """
    every = whole(scores, base)
    seeds = seeds_of(scores, base)
    folds = {a: _folds(len(m), seed, a) for a, m in every.items.items()}
    z = {a: np.zeros((len(seeds), len(m))) for a, m in every.items.items()}
    for row, held in enumerate(seeds):
        others = frozenset(seeds) - {held} or frozenset(seeds)
        for part in range(FOLDS):
            fold = Fold({a: (folds[a] != part).astype(np.float64) for a in folds}, others)
            chosen = choose(fold)
            for i, ability in enumerate(scores.abilities):
                if (
                    weight := _difference(scores, ability, base, held, int(uniform[i]), int(chosen[i]))
                ) is None:
                    continue
                out = folds[ability] == part
                z[ability][row, out] = weight[out]
    family: list[Parts] = [parts(z[a]) for a in scores.abilities]
    return weighted_sum(pooled(family, scores.abilities), list(weights))


def _folds(items: int, seed: int, name: str) -> Array:
    order = np.argsort([unit_hash(seed, name, k) for k in range(items)])
    out = np.empty(items)
    out[order] = np.arange(items) % FOLDS
    return out


def _difference(scores: Scores, ability: str, base: str, seed: int, before: int, after: int) -> Array | None:
    """Score of every item at `after` minus at `before` instances, under one seed."""
    n, rows = [], []
    for key, vector in scores.values[ability].items():
        if key.base != base:
            continue
        if key.n == 0 or (key.origin == "human" and key.mix == "uniform" and key.seed == seed):
            n.append(scores.effective(ability, base, "human", key.n))
            rows.append(vector)
    order = np.argsort(n)
    axis = np.log1p(np.array(n)[order])
    if len(axis) < 2:
        return None
    return _mixed(axis, [rows[i] for i in order], after) - _mixed(axis, [rows[i] for i in order], before)


def _mixed(axis: Array, rows: Sequence[Array], n: int) -> Array:
    at = float(np.clip(np.log1p(n), axis[0], axis[-1]))
    high = int(np.clip(np.searchsorted(axis, at), 1, len(axis) - 1))
    gap = axis[high] - axis[high - 1]
    part = (at - axis[high - 1]) / gap if gap > 0 else 1.0
    return np.asarray((1 - part) * rows[high - 1] + part * rows[high])
