"""Model forms of a growth curve, and the choice among them by leaving one n out (science notes, section 3; ours).

`saturating power`  S(n) = S0 + (u - S0) [1 - (1 + n / kappa)^-beta], S0 the untuned base, u a free ceiling in [0, 1]
`power law`         L(n) = A n^-beta + E for bits per character, n >= 1
`slope`             a straight line in log4(n), n >= 1
`monotone`          the best rising (score) or falling (bits) steps, joined by lines in log(1 + n)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import isotonic_regression, least_squares

from analyze.scores import Array

KAPPA = np.geomspace(0.25, 20_000, 34)
BETA = np.array([0.15, 0.25, 0.4, 0.6, 0.9, 1.3, 2.0, 3.0, 5.0])
DECAY = np.geomspace(0.03, 3.0, 40)


@dataclass(frozen=True)
class Fit:
    """One fitted form. `predict` maps n (any shape) to the metric."""

    model: str
    parameters: dict[str, float]
    predict: Callable[[Array], Array]


def log4(n: Array) -> Array:
    return np.asarray(np.log(n) / np.log(4.0))


def saturating_power(n: Array, y: Array, *, polish: bool = True) -> Fit:
    """Least squares over a grid of kappa and beta (u in closed form), then a local search from the best point."""
    start = float(y[0])
    grid_kappa, grid_beta = (g.ravel() for g in np.meshgrid(KAPPA, BETA, indexing="ij"))
    shape = 1 - (1 + n[None, :] / grid_kappa[:, None]) ** -grid_beta[:, None]
    ceiling, error = best_ceiling(shape, y[None, :], np.array([start]))
    best = int(error[0].argmin())
    u, kappa, beta = float(ceiling[0, best]), float(grid_kappa[best]), float(grid_beta[best])

    def curve(p: Array, at: Array) -> Array:
        return np.asarray(start + (p[0] - start) * (1 - (1 + at / np.exp(p[1])) ** -np.exp(p[2])))

    p = np.array([u, np.log(kappa), np.log(beta)])
    if polish and len(n) > 3:
        low = [0.0, np.log(KAPPA[0]), np.log(BETA[0])]
        high = [1.0, np.log(KAPPA[-1]), np.log(BETA[-1])]
        inside = np.clip(p, np.array(low) + 1e-6, np.array(high) - 1e-6)

        def residuals(q: Array) -> Array:
            return curve(q, n) - y

        found = least_squares(residuals, inside, bounds=(low, high), max_nfev=60)
        if 2 * found.cost < error[0, best]:
            p = np.asarray(found.x)
    values = {"S0": start, "u": float(p[0]), "kappa": float(np.exp(p[1])), "beta": float(np.exp(p[2]))}
    return Fit("saturating power", values, lambda at: curve(p, np.asarray(at, dtype=np.float64)))


def best_ceiling(shape: Array, y: Array, start: Array) -> tuple[Array, Array]:
    """For every curve and grid point the least-squares ceiling u in [0, 1] and its squared error.

    Args:
        shape: 1 - (1 + n / kappa)^-beta, (grid, points), or (curves, grid, points) where each curve has its own n.
        y: (curves, points).
        start: S0 of every curve, (curves,).
    """
    gain = y - start[:, None]
    along = "gp,cp->cg" if shape.ndim == 2 else "cgp,cp->cg"
    dot = np.einsum(along, shape, gain)
    square = np.maximum((shape**2).sum(axis=-1), 1e-12)
    rise = np.clip(dot / square, -start[:, None], 1 - start[:, None])
    error = (gain**2).sum(axis=-1)[:, None] - 2 * rise * dot + rise**2 * square
    return rise + start[:, None], error


def power_law(n: Array, y: Array) -> Fit:
    """A n^-beta + E over n >= 1, A and E non-negative; the value at n = 0 stays what was measured."""
    used = n >= 1
    x, target = n[used], y[used]
    best = (np.inf, 0.0, 0.0, 0.0)
    for beta in DECAY:
        basis = x**-beta
        spread = basis - basis.mean()
        amplitude = max(float((spread * target).sum() / max((spread**2).sum(), 1e-15)), 0.0)
        floor = float(target.mean() - amplitude * basis.mean())
        if floor < 0:
            floor, amplitude = 0.0, max(float((basis * target).sum() / (basis**2).sum()), 0.0)
        error = float(((amplitude * basis + floor - target) ** 2).sum())
        if error < best[0]:
            best = (error, amplitude, float(beta), floor)
    _, amplitude, beta, floor = best
    values = {"A": amplitude, "beta": beta, "E": floor}
    return Fit("power law", values, _from_one(n, y, lambda at: amplitude * at**-beta + floor))


def slope(n: Array, y: Array) -> Fit:
    """A line in log4(n) over n >= 1; the value at n = 0 stays what was measured."""
    used = n >= 1
    x = log4(n[used])
    rise = float(((x - x.mean()) * y[used]).sum() / max(((x - x.mean()) ** 2).sum(), 1e-15))
    at_one = float(y[used].mean() - rise * x.mean())
    values = {"at_n_1": at_one, "per_x4": rise}
    return Fit("slope", values, _from_one(n, y, lambda at: at_one + rise * log4(at)))


def _from_one(n: Array, y: Array, curve: Callable[[Array], Array]) -> Callable[[Array], Array]:
    zero = float(y[0]) if n[0] == 0 else float("nan")

    def predict(at: Array) -> Array:
        at = np.asarray(at, dtype=np.float64)
        return np.where(at >= 1, curve(np.maximum(at, 1.0)), zero)

    return predict


def monotone(n: Array, y: Array, *, rising: bool = True) -> Fit:
    steps = np.asarray(isotonic_regression(y, increasing=rising).x, dtype=np.float64)
    return Fit("monotone", {}, lambda at: np.interp(np.log1p(at), np.log1p(n), steps))


def lack_of_fit(n: Array, y: Array, *, rising: bool = True) -> float:
    """Root mean square distance of the points from the best monotone curve."""
    return float(np.sqrt(np.mean((monotone(n, y, rising=rising).predict(n) - y) ** 2)))


def choose(n: Array, y: Array, metric: str) -> Fit:
    """The form that best predicts a left-out n >= 1, fitted to all points.

    Args:
        n: distinct, rising; shape (points,).
        y: mean of the metric at each n.
        metric: `score` or `bits`.
    """
    if metric == "bits":
        forms: list[Callable[[Array, Array], Fit]] = [
            power_law,
            slope,
            lambda a, b: monotone(a, b, rising=False),
        ]
    else:
        forms = [lambda a, b: saturating_power(a, b, polish=False), slope, monotone]
    used = np.flatnonzero(n >= 1)
    if len(used) < 2:
        return monotone(n, y, rising=metric == "score")
    if len(used) < 4:
        return slope(n, y)  # too few points to tell curved forms apart
    errors = []
    for form in forms:
        squares = []
        for out in used:
            keep = np.arange(len(n)) != out
            squares.append(float(form(n[keep], y[keep]).predict(n[out : out + 1])[0] - y[out]) ** 2)
        errors.append(sum(squares))
    best = int(np.argmin(errors))
    return saturating_power(n, y) if metric == "score" and best == 0 else forms[best](n, y)
