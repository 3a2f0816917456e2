"""The forecast: what is known in advance is forecast, noise is not, and a fold sees nothing of what it leaves out."""

from __future__ import annotations

import numpy as np
import pytest

from analyze.forecast import fold_matrix, forecast, q_squared
from schemas.errors import BadData
from schemas.results import TransferMatrix


def matrix(values: np.ndarray) -> TransferMatrix:
    rows = tuple(
        tuple(None if i == j else float(values[j, i]) for i in range(len(values))) for j in range(len(values))
    )
    names = tuple(f"a{i}" for i in range(len(values)))
    return TransferMatrix(estimator="response-mmd", abilities=names, values=rows, unit="-MMD²")


def test_null_p_values_are_uniform() -> None:
    rng = np.random.default_rng(0)
    ps = []
    for _ in range(400):
        k = 10
        transfer = rng.normal(size=(k, k))
        np.fill_diagonal(transfer, np.nan)
        hat, means = fold_matrix(rng.normal(size=k), transfer)
        y = rng.normal(size=k)
        null = q_squared(np.stack([rng.permutation(y) for _ in range(199)]), hat, means)
        ps.append((1 + (null >= q_squared(y[None, :], hat, means)[0]).sum()) / 200)
    assert np.mean(np.array(ps) <= 0.05) <= 0.08
    assert np.mean(ps) == pytest.approx(0.5, abs=0.05)


def test_a_planted_law_is_forecast() -> None:
    rng = np.random.default_rng(1)
    values = rng.normal(size=(10, 10)) + 2 * rng.normal(size=10)[None, :]
    complexity = {f"a{i}": float(v) for i, v in enumerate(rng.normal(size=10))}
    column = (values.sum(axis=0) - np.diag(values)) / 9
    actual = {a: 3 + 2 * complexity[a] + 1.5 * float(column[i]) for i, a in enumerate(complexity)}
    told, left_out = forecast(complexity, matrix(values), actual, permutations=500)
    assert told.q2 > 0.6
    assert told.p < 0.01
    assert told.q2 > told.q2_null
    assert left_out == ()
    assert len(told.predicted) == 10


def test_the_fold_sees_nothing_of_the_ability_left_out() -> None:
    rng = np.random.default_rng(2)
    complexity, transfer = rng.normal(size=8), rng.normal(size=(8, 8))
    np.fill_diagonal(transfer, np.nan)
    hat, means = fold_matrix(complexity, transfer)
    assert np.diag(hat) == pytest.approx(0)
    assert np.diag(means) == pytest.approx(0)
    assert hat.sum(axis=1) == pytest.approx(1)  # a constant slope is forecast as it is
    changed = transfer.copy()
    changed[3, [0, 1, 2, 4]] += 5.0  # what ability 3 gives to others must not enter its own fold
    assert fold_matrix(complexity, changed)[0][3] == pytest.approx(hat[3])


def test_an_ability_without_a_feature_is_dropped_and_named() -> None:
    rng = np.random.default_rng(3)
    complexity: dict[str, float | None] = {f"a{i}": float(v) for i, v in enumerate(rng.normal(size=8))}
    complexity["a2"] = None
    actual = {a: float(v) for a, v in zip(complexity, rng.normal(size=8), strict=True)} | {"new": 1.0}
    complexity["new"] = 0.5
    told, left_out = forecast(complexity, matrix(rng.normal(size=(8, 8))), actual, permutations=50)
    assert "a2" not in told.abilities
    assert "new" not in told.abilities
    assert len(left_out) == 2


def test_too_few_abilities_are_an_error() -> None:
    with pytest.raises(BadData, match="only 3 abilities"):
        forecast(
            {"a0": 1.0, "a1": 2.0, "a2": 0.0}, matrix(np.zeros((3, 3))), {"a0": 1.0, "a1": 1.0, "a2": 2.0}
        )
