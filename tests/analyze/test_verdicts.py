"""Verdicts against planted truth: false ones are rare, clear cases are named, labels carry the sign."""

from __future__ import annotations

import re
from collections import Counter

import numpy as np
import pytest

from analyze.scores import Key, Scores
from analyze.simulate import flat_world, growing_world, planned, simulate_scores
from analyze.verdicts import mean_human_minus_synthetic, verdicts
from schemas.study import AnalysisSpec
from tests.analyze.worlds import world_of

SPEC = AnalysisSpec()


def swapped(scores: Scores) -> Scores:
    """The same study with the labels of the two origins exchanged."""
    other = {"human": "synthetic", "synthetic": "human"}

    def turn(key: Key) -> Key:
        return key if key.n == 0 else key._replace(origin=other[key.origin])

    return Scores(
        scores.abilities,
        {a: {turn(k): v for k, v in cells.items()} for a, cells in scores.values.items()},
        {a: {turn(k): v for k, v in cells.items()} for a, cells in scores.drawn.items()},
        scores.chance,
        scores.parameters,
    )


def test_swapping_the_origins_flips_the_sign_exactly() -> None:
    world = growing_world(np.random.default_rng(0), 6)
    cells = planned(world, bases={"Z": 1000, "A": 4000}, origins=("human", "synthetic"))
    scores = simulate_scores(world, np.random.default_rng(1), cells, 100)
    before = verdicts(scores, SPEC, factors=("synthetic",))
    after = verdicts(swapped(scores), SPEC, factors=("synthetic",))
    turned = {"responsive": "adverse", "adverse": "responsive"}
    assert len(before) == 12
    for one, other in zip(before, after, strict=True):
        assert other.estimate == -one.estimate
        assert (other.interval.low, other.interval.high) == (-one.interval.high, -one.interval.low)
        assert other.verdict == turned.get(one.verdict, one.verdict)
        assert other.p == one.p
    left, right = mean_human_minus_synthetic(scores, "A"), mean_human_minus_synthetic(swapped(scores), "A")
    assert left is not None
    assert right is not None
    assert left.estimate == -right.estimate


def test_flat_abilities_are_hardly_ever_called_responsive() -> None:
    rng = np.random.default_rng(2)
    world = flat_world()
    few: Counter[str] = Counter()
    many: Counter[str] = Counter()
    for _ in range(40):
        few.update(
            v.verdict for v in verdicts(simulate_scores(world, rng, planned(world, seeds=(1,)), 100), SPEC)
        )
        big = planned(world, seeds=(1, 2, 3))
        many.update(v.verdict for v in verdicts(simulate_scores(world, rng, big, 400), SPEC))
    assert few["responsive"] + few["adverse"] <= 0.05 * few.total()
    assert few["undetermined"] >= 0.9 * few.total()  # 100 items and one seed cannot show resistance
    assert many["responsive"] + many["adverse"] <= 0.02 * many.total()
    assert many["resistant"] >= 0.65 * many.total()


def test_a_slope_of_exactly_delta_is_neither() -> None:
    """At the border each wrong verdict may come up in 5 % of the cases."""
    rng = np.random.default_rng(3)
    found: Counter[str] = Counter()
    x = np.log(np.array([1, 4, 16, 64, 256, 1000])) / np.log(4)
    for _ in range(40):
        world = flat_world(10, 0.3)
        cells = planned(world, seeds=(1, 2))
        scores = simulate_scores(world, rng, cells, 100)
        # One point per factor of 4, added to the planted mean through the share of items turned right.
        for ability, runs in scores.values.items():
            for key, vector in runs.items():
                if key.n:
                    share = 0.01 * x[[1, 4, 16, 64, 256, 1000].index(key.n)] / 0.7
                    runs[key] = np.where((vector == 0) & (rng.random(len(vector)) < share), 1.0, vector)
            assert ability in world.abilities
        found.update(v.verdict for v in verdicts(scores, SPEC))
    assert found["responsive"] <= 0.06 * found.total()
    assert found["resistant"] <= 0.06 * found.total()


def test_clear_cases_are_named() -> None:
    world = world_of([0.2, 0.7], [0.9, 0.2], [60, 60], size=0.05, synthetic=0.1, seed_sd=0.005)
    cells = planned(world, bases={"Z": 1000, "A": 4000}, origins=("human", "synthetic"), seeds=(1, 2, 3))
    found = {
        (v.ability, v.factor, v.base): v
        for v in verdicts(simulate_scores(world, np.random.default_rng(4), cells, 400), SPEC)
    }
    assert found["ability_0", "data", "A"].verdict == "responsive"
    assert found["ability_1", "data", "A"].verdict == "adverse"
    assert found["ability_0", "size", ""].verdict == "responsive"
    assert found["ability_0", "size", ""].estimate == pytest.approx(5, abs=1.5)
    assert found["ability_0", "synthetic", "Z"].verdict == "responsive"  # human data is better
    assert found["ability_1", "synthetic", "Z"].verdict == "adverse"
    assert found["ability_0", "data", "A"].decide == ""


def test_one_seed_is_said_and_undetermined_says_what_would_decide() -> None:
    world = flat_world(3)
    scores = simulate_scores(world, np.random.default_rng(5), planned(world, seeds=(1,)), 60)
    for verdict in verdicts(scores, SPEC):
        assert any("seed variance not estimated" in note for note in verdict.notes)
        assert verdict.verdict == "undetermined"
        assert " items and 1 seed would show it " in verdict.decide or "more than" in verdict.decide


def test_what_would_decide_does_decide() -> None:
    """Zero slopes that are undetermined become resistant at about the items and seeds they ask for."""
    world = flat_world(10)
    scores = simulate_scores(world, np.random.default_rng(7), planned(world, seeds=(1, 2)), 300)
    asked = [
        re.findall(r"\d+", v.decide) for v in verdicts(scores, SPEC) if "show it resistant, if" in v.decide
    ]
    assert asked
    items, seeds = (int(np.median([int(a[k]) for a in asked])) for k in (0, 1))
    cells = planned(world, seeds=tuple(range(1, seeds + 1)))
    scores = simulate_scores(world, np.random.default_rng(8), cells, items)
    assert Counter(v.verdict for v in verdicts(scores, SPEC))["resistant"] >= 5


def test_a_seed_that_lacks_a_cell_is_left_out_and_named() -> None:
    world = flat_world(2)
    cells = [c for c in planned(world) if not (c.n == 1000 and c.seed == 2)]
    found = verdicts(simulate_scores(world, np.random.default_rng(8), cells, 50), SPEC)
    assert all("1 of 2 seeds have every cell" in v.notes for v in found)


def test_fewer_bits_are_better() -> None:
    world = flat_world(2)
    scores = simulate_scores(world, np.random.default_rng(9), planned(world), 100)
    for runs in scores.values.values():
        for key in runs:
            runs[key] = 4.0 - 0.3 * np.log1p(key.n) + np.random.default_rng(key.n).normal(0, 0.1, 100)
    for verdict in verdicts(scores, SPEC, "bits", ("data",)):
        assert verdict.verdict == "responsive"
        assert verdict.metric == "bits"
