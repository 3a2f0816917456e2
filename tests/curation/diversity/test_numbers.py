"""Numbers against what they are by definition, and against pools of another size."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.diversity.numbers import distinct, effective, effective_number, nearest, wilson
from curation.diversity.settings import Settings
from curation.diversity.spread import effective_rank, mean_distance, spread, vendi
from tests.curation.diversity.planted import noise


def test_distinct_n_does_not_fall_with_the_pool():
    rng = random.Random(0)
    words = [noise(rng, 4) for _ in range(400)]
    texts = ["".join(rng.choices(words, k=20)) for _ in range(3000)]
    settings = Settings()
    small, large = distinct(texts[:800], settings)[2], distinct(texts, settings)[2]
    assert small.blocks < large.blocks
    assert small.low < large.value < small.high
    # Without blocks it would: the same texts as one run.
    run = "".join(t[:100] for t in texts)
    grams = [run[i : i + 2] for i in range(len(run) - 1)]
    assert len(set(grams)) / len(grams) < small.low / 1.5


def test_distinct_n_by_hand():
    found = distinct(["甲乙甲乙", "甲乙丙丁"] * 50, Settings(characters=100))
    # 25 rows of four make a block: four characters; of pairs 甲乙, 乙甲, 乙丙, 丙丁.
    assert found[1].value == pytest.approx(4 / 100)
    assert found[2].value == pytest.approx(4 / 75, abs=1e-6)
    assert found[1].blocks == 4


@given(st.lists(st.integers(1, 50), min_size=1, max_size=20), st.integers(0, 30))
def test_effective_number(counts, alone):
    number = effective(counts, alone)
    assert 1 - 1e-9 <= number <= len(counts) + alone + 1e-6
    assert number == pytest.approx(effective([*counts, *[1] * alone]))
    assert effective([7] * len(counts)) == pytest.approx(len(counts))


def test_effective_number_is_undetermined_below_a_block():
    assert effective_number(np.arange(99), Settings()).value is None
    assert effective_number(np.arange(200), Settings()).value == pytest.approx(100)


@given(st.lists(st.text("甲乙丙丁", min_size=1, max_size=12), min_size=2, max_size=12))
def test_likeness_is_the_greatest_jaccard(texts):
    def grams(text):
        return {text[i : i + 3] for i in range(max(1, len(text) - 2))}

    expected = [
        max(len(grams(a) & grams(b)) / len(grams(a) | grams(b)) for j, b in enumerate(texts) if i != j)
        for i, a in enumerate(texts)
    ]
    assert nearest(texts).tolist() == pytest.approx(expected, abs=1e-6)


def test_wilson_covers():
    rng = np.random.default_rng(0)
    for share in (0.05, 0.3):
        inside = [
            w[0] <= share <= w[1] for c in rng.binomial(200, share, 2000) if (w := wilson(int(c), 200, 0.95))
        ]
        assert 0.93 < np.mean(inside) < 0.98


def test_spread_of_known_vectors():
    eye = np.eye(64)
    assert vendi(eye) == pytest.approx(64)
    assert effective_rank(eye) == pytest.approx(64)
    assert vendi(np.tile(eye[:1], (64, 1))) == pytest.approx(1)
    rng = np.random.default_rng(1)
    wide, narrow = rng.normal(size=(128, 32)), rng.normal(size=(128, 32)) + 3
    one, other = spread(wide, "e", Settings()), spread(narrow, "e", Settings())
    assert other.distance.high < one.distance.low
    assert other.vendi.high < one.vendi.low
    assert one.vendi.blocks == 2


def test_the_bootstrap_does_not_shrink_the_distance():
    rng = np.random.default_rng(2)
    vectors = rng.normal(size=(40, 16))
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    found = mean_distance(unit, Settings())
    assert found.low < found.value < found.high
    assert (found.low + found.high) / 2 == pytest.approx(found.value, abs=0.02)
