"""The check of cheap against trained: its transforms, its p-values on null worlds, its speed."""

from __future__ import annotations

import itertools
import time

import numpy as np
import pytest
from scipy.stats import spearmanr

from analyze.transference.base import Array, as_matrix
from analyze.transference.check import by_target, check, complete_abilities, transform

NAMES = tuple("abcdefghij")


def matrix(values: Array, name: str = "m") -> object:
    return as_matrix(name, NAMES[: len(values)], values, "none")


def relational(generator: np.random.Generator, count: int) -> Array:
    """Pairs that share abilities are dependent: source and target effects, and a symmetric part."""
    pairs, own = generator.normal(size=(2, count, count))
    return pairs + pairs.T + own + generator.normal(size=(count, 1)) + generator.normal(size=(1, count))


def test_residual_is_what_least_squares_leaves() -> None:
    values = relational(np.random.default_rng(0), 7)
    sources, sinks = np.nonzero(~np.eye(7, dtype=bool))
    design = np.concatenate([np.eye(7)[sources], np.eye(7)[sinks]], axis=1)
    y = values[sources, sinks]
    expected = y - design @ np.linalg.lstsq(design, y, rcond=None)[0]
    np.testing.assert_allclose(transform(values, "residual")[sources, sinks], expected, atol=1e-12)


def test_per_target_standardizes_columns() -> None:
    values = relational(np.random.default_rng(0), 6)
    out = transform(values, "per-target")
    np.testing.assert_allclose(np.nanmean(out, axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(np.nanstd(out, axis=0), 1)
    assert np.isnan(np.diag(out)).all()


def test_permuting_abilities_permutes_the_transform() -> None:
    values = relational(np.random.default_rng(1), 6)
    order = np.array([3, 1, 5, 0, 2, 4])
    for target in ("per-target", "residual"):
        moved = transform(values[order][:, order], target)
        np.testing.assert_allclose(moved, transform(values, target)[order][:, order], atol=1e-12)


def test_spearman_is_scipys() -> None:
    generator = np.random.default_rng(2)
    x, y = relational(generator, 8), relational(generator, 8)
    [found] = check([matrix(x)], matrix(y), targets=["residual"], permutations=50)
    apart = ~np.eye(8, dtype=bool)
    expected = spearmanr(transform(x, "residual")[apart], transform(y, "residual")[apart]).statistic
    assert found.spearman == pytest.approx(expected, abs=1e-6)
    assert found.pairs == 56


def test_rounding_does_not_break_ties() -> None:
    """A symmetric estimator's residual is symmetric; differences of 1e-17 between equal values are no order."""
    generator = np.random.default_rng(2)
    x, y = generator.normal(size=(2, 8, 8))
    x = x + x.T
    apart = ~np.eye(8, dtype=bool)
    for order in (np.arange(8), generator.permutation(8)):
        [found] = check([matrix(x[order][:, order])], matrix(y[order][:, order]), targets=["residual"])
        a, b = transform(x, "residual").round(12), transform(y, "residual")
        assert found.spearman == pytest.approx(spearmanr(a[apart], b[apart]).statistic, abs=1e-9)


def test_small_studies_take_every_order() -> None:
    generator = np.random.default_rng(3)
    x, y = relational(generator, 4), relational(generator, 4)
    [found] = check([matrix(x)], matrix(y), targets=["per-target"], permutations=2000)
    apart = ~np.eye(4, dtype=bool)
    a, b = transform(x, "per-target"), transform(y, "per-target")
    orders = [list(o) for o in itertools.permutations(range(4))]
    rhos = [spearmanr(a[apart], b[o][:, o][apart]).statistic for o in orders]
    assert found.p == pytest.approx(np.mean([r >= rhos[0] - 1e-9 for r in rhos]))


def test_agreement_is_found_and_regret_is_none() -> None:
    y = relational(np.random.default_rng(4), 10)
    found = check([matrix(y, "same"), matrix(-y, "opposite")], matrix(y), permutations=500)
    same = [f for f in found if f.estimator == "same"]
    assert all(f.spearman == pytest.approx(1) and f.p < 0.01 and f.regret == 0 for f in same)
    opposite = [f for f in found if f.estimator == "opposite"]
    assert all(f.spearman == pytest.approx(-1) and f.p > 0.99 and (f.regret or 0) > 0 for f in opposite)


def test_control_takes_away_what_it_explains() -> None:
    """An estimator that is the control and noise agrees with the target through the control alone."""
    generator = np.random.default_rng(5)
    control, own = relational(generator, 10), relational(generator, 10)
    noise = relational(generator, 10)
    y = control + 0.5 * own + 0.1 * noise
    spurious, real = control + 0.1 * relational(generator, 10), own
    found = check(
        [matrix(spurious, "spurious"), matrix(real, "real")],
        matrix(y),
        [matrix(control, "control")],
        targets=["residual"],
        permutations=999,
    )
    by_name = {f.estimator: f for f in found}
    assert by_name["spurious"].spearman > 0.7
    assert abs(by_name["spurious"].partial or 0) < 0.35
    assert (by_name["real"].partial or 0) > 0.6
    assert (by_name["real"].partial_p or 1) < 0.01


def test_a_repeated_or_constant_control_changes_nothing() -> None:
    generator = np.random.default_rng(6)
    x, y, z = (relational(generator, 8) for _ in range(3))
    once = check([matrix(x)], matrix(y), [matrix(z)], permutations=200)
    more = check([matrix(x)], matrix(y), [matrix(z), matrix(2 * z + 1), matrix(0 * z)], permutations=200)
    assert [f.partial_p for f in once] == [f.partial_p for f in more]
    for first, second in zip(once, more, strict=True):
        assert first.partial == pytest.approx(second.partial)


def test_abilities_with_gaps_are_left_out() -> None:
    generator = np.random.default_rng(7)
    x, y = relational(generator, 6), relational(generator, 6)
    y[2, :] = np.nan
    assert complete_abilities([matrix(x), matrix(y)]) == ["a", "b", "d", "e", "f"]
    assert {f.pairs for f in check([matrix(x)], matrix(y))} == {20}
    assert set(by_target(matrix(x), matrix(y))) == {"a", "b", "d", "e", "f"}


def test_too_few_abilities_say_nothing() -> None:
    x = relational(np.random.default_rng(8), 3)
    assert check([matrix(x)], matrix(x)) == []
    assert check([], matrix(x)) == []
    nothing = as_matrix("m", ("x", "y"), np.zeros((2, 2)), "none")
    assert check([matrix(x)], nothing) == []


SIMULATIONS = 1000


def share_rejected(kind: str, effect: float, seed: int) -> dict[str, float]:
    """Share of simulations with p <= .05 where estimator and trained share nothing, or the control alone."""
    generator = np.random.default_rng(seed)
    hits = {"p": 0, "p_max": 0, "partial_p": 0}
    for k in range(SIMULATIONS):
        control = relational(generator, 7)
        y = relational(generator, 7) + effect * control
        several = [matrix(relational(generator, 7) + effect * control, f"e{e}") for e in range(3)]
        found = check(several, matrix(y), [matrix(control)], targets=[kind], permutations=99, seed=k)
        hits["p"] += found[0].p <= 0.05
        hits["p_max"] += min(f.p_max or 1 for f in found) <= 0.05
        hits["partial_p"] += (found[0].partial_p or 1) <= 0.05
    return {name: count / SIMULATIONS for name, count in hits.items()}


# Three standard errors of a 5 % share over the simulations; deterministic by seed.
SLACK = 3 * (0.05 * 0.95 / SIMULATIONS) ** 0.5


@pytest.mark.parametrize("kind", ["per-target", "residual"])
def test_null_worlds_are_rejected_five_times_in_a_hundred(kind: str) -> None:
    found = share_rejected(kind, 0.0, seed=10)
    for name, share in found.items():
        assert abs(share - 0.05) <= SLACK, (name, share)


def test_the_partial_test_holds_where_the_control_drives_both() -> None:
    found = share_rejected("residual", 1.0, seed=11)
    assert found["p"] > 0.5  # the plain test rightly sees an association
    assert found["partial_p"] <= 0.05 + SLACK, found


def test_five_estimators_and_2000_orders_in_seconds() -> None:
    generator = np.random.default_rng(12)
    several = [matrix(relational(generator, 10), f"e{k}") for k in range(5)]
    controls = [matrix(relational(generator, 10), f"c{k}") for k in range(4)]
    begun = time.process_time()
    found = check(several, matrix(relational(generator, 10)), controls, permutations=2000)
    assert len(found) == 10
    assert time.process_time() - begun < 5  # about .1 s; only a loop over orders would be as slow as this
