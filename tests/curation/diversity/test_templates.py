"""Templates are fixed wordings with gaps; any text may be among the rows."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from curation.diversity.templates import Template, find_templates
from curation.diversity.views import joined, masked, units
from tests.curation.diversity.planted import noise


def test_pieces_with_gaps_in_order():
    rng = random.Random(0)
    texts = [
        f"请把{noise(rng, 6)}翻译成英文并解释语法,然后举出{noise(rng, 6)}的三个例子来" for _ in range(50)
    ]
    (found,) = find_templates([*texts, *(noise(rng, 30) for _ in range(50))], 20)
    assert found.shown() == "…翻译成英文并解释语法,然后举出…的三个例子来"
    assert all(found.matches(t) for t in texts)
    assert not found.matches("的三个例子来翻译成英文并解释语法,然后举出")


def test_two_templates_of_one_pool_stay_two():
    rng = random.Random(1)
    texts = [f"请写一首关于{noise(rng, 6)}的诗" for _ in range(60)]
    texts += [f"给出三个关于{noise(rng, 6)}的冷知识" for _ in range(40)]
    assert [t.shown() for t in find_templates(texts, 20)] == ["请写一首关于…", "给出三个关于…"]


def test_english_templates_are_made_of_words():
    rng = random.Random(2)
    words = [noise(rng, 4) for _ in range(100)]
    texts = [
        masked(f"Write a short poem about the topic of {w} in plain words for a child of six.") for w in words
    ]
    assert [t.shown() for t in find_templates(texts, 20)] == [
        "Write a short poem about the topic of…in plain words for a child of six."
    ]


def test_marks_and_numbers_alone_are_layout():
    texts = [masked(f"<<{n}*{n}={n * n}>>{n * n}。{chr(0x4E00 + n)}") for n in range(100)]
    assert find_templates(texts, 20) == []


def test_coverage_is_of_the_whole_text():
    rng = random.Random(3)
    texts = [f"下列叙述错误的是{noise(rng, 2)}" for _ in range(40)]
    (found,) = find_templates(texts, 20, wholes=[100] * 40)
    assert found.coverage == 0.08


@given(st.lists(st.text(), max_size=30), st.integers(1, 5))
@settings(deadline=None)
def test_any_text(texts, least):
    flat = [masked(t) for t in texts]
    for template in find_templates(flat, least, 3):
        assert sum(template.matches(t) for t in flat) >= least


@given(st.text())
def test_units_are_all_of_a_text(text):
    flat = masked(text)
    assert joined(units(flat)).replace(" ", "") == "".join(flat.split())


def test_a_template_needs_its_pieces_apart():
    assert not Template(("甲乙", "乙丙")).matches("甲乙丙")
