"""Integer allocation under a budget: greedy by marginal gain per cost, then exchanges between pairs of sources (ours).

The objective is CVaR: the mean gain over the uniform mix in the worst fifth of the bootstrap draws. It is concave in
the allocation where the surfaces are, so that no exchange improving it means that the optimum is near.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analyze.recommend.surface import Surfaces
from analyze.scores import Array

Integers = NDArray[np.int64]
TAIL = 0.2


@dataclass(frozen=True)
class Problem:
    """One allocation problem over S sources.

    Args:
        weights: of the abilities, summing to 1, (K,).
        cost: of one instance of each source, (S,).
        floor, cap: instances of each source, (S,).
        uniform: the mix to beat, (S,); it spends the budget.
        budget: in units of cost.
    """

    surfaces: Surfaces
    weights: Array
    cost: Array
    floor: Integers
    cap: Integers
    uniform: Integers
    budget: float

    def gains(self, allocations: Array) -> Array:
        """Weighted score over that of the uniform mix, share, (P, D)."""
        return np.asarray((self.surfaces.scores(allocations) - self.reference) @ self.weights)

    @property
    def reference(self) -> Array:
        return self.surfaces.scores(self.uniform[None, :].astype(np.float64))

    def robust(self, allocations: Array) -> Array:
        """CVaR of the gain, share, (P,)."""
        return tail_mean(self.gains(allocations))


def tail_mean(gains: Array, share: float = TAIL) -> Array:
    """Mean of the lowest `share` of the last axis."""
    worst = max(1, round(share * gains.shape[-1]))
    return np.asarray(np.partition(gains, worst - 1, axis=-1)[..., :worst].mean(axis=-1))


def solve(problem: Problem) -> Integers:
    """The best allocation found from two starts: the uniform mix, and greedy from the floors."""
    reference = problem.reference

    def robust(allocations: Array) -> Array:
        gains = (problem.surfaces.scores(allocations) - reference) @ problem.weights
        return tail_mean(np.asarray(gains))

    chunk = max(1, int(problem.budget / problem.cost.mean()) // 40)
    starts = [_within(problem, problem.uniform), _greedy(problem, robust, chunk)]
    found = [_exchange(problem, robust, s, chunk) for s in starts]
    values = robust(np.stack(found).astype(np.float64))
    # The uniform start wins ties: rows move only where somebody gains by it.
    return found[1] if values[1] > values[0] + 1e-5 else found[0]


def _within(problem: Problem, mix: Integers) -> Integers:
    """`mix` moved inside floors and caps; what the floors add is taken from the largest others."""
    out = np.clip(mix, problem.floor, problem.cap)
    while float(out @ problem.cost) > problem.budget + 1e-9:
        room = np.where(out > problem.floor, out, -1)
        most = int(room.argmax())
        if room[most] < 0:
            break
        out[most] -= 1
    return out


def _greedy(problem: Problem, robust: object, chunk: int) -> Integers:
    assert callable(robust)
    out = problem.floor.copy()
    sources = np.arange(len(out))
    while True:
        left = problem.budget - float(out @ problem.cost)
        step = np.minimum(np.minimum(chunk, problem.cap - out), (left / problem.cost + 1e-9).astype(np.int64))
        open_ones = sources[step > 0]
        if not len(open_ones):
            return out
        tries = np.repeat(out[None, :], len(open_ones), axis=0).astype(np.float64)
        tries[np.arange(len(open_ones)), open_ones] += step[open_ones]
        gain = (robust(tries) - robust(out[None, :].astype(np.float64))) / (step * problem.cost)[open_ones]
        # Equal gains, as on a plateau, go to whoever is furthest below the uniform mix.
        short = (problem.uniform - out)[open_ones]
        best = np.lexsort((short, np.round(gain, 9)))[-1]
        out[open_ones[best]] += step[open_ones[best]]


def _exchange(problem: Problem, robust: object, start: Integers, chunk: int) -> Integers:
    assert callable(robust)
    out = start.copy()
    value = float(robust(out[None, :].astype(np.float64))[0])
    size = chunk * 4
    while size >= 1:
        tries = _swaps(problem, out, size)
        if len(tries):
            values = robust(tries.astype(np.float64))
            best = int(values.argmax())
            if values[best] > value + 1e-6:
                out, value = tries[best], float(values[best])
                continue
        size = size // 2 if size > 8 else 0  # finer steps move the score by less than can be known
    return out


def _swaps(problem: Problem, out: Integers, size: int) -> Integers:
    """Every allocation in which about `size` units of cost go from one source to another."""
    tries = []
    spare = problem.budget - float(out @ problem.cost)
    for giver in range(len(out)):
        give = min(int(np.ceil(size / problem.cost[giver])), int(out[giver] - problem.floor[giver]))
        if give <= 0:
            continue
        freed = give * problem.cost[giver] + spare
        for taker in range(len(out)):
            take = min(int(freed / problem.cost[taker] + 1e-9), int(problem.cap[taker] - out[taker]))
            if taker == giver or take * problem.cost[taker] < (freed - problem.cost[taker]) * 0.999:
                continue
            new = out.copy()
            new[giver] -= give
            new[taker] += take
            tries.append(new)
    return np.stack(tries) if tries else np.empty((0, len(out)), dtype=np.int64)
