"""Intervals: the same by patterns as by rows, from any order of rows, and they hold the truth."""

from __future__ import annotations

import random

import numpy as np
import pytest

from curation.review.agreement import tables
from curation.review.agreement.coefficients import Shapes, fleiss, observed
from curation.review.agreement.measures import _by_shape
from curation.review.agreement.report import NAMES
from curation.review.agreement.resample import resampled, spread
from curation.review.agreement.settings import Settings
from curation.review.agreement.units import units_of
from curation.review.agreement.votes import Vote, Votes
from tests.curation.review.agreement.verdict_rows import NAMES as PEOPLE
from tests.curation.review.agreement.verdict_rows import agreed, from_table

OBSERVED, COHEN, FLEISS, ALPHA, AC1 = NAMES


def review(items: int, seed: int, people: int = 4, rate: float = 0.7) -> list[Vote]:
    """Items in filter, some in review too, by annotators of whom one in eight errs."""
    rng = np.random.default_rng(seed)
    rows = []
    for item in range(items):
        true = rng.random() < rate
        for stage in ("filter", "review")[: 1 + (item % 3 == 0)]:
            for who in rng.choice(people, 2 + (item % 7 == 0), replace=False):
                kept = bool(true ^ (rng.random() < 0.125))
                rows.append(Vote(item, "math", stage, 0, PEOPLE[who], kept, 1e9 + len(rows)))
    return rows


def test_resampling_patterns_is_resampling_items() -> None:
    rows = review(120, 1)
    votes = Votes.of(rows)
    units = units_of(votes, Settings())
    table, shapes = tables.shapes_of(units, np.arange(len(units)), 0)
    by_pattern = resampled(table, lambda c: _by_shape(c, shapes), draws=4000, seed=0, pseudo=False)
    # The same slowly: items drawn with all their units, counted one by one.
    known = {shape: place for place, shape in enumerate(zip(shapes.kept, shapes.votes, strict=True))}
    per_item = np.zeros((120, len(known)))
    for item, kept, count in zip(units.item, units.kept, units.votes, strict=True):
        per_item[item, known[kept, count]] += 1
    drawn = np.random.default_rng(5).integers(0, 120, (4000, 120))
    by_item = _by_shape(per_item[drawn].sum(axis=1), shapes)
    for fast, slow in zip(by_pattern, by_item, strict=True):
        assert fast.std() == pytest.approx(slow.std(), rel=0.06)
        assert fast.mean() == pytest.approx(slow.mean(), abs=fast.std() / 10)


def test_groups_of_items_give_nearly_the_interval_of_items(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = review(3000, 2, people=6)
    fine = agreed(rows, draws=1000)
    monkeypatch.setattr(tables, "_MOST", 3)
    coarse = agreed(rows, draws=1000)
    for one, other in zip(fine.measures, coarse.measures, strict=True):
        assert one.value == other.value
        assert one.low is not None
        assert one.high is not None
        assert other.low is not None
        assert other.high is not None
        assert other.high - other.low == pytest.approx(one.high - one.low, rel=0.25)


def test_the_order_of_rows_changes_nothing() -> None:
    rows = review(200, 3)
    shuffled = rows[:]
    random.Random(0).shuffle(shuffled)
    assert agreed(rows) == agreed(shuffled)
    assert agreed(rows) == agreed([v._replace(item=f"item {v.item:04}") for v in shuffled])
    assert agreed(rows, seed=1) != agreed(rows)


def test_rows_and_columns_are_one() -> None:
    rows = review(50, 4)
    columns = dict(zip(Vote._fields, map(list, zip(*rows, strict=True)), strict=True))
    one, other = Votes.of(rows), Votes.from_columns(**columns)  # type: ignore[arg-type]
    assert (one.item == other.item).all()
    assert (one.units() == other.units()).all()
    assert one.annotators == other.annotators


def test_an_item_counts_once_however_many_stages_it_went_through() -> None:
    once = from_table(" ".join(["11", "10", "00", "11", "01"] * 8))
    twice = once + [v._replace(stage="review") for v in once]
    few, many = agreed(once, draws=2000), agreed(twice, draws=2000)
    assert few.items == many.items == 40
    assert many.units == 80
    for name in NAMES:
        one, other = few.of(name), many.of(name)
        assert one.low is not None
        assert one.high is not None
        assert other.low is not None
        assert other.high is not None
        # Twice the same verdicts are no more evidence. (The pseudo-items weigh half as much beside them.)
        assert other.high - other.low == pytest.approx(one.high - one.low, rel=0.15)


def test_undefined_resamples_are_counted_and_said() -> None:
    found = agreed(from_table(" ".join(["11"] * 29 + ["10"])), draws=2000).of(FLEISS)
    # A resample without a rejection: neither the one item nor the pseudo-items that have some.
    expected = (1 - (1 + 1.5) / 32) ** 30
    assert found.undefined / 2000 == pytest.approx(expected, abs=0.03)
    assert f"undefined in {found.undefined:,} of 2,000 resamples" in found.explanation
    assert found.low is not None


def test_no_interval_where_most_resamples_are_undefined() -> None:
    values = np.array([np.nan] * 60 + [0.5] * 40)
    assert spread(values, 0.5, 0.95) == (None, None, 60)
    assert spread(values[::-1][:70], 0.5, 0.95) == (0.5, 0.5, 30)


def test_votes_that_a_disagreement_asked_for_are_no_part_of_agreement() -> None:
    rows = from_table(" ".join(["11."] * 20 + ["101"] * 5 + ["100"] * 5))
    whole, first = agreed(rows), agreed(rows, filter_votes=2)
    assert first.of(OBSERVED).value == pytest.approx(20 / 30)
    assert whole.of(OBSERVED).value == pytest.approx((20 + 10 / 3) / 30, abs=1e-6)
    assert units_of(Votes.of(rows), Settings(filter_votes=2)).asked_later == 10
    # Where the votes are numbered, the numbers decide and not the time.
    late = [v._replace(at=-v.at, vote=1 + PEOPLE.index(v.annotator)) for v in rows]
    assert agreed(late, filter_votes=2).of(OBSERVED).value == pytest.approx(20 / 30)


def test_95_percent_intervals_hold_the_truth_where_the_plain_bootstrap_does_not() -> None:
    """20 items, 93 % approved, 92 % agreed on: kappa is .39, and a fifth of the samples show no disagreement."""
    rng = np.random.default_rng(0)
    cells = np.array([0.03, 0.08, 0.89])  # neither, one, both approve
    shapes = Shapes(np.array([0, 1, 2]), np.array([2, 2, 2]))
    known = {OBSERVED: 0.92, FLEISS: (0.92 - 0.8698) / (1 - 0.8698)}
    hits = {kind: dict.fromkeys(known, 0) for kind in (True, False)}
    defined = 0
    for number in range(200):
        counts = rng.multinomial(20, cells).astype(np.float64)
        table = tables.Table(counts, np.eye(3), np.array([0.5, 1.0, 0.5]), np.eye(3))
        here = {
            OBSERVED: float(observed(counts[None], shapes)[0]),
            FLEISS: float(fleiss(counts[None], shapes)[0]),
        }
        if np.isnan(here[FLEISS]):
            continue
        defined += 1
        for kind, held in hits.items():
            draws = resampled(
                table, lambda c: [observed(c, shapes), fleiss(c, shapes)], draws=400, seed=number, pseudo=kind
            )
            for name, values in zip(known, draws, strict=True):
                found = spread(values, here[name], 0.95)
                held[name] += found.low is None or found.low - 1e-9 <= known[name] <= (found.high or 0) + 1e-9
    assert defined > 150
    assert all(count / defined > 0.93 for count in hits[True].values())
    assert hits[False][FLEISS] / defined < 0.6
