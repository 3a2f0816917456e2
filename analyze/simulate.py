"""A small world whose truth is known, to test the statistics on (science notes, section 8).

S(E) = S0 + (u - S0) [1 - (1 + E / kappa)^-beta] per ability, E = own instances + tau times the others'. An item is
answered with probability logistic(theta - difficulty), difficulty normal with SD 1.5, theta such that the mean over
all possible items is the planted score; a seed moves that score by a normal error, or draws it from a beta.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analyze.scores import Array, Key, Scores
from schemas.instance import Origin
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
        rho: intra-run correlation; above 0 a run's mean is drawn from a beta distribution and `seed_sd` is not used.
    """

    start: Array
    ceiling: Array
    kappa: Array
    beta: Array
    tau: Array
    size: float = 0.0
    synthetic: float = 1.0
    seed_sd: float = 0.01
    rho: float = 0.0

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


def planned(
    world: World,
    *,
    n: Sequence[int] = (0, 1, 4, 16, 64, 256, 1000),
    bases: Mapping[str, int] | None = None,
    origins: Sequence[Origin] = ("human",),
    seeds: Sequence[int] = (1, 2),
    single_n: int = 0,
) -> list[Cell]:
    """The checkpoints of a grid; single-source runs of `single_n` instances on the last base with the first seed."""
    out = []
    for base, parameters in (bases or {"A": 1000}).items():
        out.append(Cell(base=base, parameters=parameters, origin="human", mix="base", n=0, seed=0))
        out += [
            Cell(base=base, parameters=parameters, origin=origin, mix="uniform", n=m, seed=seed)
            for origin in origins
            for m in n
            if m > 0
            for seed in seeds
        ]
    last = out[-1]
    for ability in world.abilities if single_n else ():
        counts = {ability: single_n}
        out.append(
            Cell(
                base=last.base,
                parameters=last.parameters,
                origin="human",
                mix=f"single:{ability}",
                n=single_n,
                seed=seeds[0],
                counts=counts,
            )
        )
    return out


def truth(world: World, cell: Cell, smallest: int) -> Array:
    """True mean score of every ability under a checkpoint, without its seed's error."""
    from analyze.table import drawn

    counts = np.array([float(drawn(cell, a)) for a in world.abilities])
    mean = world.score(counts * (world.synthetic if cell.origin == "synthetic" else 1.0))
    return mean + world.size * np.log2(cell.parameters / smallest) if cell.n else mean


def simulate(
    world: World, rng: np.random.Generator, cells: Sequence[Cell], items: Mapping[str, int]
) -> pd.DataFrame:
    """A long table of these checkpoints in `world`; `items`: split -> items per ability."""
    import pandas as pd

    from analyze.table import COLUMNS, drawn

    frames = []
    for split, count in items.items():
        for ability, place, vector in _vectors(world, rng, cells, count):
            frames.append(
                pd.DataFrame(
                    place.model_dump(exclude={"counts"})
                    | {
                        "split": split,
                        "ability": ability,
                        "item": [f"{ability}-{split}-{k}" for k in range(count)],
                        "score": vector,
                        "chance": 0.2,
                        "bits": 4.0 - 3.0 * vector.mean() + rng.normal(0, 0.3, count),
                        "margin": float("nan"),
                        "n_ability": drawn(place, ability),
                    }
                )
            )
    return pd.concat(frames, ignore_index=True)[list(COLUMNS)]


def simulate_scores(world: World, rng: np.random.Generator, cells: Sequence[Cell], items: int) -> Scores:
    """The same as arrays at once, for simulations by the hundred."""
    from analyze.table import drawn

    values: dict[str, dict[Key, Array]] = {a: {} for a in world.abilities}
    counts: dict[str, dict[Key, int]] = {a: {} for a in world.abilities}
    for ability, cell, vector in _vectors(world, rng, cells, items):
        key = Key(cell.base, cell.origin, cell.mix, cell.n, cell.seed)
        values[ability][key], counts[ability][key] = vector, drawn(cell, ability)
    chance = dict.fromkeys(world.abilities, 0.2)
    return Scores(world.abilities, values, counts, chance, {c.base: c.parameters for c in cells})


def _vectors(
    world: World, rng: np.random.Generator, cells: Sequence[Cell], items: int
) -> Iterator[tuple[str, Cell, Array]]:
    difficulty = [rng.normal(0, DIFFICULTY, items) for _ in world.abilities]
    smallest = min(c.parameters for c in cells)
    for cell in cells:
        mean = truth(world, cell, smallest)
        if cell.n and world.rho:
            strength = 1 / world.rho - 1
            inside = np.clip(mean, 1e-4, 1 - 1e-4)
            mean = rng.beta(inside * strength, (1 - inside) * strength)
        elif cell.n:
            mean = mean + rng.normal(0, world.seed_sd, len(mean))
        for i, ability in enumerate(world.abilities):
            yield ability, cell, answers(float(mean[i]), difficulty[i], rng)
