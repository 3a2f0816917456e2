"""Intervals against planted truth: they must hold what they promise."""

from __future__ import annotations

import numpy as np
import pytest

from analyze.curves import point_estimates
from analyze.intervals import item_weights, parts, pooled, share_parts, weighted_sum
from analyze.shares import share_interval
from analyze.simulate import World, growing_world, planned, simulate_scores, truth
from analyze.verdicts import cases


@pytest.mark.parametrize("seeds", [(1, 2), (1, 2, 3)])
def test_slopes_and_points_are_covered(seeds: tuple[int, ...]) -> None:
    """95 % intervals of slopes and of points, two and three seeds of 3 points SD: .92 to .98 of 800 and more."""
    rng = np.random.default_rng(len(seeds))
    slopes, points = [], []
    for _ in range(80):
        world = growing_world(rng)
        world = World(world.start, world.ceiling, world.kappa, world.beta, world.tau, seed_sd=0.03)
        cells = planned(world, seeds=seeds)
        scores = simulate_scores(world, rng, cells, 200)
        asked = cases(scores, "data")
        family = pooled(
            [parts(c.contrast.z, weight=c.contrast.weight) for c in asked], [c.ability for c in asked]
        )
        means = {c.n: truth(world, c, 1000) for c in cells}
        n = sorted(m for m in means if m > 0)
        x = np.log(n) / np.log(4)
        weights = (x - x.mean()) / ((x - x.mean()) ** 2).sum()
        for i, estimate in enumerate(family):
            actual = 100 * float(weights @ np.array([means[m][i] for m in n]))
            interval = estimate.interval(0.95)
            slopes.append(interval.low <= actual <= interval.high)
        for (ability, _, _, m), estimate in point_estimates(scores, "score").items():
            interval = share_interval(estimate, 0.95)
            points.append(interval.low <= means[m][world.abilities.index(ability)] <= interval.high)
    assert 0.92 <= np.mean(slopes) <= 0.98
    assert 0.93 <= np.mean(points) <= 0.97


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
