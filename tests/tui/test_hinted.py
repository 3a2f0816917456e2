"""Hints name the item that they speak of, and it can be read."""

from __future__ import annotations

from pathlib import Path

from curation.review.hints import Hint
from curation.review.load import load_hints
from tests.tui.annotating import press, review, row, settle, shown, terminal

ROWS = [row(n) for n in range(1, 5)]
IDS = [one.id for one in ROWS]


async def test_the_item_that_a_hint_names_is_read_and_one_comes_back(tmp_path: Path) -> None:
    hints = [
        Hint(IDS[0], "near_duplicate", "94% the same text as made:3", IDS[2]),
        Hint(IDS[0], "rule", "length: too short"),
    ]
    with review(tmp_path, ROWS) as (store, path), terminal(path) as app:
        load_hints(store, hints)
        async with app.run_test(size=(120, 36)) as pilot:
            await settle(pilot)
            assert "h similar" not in shown(app)
            await press(pilot, "h")  # nothing before one's own verdict
            assert "to read" not in shown(app)
            await press(pilot, "a")
            text = shown(app)
            assert f"94% the same text as made:3 → {IDS[2][:8]} 第3问：秦朝建立于哪一年？" in text
            assert "h reads the other item" in text
            await press(pilot, "h")
            await settle(pilot)
            assert "第3问" in shown(app)
            assert "to read" in shown(app)
            assert "h similar" not in shown(
                app
            )  # that one has no hints of its own, or they are not yet to be seen
            await press(pilot, "escape")
            assert "near duplicate" in shown(app)
            await press(pilot, "enter")
            assert "第2问" in shown(app)
            # Read again later, the hints stand beside it and lead to the same place.
            await press(pilot, "slash", *"1", "enter")
            await settle(pilot)
            await press(pilot, "h")
            await settle(pilot)
            assert "第3问" in shown(app)


async def test_of_several_one_is_chosen(tmp_path: Path) -> None:
    hints = [Hint(IDS[0], "near_duplicate", f"the same prompt as made:{n}", IDS[n - 1]) for n in (3, 4)]
    hints.append(Hint(IDS[0], "near_duplicate", "and 7 more are like it"))
    with review(tmp_path, ROWS) as (store, path), terminal(path) as app:
        load_hints(store, hints)
        async with app.run_test(size=(120, 36)) as pilot:
            await settle(pilot)
            await press(pilot, "a", "h")
            await settle(pilot)
            assert "similar items" in shown(app)
            assert f"{IDS[2][:8]}  第3问" in shown(app)
            await press(pilot, "down", "enter")
            await settle(pilot)
            assert "第4问" in shown(app)
            assert "to read" in shown(app)
            await press(pilot, "escape", "escape")
            assert "and 7 more are like it" in shown(app)
