"""What the recommendation is fitted on: validation scores of one base, cut to some items and seeds if asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from analyze.intervals import item_weights
from analyze.recommend.surface import Surfaces, grid_of, tabulate
from analyze.recommend.transfer import Effects, effects
from analyze.scores import Array, Key, Scores
from analyze.seeds import room


@dataclass(frozen=True)
class Fold:
    """Which part of the data to use: for each ability a mask over its items, and the seeds of the uniform runs."""

    items: dict[str, Array]
    seeds: frozenset[int]


@dataclass(frozen=True)
class SeedNoise:
    """How much one run's mean score varies: `ratio` of an ability times (p (1 - p)) ** power (`analyze.seeds`)."""

    ratio: Mapping[str, float]
    power: float

    def variance(self, ability: str, mean: float, answers: int) -> float:
        """Of one run whose ability has this mean over so many answers, in shares squared."""
        return float(self.ratio.get(ability, 0.0) * room(mean, answers) ** self.power)


def whole(scores: Scores, base: str) -> Fold:
    """Everything there is."""
    items = {a: np.ones(len(next(iter(scores.values[a].values())))) for a in scores.abilities}
    return Fold(items, frozenset(seeds_of(scores, base)))


def seeds_of(scores: Scores, base: str) -> list[int]:
    cells = {k for values in scores.values.values() for k in values}
    return sorted({k.seed for k in cells if k.base == base and k.mix == "uniform"})


def fit(
    scores: Scores,
    base: str,
    sources: Sequence[tuple[str, str]],
    fold: Fold,
    *,
    noise: SeedNoise,
    draws: int,
    seed: int,
) -> Surfaces:
    """Surfaces from the uniform runs (human data), transfer from the single-source runs, worth of synthetic data.

    Args:
        sources: (ability, origin), human ones first and in the order of `scores.abilities`.
        noise: of one run's mean score.
        draws: bootstrap draws over items, with the runs' noise added to every checkpoint's mean.
    """
    abilities = scores.abilities
    rng = np.random.default_rng([seed, 7])
    means = {a: _drawn_means(scores, a, base, fold, noise, draws, seed, rng) for a in abilities}
    found: Effects = effects(scores, base, means, abilities)
    worth = found.tau.sum(axis=1)  # (D, K): own 1 + what all other abilities give at equal n
    grids = {a: _points(scores, a, base, "human", means[a]) for a in abilities}
    largest = max(float(n[-1]) for n, _ in grids.values())
    grid = grid_of(largest * float(worth.max()))
    tables, shapes, misfits = [], [], []
    for i, ability in enumerate(abilities):
        n, y = grids[ability]
        clean = y + found.gamma[:, i].sum() * n[None, :]
        table, shape, miss = tabulate(
            n[None, :] * worth[:, i][:, None], clean, _noise(scores, ability, base), grid
        )
        tables.append(table)
        shapes.append(shape)
        misfits.append(miss)
    values = np.stack(tables, axis=1)
    tau, gamma = found.tau, found.gamma
    if len(sources) > len(abilities):
        own = _synthetic_worth(scores, abilities, base, means, values, grid, worth)
        rows = [abilities.index(a) for a, origin in sources if origin == "synthetic"]
        tau = np.concatenate([tau, tau[:, rows, :] * own[:, rows][:, :, None]], axis=1)
        gamma = np.concatenate([gamma, gamma[rows]], axis=0)
    return Surfaces(grid, values, tau, gamma, tuple(shapes), np.array(misfits))


def _drawn_means(
    scores: Scores,
    ability: str,
    base: str,
    fold: Fold,
    noise: SeedNoise,
    draws: int,
    seed: int,
    rng: np.random.Generator,
) -> dict[tuple[str, str, int], Array]:
    """(origin, mix, n) -> bootstrap means, shape (D,); single-source runs keep all their seeds."""
    mask = fold.items[ability] > 0
    weights = item_weights(int(mask.sum()), draws, seed, ability)
    groups: dict[tuple[str, str, int], list[Array]] = {}
    for key, vector in sorted(scores.values[ability].items()):
        if key.base == base and _wanted(key, fold):
            place = ("human", "base", 0) if key.n == 0 else (key.origin, key.mix, key.n)
            groups.setdefault(place, []).append(vector[mask])
    out = {}
    for place, vectors in groups.items():
        drawn = weights @ np.mean(vectors, axis=0)
        if place[2] > 0:
            variance = noise.variance(ability, float(np.mean(vectors)), sum(map(len, vectors)))
            drawn = drawn + rng.normal(0, (variance / len(vectors)) ** 0.5, draws)
        out[place] = np.clip(drawn, 0.0, 1.0)
    return out


def _wanted(key: Key, fold: Fold) -> bool:
    if key.n == 0 or key.mix.startswith("single:"):
        return True
    return key.mix == "uniform" and key.seed in fold.seeds


def _points(
    scores: Scores, ability: str, base: str, origin: str, means: Mapping[tuple[str, str, int], Array]
) -> tuple[Array, Array]:
    """Instances drawn (P,) and bootstrap means (D, P) of the uniform runs, n = 0 first."""
    at: dict[float, list[Array]] = {}
    for (o, mix, n), values in sorted(means.items(), key=lambda item: item[0][2]):
        if n == 0 or (mix == "uniform" and o == origin):
            at.setdefault(scores.effective(ability, base, origin, n), []).append(values)
    axis = sorted(at)
    return np.array(axis), np.stack([np.mean(at[x], axis=0) for x in axis], axis=1)


def _noise(scores: Scores, ability: str, base: str) -> float:
    """Typical standard error of one point, share: how far a form may miss the points by chance."""
    runs = [v for k, v in scores.values[ability].items() if k.base == base and k.mix == "uniform"]
    spread = np.mean([v.var() / len(v) for v in runs]) if runs else 0.0
    return max(0.01, float(np.sqrt(spread / max(len(seeds_of(scores, base)), 1))))


def _synthetic_worth(
    scores: Scores,
    abilities: Sequence[str],
    base: str,
    means: Mapping[str, Mapping[tuple[str, str, int], Array]],
    values: Array,
    grid: Array,
    worth: Array,
) -> Array:
    """Share of a human instance that a synthetic one of the same ability is worth, in [0, 1], shape (D, K).

    Least squares over the uniform synthetic runs. Never more than 1: that a teacher's answers beat the human ones is
    for a verdict to say, not for the mix to bet on.
    """
    steps = np.linspace(0, 1, 21)
    out = np.ones((values.shape[0], len(abilities)))
    for i, ability in enumerate(abilities):
        n, y = _points(scores, ability, base, "synthetic", means[ability])
        if len(n) < 2:
            out[:, i] = 0.0
            continue
        for d in range(values.shape[0]):
            at = steps[:, None] * n[None, :] * worth[d, i]
            errors = ((np.interp(at, grid, values[d, i]) - y[d]) ** 2).sum(axis=1)
            out[d, i] = steps[int(errors.argmin())]
    return out
