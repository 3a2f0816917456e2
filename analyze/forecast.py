"""Forecast of the data sensitivity from Complexity and Transference (science notes, section 6; ours).

Ridge regression on two features, leaving one ability out: features are standardized and the fit is made inside the
fold, and the Transference of the training abilities leaves out what the held-out ability gave them. Every forecast is
linear in the actual slopes, so the permutation test over abilities costs one matrix product.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from analyze.scores import Array
from schemas.errors import BadData
from schemas.results import Complexity, Forecast, TransferMatrix

PENALTY = 1.0
FEWEST = 5


def forecast(
    complexity: Mapping[str, float | None],
    transfer: TransferMatrix,
    actual: Mapping[str, float],
    *,
    permutations: int = 2000,
    seed: int = 0,
    names: tuple[str, str] = ("complexity", "transference"),
) -> tuple[Forecast, tuple[str, ...]]:
    """Forecast each ability's slope from the others.

    Args:
        complexity: ability -> one Complexity figure from validation items; None where it was not measured.
        transfer: an embedding or probe matrix; an ability's feature is the mean of its column.
        actual: ability -> slope in points per factor of 4, from test items.

    Returns:
        the forecast, and a sentence for every ability that had to be left out.

    Raises:
        BadData: fewer than five abilities have all three figures.
    """
    abilities, dropped = _usable(complexity, transfer, actual)
    if len(abilities) < FEWEST:
        raise BadData(
            f"only {len(abilities)} abilities have Complexity, Transference and a slope",
            do=f"a forecast needs at least {FEWEST}",
        )
    c1 = np.array([float(complexity[a] or 0.0) for a in abilities])
    matrix = _matrix(transfer, abilities)
    y = np.array([actual[a] for a in abilities])
    hat, means = fold_matrix(c1, matrix)
    q2 = float(q_squared(y[None, :], hat, means)[0])
    rng = np.random.default_rng(seed)
    null = q_squared(np.stack([rng.permutation(y) for _ in range(permutations)]), hat, means)
    p = (1 + int((null >= q2 - 1e-12).sum())) / (1 + permutations)
    return (
        Forecast(
            abilities=tuple(abilities),
            features=names,
            predicted=tuple(float(v) for v in hat @ y),
            actual=tuple(float(v) for v in y),
            q2=q2,
            q2_null=float(np.quantile(null, 0.95)),
            p=p,
        ),
        tuple(dropped),
    )


def fold_matrix(complexity: Array, transfer: Array) -> tuple[Array, Array]:
    """Matrices H and M, shape (K, K), with H @ y the left-out forecasts and M @ y the fold means.

    Args:
        complexity: (K,).
        transfer: (K, K), row = source, column = target, nan on the diagonal.
    """
    k = len(complexity)
    hat, means = np.zeros((k, k)), np.zeros((k, k))
    for out in range(k):
        train = np.array([i for i in range(k) if i != out])
        incoming = np.array([np.nanmean(transfer[train, i]) for i in range(k)])  # without what `out` gave
        x = np.column_stack([complexity, incoming])
        centre, scale = x[train].mean(axis=0), x[train].std(axis=0, ddof=1)
        x = (x - centre) / np.where(scale > 0, scale, 1.0)
        average = np.full(k - 1, 1 / (k - 1))
        # Centred columns: the ridge intercept is the fold's mean, so subtracting it from y changes nothing else.
        weights = x[out] @ np.linalg.solve(x[train].T @ x[train] + PENALTY * np.eye(2), x[train].T)
        hat[out, train] = average + weights - weights.mean()
        means[out, train] = average
    return hat, means


def q_squared(y: Array, hat: Array, means: Array) -> Array:
    """1 - squared forecast error / squared error of the fold means; y has shape (rows, K)."""
    error = ((y - y @ hat.T) ** 2).sum(axis=1)
    reference = ((y - y @ means.T) ** 2).sum(axis=1)
    return np.asarray(1 - error / np.maximum(reference, 1e-15))


def complexity_feature(profiles: Sequence[Complexity]) -> dict[str, float | None]:
    """C1 of every ability, after 4 in-format shots where all were measured so.

    Without shots a one-letter answer costs what its format costs, and abilities of different forms can't be compared.
    """
    if shots_known(profiles):
        return {p.ability: p.few_shot_bits_per_character for p in profiles}
    return {p.ability: p.bits_per_character for p in profiles}


def shots_known(profiles: Sequence[Complexity]) -> bool:
    return bool(profiles) and all(p.few_shot_bits_per_character is not None for p in profiles)


def cheapest_matrix(matrices: Sequence[TransferMatrix]) -> TransferMatrix | None:
    """The matrix that needs no training run: response-channel embeddings first, then any other but the control."""
    embedded = [m for m in matrices if m.estimator.startswith("response")]
    others = [m for m in matrices if m.estimator not in ("trained", "control")]
    return next(iter([*embedded, *others]), None)


def _usable(
    complexity: Mapping[str, float | None], transfer: TransferMatrix, actual: Mapping[str, float]
) -> tuple[list[str], list[str]]:
    keep, dropped = [], []
    for ability in actual:
        if complexity.get(ability) is None:
            dropped.append(f"{ability} is left out of the forecast: no Complexity")
        elif ability not in transfer.abilities or not np.isfinite(_incoming(transfer, ability)):
            dropped.append(f"{ability} is left out of the forecast: no Transference")
        else:
            keep.append(ability)
    return keep, dropped


def _incoming(transfer: TransferMatrix, ability: str) -> float:
    column = transfer.abilities.index(ability)
    found = [row[column] for j, row in enumerate(transfer.values) if j != column]
    numbers = [v for v in found if v is not None]
    return float(np.mean(numbers)) if numbers else float("nan")


def _matrix(transfer: TransferMatrix, abilities: Sequence[str]) -> Array:
    at = [transfer.abilities.index(a) for a in abilities]
    out = np.full((len(at), len(at)), np.nan)
    for row, j in enumerate(at):
        for column, i in enumerate(at):
            value = transfer.values[j][i]
            if row != column and value is not None:
                out[row, column] = value
    return out
