"""Grams and signatures: the same on every machine, whatever stands beside a text."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import curation.dedup.grams
from curation.dedup.bands import Plan, least_agreement, plan_for, signatures
from curation.dedup.grams import gram_hashes
from curation.dedup.jaccard import jaccard
from tests.curation.dedup.test_groups import similarity

texts_of = st.lists(st.text(st.sampled_from("甲乙丙x \U00020000"), max_size=20), max_size=12)


@given(texts_of, st.integers(1, 6))
def test_a_text_has_the_grams_it_has_alone(texts, n):
    grams = gram_hashes(texts, n)
    assert len(grams.offsets) == len(texts) + 1
    for place, text in enumerate(texts):
        own = grams.hashes[grams.offsets[place] : grams.offsets[place + 1]]
        assert own.tolist() == gram_hashes([text], n).hashes.tolist()
        assert len(own) == max(0, len(text) - n + 1)
        assert len(set(own.tolist())) == len({text[i : i + n] for i in range(len(text) - n + 1)})


def test_where_a_span_ends_does_not_matter(monkeypatch):
    texts = ["甲乙丙丁戊" * k for k in range(9)]
    whole = gram_hashes(texts, 5)
    monkeypatch.setattr(curation.dedup.grams, "_SPAN", 7)
    assert gram_hashes(texts, 5).hashes.tolist() == whole.hashes.tolist()


@given(texts_of, st.integers(1, 4))
def test_jaccard_is_that_of_the_sets(texts, n):
    pairs = [(i, j) for i in range(len(texts)) for j in range(i)]
    one, other = np.array(pairs, np.int64).reshape(-1, 2).T
    found = jaccard(gram_hashes(texts, n), one, other)
    assert found.tolist() == pytest.approx([similarity(texts[i], texts[j], n) for i, j in pairs], abs=1e-6)


def test_hashes_and_bands_are_the_same_on_every_machine():
    grams = gram_hashes(["甲乙丙丁戊己", "短"], 5)
    assert grams.hashes.tolist() == [2375379408361261701, 301827568960065476]
    assert signatures(grams, Plan(bands=2, slots=3)).bands.tolist()[0] == [1426630063, 3269584882]


def test_two_of_one_similarity_agree_in_as_many_marks_as_asked_for():
    plan = plan_for(0.6, 0.98)
    draw = np.random.default_rng(0)
    letters = [chr(c) for c in range(0x4E00, 0x9FA5, 3)]
    base = "".join(draw.choice(letters, 200))
    least = least_agreement(0.6, plan)
    for cut in range(0, 40, 4):  # the two share what stands between
        pair = [base[cut:], base[: len(base) - cut]]
        marks = signatures(gram_hashes(pair, 5), plan).marks
        assert similarity(*pair, 5) >= 0.6
        assert (marks[0] == marks[1]).sum() >= least
    apart = signatures(gram_hashes([base[:90], base[100:]], 5), plan).marks
    assert (apart[0] == apart[1]).sum() < least
