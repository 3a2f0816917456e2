from __future__ import annotations

import pytest

from curation.distractors import borrow_distractors
from schemas.errors import BadData
from tests.curation.curation_rows import choice, open_item


def items(count: int):
    return [
        open_item(f"写{i}", "春" * (1 + i // 3) + str(i), row=str(i), group=f"g{i // 2}")
        for i in range(count)
    ]


def test_every_open_item_gets_two_others_of_like_length():
    rows = items(300)
    made = borrow_distractors(rows)
    replies = {r.response: r for r in rows}
    for old, new in zip(rows, made, strict=True):
        assert new.messages == old.messages
        texts = [d.text for d in new.distractors]
        assert len(set(texts)) == 2
        assert all(d.kind == "coarse" for d in new.distractors)
        for text in texts:
            assert replies[text].source.group != old.source.group
            assert abs(len(text) - len(old.response)) <= 30


def test_the_draw_does_not_depend_on_the_order_and_changes_with_the_seed():
    rows = items(40)
    once = {r.source.row: r for r in borrow_distractors(rows)}
    again = {r.source.row: r for r in borrow_distractors(rows[::-1])}
    assert once == again
    assert {r.source.row: r for r in borrow_distractors(rows, seed=1)} != once


def test_other_items_stay_and_the_same_prompt_or_text_is_never_borrowed():
    given = open_item("写a", "有了", distractors=("甲", "乙"))
    twins = [open_item("写b", "雪"), open_item("写b", "霜"), open_item("写c", " 雪"), open_item("写d", "雨")]
    made = borrow_distractors([choice("哪个"), given, *twins, open_item("写e", "雹")])
    assert made[:2] == [choice("哪个"), given]
    assert {d.text for d in made[2].distractors} <= {"雨", "雹", "有了"}


def test_too_few_others_is_an_error():
    with pytest.raises(BadData, match="1 other responses"):
        borrow_distractors([open_item("写a", "雪"), open_item("写b", "雨")])
