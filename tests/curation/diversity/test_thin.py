"""Thinning reaches the cap, spares floors, and drops nothing that need not go."""

from __future__ import annotations

from math import ceil

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from curation.diversity.numbers import wilson
from curation.diversity.thin import Crowd, plan, to_drop


@st.composite
def parts(draw):
    count = draw(st.integers(1, 300))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    crowds = [
        Crowd(rng.random(count) < draw(st.floats(0, 1)), rng.random(count) < 2, draw(st.floats(0.02, 0.9)),
              fixed=draw(st.booleans()) and draw(st.booleans()))
        for _ in range(draw(st.integers(0, 5)))
    ]  # fmt: skip
    return crowds, rng.permutation(count), draw(st.integers(1, 200)), draw(st.floats(0.01, 0.99))


@given(parts())
def test_the_cap_is_reached_or_the_floor(part):
    crowds, order, floor, keep = part
    found = plan(crowds, order, floor=floor, keep=keep)
    kept, left = found.kept, int(found.kept.sum())
    assert left >= min(len(order), max(min(floor, len(order)), ceil(keep * len(order))))
    for number, crowd in enumerate(crowds):
        held = int((crowd.member & kept).sum())
        thinned = bool((found.cause == number).any())
        if crowd.fixed:
            assert not thinned
        elif not found.floor_reached and left:
            assert not thinned or held <= crowd.cap * left + 1e-9
            assert held <= crowd.cap * left + 1e-9 or wilson(held, left, 0.95)[0] <= crowd.cap
        # Whoever goes holds the wording that it goes for.
        assert crowd.member[found.cause == number].all()


@given(parts())
def test_thinning_twice_is_thinning_once(part):
    crowds, order, floor, keep = part
    kept = (found := plan(crowds, order, floor=floor, keep=keep)).kept
    if found.floor_reached:
        return
    again = plan(
        [Crowd(c.member[kept], c.among[kept], c.cap, c.fixed) for c in crowds],
        order[kept],
        floor=floor,
        keep=keep,
    )
    assert again.kept.all()


@given(parts(), st.randoms())
def test_the_order_of_rows_in_the_file_does_not_matter(part, random):
    crowds, order, floor, keep = part
    places = np.array(random.sample(range(len(order)), len(order)), dtype=np.int64)
    one = plan(crowds, order, floor=floor, keep=keep)
    other = plan(
        [Crowd(c.member[places], c.among[places], c.cap, c.fixed) for c in crowds],
        order[places],
        floor=floor,
        keep=keep,
    )
    assert (one.cause[places] == other.cause).all()


@given(st.integers(0, 2000), st.integers(1, 2000), st.floats(0.01, 0.99))
def test_no_row_more_than_needed_is_dropped(held, among, cap):
    held = min(held, among)
    drop = to_drop(held, among, cap)
    assert 0 <= drop <= held
    assert held - drop <= cap * (among - drop) + 1e-6
    if drop:
        assert held - (drop - 1) > cap * (among - (drop - 1)) - 1e-6


def test_the_last_in_the_order_go_first():
    member = np.array([True] * 60 + [False] * 40)
    order = np.arange(100)
    found = plan([Crowd(member, np.ones(100, bool), 0.2)], order, floor=1, keep=0.01)
    assert np.flatnonzero(found.kept & member).tolist() == list(range(10))
    assert found.kept[60:].all()
