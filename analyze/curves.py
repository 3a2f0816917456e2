"""Growth curves: points with intervals, and the form that describes them (science notes, section 3; ours)."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np

from analyze.forms import choose, lack_of_fit
from analyze.intervals import Estimate, Parts, parts, pooled, share_parts
from analyze.scores import Array, Scores
from analyze.seeds import likeliest_power
from analyze.shares import share_interval
from schemas.results import Curve, CurvePoint

Metric = Literal["score", "bits"]
Place = tuple[str, str, str, int]


def stacked(runs: dict[int, Array]) -> Array:
    """Runs of one cell as a matrix (seeds, items), seeds in order."""
    return np.stack([runs[seed] for seed in sorted(runs)])


def point_estimates(scores: Scores, metric: Metric) -> dict[Place, Estimate]:
    """(ability, base, origin, n) -> mean with its uncertainty; the seeds' part is pooled over all of them.

    A group of the pooling is a curve, not an ability: the same ability may jump from one origin's data and stand at 0
    with the other's.
    """
    family = point_parts(scores, metric)
    if metric == "score":
        family = in_unit(family, seed_power(family))
    estimates = pooled(list(family.values()), ["\t".join(place[:3]) for place in family])
    return dict(zip(family, estimates, strict=True))


def point_parts(scores: Scores, metric: Metric) -> dict[Place, Parts]:
    """(ability, base, origin, n) -> the parts of the mean over seeds and items."""
    family: dict[Place, Parts] = {}
    for ability in scores.abilities:
        for base in scores.bases:
            for origin in scores.origins():
                for n in scores.grid(ability, base, origin):
                    z = stacked(scores.runs(ability, base, origin, n))
                    made = share_parts if metric == "score" else parts
                    family[ability, base, origin, n] = made(z, fixed=n == 0)
    return family


def seed_power(family: dict[Place, Parts]) -> float:
    """The power of p (1 - p) that the variance between runs of these points follows."""
    points = [p for p in family.values() if not p.fixed]
    return likeliest_power(points, [p.unit for p in points])


def in_unit(family: dict[Place, Parts], power: float) -> dict[Place, Parts]:
    """The same with (p (1 - p)) ** power as the unit."""
    return {place: replace(p, unit=p.unit**power) for place, p in family.items()}


def curves(scores: Scores, metric: Metric = "score", level: float = 0.9) -> tuple[Curve, ...]:
    """Every growth curve of one split.

    Args:
        scores: `as_scores(table, split, metric)`.
        level: of the intervals.

    Returns:
        one curve per ability, base and origin that has at least two n; `n` of a point is what was asked for, forms are
        fitted to what was really drawn.
    """
    estimates = point_estimates(scores, metric)
    out = []
    for ability in scores.abilities:
        for base in scores.bases:
            for origin in scores.origins():
                grid = scores.grid(ability, base, origin)
                if len([n for n in grid if n > 0]) < 1 or len(grid) < 2:
                    continue
                found = [estimates[ability, base, origin, n] for n in grid]
                out.append(_curve(scores, (ability, base, origin), grid, found, metric, level))
    return tuple(out)


def _curve(
    scores: Scores,
    place: tuple[str, str, str],
    grid: list[int],
    found: list[Estimate],
    metric: Metric,
    level: float,
) -> Curve:
    ability, base, origin = place
    drawn = np.array([scores.effective(ability, base, origin, n) for n in grid])
    mean = np.array([e.estimate for e in found])
    # A pool that is used up repeats its n; the forms need distinct ones, so repeats are averaged.
    distinct = np.unique(drawn)
    merged = np.array([mean[drawn == d].mean() for d in distinct])
    fit = choose(distinct, merged, metric)
    points = tuple(
        CurvePoint(
            n=n,
            mean=e.estimate,
            interval=share_interval(e, level) if metric == "score" else e.interval(level),
            seeds=e.seeds,
            items=e.items,
        )
        for n, e in zip(grid, found, strict=True)
    )
    return Curve(
        ability=ability,
        base=base,
        origin="synthetic" if origin == "synthetic" else "human",
        metric=metric,
        points=points,
        chance=scores.chance[ability],
        model=fit.model,
        parameters=fit.parameters,
        fitted=tuple(float(v) for v in fit.predict(drawn)),
        lack_of_fit=lack_of_fit(distinct, merged, rising=metric == "score"),
    )
