"""Forms of growth curves, their choice, and saturation."""

from __future__ import annotations

import numpy as np
import pytest

from analyze.curves import curves
from analyze.forms import choose, lack_of_fit, monotone, power_law, saturating_power, slope
from analyze.saturation import saturation
from analyze.simulate import World, planned, simulate_scores
from tests.analyze.worlds import world_of

N = np.array([0, 1, 4, 16, 64, 256, 1000], dtype=float)


def test_the_saturating_power_form_is_recovered() -> None:
    y = 0.2 + 0.6 * (1 - (1 + N / 40) ** -1.2)
    fit = saturating_power(N, y)
    assert np.abs(fit.predict(N) - y).max() < 1e-3
    assert fit.parameters["u"] == pytest.approx(0.8, abs=0.03)
    assert fit.parameters["kappa"] == pytest.approx(40, rel=0.3)


def test_the_power_law_of_losses_is_recovered() -> None:
    y = np.where(N > 0, 2.0 * np.maximum(N, 1) ** -0.5 + 0.4, 6.0)
    fit = power_law(N, y)
    assert fit.predict(N) == pytest.approx(y, abs=0.03)
    assert fit.parameters["E"] == pytest.approx(0.4, abs=0.05)


def test_a_slope_is_in_points_per_factor_of_4() -> None:
    n = np.array([0.0, 1, 4, 16, 64])
    fit = slope(n, np.array([0.1, 0.2, 0.25, 0.3, 0.35]))
    assert fit.parameters["per_x4"] == pytest.approx(0.05)
    assert fit.predict(n)[0] == pytest.approx(0.1)


def test_leaving_one_n_out_chooses_the_form_that_made_the_points() -> None:
    saturated = 0.2 + 0.7 * (1 - (1 + N / 6) ** -1.5)
    straight = np.concatenate([[0.05], 0.2 + 0.1 * np.arange(6)])
    assert choose(N, saturated, "score").model == "saturating power"
    assert choose(N, straight, "score").model == "slope"
    assert choose(N, np.where(N > 0, 3 * np.maximum(N, 1) ** -0.4 + 0.5, 7.0), "bits").model == "power law"


def test_lack_of_fit_is_the_distance_from_monotone() -> None:
    assert lack_of_fit(N, np.linspace(0.1, 0.9, 7)) == pytest.approx(0.0, abs=1e-12)
    dip = np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.4])
    assert lack_of_fit(N, dip) == pytest.approx(np.sqrt(2 * 0.1**2 / 7))
    assert lack_of_fit(N, dip[::-1], rising=False) == pytest.approx(np.sqrt(2 * 0.1**2 / 7))
    assert (np.diff(monotone(N, dip).predict(N)) >= 0).all()


def test_curves_of_a_small_study() -> None:
    world = world_of([0.2, 0.2], [0.9, 0.2], 20)
    scores = simulate_scores(
        world, np.random.default_rng(0), planned(world, origins=("human", "synthetic")), 200
    )
    found = curves(scores)
    assert {(c.ability, c.origin) for c in found} == {
        (a, o) for a in world.abilities for o in ("human", "synthetic")
    }
    for curve in found:
        assert [p.n for p in curve.points] == [0, 1, 4, 16, 64, 256, 1000]
        assert len(curve.fitted) == 7
        assert all(0 <= p.interval.low <= p.mean <= p.interval.high <= 1 for p in curve.points)
        assert [p.seeds for p in curve.points] == [1, 2, 2, 2, 2, 2, 2]
    # The untuned base is one checkpoint, so both origins start from the same point.
    assert found[0].points[0] == found[1].points[0]


def test_saturation_says_at_beyond_or_undetermined() -> None:
    world = World(
        np.full(3, 0.2),
        np.array([0.9, 0.95, 0.2]),
        np.array([2.0, 2000.0, 1.0]),
        np.array([3.0, 1.0, 1.0]),
        np.zeros((3, 3)),
        seed_sd=0.002,
    )
    scores = simulate_scores(world, np.random.default_rng(3), planned(world, seeds=(1, 2, 3)), 3000)
    early, late, never = saturation(scores, "A")
    assert early.verdict == "at"
    assert early.n == 16
    assert late.verdict == "beyond"
    assert never.verdict == "at"
    assert never.n in (0, 1)  # the untuned base is a single checkpoint, so it is known less well
    few = simulate_scores(world, np.random.default_rng(3), planned(world, seeds=(1,)), 30)
    assert saturation(few, "A")[0].verdict == "undetermined"
