"""The workbench of distractors: fine ones beside the gold answer, checks while typing, errors that block."""

from __future__ import annotations

from typing import Any

from curation.review.drafting import Draft
from schemas.instance import Instance
from screens.distractors import DistractorScreen
from screens.press import Press
from tests.tui.editing import CHOICE, GOOD, NOTHING, OPEN, Stage, instance

SIZE = (120, 36)


def stage(base: Instance = OPEN, **more: Any) -> tuple[Stage, list[str]]:
    kept: list[str] = []
    return Stage(DistractorScreen(Draft.of(base), kept.append, **more)), kept


async def test_a_fine_one_starts_from_the_gold_answer_and_shows_what_is_altered() -> None:
    app, _ = stage()
    async with app.run_test(size=SIZE) as pilot:
        shown = app.painted()
        assert "distractor 1: fine-grained" in shown
        assert "distractor 2: coarse-grained" in shown
        await app.says(pilot, "✗ 2 to mend")
        await pilot.press("f3")
        await app.shows(pilot, "✗ is the gold answer itself")
        await pilot.press(*["right"] * 5, "delete", "9")
        await app.shows(pilot, "长江全长约[-6-]{+9+}300公里")
        await pilot.press("tab", *"做红烧肉先焯水再炒糖色小火慢炖四十分钟收汁出锅")
        await app.says(pilot, "✓ can be kept")
        await pilot.press("ctrl+s")
    made = app.result.build()
    assert isinstance(made, Instance)
    assert [d.kind for d in made.distractors] == ["fine", "coarse"]
    assert made.distractors[0].text == OPEN.response.replace("6300", "9300")


async def test_errors_block_and_warnings_do_not() -> None:
    app, _ = stage()
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("f3", "ctrl+s")
        assert app.result is NOTHING
        await app.shows(pilot, "not kept: distractor 1 is the gold answer itself")
        await pilot.press("delete", "tab", "f8")
        assert "! 2 distractors are wanted, there are 1" in app.said()
        await pilot.press("ctrl+s")
    assert len(app.result.distractors) == 1


async def test_slots_are_added_turned_taken_away_and_put_back() -> None:
    app, _ = stage(Instance(**OPEN.model_dump(exclude={"id", "distractors"}), distractors=GOOD))
    async with app.run_test(size=SIZE) as pilot:
        await app.says(pilot, "✓ can be kept")
        await pilot.press("f4")
        await app.shows(pilot, "distractor 1: coarse-grained")
        await app.shows(pilot, "is it a fine one?")
        await pilot.press("f4", "f8")
        assert len(app.screen.boxes) == 1
        await pilot.press("f9")
        assert [box.editor.value for box in app.screen.boxes] == [d.text for d in GOOD]
        await pilot.press("f5", *"另一个")
        assert len(app.screen.boxes) == 3
        await pilot.press("f5", "f5", "f5", "f5")
        await app.shows(pilot, "6 distractors are the most")


async def test_the_mouse_does_it_too() -> None:
    app, _ = stage()
    async with app.run_test(size=SIZE) as pilot:
        box = app.screen.boxes[1]
        await pilot.click(next(p for p in box.query(Press) if p.does == "from_gold"))
        await pilot.pause()
        assert box.slot == ("fine", OPEN.response)
        await pilot.press("ctrl+z")
        assert box.editor.value == ""
        await pilot.click(next(p for p in box.query(Press) if p.does == "kind"))
        assert box.kind == "coarse"
        await pilot.click(next(p for p in box.query(Press) if p.does == "remove"))
        await pilot.click(next(p for p in app.screen.query(Press) if p.does == "add"))
        await pilot.pause()
        assert len(app.screen.boxes) == 2


async def test_leaving_keeps_what_was_written_as_a_draft() -> None:
    app, kept = stage()
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press(*"写了一半", "escape")
    assert app.result.distractors == (("fine", "写了一半"),)
    assert len(kept) == 1
    assert isinstance(app.result.build(), str)


async def test_a_program_is_compared_as_a_program() -> None:
    base = instance(
        "code", "写一个函数", "def f(x):\n    if x:\n        x += 1\n    return x", ability="code"
    )
    app, _ = stage(base)
    async with app.run_test(size=SIZE) as pilot:
        box = app.screen.boxes[0]
        box.editor.put(base.response.replace("    return", "        return"))
        await pilot.pause()
        assert "is the gold answer itself" not in app.painted()
        await app.shows(pilot, "{+")


async def test_hostile_distractors_are_shown() -> None:
    app, _ = stage()
    async with app.run_test(size=SIZE) as pilot:
        app.screen.boxes[0].editor.put("[red]\x1b[2J\u202e" + "字" * 30)
        await app.shows(pilot, r"\x1b[2J\u202e")
        assert not set("\x1b\u202e") & set(app.painted())


def test_choice_items_have_no_workbench() -> None:
    assert Draft.of(CHOICE).with_distractors((("fine", "x"),)) == Draft.of(CHOICE)
