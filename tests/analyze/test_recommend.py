"""The recommendation against planted truth, its bounds, and its solver."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.special import stdtrit

from analyze.recommend.compare import compare_scores, seeds_to_decide
from analyze.recommend.decision import mix_of, mix_toml, recommend
from analyze.recommend.inputs import SeedNoise
from analyze.recommend.solver import Problem, solve
from analyze.recommend.surface import Surfaces, grid_of, tabulate
from analyze.scores import Scores
from analyze.simulate import flat_world, planned, simulate, simulate_scores
from schemas.errors import BadData, BadSpec
from schemas.even import spread_evenly
from schemas.results import Cell, Recommendation
from schemas.specs import MixSpec
from schemas.study import AnalysisSpec, RecommendSpec
from schemas.toml import load_spec
from tests.analyze.worlds import world_of

FAST = AnalysisSpec(draws=40)
# Four abilities are learned at once, four grow slowly, two never: rows are worth moving.
PACES = world_of([0.2] * 10, [0.9] * 8 + [0.2] * 2, [2.0] * 4 + [700.0] * 4 + [50.0] * 2)


# The same with four abilities and fewer n, where only the plumbing is at stake.
SMALL = world_of([0.2] * 4, [0.9] * 4, [2.0, 2.0, 700.0, 700.0])
FEW = (0, 16, 256)


def counts(found: Recommendation) -> np.ndarray:
    return np.array([a.n for a in found.allocations if a.origin == "human"], dtype=float)


def test_rows_move_to_what_still_grows_and_the_truth_agrees() -> None:
    table = simulate(PACES, np.random.default_rng(0), planned(PACES), {"validation": 100})
    found = recommend(table, RecommendSpec(budget=2560), FAST)
    mix = counts(found)
    assert not found.abstained
    assert mix.sum() == 2560
    assert mix[4:8].min() > 256 > mix[:4].max()
    gain = 100 * (PACES.score(mix) - PACES.score(np.full(10, 256.0))).mean()
    assert gain > 2
    assert found.predicted_gain == pytest.approx(gain, abs=2)
    assert found.interval.low <= found.predicted_gain <= found.interval.high
    assert "Rows go from" in found.reason
    growing = [a.shadow_price for a in found.allocations[4:8]]
    assert min(growing) > max(a.shadow_price for a in found.allocations[:4])


def test_where_nothing_grows_the_uniform_mix_stays() -> None:
    world, kept = flat_world(), 0
    for seed in range(5):
        table = simulate(world, np.random.default_rng(seed), planned(world), {"validation": 60})
        found = recommend(table, RecommendSpec(budget=2560), FAST)
        kept += found.abstained
        if found.abstained:
            assert [a.n for a in found.allocations] == [a.uniform for a in found.allocations]
            assert "The uniform mix is kept" in found.reason
    assert kept >= 4


def test_the_same_data_give_the_same_mix() -> None:
    table = simulate(SMALL, np.random.default_rng(1), planned(SMALL, n=FEW), {"validation": 60})
    spec = RecommendSpec(budget=1000)
    assert recommend(table, spec, FAST) == recommend(table.sample(frac=1, random_state=3), spec, FAST)


def test_only_validation_rows_are_read() -> None:
    cells = planned(SMALL, n=FEW)
    table = simulate(SMALL, np.random.default_rng(2), cells, {"validation": 60, "test": 30})
    other = table.copy()
    other.loc[other["split"] == "test", "score"] = 0.0
    spec = RecommendSpec(budget=1000)
    assert recommend(table, spec, FAST) == recommend(other, spec, FAST)


def test_bounds_hold() -> None:
    table = simulate(PACES, np.random.default_rng(3), planned(PACES), {"validation": 60})
    available = {(f"ability_{i}", "human"): 300 for i in range(10)}
    spec = RecommendSpec(budget=2000, floors={"ability_9": 150}, weights={"ability_5": 3.0})
    found = recommend(table, spec, FAST, available)
    for allocation in found.allocations:
        assert 50 <= allocation.n <= 300  # a quarter of the uniform share, and the pool
    assert found.allocations[9].n >= 150
    assert sum(a.n for a in found.allocations) == 2000
    small = recommend(table, RecommendSpec(budget=100_000), FAST, available)
    assert small.budget == 3000  # all there is
    unbounded = recommend(table, RecommendSpec(budget=9000), FAST)
    assert max(a.n for a in unbounded.allocations) <= 1000  # nothing beyond the largest n measured


def test_single_source_runs_and_synthetic_rows_enter() -> None:
    world = world_of([0.2] * 6, [0.9] * 6, [500.0] * 6, synthetic=0.5)
    world.tau[0, 1] = 0.9
    cells = planned(world, origins=("human", "synthetic"), single_n=256)
    table = simulate(world, np.random.default_rng(4), cells, {"validation": 400})
    available = {(f"ability_{i}", "human"): 120 for i in range(6)}
    available |= {(f"ability_{i}", "synthetic"): 400 for i in range(6)}
    found = recommend(table, RecommendSpec(budget=720), FAST, available)
    assert {a.origin for a in found.allocations} == {"human", "synthetic"}
    prices = {(a.ability, a.origin): a.shadow_price for a in found.allocations}
    # What helps two abilities is worth more; half as good synthetic rows are worth about half.
    assert prices["ability_0", "human"] > 1.3 * prices["ability_3", "human"]
    assert prices["ability_3", "synthetic"] < 0.8 * prices["ability_3", "human"]


def test_impossible_wishes_are_one_line() -> None:
    table = simulate(SMALL, np.random.default_rng(5), planned(SMALL, n=FEW), {"validation": 20})
    with pytest.raises(BadSpec, match="budget is 0"):
        recommend(table, RecommendSpec(budget=0), FAST)
    with pytest.raises(BadSpec, match="floors cost"):
        recommend(table, RecommendSpec(budget=100, floors={"ability_0": 200}), FAST)
    with pytest.raises(BadData, match="no validation scores of the base model 'B'"):
        recommend(table, RecommendSpec(budget=100), FAST, base="B")
    with pytest.raises(BadData, match="no validation rows"):
        recommend(table.assign(split="test"), RecommendSpec(budget=100), FAST)


def test_the_mix_file_reads_back(tmp_path: Path) -> None:
    table = simulate(SMALL, np.random.default_rng(6), planned(SMALL, n=FEW), {"validation": 40})
    found = recommend(table, RecommendSpec(budget=803), FAST)
    path = tmp_path / "MIX.toml"
    path.write_text(mix_toml(mix_of(found, seed=11)), encoding="utf-8")
    mix = load_spec(path, MixSpec)
    assert mix == mix_of(found, seed=11)
    assert sum(d.count for d in mix.draws if isinstance(d.count, int)) == 803
    uniform = mix_of(found, seed=11, uniform=True)
    assert {d.count for d in uniform.draws} == {200, 201}


@pytest.mark.parametrize(
    ("budget", "caps", "expected"),
    [(10, [9, 9, 9], [4, 3, 3]), (10, [1, 9, 9], [1, 5, 4]), (99, [1, 2], [1, 2]), (0, [5], [0])],
)
def test_even_spread(budget: int, caps: list[int], expected: list[int]) -> None:
    assert list(spread_evenly(dict(enumerate(caps)), budget).values()) == expected


def test_the_solver_finds_the_optimum_of_a_known_problem() -> None:
    """Square roots with equal costs: rows in proportion to the squared weight."""
    grid = grid_of(2000)
    values = np.sqrt(grid / 2000)[None, None, :].repeat(3, axis=1)
    tau = np.eye(3)[None, :, :]
    surfaces = Surfaces(grid, values, tau, np.zeros((3, 3)), ("x",) * 3, np.zeros(3))
    weights = np.array([0.5, 0.3, 0.2])
    budget = 1200
    uniform = np.full(3, 400)
    problem = Problem(surfaces, weights, np.ones(3), np.zeros(3, int), np.full(3, 2000), uniform, budget)
    found = solve(problem)
    best = weights**2 / (weights**2).sum() * budget
    top = float((np.sqrt(best / 2000) - np.sqrt(400 / 2000)) @ weights)
    assert found.sum() == budget
    assert float(problem.robust(found[None, :].astype(float))[0]) >= 0.99 * top


def test_surfaces_rise_and_stop_at_the_largest_n() -> None:
    n = np.array([0.0, 1, 4, 16, 64, 256, 1000])[None, :]
    for y in (0.2 + 0.6 * n / 1000, np.array([[0.3, 0.1, 0.2, 0.25, 0.25, 0.9, 0.9]])):
        table, _, miss = tabulate(n, y, 0.01, grid_of(4000))
        assert (np.diff(table[0]) >= -1e-9).all()
        assert np.ptp(table[0][grid_of(4000) >= 1001]) < 1e-9
        assert miss < 0.2


def two_mixes(
    gain: float, seeds: tuple[int, ...], rng: np.random.Generator, items: int = 300
) -> tuple[Scores, Scores]:
    """Scores of a mix that is better by `gain`, and of the uniform one, on the same items."""
    world = world_of([0.4] * 10, [0.4 + gain] * 10, [1e-3] * 10)
    cells = [
        Cell(base="A", parameters=1, origin="human", mix=mix, n=n, seed=s)
        for mix, n in (("recommended", 256), ("uniform", 0))
        for s in seeds
    ]
    both = simulate_scores(world, rng, cells, items)
    left, right = (
        replace(both, values={a: {k: v for k, v in r.items() if k.mix == m} for a, r in both.values.items()})
        for m in ("recommended", "uniform")
    )
    return left, right


def test_a_clear_gain_and_no_clear_gain() -> None:
    better, worse = two_mixes(0.2, (11, 12, 13), np.random.default_rng(0))
    found = compare_scores(better, worse)
    assert found.clear
    assert found.gain == pytest.approx(20, abs=4)
    assert found.gain == pytest.approx(100 * (found.recommended - found.uniform))
    assert found.seeds == 3
    assert len(found.by_ability) == 10
    turned = compare_scores(worse, better)
    assert turned.gain == pytest.approx(-found.gain)
    worst = min(turned.by_ability, key=lambda a: turned.by_ability[a])
    assert turned.reason == f"Lost most: {worst} ({turned.by_ability[worst]:+.1f} points)."
    null = [compare_scores(*two_mixes(0.0, (11, 12, 13), np.random.default_rng(s), 60)) for s in range(60)]
    assert sum(c.clear for c in null) <= 11  # 10 % of 60, and chance
    assert all("seeds each would" in c.reason for c in null if not c.clear)


def test_the_seeds_that_would_decide_do_decide() -> None:
    """A gain of 5 points, 5 points between seeds: with that many seeds about four of five studies are clear."""
    needed = seeds_to_decide(0.05, item=0.01**2, seed=0.05**2, seeds=2, level=0.9)
    assert needed is not None
    assert 5 < needed < 15
    rng = np.random.default_rng(5)
    gains = 0.05 + rng.normal(0, 0.05, (4000, needed)) + rng.normal(0, 0.01, (4000, 1))
    half = stdtrit(needed - 1, 0.95) * (gains.var(axis=1, ddof=1) / needed + 0.01**2) ** 0.5
    assert 0.72 < (gains.mean(axis=1) > half).mean() < 0.92
    assert seeds_to_decide(0.001, item=0.01**2, seed=0.05**2, seeds=2, level=0.9) is None


def test_one_seed_is_said() -> None:
    assert (
        "seed variance not estimated"
        in compare_scores(*two_mixes(0.0, (11,), np.random.default_rng(1), 40)).reason
    )


def test_a_jump_does_not_make_noise_where_nothing_is_right() -> None:
    """One ability whose runs differ by 30 points after a jump: its rung of zeros is drawn as zeros."""
    noise = SeedNoise({"math": 0.1}, 1.0)
    assert noise.variance("math", 0.5, 200) == pytest.approx(0.025)
    assert noise.variance("math", 0.0, 200) < 0.0003
    assert noise.variance("unheard of", 0.5, 200) == 0.0
