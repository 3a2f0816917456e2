"""Response surfaces S_i(E_i) of every ability, one per bootstrap draw, with E_i = sum_s tau_si n_s (ours).

A surface is kept as a table over a common grid of E and read by linear interpolation. It is flat beyond the largest E
that was measured: nothing is extrapolated. Two shapes: the saturating power form where it describes the means within
their noise, otherwise the best rising concave line through the points (non-negative least squares on min(E, knot)).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import isotonic_regression, nnls

from analyze.forms import BETA, KAPPA, best_ceiling
from analyze.scores import Array

GRID = 160


@dataclass(frozen=True)
class Surfaces:
    """Fitted surfaces of K abilities over D draws and S sources.

    Args:
        grid: E, rising from 0, shape (G,).
        values: score, shape (D, K, G).
        tau: instances of the ability that one instance of the source is worth, (D, S, K).
        gamma: linear harm, share of score per instance, (S, K).
        shapes: which form each ability got.
        misfit: root mean square residual of the mean points, share, (K,).
    """

    grid: Array
    values: Array
    tau: Array
    gamma: Array
    shapes: tuple[str, ...]
    misfit: Array

    def scores(self, allocations: Array) -> Array:
        """Scores of every ability under every draw, shape (P, D, K), of allocations (P, S)."""
        draws, sources, abilities = self.tau.shape
        flat = self.tau.transpose(1, 0, 2).reshape(sources, draws * abilities)
        effective = (allocations @ flat).reshape(-1, draws, abilities)
        harm = allocations @ self.gamma
        return self.read(effective) - harm[:, None, :]

    def read(self, effective: Array) -> Array:
        """Values at E, shape (P, D, K)."""
        at = np.clip(np.searchsorted(self.grid, effective, side="right") - 1, 0, len(self.grid) - 2)
        low, high = self.grid[at], self.grid[at + 1]
        part = np.clip((effective - low) / (high - low), 0.0, 1.0)
        draw = np.arange(self.values.shape[0])[None, :, None]
        ability = np.arange(self.values.shape[1])[None, None, :]
        left, right = self.values[draw, ability, at], self.values[draw, ability, at + 1]
        return np.asarray(left + part * (right - left))


def grid_of(largest: float) -> Array:
    """Values of E: fine near 0, where curves bend, and exact at both ends."""
    return np.concatenate([[0.0], np.geomspace(0.5, max(largest, 1.0), GRID - 1)])


def tabulate(effective: Array, y: Array, noise: float, grid: Array) -> tuple[Array, str, float]:
    """Fit one ability under every draw.

    Args:
        effective: E of the measured points, rising from 0, shape (D, P).
        y: scores at them, (D, P).
        noise: standard error of one point, share: how far the power form may miss before the concave line is taken.
        grid: where to tabulate.

    Returns:
        table (D, G), the shape's name, and the root mean square residual at the mean of the draws.
    """
    # More data of an ability's own never makes it worse here (harm is a term of its own), so the points are made rising
    # first; the untuned base then no longer anchors the curve with the full noise of a single checkpoint.
    y = np.stack([np.asarray(isotonic_regression(row).x, dtype=np.float64) for row in y])
    centre_e, centre_y = effective.mean(axis=0), y.mean(axis=0)
    power = _power(centre_e[None, :], centre_y[None, :], centre_e)
    miss = float(np.sqrt(np.mean((power[0] - centre_y) ** 2)))
    if miss <= noise:
        return _power(effective, y, grid), "saturating power", miss
    concave = _concave(centre_e, centre_y, centre_e)
    rows = [_concave(e, v, grid) for e, v in zip(effective, y, strict=True)]
    return np.stack(rows), "concave", float(np.sqrt(np.mean((concave - centre_y) ** 2)))


def _power(effective: Array, y: Array, at: Array) -> Array:
    """Rising saturating power curves by grid search, evaluated at `at`, flat beyond the last E; shape (D, len(at))."""
    kappa, beta = (g.ravel() for g in np.meshgrid(KAPPA[::2], BETA, indexing="ij"))
    start = y[:, 0]
    shape = 1 - (1 + effective[:, None, :] / kappa[None, :, None]) ** -beta[None, :, None]
    ceiling, _ = best_ceiling(shape, y, start)
    ceiling = np.maximum(ceiling, start[:, None])  # data may be useless, harm is a term of its own
    rise = ceiling - start[:, None]
    gain = y - start[:, None]
    error = ((gain[:, None, :] - rise[:, :, None] * shape) ** 2).sum(axis=2)
    best = error.argmin(axis=1)
    row = np.arange(len(y))
    inside = np.minimum(at[None, :], effective[:, -1:])
    form = 1 - (1 + inside / kappa[best][:, None]) ** -beta[best][:, None]
    return np.asarray(start[:, None] + rise[row, best][:, None] * form)


def _concave(effective: Array, y: Array, at: Array) -> Array:
    """The least-squares rising concave line through (0, y0), flat beyond the last E."""
    knots = np.unique(effective[effective > 0])
    start = float(y[0])
    basis = np.minimum(effective[1:, None], knots[None, :])
    heights, _ = nnls(
        basis / knots, y[1:] - start
    )  # scaled columns, or the largest knot swamps the small ones
    return np.asarray(np.clip(start + (np.minimum(at[:, None], knots[None, :]) / knots) @ heights, 0.0, 1.0))
