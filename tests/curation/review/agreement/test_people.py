"""Annotators beside gold items and colleagues; who stands out, and who does not."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom

from curation.diversity.numbers import wilson
from curation.review.agreement.acts import GoldVote
from curation.review.agreement.beside import _coins, _difference
from curation.review.agreement.report import Person
from curation.review.agreement.summary import summary
from curation.review.agreement.votes import Vote
from tests.curation.review.agreement.verdict_rows import PEOPLE, golden, review


def people(rows: list[Vote], gold: list[GoldVote] | None = None) -> dict[str, Person]:
    return {p.name: p for p in summary(rows, [], gold=gold or []).people}


def test_gold_by_hand() -> None:
    gold = golden("lin", right=30, passed_wrong=15, missed=5) + golden(
        "lin", right=4, missed=6, training=True
    )
    found = people([], gold + golden("wang", right=47, missed=3))
    lin = found["lin"]
    assert lin.gold is not None
    assert (lin.gold.count, lin.gold.of, lin.false_approvals, lin.false_rejections) == (30, 50, 15, 5)
    assert (lin.gold.low, lin.gold.high) == pytest.approx(wilson(30, 50, 0.95), abs=1e-6)
    assert lin.training is not None
    assert (lin.training.count, lin.training.of) == (4, 10)
    assert "has 60.0% [46,73] of 50 gold items right, below the 80%" in lin.remarks[0]
    assert "of 20 mistakes 15 approved what is wrong" in lin.remarks[0]
    assert found["wang"].remarks == ()


@pytest.mark.parametrize("wrong", [3, 9])
def test_few_gold_items_say_nothing(wrong: int) -> None:
    assert people([], golden("lin", right=0, passed_wrong=wrong))["lin"].remarks == ()


def test_beside_colleagues_by_hand() -> None:
    def unit(item: int, *verdicts: tuple[str, bool]) -> list[Vote]:
        return [Vote(item, "math", "filter", 0, who, kept, 1e9 + item) for who, kept in verdicts]

    rows = unit(1, ("lin", True), ("wang", True)) + unit(2, ("lin", True), ("wang", False))
    rows += unit(3, ("lin", False), ("wang", True), ("zhao", False))  # the others are at odds: a tie
    rows += unit(4, ("lin", True), ("wang", True), ("zhao", True)) + unit(5, ("wang", True), ("zhao", False))
    lin = people(rows)["lin"]
    assert lin.with_colleagues is not None
    assert (lin.with_colleagues.count, lin.with_colleagues.of) == (2, 3)
    assert lin.shared == 4
    assert lin.approves == pytest.approx(3 / 4)
    assert lin.colleagues_approve == pytest.approx((1 + 0 + 0.5 + 1) / 4)
    assert lin.more.value == pytest.approx(0.125)
    assert lin.others == pytest.approx(1 / 3, abs=1e-6)  # wang and zhao: units 3, 4, 5


def test_nobody_stands_out_in_an_even_team() -> None:
    """Twenty teams of four who are alike: by chance alone at most one remark in all, at a level of .95 a team and kind."""
    remarks = [p.remarks for seed in range(20) for p in people(review(400, seed)).values() if p.remarks]
    assert len(remarks) <= 1


def test_who_approves_too_much_stands_out() -> None:
    found = people(review(1500, 1, lax=0.5))
    assert any("points" in text and "more often than colleagues" in text for text in found["zhao"].remarks)
    assert found["zhao"].more.low is not None
    assert found["zhao"].more.low > 0.05
    assert not any("more often" in text for name in PEOPLE[:3] for text in found[name].remarks)


def test_who_guesses_stands_out() -> None:
    found = people(review(1500, 2, guesses=0.8))
    assert any("agrees with colleagues on" in text for text in found["zhao"].remarks)
    assert not any("agrees with" in text for name in PEOPLE[:3] for text in found[name].remarks)


def test_who_hurries_stands_out() -> None:
    found = people(review(800, 3, fast=0.1))
    assert any("times the median of colleagues" in text for text in found["zhao"].remarks)
    assert found["zhao"].slower.value == pytest.approx(0.1, rel=0.25)


def test_tiny_counts_say_nothing() -> None:
    rows = [
        Vote(i, "math", "filter", 0, who, who == "lin", 1e9 + i) for i in range(20) for who in ("lin", "wang")
    ]
    assert not any(p.remarks for p in people(rows).values())


def test_the_interval_of_paired_differences_is_agresti_and_mins() -> None:
    # Their formula on b = 12, c = 4 of n = 50: adjusted counts b + .5, c + .5, n + 2.
    values = np.array([1.0] * 12 + [-1.0] * 4 + [0.0] * 34)
    found = _difference(values, 0.95)
    b, c, n = 12.5, 4.5, 52
    half = 1.959964 * np.sqrt((b + c) - (b - c) ** 2 / n) / n
    assert found.low == pytest.approx((b - c) / n - half, abs=1e-6)
    assert found.high == pytest.approx((b - c) / n + half, abs=1e-6)


def test_no_difference_is_more_than_all() -> None:
    found = _difference(np.ones(40), 0.95)
    assert (found.value, found.high) == (1, 1)
    assert found.low is not None
    assert 0.8 < found.low < 1


@pytest.mark.parametrize("count", [50, 51, 64, 999, 10_000, 1_000_001])
def test_the_quantile_of_coins_is_scipys(count: int) -> None:
    for share in (0.025, 0.005, 0.0005, 0.25, 0.5):
        assert _coins(share, count) == binom.ppf(share, count, 0.5)
