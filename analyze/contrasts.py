"""What verdicts are about, written as a matrix Z (seeds x items) in points of 100, positive = better.

A contrast is computed inside each seed from that seed's own checkpoints, so that whatever ties a seed's checkpoints
together (nested subsets, the same order) is part of the variance between seeds and needs no assumption.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import fsum

import numpy as np

from analyze.forms import log4
from analyze.intervals import Parts, parts
from analyze.scores import Array, Scores
from analyze.seeds import room

# Below this n a score is mostly the learning of the answer format, at every size and from every origin, so that
# differences between sizes or origins would be diluted. Ours.
EQUAL_N_FROM = 64


@dataclass(frozen=True)
class Contrast:
    """Z in points (hundredths of a bit per character for bits), shape (seeds, items).

    Args:
        weight: sum of squared weights of the checkpoints in it, per seed.
        n: the n that went in.
        rooms: (squared weight, `room` of the mean score) of every checkpoint in it; means nothing for bits.
    """

    z: Array
    weight: float
    n: tuple[int, ...]
    notes: tuple[str, ...] = ()
    rooms: tuple[tuple[float, float], ...] = ()

    def parts(self, power: float | None) -> Parts:
        """The parts of its variance, for scores with the room of its checkpoints as the unit; None for bits."""
        if power is None:
            return parts(self.z)
        unit = fsum(weight * space**power for weight, space in self.rooms)
        return parts(self.z, weight=self.weight, unit=unit)


def data_slope(scores: Scores, ability: str, base: str, origin: str, sign: float) -> Contrast | None:
    """Least-squares slope against log4 of the instances drawn, over every n >= 1: points per factor of 4.

    n = 0 has no logarithm, and the step from the untuned base to one example is the learning of the format. All other
    n count alike: with six points or fewer the choice of a narrower range would be a choice of the result.
    """
    grid = [n for n in scores.grid(ability, base, origin) if n >= 1]
    x_of = {n: scores.effective(ability, base, origin, n) for n in grid}
    grid = [n for n in grid if x_of[n] >= 1]
    if len({x_of[n] for n in grid}) < 2:
        return None
    x = log4(np.array([x_of[n] for n in grid]))
    coefficients = (x - x.mean()) / ((x - x.mean()) ** 2).sum()
    runs = {n: scores.runs(ability, base, origin, n) for n in grid}
    seeds, notes = _whole(list(runs.values()))
    if not seeds:
        return None
    z = [
        sum((c * runs[n][seed] for c, n in zip(coefficients, grid, strict=True)), np.zeros(1))
        for seed in seeds
    ]
    if short := [n for n in grid if x_of[n] < n]:
        notes += (f"the pool is smaller than n = {short[0]}",)
    rooms = [(1e4 * float(c) ** 2, room_of(runs[n], seeds)) for c, n in zip(coefficients, grid, strict=True)]
    return Contrast(100 * sign * np.stack(z), fsum(w for w, _ in rooms), tuple(grid), notes, tuple(rooms))


def size_slope(scores: Scores, ability: str, origin: str, sign: float) -> Contrast | None:
    """Slope against log2(parameters) at equal n, mean over n >= 64: points per doubling."""
    bases = [b for b in scores.bases if scores.parameters[b] > 0]
    grids = [set(scores.grid(ability, b, origin)) for b in bases]
    if len({scores.parameters[b] for b in bases}) < 2:
        return None
    grid = equal_n(set.intersection(*grids))
    x = np.log2(np.array([scores.parameters[b] for b in bases], dtype=np.float64))
    coefficients = (x - x.mean()) / ((x - x.mean()) ** 2).sum()
    runs = {(b, n): scores.runs(ability, b, origin, n) for b in bases for n in grid}
    seeds, notes = _whole(list(runs.values()))
    if not grid or not seeds:
        return None
    z = [
        sum(
            (c * runs[b, n][seed] for c, b in zip(coefficients, bases, strict=True) for n in grid),
            np.zeros(1),
        )
        / len(grid)
        for seed in seeds
    ]
    rooms = [
        (1e4 * float(c / len(grid)) ** 2, room_of(runs[b, n], seeds))
        for c, b in zip(coefficients, bases, strict=True)
        for n in grid
    ]
    return Contrast(100 * sign * np.stack(z), fsum(w for w, _ in rooms), tuple(grid), notes, tuple(rooms))


def human_minus_synthetic(scores: Scores, ability: str, base: str, sign: float) -> Contrast | None:
    """Human minus synthetic at equal n, mean over n >= 64: points, positive = human data is better.

    Differences are taken first, item by item and n by n, so that swapping the labels flips every sign exactly.
    """
    grid = equal_n(set(scores.grid(ability, base, "human")) & set(scores.grid(ability, base, "synthetic")))
    same = [
        n
        for n in grid
        if scores.effective(ability, base, "human", n) == scores.effective(ability, base, "synthetic", n)
    ]
    notes: tuple[str, ...] = ()
    if len(same) < len(grid):
        if same:
            grid = same
        notes = (
            "the two origins' pools differ in size" + ("; only equal counts are compared" if same else ""),
        )
    human = {n: scores.runs(ability, base, "human", n) for n in grid}
    synthetic = {n: scores.runs(ability, base, "synthetic", n) for n in grid}
    seeds, more = _whole([*human.values(), *synthetic.values()])
    if not grid or not seeds:
        return None
    z = [sum((human[n][seed] - synthetic[n][seed] for n in grid), np.zeros(1)) / len(grid) for seed in seeds]
    rooms = [(1e4 / len(grid) ** 2, room_of(cell[n], seeds)) for cell in (human, synthetic) for n in grid]
    return Contrast(100 * sign * np.stack(z), 2e4 / len(grid), tuple(grid), notes + more, tuple(rooms))


def room_of(runs: dict[int, Array], seeds: list[int]) -> float:
    """`room` of the mean score of these seeds' runs."""
    z = np.stack([runs[seed] for seed in seeds])
    return room(float(z.mean()), z.size)


def equal_n(grid: set[int]) -> list[int]:
    """The n >= 64 of a grid, or all n >= 1 of one that ends earlier."""
    high = sorted(n for n in grid if n >= EQUAL_N_FROM)
    return high or sorted(n for n in grid if n >= 1)


def _whole(cells: list[dict[int, Array]]) -> tuple[list[int], tuple[str, ...]]:
    """Seeds that have every checkpoint of the contrast, and a note if others were left out."""
    if not cells:
        return [], ()
    seeds = sorted(set.intersection(*(set(c) for c in cells)))
    every = set().union(*(set(c) for c in cells))
    notes = (f"{len(seeds)} of {len(every)} seeds have every cell",) if len(seeds) < len(every) else ()
    return seeds, notes
