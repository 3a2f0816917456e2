"""How well a cheap estimator agrees with trained Transference. Ours, on Mantel's test.

Estimator and trained matrix go through the same transform, so that like is compared with like:
`per-target` standardizes every column ("who helps me most"), `residual` removes row and column means ("which pair is
special"). Spearman is taken over the directed pairs; since pairs share abilities they are not independent, so p comes
from permuting rows and columns of the trained matrix together (one-sided: more alike, more transfer). The partial
correlation removes the controls from both sides and permutes the residuals (Freedman and Lane 1983; Legendre 2000),
because permuting the raw target is too liberal when target and control are related. A control that drives both sides
by the same strongly bent curve is removed only in part.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from analyze.transference.base import Array, as_array
from schemas.results import TransferCheck, TransferMatrix

Target = Literal["per-target", "residual"]
TARGETS: tuple[Target, ...] = ("per-target", "residual")
LEAST_ABILITIES = 4
LEAST_FREEDOM = 4  # directed pairs left after the controls
TIE = 1e-9  # two correlations nearer than this are equal; rounding must not decide a p-value


def check(
    estimated: Sequence[TransferMatrix],
    trained: TransferMatrix,
    controls: Sequence[TransferMatrix] = (),
    *,
    targets: Sequence[Target] = TARGETS,
    permutations: int = 2000,
    seed: int = 0,
) -> list[TransferCheck]:
    """Every estimator against the trained matrix, for every target.

    Only abilities that are complete in all matrices count. `p_max` is corrected for all of `estimated`, by the
    permutation distribution of their largest correlation. With at most `permutations` orders in all, every one is
    taken instead of a sample. Empty for fewer than four common abilities, where nothing could be told.
    """
    if not estimated:
        return []
    abilities = complete_abilities([*estimated, trained, *controls])
    count = len(abilities)
    if count < LEAST_ABILITIES:
        return []
    orders = _orders(count, permutations, seed)
    sources, sinks = np.nonzero(~np.eye(count, dtype=bool))
    results: list[TransferCheck] = []
    for target in targets:

        def off(matrix: TransferMatrix) -> Array:
            return as_array(matrix, abilities)[sources, sinks]

        def ranks(matrix: TransferMatrix, target: Target = target) -> Array:
            return _centred_ranks(transform(as_array(matrix, abilities), target)[sources, sinks])

        x = np.stack([ranks(m) for m in estimated])
        y = ranks(trained)
        drawn = _permuted(y, count, orders, sources, sinks)
        rho, null = _correlations(x, y), _correlations(x, drawn)
        p_max = _upper(null.max(1)[:, None], rho)
        partial, partial_p = _partial(
            np.stack([off(m) for m in estimated]), off(trained), [off(m) for m in controls], target, orders
        )
        p = _upper(null, rho)
        gained = transform(as_array(trained, abilities), target)
        for k, matrix in enumerate(estimated):
            results.append(
                TransferCheck(
                    estimator=matrix.estimator,
                    target=target,
                    pairs=len(sources),
                    spearman=float(rho[k]),
                    p=float(p[k]),
                    p_max=float(p_max[k]),
                    partial=None if partial is None else float(partial[k]),
                    partial_p=None if partial_p is None else float(partial_p[k]),
                    regret=_regret(transform(as_array(matrix, abilities), target), gained),
                )
            )
    return results


def transform(values: Array, target: Target) -> Array:
    """Shape (K, K), complete off the diagonal -> the same, NaN on the diagonal.

    `per-target`: every column with mean 0 and standard deviation 1 over its sources. `residual`: the least-squares
    row and column effects removed (the diagonal is missing, so plain means would leave some of them behind).
    """
    count = len(values)
    off = values.astype(np.float64).copy()
    np.fill_diagonal(off, np.nan)
    if target == "per-target":
        spread = np.nanstd(off, axis=0)
        scaled: Array = (off - np.nanmean(off, axis=0)) / np.where(spread > 1e-12, spread, 1.0)
        return scaled
    filled = np.where(np.isnan(off), 0.0, off)
    total = filled.sum() / (count * (count - 1))
    row, column = filled.sum(1), filled.sum(0)
    # Solution of the two-way additive model without its diagonal, for count > 2.
    scale, shift = count * (count - 2), total * (count - 1) / (count - 2)
    effect_row = ((count - 1) * row + column) / scale - shift
    effect_column = ((count - 1) * column + row) / scale - shift
    residual: Array = off - total - effect_row[:, None] - effect_column[None, :]
    return residual


def complete_abilities(matrices: Sequence[TransferMatrix]) -> list[str]:
    """Abilities whose pairs are known in every matrix; the one that misses most goes first until all are."""
    names = [a for a in matrices[0].abilities if all(a in m.abilities for m in matrices)]
    missing = np.zeros((len(names), len(names)), dtype=bool)
    for matrix in matrices:
        missing |= np.isnan(as_array(matrix, names)).reshape(missing.shape)
    np.fill_diagonal(missing, False)
    while missing.any():
        worst = int((missing.sum(0) + missing.sum(1)).argmax())
        names.pop(worst)
        missing = np.delete(np.delete(missing, worst, 0), worst, 1)
    return names


def by_target(estimated: TransferMatrix, trained: TransferMatrix) -> dict[str, float]:
    """Spearman over the sources of one target at a time, for the abilities complete in both."""
    abilities = complete_abilities([estimated, trained])
    x, y = as_array(estimated, abilities), as_array(trained, abilities)
    out = {}
    for i, ability in enumerate(abilities):
        others = np.arange(len(abilities)) != i
        if others.sum() >= 3:
            pair = _centred_ranks(x[others, i])[None], _centred_ranks(y[others, i])
            out[ability] = float(_correlations(*pair)[0])
    return out


def spearman(first: Array, second: Array) -> float:
    """Of two vectors; 0 where one is constant."""
    return float(_correlations(_centred_ranks(first)[None], _centred_ranks(second))[0])


def _orders(count: int, permutations: int, seed: int) -> NDArray[np.int64]:
    """Row-column orders, shape (P, K); the identity is the first."""
    if math.factorial(count) <= permutations:
        return np.array(list(itertools.permutations(range(count))))
    generator = np.random.default_rng(seed)
    drawn = generator.permuted(np.tile(np.arange(count), (permutations, 1)), axis=1)
    return np.concatenate([np.arange(count)[None], drawn])


def _permuted(
    y: Array, count: int, orders: NDArray[np.int64], sources: NDArray[np.int64], sinks: NDArray[np.int64]
) -> Array:
    """Vectors of pairs of the jointly permuted matrix, shape (P, pairs)."""
    matrix = np.zeros((count, count))
    matrix[sources, sinks] = y
    permuted: Array = matrix[orders[:, sources], orders[:, sinks]]
    return permuted


def _rounded(values: Array) -> Array:
    """Removing means leaves differences of 1e-17 between values that are equal, which must stay ties."""
    scale = np.abs(values).max(axis=-1, keepdims=True)
    rounded: Array = np.round(values / np.where(scale > 0, scale, 1.0), 10)
    return rounded


def _centred_ranks(values: Array) -> Array:
    ranks: Array = rankdata(_rounded(values))
    ranks -= ranks.mean()
    return ranks


def _correlations(x: Array, y: Array) -> Array:
    """Cosines of centred vectors: x (E, pairs) with y (pairs,) -> (E,), or with (P, pairs) -> (P, E)."""
    norms = np.linalg.norm(x, axis=1)
    lengths = np.linalg.norm(y, axis=-1)
    out: Array = (y @ x.T) / np.maximum(lengths[..., None] * norms, 1e-12)
    return out


def _upper(null: Array, observed: Array) -> Array:
    """Share of orders, the observed one among them, with a correlation as large: null (P, E or 1)."""
    share: Array = (null >= observed - TIE).mean(0)
    return share


def _partial(
    x: Array, y: Array, controls: Sequence[Array], target: Target, orders: NDArray[np.int64]
) -> tuple[Array | None, Array | None]:
    """Partial correlation (E,) of x (E, pairs) and y (pairs,) given the controls, and its p (E,).

    Both sides and the controls lose their column means (`residual`: row and column effects), then both sides lose
    what is linear in the controls and in the controls' ranks; what is left goes through `per-target` scaling and
    into Spearman. Ranking before the regression would leave part of a linear control behind (measured: 8 % false
    alarms instead of 5). (None, None) without controls or without freedom left.
    """
    count = orders.shape[1]
    sources, sinks = np.nonzero(~np.eye(count, dtype=bool))
    if not controls:
        return None, None
    shapes = [s for c in controls for s in (c, rankdata(_rounded(c)))]
    columns = np.stack([_linear(s, target, count) for s in shapes], 1)
    columns /= np.maximum(np.linalg.norm(columns, axis=0), 1e-12)
    directions, sizes, _ = np.linalg.svd(columns, full_matrices=False)
    basis = directions[:, sizes > 1e-8]  # constant or repeated controls drop out
    taken = count if target == "per-target" else 2 * count - 1
    if len(y) - taken - basis.shape[1] < LEAST_FREEDOM:
        return None, None

    def without(vectors: Array) -> Array:
        left: Array = vectors - (vectors @ basis) @ basis.T
        return left

    def ranks(vectors: Array) -> Array:
        if target == "per-target":
            columns = _squares(vectors, count)
            spread = np.sqrt((columns**2).sum(1) / (count - 1) - (columns.sum(1) / (count - 1)) ** 2)
            vectors = vectors / np.maximum(spread, 1e-12)[:, sinks]
        ranked: Array = rankdata(_rounded(vectors), axis=1)
        ranked -= ranked.mean(1, keepdims=True)
        return ranked

    x_left = without(np.stack([_linear(row, target, count) for row in x]))
    y_left = without(_linear(y, target, count))
    drawn = without(_permuted(y_left, count, orders, sources, sinks))
    null = _correlations(ranks(x_left), ranks(drawn))
    rho = _correlations(ranks(x_left), ranks(y_left[None]))[0]
    return rho, _upper(null, rho)


def _linear(vector: Array, target: Target, count: int) -> Array:
    """The linear part of `transform` on a vector of pairs."""
    apart = ~np.eye(count, dtype=bool)
    square = _squares(vector[None], count)[0]
    moved = transform(square, target) if target == "residual" else square - square.sum(0) / (count - 1)
    pairs: Array = moved[apart]
    return pairs


def _squares(vectors: Array, count: int) -> Array:
    """Vectors of pairs (P, pairs) as matrices (P, K, K) with a diagonal of 0."""
    out = np.zeros((len(vectors), count, count))
    out[:, ~np.eye(count, dtype=bool)] = vectors
    return out


def _regret(estimated: Array, gained: Array) -> float:
    """Mean over targets of best minus chosen `gained`, the choice being the estimator's first."""
    count = len(gained)
    chosen = np.nanargmax(estimated, axis=0)
    return float(np.mean(np.nanmax(gained, axis=0) - gained[chosen, np.arange(count)]))
