"""Measures against other packages' numbers, on random tables and by hand."""

from __future__ import annotations

import warnings

import krippendorff
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score, f1_score
from statsmodels.stats.inter_rater import cohens_kappa, fleiss_kappa

from curation.review.agreement.report import NAMES
from tests.curation.review.agreement.verdict_rows import agreed, from_table, pairs, values

OBSERVED, COHEN, FLEISS, ALPHA, AC1 = NAMES

# Fleiss' kappa, alpha and AC1 by irrCAC 0.4.4 (Python 3.11), rounded by it to five places; observed agreement is its pa.
IRRCAC = [
    ("00 00 10 10 11 00 11 01 00 11 11 11", 0.75, 0.4965, 0.51748, 0.50345),
    (
        "111 000 100 011 111 101 111 111 010 110 000 111 101 001 110",
        0.64444, 0.2437, 0.2605, 0.32898,
    ),
    (
        "10... .1.11 11... 11... 01..0 .1.00 11..1 1..11 1..11 11110 .1.00 00... 10.00 .00..",
        0.72143, 0.41413, 0.376, 0.4689,
    ),
    ("11 00 11 01 11 11 11 11 00 11 11 11 11 11 11 11 10 11 11 11", 0.9, 0.60784, 0.61765, 0.86577),
    (
        ".11. 11.. 1.1. 1..1 1.1. 11.. 00.. .1.1 1111 11.. 11.. 11.. 11.. 11.. 1.1. .0.0 11.1 11.1",
        1.0, 1.0, 1.0, 1.0,
    ),
]  # fmt: skip


@pytest.mark.parametrize(("table", "observed", "fleiss", "alpha", "ac1"), IRRCAC)
def test_as_irrcac_says(table: str, observed: float, fleiss: float, alpha: float, ac1: float) -> None:
    found = values(agreed(from_table(table)))
    assert found[OBSERVED] == pytest.approx(observed, abs=6e-6)
    assert found[FLEISS] == pytest.approx(fleiss, abs=6e-6)
    assert found[ALPHA] == pytest.approx(alpha, abs=6e-6)
    assert found[AC1] == pytest.approx(ac1, abs=6e-6)


def tables(people: st.SearchStrategy[int], letters: str) -> st.SearchStrategy[str]:
    return people.flatmap(
        lambda n: st.lists(st.text(letters, min_size=n, max_size=n), min_size=2, max_size=25).map(" ".join)
    )


@settings(max_examples=150, deadline=None)
@given(tables(st.integers(2, 6), "01."))
def test_alpha_as_krippendorff_says(table: str) -> None:
    words = [word for word in table.split() if len(word) - word.count(".") > 1]
    assume(len(words) > 1)
    rows = np.array([[np.nan if c == "." else float(c) for c in word] for word in words]).T
    found = values(agreed(from_table(table)))[ALPHA]
    if len(set(rows[~np.isnan(rows)])) == 1:
        assert found is None
        return
    expected = krippendorff.alpha(rows, level_of_measurement="nominal", value_domain=[0.0, 1.0])
    assert found == pytest.approx(expected, abs=1e-6)


@settings(max_examples=100, deadline=None)
@given(tables(st.integers(2, 6), "01"))
def test_fleiss_as_statsmodels_says(table: str) -> None:
    counts = np.array([[word.count("0"), word.count("1")] for word in table.split()])
    found = values(agreed(from_table(table)))[FLEISS]
    if (counts.sum(axis=0) == 0).any():
        assert found is None
        return
    assert found == pytest.approx(fleiss_kappa(counts), abs=1e-6)


@settings(max_examples=100, deadline=None)
@given(tables(st.just(2), "01"))
def test_cohen_as_sklearn_and_statsmodels_say(table: str) -> None:
    first, second = zip(*table.split(), strict=True)
    cells = np.array([[table.split().count(a + b) for b in "01"] for a in "01"])
    (found,) = pairs(from_table(table))
    assert values(found) == values(agreed(from_table(table)))  # two annotators are one pair
    if len({*first, *second}) == 1:
        assert found.of(COHEN).value is None
        return
    assert found.of(COHEN).value == pytest.approx(cohen_kappa_score(first, second), abs=1e-6)
    assert found.of(COHEN).value == pytest.approx(cohens_kappa(cells).kappa, abs=1e-6)


@settings(max_examples=60, deadline=None)
@given(tables(st.integers(3, 5), "01."))
def test_every_pair_as_sklearn_says_and_pooled_over_them(table: str) -> None:
    rows = from_table(table)
    by_pair = {p.pair: p for p in pairs(rows)}
    people = sorted({v.annotator for v in rows})
    differ = chance = 0.0
    for place, one in enumerate(people):
        for other in people[place + 1 :]:
            mine = {v.item: v.kept for v in rows if v.annotator == one}
            theirs = {v.item: v.kept for v in rows if v.annotator == other}
            both = sorted(mine.keys() & theirs.keys())
            if len(both) < 2:
                assert (one, other) not in by_pair or by_pair[one, other].of(COHEN).value is None
                continue
            a, b = np.array([mine[i] for i in both]), np.array([theirs[i] for i in both])
            differ += (a != b).sum()
            chance += len(both) * (a.mean() * (1 - b.mean()) + b.mean() * (1 - a.mean()))
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                expected = cohen_kappa_score(a, b, labels=[False, True])
            found = by_pair[one, other].of(COHEN).value
            assert (found is None) == bool(np.isnan(expected))
            assert found is None or found == pytest.approx(expected, abs=1e-6)
    pooled = agreed(rows)
    if chance:
        assert pooled.of(COHEN).value == pytest.approx(1 - differ / chance, abs=1e-6)
    else:
        assert pooled.of(COHEN).value is None


def test_by_hand() -> None:
    # 40 both approve, 5 and 15 one of them, 40 neither: po = .8, first approves 45, second 55 of 100.
    rows = from_table(" ".join(["11"] * 40 + ["10"] * 5 + ["01"] * 15 + ["00"] * 40))
    found = values(agreed(rows))
    assert found[OBSERVED] == pytest.approx(0.8)
    assert found[COHEN] == pytest.approx((0.8 - 0.495) / (1 - 0.495), abs=1e-6)
    assert found[FLEISS] == pytest.approx(0.6)
    assert found[ALPHA] == pytest.approx(1 - 0.2 / (2 * 100 * 100 / (200 * 199)))
    assert found[AC1] == pytest.approx(0.6)


def test_kappa_paradox_is_told() -> None:
    """Feinstein and Cicchetti (1990): 90 % agree, and kappa is below 0."""
    found = agreed(from_table(" ".join(["11"] * 90 + ["10"] * 5 + ["01"] * 5)))
    assert found.of(OBSERVED).value == pytest.approx(0.9)
    assert (found.of(FLEISS).value or 0) < 0
    assert (found.of(AC1).value or 0) > 0.88
    assert "AC1" in found.note
    assert "95.0% of the verdicts approve" in found.note
    assert "of the rejections, a colleague shares 0.0%" in found.note
    assert (found.rare, found.rejections_shared) == ("reject", 0)
    mirrored = agreed(from_table(" ".join(["00"] * 90 + ["10"] * 5 + ["01"] * 5)))
    assert "95.0% of the verdicts reject" in mirrored.note
    assert (mirrored.rare, mirrored.approvals_shared) == ("approve", 0)
    calm = agreed(from_table(" ".join(["11"] * 45 + ["10"] * 5 + ["01"] * 5 + ["00"] * 45)))
    assert (calm.rare, calm.note) == ("", "")


def test_everything_approved_is_explained() -> None:
    found = agreed(from_table(" ".join(["11"] * 30)))
    assert found.of(OBSERVED).value == 1
    assert found.of(AC1).value == 1
    for name in (COHEN, FLEISS, ALPHA):
        assert found.of(name).value is None
        assert "every verdict approves" in found.of(name).explanation
    assert "every verdict rejects" in agreed(from_table("00 00 00")).of(COHEN).explanation
    # Everybody agreed on all 30, which does not make it certain that they agree on all.
    low = found.of(OBSERVED).low
    assert low is not None
    assert 0.8 < low < 1


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ("1. .1 0.", "no instance was judged by two"),
        ("11", "one instance was judged by two annotators; fewer than 10"),
        ("11 10 01 00", "4 instances were judged by two annotators; fewer than 10"),
    ],
)
def test_too_few_are_explained(table: str, says: str) -> None:
    found = agreed(from_table(table), least_items=10)
    assert all(m.value is None and m.low is None and says in m.explanation for m in found.measures)


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ("11 10", "chen approved every shared instance, so it is 0"),
        ("00 01", "chen rejected every shared instance, so it is 0"),
        ("11 01", "lin approved every shared instance, so it is 0"),
        ("10 10", "chen approved and lin rejected every shared instance, so it is 0"),
    ],
)
def test_one_sided_annotators_are_told(table: str, says: str) -> None:
    rows = from_table(" ".join([table] * 8))
    for found in (*pairs(rows), agreed(rows)):
        assert found.of(COHEN).value == 0
        assert says in found.of(COHEN).explanation


def test_who_agrees_throughout_is_undefined_and_not_zero() -> None:
    for table in ("11", "00"):
        (found,) = pairs(from_table(" ".join([table] * 8)))
        assert found.of(COHEN).value is None
        assert "0/0" in found.of(COHEN).explanation
        assert "whatever" not in found.of(COHEN).explanation + found.note


def test_pairs_of_whom_somebody_is_one_sided_are_told_together() -> None:
    rows = from_table(" ".join(["11.", "1.1", ".11"] * 8 + ["10.", "1.0"] * 8))
    found = agreed(rows).of(COHEN)
    assert found.value == 0
    assert "in every pair somebody gave one verdict throughout" in found.explanation
    some = agreed(from_table(" ".join(["11.", "1.1", ".10", ".01"] * 8 + ["10."] * 8))).of(COHEN)
    assert "throughout" not in some.explanation


@settings(max_examples=50, deadline=None)
@given(st.lists(st.sampled_from(["11", "10", "01", "00"]), min_size=2, max_size=30))
def test_specific_agreement_is_the_dice_coefficient(table: list[str]) -> None:
    found = agreed(from_table(" ".join(table)))
    one, other = (np.array([word[place] == "1" for word in table]) for place in (0, 1))
    for shared, a, b in (
        (found.approvals_shared, one, other),
        (found.rejections_shared, ~one, ~other),
    ):
        if not a.any() and not b.any():
            assert shared is None
        else:
            assert shared == pytest.approx(f1_score(a, b, zero_division=0), abs=1e-6)


def test_specific_agreement_of_three_by_hand() -> None:
    # Approvals: 3 of whom each has 2 like it of 2, 2 with 1 of 2, 1 with 0: (3 + 1 + 0) of 6.
    found = agreed(from_table("111 110 100"))
    assert found.approvals_shared == pytest.approx(4 / 6, abs=1e-6)
    assert found.rejections_shared == pytest.approx(1 / 3, abs=1e-6)


def test_a_pair_that_is_everybody_has_the_same_numbers() -> None:
    rows = from_table(" ".join(["11"] * 30 + ["10"] * 4 + ["01"] * 3 + ["00"] * 8))
    (pair,) = pairs(rows)
    assert agreed(rows).measures == pair.measures


def test_pairs_with_few_items_are_left_out_of_cohen_and_counted() -> None:
    rows = from_table(" ".join(["11."] * 10 + ["00."] * 10 + ["1.0"] * 3))
    found = agreed(rows, least_items=10).of(COHEN)
    assert found.value == 1
    assert found.units == 20
    assert found.people == 2
    assert "1 of 2 pairs share fewer than 10" in found.explanation
    lonely = agreed(from_table(" ".join(["11.", ".11", "1.1"] * 5)), least_items=10).of(COHEN)
    assert lonely.value is None
    assert "no two annotators share 10" in lonely.explanation
