"""Groups of near-duplicates against the definition: every pair compared, one by one."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curation.dedup import near_groups
from curation.dedup.bands import plan_for


def grams(text: str, n: int) -> set[str]:
    return {text[i : i + n] for i in range(len(text) - n + 1)}


def similarity(one: str, other: str, n: int) -> float:
    a, b = grams(one, n), grams(other, n)
    return len(a & b) / len(a | b) if a | b else 0.0


def groups_by_definition(texts: list[str], threshold: float, n: int) -> list[list[int]]:
    of = list(range(len(texts)))
    for i in range(len(texts)):
        for j in range(i):
            if texts[i] == texts[j] or similarity(texts[i], texts[j], n) >= threshold:
                old, new = of[i], of[j]
                of = [new if x == old else x for x in of]
    found: dict[int, list[int]] = {}
    for place, name in enumerate(of):
        found.setdefault(name, []).append(place)
    return sorted(group for group in found.values() if len(group) > 1)


def varied(seed: int, families: int, copies: int) -> list[str]:
    draw = random.Random(seed)
    common = [chr(c) for c in range(0x4E00, 0x9FA5, 7)]
    texts = []
    for _ in range(families):
        base = draw.choices(common, k=draw.randint(30, 160))
        for _ in range(draw.randint(1, copies)):
            text = list(base)
            for _ in range(draw.randint(0, 4)):
                text[draw.randrange(len(text))] = draw.choice(common)
            texts.append("".join(text))
    draw.shuffle(texts)
    return texts


@pytest.mark.parametrize("threshold", [0.5, 0.7, 0.8, 0.9])
def test_groups_are_those_of_the_definition(threshold):
    texts = varied(3, 60, 5)
    assert near_groups(texts, threshold) == groups_by_definition(texts, threshold, 5)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(st.sampled_from("甲乙丙，x\U00020000"), max_size=24), max_size=12))
def test_a_link_is_never_wrong_and_equal_texts_are_always_linked(texts):
    found = near_groups(texts, 0.7, 3)
    truth = {place: k for k, group in enumerate(groups_by_definition(texts, 0.7, 3)) for place in group}
    for group in found:
        assert len({truth[place] for place in group}) == 1
    for i, one in enumerate(texts):
        for j in range(i):
            if texts[j] == one:
                assert any({i, j} <= set(group) for group in found)


def test_a_crowd_that_shares_one_template_is_one_group():
    draw = random.Random(1)
    common = [chr(c) for c in range(0x4E00, 0x9FA5, 7)]
    template = "".join(draw.choices(common, k=150))
    texts = [template + "".join(draw.choices(common, k=4)) for _ in range(900)]
    assert [len(group) for group in near_groups(texts, 0.8)] == [900]


@pytest.mark.parametrize("similarity", [0.3, 0.5, 0.6, 0.8, 0.95, 1.0])
def test_a_plan_keeps_what_it_promises_within_128_values(similarity):
    plan = plan_for(similarity, 0.98)
    assert plan.bands * plan.slots <= 128
    assert plan.recall(similarity) >= 0.98
