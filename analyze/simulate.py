"""A small world whose truth is known, to test the statistics on (science notes, section 8).

S(E) = S0 + (u - S0) [1 - (1 + E / kappa)^-beta] per ability, E = own instances + tau times the others'. An item is
answered with probability logistic(theta - difficulty), difficulty normal with SD 1.5, theta such that the mean over
all possible items is the planted score; a seed moves that score by a normal error.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analyze.scores import Array
from schemas.results import Cell

if TYPE_CHECKING:
    import pandas as pd

DIFFICULTY = 1.5
_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(41)
_THETA = np.linspace(-14, 14, 1401)
_MEAN = (1 / (1 + np.exp(-(_THETA[:, None] - DIFFICULTY * _NODES[None, :])))) @ (_WEIGHTS / _WEIGHTS.sum())


@dataclass(frozen=True)
class World:
    """Planted truth.

    Args:
        start, ceiling, kappa, beta: of every ability, shape (K,).
        tau: (K, K), row = source; the diagonal is not used.
        size: points of score that one doubling of parameters adds at every n >= 1.
        synthetic: share of a human instance that a synthetic one is worth.
        seed_sd: of a run's mean score.
    """

    start: Array
    ceiling: Array
    kappa: Array
    beta: Array
    tau: Array
    size: float = 0.0
    synthetic: float = 1.0
    seed_sd: float = 0.01

    @property
    def abilities(self) -> tuple[str, ...]:
        return tuple(f"ability_{i}" for i in range(len(self.start)))

    def score(self, counts: Array) -> Array:
        """True mean score of every ability under a mix, shape (K,)."""
        cross = self.tau.copy()
        np.fill_diagonal(cross, 1.0)
        effective = counts @ cross
        return np.asarray(
            self.start + (self.ceiling - self.start) * (1 - (1 + effective / self.kappa) ** -self.beta)
        )


def growing_world(rng: np.random.Generator, abilities: int = 10, *, transfer: bool = False) -> World:
    """Abilities that differ in pace: some learn at once, some slowly, some hardly at all."""
    kappa = np.exp(rng.uniform(np.log(4), np.log(600), abilities))
    ceiling = rng.uniform(0.45, 0.98, abilities)
    tau = np.zeros((abilities, abilities))
    if transfer:
        for _ in range(abilities // 3):
            j, i = rng.choice(abilities, 2, replace=False)
            tau[j, i] = rng.uniform(0.3, 0.9)
    return World(np.full(abilities, 0.2), ceiling, kappa, np.full(abilities, 1.0), tau)


def flat_world(abilities: int = 10, level: float = 0.3) -> World:
    """Nothing ever grows: every mix is as good as every other."""
    same = np.full(abilities, level)
    return World(
        same, same.copy(), np.full(abilities, 50.0), np.ones(abilities), np.zeros((abilities, abilities))
    )


def answers(mean: float, difficulty: Array, rng: np.random.Generator) -> Array:
    """0/1 scores of items with these difficulties at a planted mean score."""
    theta = np.interp(np.clip(mean, 1e-4, 1 - 1e-4), _MEAN, _THETA)
    p = 1 / (1 + np.exp(-(theta - difficulty)))
    return np.asarray(rng.random(len(difficulty)) < p, dtype=np.float64)


def simulate(
    world: World,
    rng: np.random.Generator,
    *,
    n: Sequence[int] = (0, 1, 4, 16, 64, 256, 1000),
    bases: Mapping[str, int] | None = None,
    origins: Sequence[str] = ("human",),
    seeds: Sequence[int] = (1, 2),
    items: Mapping[str, int] | None = None,
    single_n: int = 0,
    extra: Sequence[Cell] = (),
) -> pd.DataFrame:
    """A long table of a study in `world`.

    Args:
        items: split -> items per ability.
        single_n: instances of single-source runs (first seed, last base); 0 for none.
        extra: further cells with their own `counts`.
    """
    import pandas as pd

    bases = bases or {"A": 1000}
    items = items or {"validation": 100, "test": 300}
    largest = list(bases)[-1]
    cells = [Cell(base=b, parameters=p, origin="human", mix="base", n=0, seed=0) for b, p in bases.items()]
    for base, parameters in bases.items():
        for origin in origins:
            cells += [
                Cell.model_validate(
                    {
                        "base": base,
                        "parameters": parameters,
                        "origin": origin,
                        "mix": "uniform",
                        "n": m,
                        "seed": s,
                    }
                )
                for m in n
                if m > 0
                for s in seeds
            ]
    if single_n:
        cells += [
            Cell(
                base=largest,
                parameters=bases[largest],
                origin="human",
                mix=f"single:{a}",
                n=single_n,
                seed=seeds[0],
                counts={a: single_n},
            )
            for a in world.abilities
        ]
    cells += list(extra)
    difficulty = {
        (split, a): rng.normal(0, DIFFICULTY, count)
        for split, count in items.items()
        for a in world.abilities
    }
    frames = []
    for cell in cells:
        frames += _rows(world, cell, difficulty, bases, rng)
    return pd.concat(frames, ignore_index=True)


def _rows(
    world: World,
    cell: Cell,
    difficulty: Mapping[tuple[str, str], Array],
    bases: Mapping[str, int],
    rng: np.random.Generator,
) -> list[pd.DataFrame]:
    import pandas as pd

    from analyze.table import drawn

    counts = np.array([float(drawn(cell, a)) for a in world.abilities])
    worth = world.synthetic if cell.origin == "synthetic" else 1.0
    truth = world.score(counts * worth)
    if cell.n:
        truth = truth + world.size * np.log2(cell.parameters / min(bases.values()))
        truth = truth + rng.normal(0, world.seed_sd, len(truth))
    frames = []
    for (split, ability), hard in difficulty.items():
        i = world.abilities.index(ability)
        frames.append(
            pd.DataFrame(
                {
                    "base": cell.base,
                    "parameters": cell.parameters,
                    "origin": cell.origin,
                    "mix": cell.mix,
                    "n": cell.n,
                    "seed": cell.seed,
                    "split": split,
                    "ability": ability,
                    "item": [f"{ability}-{split}-{k}" for k in range(len(hard))],
                    "score": answers(float(truth[i]), hard, rng),
                    "chance": 0.2,
                    "bits": 4.0 - 3.0 * float(truth[i]) + rng.normal(0, 0.3, len(hard)),
                    "margin": float("nan"),
                    "n_ability": int(counts[i]),
                }
            )
        )
    return frames
