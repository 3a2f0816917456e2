"""Saturation: from which n on more data of an ability buys a point at most (science notes, section 3; ours)."""

from __future__ import annotations

from analyze.contrasts import room_of
from analyze.curves import point_parts, seed_power, stacked
from analyze.intervals import Parts, parts, pooled
from analyze.scores import Scores
from schemas.results import Saturation

POINT = 0.01
SURE = 0.9


def saturation(scores: Scores, base: str, origin: str = "human") -> tuple[Saturation, ...]:
    """The least n with Pr(S(n_max) - S(n) <= 1 point) >= 0.9, for every ability.

    `beyond` n_max only if Pr(S(n_max) - S(n_prev) > 1 point) >= 0.9. Neither: undetermined. The probabilities are those
    of the differences' t distributions (items paired, seed variance pooled over all differences).
    `n` = 0 with verdict `at` means that the ability never rose by more than a point.
    """
    family: dict[tuple[str, int], Parts] = {}
    power = seed_power(point_parts(scores, "score"))
    for ability in scores.abilities:
        grid = scores.grid(ability, base, origin)
        for n in grid[:-1]:
            low, high = (scores.runs(ability, base, origin, m) for m in (n, grid[-1]))
            if n == 0:  # one untuned base, whatever the seed of the others
                low = dict.fromkeys(high, stacked(low).mean(axis=0))
            if seeds := sorted(low.keys() & high.keys()):
                z = stacked({s: high[s] - low[s] for s in seeds})
                unit = sum(room_of(runs, seeds) ** power for runs in (low, high))
                family[ability, n] = parts(z, weight=2.0, unit=unit)
    estimates = dict(zip(family, pooled(list(family.values()), [a for a, _ in family]), strict=True))
    out = []
    for ability in scores.abilities:
        # The p-value of "at most a point" is the probability of that, where nothing was known before.
        flat = {n: e.p_above(POINT) for (a, n), e in estimates.items() if a == ability}
        out.append(_judge(ability, flat))
    return tuple(out)


def _judge(ability: str, flat: dict[int, float]) -> Saturation:
    if not flat:
        return Saturation(ability=ability, verdict="undetermined")
    for n in sorted(flat):
        if flat[n] >= SURE:
            return Saturation(ability=ability, verdict="at", n=n, probability=flat[n])
    last = flat[max(flat)]
    if 1 - last >= SURE:
        return Saturation(ability=ability, verdict="beyond", n=None, probability=1 - last)
    return Saturation(ability=ability, verdict="undetermined", probability=last)
