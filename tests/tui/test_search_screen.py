"""The search as its screen tells it: what was marked, how far it went, and how one goes on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len
from textual.pilot import Pilot

from schemas.instance import Message
from screens import search
from screens.lists import Lines
from screens.search import SearchScreen, around
from tests.tui.annotating import press, review, row, said, settle, shown, terminal, write


def asks(number: int, text: str) -> Any:
    messages = (Message(role="user", content=f"{text}（{number}）"), Message(role="assistant", content="好"))
    return row(number, messages=messages)


async def found_all(pilot: Pilot[None], app: Any) -> None:
    for _ in range(200):
        await settle(pilot)
        if not said(app).endswith("…"):
            return
    raise AssertionError(said(app))


async def test_what_stands_behind_many_that_only_look_like_it_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every row has all pairs of the query; it goes on by itself, slice by slice, until it went through all."""
    monkeypatch.setattr(search, "FIRST", 0)
    monkeypatch.setattr(search, "THEN", 0)
    rows = [asks(n, "中国人民。人大") for n in range(200)] + [asks(200, "國人大代表")]
    with review(tmp_path, rows) as (_, path), terminal(path) as app:
        told: list[str] = []

        def telling(*given: Any) -> str:
            told.append(was(*given))
            return told[-1]

        monkeypatch.setattr(search, "told", telling)
        async with app.run_test(size=(100, 24)) as pilot:
            await settle(pilot)
            await press(pilot, "slash")
            await write(pilot, "国人大")
            await found_all(pilot, app)
            assert said(app) == "1 found"
            assert "國人大代表" in shown(app)
            assert "0 found so far, 50 of 201 items looked through …" in told
            assert len(told) > 2


was = search.told


async def test_of_many_the_first_are_shown_and_enter_looks_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "MOST", 3)
    with review(tmp_path, 7) as (_, path), terminal(path) as app:
        async with app.run_test(size=(100, 24)) as pilot:
            await settle(pilot)
            await press(pilot, "slash")
            await write(pilot, "秦朝")
            await found_all(pilot, app)
            assert said(app) == "3 found, 3 of 7 items looked through: enter on the last line looks on"
            lines = app.screen.query_one(Lines)
            assert lines.option_count == 4
            await press(pilot, "down", "end", "enter")
            await found_all(pilot, app)
            assert lines.option_count == 7
            assert [o.id for o in lines.options][:6] == [f"item:{n}" for n in range(1, 7)]
            assert "6 of 7 items looked through" in said(app)
            assert lines.chosen == "item:3"  # where one was
            await press(pilot, "end", "enter")
            await found_all(pilot, app)
            assert said(app) == "7 found"
            assert [o.id for o in lines.options] == [f"item:{n}" for n in range(1, 8)]
            await press(pilot, "enter")
            assert "第6问" in shown(app)


async def test_it_stops_looking_for_who_reads_and_can_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "FIRST", 0)
    monkeypatch.setattr(SearchScreen, "is_current", False)
    rows = [asks(n, "中国人民。人大") for n in range(60)] + [asks(60, "国人大代表")]
    with review(tmp_path, rows) as (_, path), terminal(path) as app:
        async with app.run_test(size=(100, 24)) as pilot:
            await settle(pilot)
            await press(pilot, "slash")
            await write(pilot, "国人大")
            await found_all(pilot, app)
            assert said(app) == "0 found, 50 of 61 items looked through: enter on the last line looks on"
            monkeypatch.undo()
            await press(pilot, "enter")
            await found_all(pilot, app)
            assert said(app) == "1 found"


@pytest.mark.parametrize(
    ("text", "wanted", "plain", "marked"),
    [
        ("光合作用吸收二氧化碳", "吸收 二氧", "光合作用吸收二氧化碳", ["吸收", "二氧"]),
        ("與漢語有關", "汉语", "與漢語有關", ["漢語"]),
        ("甲" * 60 + "\n秦朝\x1b[2J", "秦朝", "…" + "甲" * 5 + " 秦朝\\x1b[2J", ["秦朝"]),
        ("甲" * 60, "秦朝", "甲" * 40, []),
    ],
)
def test_around_what_was_sought(text: str, wanted: str, plain: str, marked: list[str]) -> None:
    line = around(text, wanted, 40)
    assert line.plain == plain
    assert [line.plain[span.start : span.end] for span in line.spans] == marked


def test_what_was_sought_is_within_the_width() -> None:
    for before in range(60):
        line = around("汉" * before + "秦朝" + "汉" * 60, "秦朝", 40)
        (span,) = line.spans
        assert cell_len(line.plain[: span.end]) <= 40
