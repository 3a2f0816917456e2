"""The revise screen through Textual's pilot: keys and mouse, what is shown, what comes out."""

from __future__ import annotations

from typing import Any

import pytest
from textual import events

from curation.review.drafting import Draft
from curation.review.kept_draft import keep
from schemas.ability import doit_abilities
from schemas.errors import AbilitymixError
from schemas.instance import Instance, Message
from screens.conflict import Choice, ConflictScreen
from screens.editor import Editor
from screens.options import OptionRow
from screens.press import Press
from screens.revise import Declined, ReviseScreen
from tests.tui.editing import CHOICE, GOOD, NOTHING, OPEN, SEVERAL, TRUTH, UNANSWERED, Stage, instance

SIZE = (120, 36)


def stage(content: Any, draft: str | None = None, **more: Any) -> tuple[Stage, list[str]]:
    kept: list[str] = []
    ability = doit_abilities().get(content.ability)
    return Stage(ReviseScreen(content, ability, draft, kept.append, **more)), kept


async def test_a_typo_is_mended_and_handed_in() -> None:
    app, _ = stage(CHOICE)
    async with app.run_test(size=SIZE) as pilot:
        await app.says(pilot, "✗ nothing is changed yet")
        await pilot.press("ctrl+s")
        assert app.result is NOTHING
        await app.shows(pilot, "not handed in: nothing is changed yet")
        await pilot.press("end", "呢")
        await app.says(pilot, "✓ can be handed in")
        await app.shows(pilot, "{+呢+}")
        await pilot.press("ctrl+s")
    assert isinstance(app.result, Instance)
    assert (
        app.result.instruction == "植物进行光合作用时，主要吸收的气体是呢\nA.氧气\nB.二氧化碳\nC.氮气\nD.氢气"
    )
    assert app.result.parents == (CHOICE.id,)
    assert app.result.source == CHOICE.source


async def test_options_are_added_moved_renamed_and_taken_away_by_keys() -> None:
    app, _ = stage(CHOICE)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("tab", "tab", "f5", *"水蒸汽")
        assert app.screen.draft.options == ("氧气", "二氧化碳", "水蒸汽", "氮气", "氢气")
        await pilot.press("ctrl+pageup", "ctrl+up")
        assert app.screen.draft.options[0] == "水蒸汽"
        assert app.screen.draft.gold == "C"
        await pilot.press("f8")
        assert app.screen.draft.options == ("氧气", "二氧化碳", "氮气", "氢气")
        await pilot.press("f9", "f3")
        assert app.screen.draft.gold == "A"
        await app.shows(pilot, "(•)")
        await pilot.press("ctrl+s")
    assert app.result.choices == ("水蒸汽", "氧气", "二氧化碳", "氮气", "氢气")
    assert app.result.answer == app.result.response == "A"
    assert app.result.instruction.endswith("\nA.水蒸汽\nB.氧气\nC.二氧化碳\nD.氮气\nE.氢气")


async def test_taking_the_right_option_away_cannot_be_handed_in_until_another_is_chosen() -> None:
    app, _ = stage(CHOICE)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("tab", "tab", "f8")
        await app.says(pilot, "✗ choose the right option")
        await pilot.press("ctrl+s")
        assert app.result is NOTHING
        await pilot.press("f3")
        await app.says(pilot, "✓ can be handed in")
        await pilot.press("f8", "f8", "f8")
        await app.shows(pilot, "two options are the least")
        assert len(app.screen.draft.options) == 2


async def test_the_mouse_does_all_that() -> None:
    app, _ = stage(SEVERAL)
    async with app.run_test(size=SIZE) as pilot:
        rows = list(app.screen.query(OptionRow))

        async def press(row: OptionRow, does: str) -> None:
            await pilot.click(next(p for p in row.query(Press) if p.does == does))
            await pilot.pause()

        await press(rows[1], "choose")
        assert app.screen.draft.gold == "ABC"
        await press(rows[2], "up")
        assert app.screen.draft.options == ("火星", "木星", "月亮")
        await press(rows[2], "choose")
        assert app.screen.draft.gold == "AB"
        await press(rows[0], "remove")
        assert app.screen.draft.options == ("木星", "月亮")
        assert app.screen.draft.gold == "A"
        await pilot.click(next(p for p in app.screen.query(Press) if p.does == "add"))
        await pilot.pause()
        await app.says(pilot, "✗ option C is empty")
        await pilot.press(*"金星")
        await app.says(pilot, "✓ can be handed in")


async def test_typing_right_before_a_key_loses_no_character_and_no_option() -> None:
    """Keys that come faster than messages between widgets: the fields are read before anything is moved."""
    app, _ = stage(CHOICE)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("tab", "tab")
        editor = app.focused
        assert isinstance(editor, Editor)
        editor.insert("甲", (0, 0))
        app.screen.action_move(1)
        app.screen.action_move(1)
        app.screen.action_add()
        await pilot.pause()
        assert app.screen.draft.options == ("氧气", "氮气", "氢气", "甲二氧化碳", "")
        assert app.screen.draft.options[sorted(app.screen.draft.right)[0]] == "甲二氧化碳"
        assert app.screen.fields.options.texts == app.screen.draft.options


async def test_true_or_false_and_a_worded_answer() -> None:
    app, _ = stage(TRUTH)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("f3")
        assert app.screen.draft.response == "错"
        await pilot.click(next(p for p in app.screen.query(Press) if p.does == "对"))
        await app.says(pilot, "✗ nothing is changed yet")
        await pilot.press("f3", "f9", "f3")
        app.screen.query_one("#response", Editor).focus()
        await pilot.press("home", *"正确")
        await app.says(pilot, "✗ the gold response does not say '错'")
        await app.shows(pilot, "reads as: 对")
        await pilot.press("ctrl+l")
        await app.says(pilot, "✓ can be handed in")


async def test_a_candidate_is_answered() -> None:
    app, _ = stage(UNANSWERED)
    async with app.run_test(size=SIZE) as pilot:
        await app.shows(pilot, "answer · CoT for Grad-Math")
        await app.says(pilot, "✗ there is no gold answer yet")
        await pilot.press("tab", *"36")
        assert app.screen.draft.response == "答案：36"
        await pilot.press("enter", "ctrl+end", *"7")
        await app.says(pilot, "✗ the worked solution does not end in the final answer")
        await pilot.press("backspace", "ctrl+s")
    assert app.result.answer == "36"
    assert app.result.parents == ()


async def test_drafts_are_kept_while_typing_and_come_back() -> None:
    app, kept = stage(CHOICE)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("end", *"呢x")
        await pilot.pause(0.7)
        assert len(kept) == 1  # not one for each key
        await pilot.press("backspace", "escape")
    assert app.result is None
    assert len(kept) == 2
    again, more = stage(CHOICE, kept[-1])
    async with again.run_test(size=SIZE) as pilot:
        await again.shows(pilot, "your draft is back")
        await again.says(pilot, "✓ can be handed in")
        await pilot.press("ctrl+s")
    assert again.result.instruction.startswith("植物进行光合作用时，主要吸收的气体是呢\n")
    assert more == []
    other, _ = stage(TRUTH, kept[-1])
    async with other.run_test(size=SIZE) as pilot:
        await other.shows(pilot, "your draft was of another text")


async def test_a_program_that_ends_keeps_the_last_half_second() -> None:
    app, kept = stage(CHOICE)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("end", "呢")
    assert len(kept) == 1


async def test_a_draft_that_cannot_be_kept_is_said_and_nothing_is_lost() -> None:
    def full(text: str) -> None:
        raise AbilitymixError("the disk is full", do="make room")

    app = Stage(ReviseScreen(CHOICE, None, None, full))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("end", "呢", "escape")
        await app.shows(pilot, "DRAFT NOT KEPT: the disk is full; make room")
        assert app.result is NOTHING
        assert app.screen.draft.prompts[0].endswith("呢")


async def test_giving_up_asks_why() -> None:
    app, _ = stage(CHOICE)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("ctrl+r", "enter")
        assert app.result is NOTHING
        await pilot.press("ctrl+r", *"两个都对", "escape")
        assert app.result is NOTHING
        await pilot.press("ctrl+r", *"两个都对", "enter")
    assert app.result == Declined("两个都对")


async def test_options_worded_in_the_instruction_are_left_until_asked() -> None:
    own = Instance(
        **CHOICE.model_dump(exclude={"id", "messages"}),
        messages=(Message(role="user", content="吸收的是哪一种？"), CHOICE.messages[-1]),
    )
    app, _ = stage(own)
    async with app.run_test(size=SIZE) as pilot:
        await app.shows(pilot, "words the options in its own way")
        await pilot.press("tab", "end", "体")
        assert "in its own way" in app.said()
        await pilot.press("ctrl+b")
        await app.says(pilot, "✓ can be handed in")


async def test_every_turn_of_a_conversation_is_a_field() -> None:
    talk = instance("open", "你好", "再见", ability="role_play")
    talk = Instance(
        **talk.model_dump(exclude={"id", "messages"}),
        messages=(
            Message(role="system", content="你是茶馆老板"),
            Message(role="user", content="你好"),
            Message(role="assistant", content="客官请坐"),
            Message(role="user", content="来壶茶"),
            Message(role="assistant", content="好嘞"),
        ),
    )
    app, _ = stage(talk)
    async with app.run_test(size=SIZE) as pilot:
        for head in ("system", "instruction 1 of 2", "earlier reply", "instruction 2 of 2", "gold answer"):
            await app.shows(pilot, head)
        await pilot.press("tab", "tab", "end", "吧", "ctrl+s")
    assert [m.content for m in app.result.messages] == [
        "你是茶馆老板",
        "你好",
        "客官请坐吧",
        "来壶茶",
        "好嘞",
    ]


async def test_hostile_text_is_shown_and_named_and_kept() -> None:
    base = instance("open", "看\x1b[2J\u202e[bold]红[/]", "好", ability="role_play")
    app, _ = stage(base)
    async with app.run_test(size=SIZE) as pilot:
        shown = app.painted()
        assert "看␛[2J?[bold]红[/]" in shown
        assert not set("\x1b\u202e") & set(shown)
        assert "U+202E RIGHT-TO-LEFT OVERRIDE" in app.said()
        app.focused.post_message(events.Paste("\x1b[31m"))
        await pilot.pause()
        await app.shows(pilot, r"{+\x1b[31m+}")
        await pilot.press("ctrl+s")
    assert app.result.instruction == "\x1b[31m看\x1b[2J\u202e[bold]红[/]"


async def test_the_workbench_hands_its_distractors_to_the_revision() -> None:
    app, _ = stage(OPEN, workbench=True)
    async with app.run_test(size=SIZE) as pilot:
        await app.shows(pilot, "distractor 1: fine-grained")
        boxes = app.screen.boxes
        for box, good in zip(boxes, GOOD, strict=True):
            box.editor.put(good.text)
        await pilot.press("ctrl+s")
        await app.shows(pilot, "distractors: 1 fine, 1 coarse")
        await pilot.press("ctrl+s")
    assert app.result.distractors == GOOD


MINE = Draft.of(CHOICE).with_prompt(0, "植物在白天主要吸收的气体是").build()
THEIRS = Draft.of(CHOICE).rename_option(3, "水蒸气").build()


@pytest.mark.parametrize(
    ("key", "chosen"), [("t", Choice.KEEP_THEIRS), ("m", Choice.OFFER_MINE), ("escape", Choice.GO_ON)]
)
async def test_a_conflict_shows_both_and_asks(key: str, chosen: Choice) -> None:
    app = Stage(ConflictScreen(MINE, THEIRS, "wang"))
    async with app.run_test(size=SIZE) as pilot:
        shown = app.painted()
        for text in ("theirs, by wang", "[-水蒸-]{+氢+}气", "D.水蒸气", "wang was first"):
            assert text in shown
        await pilot.press(key)
    assert app.result is chosen


async def test_a_conflict_after_a_verdict_offers_nothing_and_the_mouse_works() -> None:
    app = Stage(ConflictScreen(MINE, THEIRS, "wang\x1b[2J", can_offer=False))
    async with app.run_test(size=SIZE) as pilot:
        await app.shows(pilot, "theirs is judged already")
        await pilot.press("m")
        assert app.result is NOTHING
        await pilot.click("#go_on")
    assert app.result is Choice.GO_ON


def test_drafts_are_plain_text() -> None:
    assert keep(Draft.of(CHOICE)).isascii()
