"""In a real pseudo-terminal: Chinese typed into the comment, the search and the editor, and what is left after a kill."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas.instance import Instance
from tests.tui.annotating import candidate, review, row
from tests.tui.tmux import Window, needs_tmux, window_in

pytestmark = needs_tmux
TUI = (sys.executable, "-m", "tui")


@pytest.fixture
def window(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Window]:
    with window_in(tmp_path, monkeypatch) as found:
        yield found


def test_chinese_reaches_the_store_as_it_was_typed(window: Window, tmp_path: Path) -> None:
    with review(tmp_path, [row(1), row(2), candidate(3)]) as (store, path):
        window.run(*TUI, "--db", path, "--as", "lin")
        window.wait_for("第1问")
        window.press("c")
        window.wait_for("Comment")
        window.type("年份应写“公元前221年”。")
        window.wait_for("年份应写“公元前221年”。")
        window.press("Enter")
        window.wait_for("comment saved")
        window.press("/")
        window.wait_for("what to look for")
        window.type("2问")
        window.wait_for("1 found")
        window.press("Enter")
        window.wait_for("to read")
        window.press("Escape")
        window.wait_for("1 found")
        window.press("Escape")
        window.wait_for("a approve")
        window.press("a")
        window.wait_for("approved, saved")
        window.press("2")
        window.wait_for("rejected as not diverse, saved")
        window.wait_for("请写第3首诗")
        window.press("e")
        window.wait_for("what the model shall say")
        window.press("Tab")
        window.type("床前明月光，疑是地上霜。")
        window.wait_for("can be handed in")
        window.press("C-s")
        window.wait_for("revision handed in, saved")
        window.press("q")
        window.wait_for("2 judged by lin, all kept")
        desk = store.desk("lin")
        assert [c.text for c in desk.comments(1)] == ["年份应写“公元前221年”。"]
        assert [v.kept for v in desk.recent()] == [None, False, True]
        content = desk.look_at(3).content
        assert isinstance(content, Instance)
        assert content.response == "床前明月光，疑是地上霜。"


def test_killed_after_an_acknowledged_verdict_it_opens_at_the_next_and_undoes(
    window: Window, tmp_path: Path
) -> None:
    with review(tmp_path, 3) as (store, path):
        window.run(*TUI, "--db", path, "--as", "lin")
        window.wait_for("第1问")
        window.press("1")
        window.wait_for("rejected as incorrect, saved")
        window.kill_program()
        assert [v.kept for v in store.desk("lin").recent()] == [False]
        window.run(*TUI, "--db", path, "--as", "lin")
        window.wait_for("第2问")
        window.press("u")
        window.wait_for("your rejection is taken back, saved")
        assert store.desk("lin").recent() == []
        assert "第1问" in window.shows()


def test_without_arguments_the_sample_teaches_and_is_thrown_away(window: Window) -> None:
    window.run(*TUI)
    assert "this is a sample" in window.wait_for("[a] approves it")
    window.press("a")
    window.wait_for("training ·")
    window.press("Enter")
    window.wait_for("training 2/3")
    window.press("q")
    window.wait_for("python -m tui --db URL --as NAME")


def test_a_burst_into_a_line_is_handed_in_whole(window: Window, tmp_path: Path) -> None:
    with review(tmp_path, 2) as (_, path):
        window.run(*TUI, "--db", path, "--as", "lin")
        window.wait_for("第1问")
        window.press("r")
        window.wait_for("Why is it not kept?")
        window.press(*"年份要写公元前", "Enter")
        window.wait_for("rejected as 年份要写公元前, saved")


def test_ones_own_editor_writes_a_comment_a_reason_and_what_is_looked_for(
    window: Window, tmp_path: Path
) -> None:
    own = tmp_path / "own-editor"
    own.write_text('#!/bin/sh\nprintf "第2问" >> "$1"\n', encoding="utf-8")
    own.chmod(0o700)
    with review(tmp_path, 3) as (store, path):
        window.run(*TUI, "--db", path, "--as", "lin", EDITOR=str(own))
        window.wait_for("第1问")
        window.press("c")
        window.wait_for("Comment")
        window.press("C-o")
        window.wait_for("back from your editor")
        window.press("Enter")
        window.wait_for("comment saved")
        window.press("r")
        window.wait_for("Why is it not kept?")
        window.type("像")
        window.press("C-o")
        window.wait_for("back from your editor")
        window.press("Enter")
        window.wait_for("rejected as 像第2问, saved")
        window.press("/")
        window.wait_for("what to look for")
        window.press("C-o")
        window.wait_for("1 found")
        assert [c.text for c in store.desk("lin").comments(1)] == ["第2问"]
