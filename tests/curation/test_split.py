from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.split import nested, split
from schemas.errors import EmptySplit, PoolTooSmall
from tests.curation.curation_rows import choice


def rows(count: int, per_group: int = 1, ability: str = "biology", mark: str = ""):
    return [
        choice(
            f"{mark}问{i}",
            row=str(i),
            ability=ability,
            group=f"g{mark}{i // per_group}" if per_group > 1 else "",
        )
        for i in range(count)
    ]


@given(st.integers(20, 80), st.integers(1, 7), st.integers(0, 5))
def test_whole_groups_on_one_side_and_nothing_lost(count, per_group, seed):
    mine = rows(count, per_group)
    parts = split(mine, {"test": 5, "train": "available"}, seed)
    assert len(parts["test"]) == 5
    ids = [r.id for part in parts.values() for r in part]
    assert sorted(ids) == sorted(r.id for r in mine)
    if per_group > 1:
        assert not {r.source.group for r in parts["test"]} & {r.source.group for r in parts["train"]}
    assert len(parts["unused"]) < per_group


def test_each_ability_fills_its_own_parts_and_the_rest_is_unused():
    parts = split(rows(20) + rows(30, ability="history"), {"test": 4, "train": 10})
    assert [len(parts[p]) for p in ("test", "train", "unused")] == [8, 20, 22]


def test_rows_added_later_move_only_the_edges():
    before = split(rows(400), {"test": 100, "train": "available"})
    after = split(rows(440), {"test": 100, "train": "available"})
    old = {r.id for r in before["test"]}
    assert len(old & {r.id for r in after["test"]}) >= 75
    other = split(rows(400), {"test": 100, "train": "available"}, seed=1)
    assert {r.id for r in other["test"]} != old


def test_too_few_and_none_at_all():
    with pytest.raises(PoolTooSmall, match=r"biology has 5 rows left for the part train, 9 are asked for"):
        split(rows(10), {"test": 5, "train": 9})
    with pytest.raises(EmptySplit, match="biology has no rows left for the part train"):
        split(rows(10), {"test": 10, "train": "available"})
    assert split(rows(10), {"test": 0, "train": "available"})["test"] == []


def test_nested_subsets_do_not_depend_on_the_input_order():
    mine = rows(30)
    assert nested(mine, 3) == nested(mine[::-1], 3)
    assert [r for r in nested(mine + rows(10, mark="新"), 3) if r in mine] == nested(mine, 3)
