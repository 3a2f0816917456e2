"""Intervals against planted truth: they must hold what they promise."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from analyze.curves import point_estimates, point_parts, seed_power
from analyze.intervals import item_weights, parts, pooled, share_parts, weighted_sum
from analyze.seeds import likeliest_power
from analyze.shares import share_interval
from analyze.simulate import World, growing_world, planned, simulate_scores, truth
from analyze.verdicts import FACTORS, cases
from tests.analyze.worlds import border_world


def hits(
    world: World, seeds: int, items: int, rng: np.random.Generator, level: float
) -> dict[str, list[bool]]:
    """For each kind of statistic of one simulated study: does its interval hold the planted truth?"""
    bases: dict[str, int] = {"Z": 1000, "A": 4000}
    cells = planned(world, bases=bases, origins=("human", "synthetic"), seeds=tuple(range(seeds)))
    scores = simulate_scores(world, rng, cells, items)
    means = {(c.base, c.origin, c.n): truth(world, c, 1000) for c in cells}
    place = {a: k for k, a in enumerate(world.abilities)}
    found: dict[str, list[bool]] = {"points": [], "data": [], "size": [], "synthetic": []}
    for (ability, base, origin, n), estimate in point_estimates(scores, "score").items():
        if n:
            span = share_interval(estimate, level)
            found["points"].append(span.low <= means[base, origin, n][place[ability]] <= span.high)
    n = np.array([1, 4, 16, 64, 256, 1000])
    x = np.log(n) / np.log(4)
    slope = (x - x.mean()) / ((x - x.mean()) ** 2).sum()
    power = seed_power(point_parts(scores, "score"))
    for factor in FACTORS:
        asked = cases(scores, factor)
        family = pooled([c.contrast.parts(power) for c in asked], [c.ability for c in asked])
        for case, estimate in zip(asked, family, strict=True):

            def at(base: str, origin: str, k: int = place[case.ability]) -> np.ndarray:
                return 100 * np.array([means[base, origin, m][k] for m in n])

            actual = {
                "data": lambda c, at=at: slope @ at(c.base, "human"),
                "size": lambda _, at=at: (at("A", "human") - at("Z", "human"))[3:].mean() / 2,
                "synthetic": lambda c, at=at: (at(c.base, "human") - at(c.base, "synthetic"))[3:].mean(),
            }[factor](case)
            span = estimate.interval(level)
            found[factor].append(span.low <= actual <= span.high)
    return found


@pytest.mark.parametrize("seeds", [2, 3, 5])
@pytest.mark.parametrize("made", ["beta-binomial", "normal"])
def test_intervals_cover_what_they_promise(made: str, seeds: int) -> None:
    """Runs that differ as beta-binomials, near 0 and 1 too, and runs that differ by 3 points everywhere."""
    rng = np.random.default_rng([seeds, len(made)])
    found: dict[str, list[bool]] = {}
    for _ in range(15):
        world = border_world() if made == "beta-binomial" else replace(growing_world(rng, 9), seed_sd=0.03)
        for kind, held in hits(world, seeds, 200, rng, 0.95).items():
            found.setdefault(kind, []).extend(held)
    assert len(found["points"]) >= 3000
    assert 0.93 <= np.mean(found["points"]) <= 0.975
    slopes = [held for factor in FACTORS for held in found[factor]]
    assert 0.93 <= np.mean(slopes) <= 0.98
    for factor in FACTORS:  # 135 to 270 each, those of one study not independent: chance moves them by .05
        assert 0.90 <= np.mean(found[factor]) <= 0.995


def test_a_jump_at_large_n_does_not_blur_the_rungs_before_it() -> None:
    """All of 0 at n <= 64, runs far apart at n = 256: the zeros stay known, though no better than 3 of m."""
    rng = np.random.default_rng(4)
    family, groups = [], []
    for k in range(10):
        curve = [(0.0, 0.0), (0.0, 0.0), (0.08, 0.25) if k == 0 else (0.2, 0.2), (0.75, 0.97)]
        for pair in curve:
            family.append(share_parts((rng.random((2, 300)) < np.array(pair)[:, None]).astype(float)))
            groups.append(str(k))
    found = pooled(family, groups)
    zero, jump = share_interval(found[0], 0.9), share_interval(found[2], 0.9)
    assert 0.01 <= zero.high < 0.15
    assert jump.low < 0.08
    assert jump.high > 0.25


def test_the_power_of_the_variance_between_runs_is_found() -> None:
    rng = np.random.default_rng(6)
    found = []
    for power, noise in ((0.0, 0.04), (1.0, 0.15)):
        family, rooms = [], []
        for p in np.tile([0.12, 0.2, 0.5, 0.88], 150):
            sd = noise * (p * (1 - p)) ** (power / 2)
            runs = np.clip(p + rng.normal(0, sd, (2, 1)), 0, 1)
            family.append(share_parts((rng.random((2, 400)) < runs).astype(float)))
            rooms.append(family[-1].unit)
        found.append(likeliest_power(family, rooms))
    even, binomial = found
    assert even < 1.0
    assert binomial == 1.0


def test_seed_variance_is_pooled_and_not_counted_twice() -> None:
    """Between-seed variance holds noise of single answers, which the bootstrap over items has counted already."""
    rng = np.random.default_rng(0)
    family, groups = [], []
    for i in range(400):
        seed_effect = rng.normal(0, 0.02, (2, 1))
        family.append(parts(0.5 + seed_effect + rng.normal(0, 0.5, (2, 300))))
        groups.append(str(i % 10))
    found = pooled(family, groups)
    assert np.mean([e.seed_variance for e in found]) == pytest.approx(0.02**2, rel=0.5)
    assert found[0].df > 50  # 400 pooled degrees of freedom, not the one of two seeds


def test_an_unruly_ability_keeps_its_own_seed_variance() -> None:
    rng = np.random.default_rng(1)
    family, groups = [], []
    for i in range(10):
        for _ in range(24):
            spread = 0.1 if i == 0 else 0.01
            family.append(parts(0.5 + rng.normal(0, spread, (2, 1)) + rng.normal(0, 0.3, (2, 300))))
            groups.append(str(i))
    found = dict(zip(groups, pooled(family, groups), strict=True))
    wild, calm = found["0"].seed_variance, found["5"].seed_variance
    assert wild is not None
    assert calm is not None
    assert wild > 10 * calm


def test_one_seed_says_that_seed_variance_is_unknown() -> None:
    found = pooled([parts(np.zeros((1, 50)) + np.eye(50)[0])], ["a"])
    assert found[0].seed_variance is None


def test_never_answered_is_not_known_to_be_zero() -> None:
    """0 of 300 items right leaves room for about 1 %, 300 of 300 likewise."""
    low = share_interval(pooled([share_parts(np.zeros((1, 300)))], ["a"])[0], 0.9)
    high = share_interval(pooled([share_parts(np.ones((1, 300)))], ["a"])[0], 0.9)
    assert low.low == 0.0
    assert 0.004 < low.high < 0.02
    assert high.high == 1.0
    assert 0.98 < high.low < 0.996


def test_weighted_sum_of_abilities() -> None:
    rng = np.random.default_rng(2)
    family = pooled([parts(rng.normal(i, 1, (3, 100))) for i in range(4)], list("abcd"))
    total = weighted_sum(family, [0.25] * 4)
    assert total.estimate == pytest.approx(np.mean([e.estimate for e in family]))
    assert total.se == pytest.approx(sum(e.se**2 for e in family) ** 0.5 / 4)


def test_bootstrap_weights_are_the_same_for_every_checkpoint() -> None:
    one, other = item_weights(50, 20, 0, "math"), item_weights(50, 20, 0, "math")
    assert (one == other).all()
    assert one.sum(axis=1) == pytest.approx(1.0)
    assert (one != item_weights(50, 20, 0, "ethics")).any()
