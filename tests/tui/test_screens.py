"""Queue, dashboard, search, reading, help, palette, keys: what they show, and what they leave alone."""

from __future__ import annotations

import re
from pathlib import Path

from curation.review.process import Process
from schemas.instance import Message
from screens.help import prose
from screens.keys import OwnKeys
from screens.lists import Lines
from tests.tui.annotating import candidate, press, review, row, said, settle, shown, terminal, write


async def test_the_queue_chooses_what_comes(tmp_path: Path) -> None:
    rows = [row(1, "biology"), row(2), row(3, "math"), candidate(4)]
    with review(tmp_path, rows) as (_, path), terminal(path) as app:
        async with app.run_test(size=(120, 36)) as pilot:
            await settle(pilot)
            await press(pilot, "w")
            text = shown(app)
            assert "STEM: Biology" in text
            assert "held (1)" in text
            lines = app.screen.query_one("#waiting", Lines)
            place = next(n for n, o in enumerate(lines.options) if o.id == "ability:math")
            lines.highlighted = place
            await press(pilot, "o")
            assert "[ ] STEM: Biology" in shown(app)
            await press(pilot, "enter")
            assert "第3问" in shown(app)
            assert app.clerk.shift.abilities == ("math",)
            await press(pilot, "a")
            assert "nothing waits for you" in shown(app)


async def test_the_queue_brings_back_what_was_skipped_and_shows_own_verdicts_only(tmp_path: Path) -> None:
    with review(tmp_path, 3) as (store, path), terminal(path) as app:
        other = store.desk("wang")
        for _ in range(3):
            work = other.next()
            assert work is not None
            other.judge(work, False, then_next=False)
        async with app.run_test(size=(120, 36)) as pilot:
            await settle(pilot)
            await press(pilot, "s", "a", "w")
            text = shown(app)
            assert "skipped (1)" in text
            assert "✓ filter" in text
            assert "✗" not in text
            await press(pilot, "tab", "enter")
            await settle(pilot)
            await press(pilot, "w", "r")
            assert "will come again" in said(app)
            await press(pilot, "escape", "u")
            assert "taken back" in said(app)


def polarity(text: str) -> list[str]:
    """The lines without their numbers and without the one that tells the pace."""
    return [
        re.sub(r"[\d,%]+", "#", line)
        for line in text.split("\n")
        if line.strip() and "seven days" not in line
    ]


async def test_the_dashboard_tells_nobodys_verdict_before_it_is_decided(tmp_path: Path) -> None:
    with review(tmp_path, 4) as (store, path), terminal(path) as app:
        async with app.run_test(size=(120, 36)) as pilot:
            await settle(pilot)
            await press(pilot, "b")
            before = shown(app)
            other = store.desk("wang")
            work = other.next()
            assert work is not None
            other.judge(work, False, then_next=False)
            await press(pilot, "r")
            # The vote is counted as given; which way it went shows nowhere.
            assert polarity(shown(app)) == polarity(before)
            await press(pilot, "escape", "1", "b")
            # Nor does what one's own verdict decided, as long as that can be taken back.
            assert "0 of 4 decided" in shown(app)
            assert "one of your last verdicts is not told yet" in shown(app)
            assert "nothing is decided yet" in shown(app)
            assert store.dashboard("zhao").decided == 1
            assert "Humanity: History" in shown(app)


async def test_two_characters_are_found_and_read(tmp_path: Path) -> None:
    with review(tmp_path, 4) as (store, path), terminal(path) as app:
        async with app.run_test(size=(80, 24)) as pilot:
            await settle(pilot)
            await press(pilot, "slash")
            await write(pilot, "3问")
            await settle(pilot)
            assert said(app) == "1 found"
            await press(pilot, "enter")
            assert "第3问" in shown(app)
            assert "it waits in filter" in shown(app)
            assert "v colleagues" not in shown(app)
            await press(pilot, "v")
            assert store.database.dialect == "sqlite"
            await press(pilot, "enter")
            assert "a approve" in shown(app)
            assert "第3问" in shown(app)


async def test_colleagues_are_shown_after_a_warning_and_then_the_verdict_stays(tmp_path: Path) -> None:
    with review(tmp_path, 1, Process(filter_votes=3, gold_every=0)) as (store, path), terminal(path) as app:
        other = store.desk("wang")
        work = other.next()
        assert work is not None
        other.comment(work.item, "年份要写公历")
        other.judge(work, False, "incorrect", then_next=False)
        async with app.run_test(size=(120, 36)) as pilot:
            await settle(pilot)
            assert "年份要写公历" not in shown(app)
            await press(pilot, "a", "slash")
            await write(pilot, "秦朝")
            await settle(pilot)
            await press(pilot, "enter")
            assert "wang" not in shown(app)
            await press(pilot, "v")
            assert "can't be taken back" in said(app)
            assert "wang" not in shown(app)
            await press(pilot, "v")
            assert "✗ rejected in filter: incorrect" in shown(app)
            assert "年份要写公历" in shown(app)
            await press(pilot, "escape", "escape", "u")
            assert "you have seen your colleagues' verdicts" in said(app)


async def test_help_is_of_what_has_the_focus(tmp_path: Path) -> None:
    with review(tmp_path) as (_, path), terminal(path, keys=OwnKeys({"item.approve": "y"})) as app:
        async with app.run_test(size=(120, 50)) as pilot:
            await settle(pilot)
            assert "y approve" in shown(app)
            await press(pilot, "question_mark")
            assert "help: sheet" in shown(app)
            assert "y " in shown(app)
            assert "A line down." in shown(app)
            await press(pilot, "escape", "a")
            assert "0 this time" in shown(app)
            await press(pilot, "y")
            assert "1 this time" in shown(app)
            await press(pilot, "slash", "f1")
            assert "help: editor" in shown(app)
            assert "Type any part" in shown(app)


def test_a_help_text_is_read_without_the_signs_of_its_source() -> None:
    text = "Write here, with\nyour `$EDITOR`.\n\n- A **fine** one\n  alters.\n- `f3` too"
    told, marks = prose(text)
    assert told == "Write here, with your $EDITOR.\n\n· A fine one alters.\n· f3 too"
    assert [told[start:end] for start, end, _ in marks] == ["$EDITOR", "fine", "f3"]


async def test_no_help_shows_the_signs_of_its_source(tmp_path: Path) -> None:
    with review(tmp_path, [row(1), candidate(2)]) as (_, path), terminal(path) as app:
        async with app.run_test(size=(120, 60)) as pilot:
            await settle(pilot)
            for way in ((), ("w",), ("b",), ("c",), ("slash",), ("a", "e")):
                await press(pilot, *way, "f1")
                assert "help:" in shown(app)
                assert "`" not in shown(app)
                assert "**" not in shown(app)
                await press(pilot, "escape", *(["escape"] if way and way != ("a", "e") else []))


async def test_what_takes_no_room_is_seen_in_lists_and_titles_are_whole(tmp_path: Path) -> None:
    asked = (Message(role="user", content="零\u200b宽字符"), Message(role="assistant", content="好"))
    rows = [row(1, "understanding", messages=asked), row(2, "history")]
    with review(tmp_path, rows) as (_, path), terminal(path) as app:
        async with app.run_test(size=(120, 36)) as pilot:
            await settle(pilot)
            await press(pilot, "a", "w")
            text = shown(app)
            assert (
                text.count("Dialogue Understanding 对话理解  ") + text.count("Humanity: History 文科：历史  ")
                == 2
            )
            heads, stages = (
                next(line for line in text.split("\n") if word in line) for word in ("abilities", "] filter")
            )
            assert heads.index("review") > stages.index("filter") + 12
            assert r"零\u200b宽字符" in text
            await press(pilot, "escape", "slash")
            await write(pilot, "字符")
            await settle(pilot)
            assert r"零\u200b宽字符" in shown(app)


async def test_the_palette_finds_a_command_by_its_chinese_name(tmp_path: Path) -> None:
    with review(tmp_path) as (store, path), terminal(path) as app:
        async with app.run_test(size=(100, 30)) as pilot:
            await settle(pilot)
            await press(pilot, "ctrl+p")
            await write(pilot, "通过")
            await pilot.pause(0.3)
            assert "approve 通过" in shown(app)
            await press(pilot, "down", "enter")
            await settle(pilot)
            assert [v.kept for v in store.desk("lin").recent()] == [True]


async def test_the_tour_teaches_each_key_once_and_can_be_put_away(tmp_path: Path) -> None:
    with review(tmp_path) as (_, path), terminal(path, tour=True) as app:
        async with app.run_test(size=(100, 30)) as pilot:
            await settle(pilot)
            assert "[a] approves it" in shown(app)
            await press(pilot, "a")
            assert "[u] takes your last verdict back" in shown(app)
            await press(pilot, "u")
            assert "takes your last verdict back" not in shown(app)
            await press(pilot, "n")
            before = shown(app)
            await press(pilot, "n")
            assert shown(app) != before
            await press(pilot, "t")
            assert "next lesson" not in shown(app)
            await press(pilot, "t")
            assert "next lesson" in shown(app)
            for _ in range(20):
                await press(pilot, "n")
            assert "next lesson" not in shown(app)


async def test_light_and_dark(tmp_path: Path) -> None:
    with review(tmp_path) as (_, path), terminal(path, keys=OwnKeys(theme="light")) as app:
        async with app.run_test(size=(80, 24)) as pilot:
            await settle(pilot)
            assert not app.current_theme.dark
            await press(pilot, "f2")
            assert app.current_theme.dark


async def test_long_guidelines_can_be_read_in_a_narrow_terminal(tmp_path: Path) -> None:
    with review(tmp_path) as (_, path), terminal(path) as app:
        async with app.run_test(size=(80, 24)) as pilot:
            await settle(pilot)
            last = app.abilities["history"].guidelines.strip().split("\n")[-1][-9:]
            await press(pilot, "g", "end")
            assert last in shown(app)
            await press(pilot, "g")
            assert "第1问" in shown(app)
