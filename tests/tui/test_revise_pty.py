"""The revise screen in a real terminal: Chinese as an input method sends it, a paste, an editor of one's own."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.cells import cell_len

from tests.tui.tmux import ROOT, Window, needs_tmux, window_in

pytestmark = needs_tmux

PROGRAM = """
import screens
from screens.pastes import guard
from screens.revise import ReviseScreen
from tests.tui.editing import CHOICE, OPEN, Stage
import pathlib, sys
draft = pathlib.Path(sys.argv[2])
class Alone(Stage):
    def _done(self, result):
        self.exit(result)
    def on_descendant_focus(self):
        pathlib.Path(sys.argv[2]).with_name("ready").touch()
guard()
kept = draft.read_text() if draft.exists() else None
result = Alone(ReviseScreen({"choice": CHOICE, "open": OPEN}[sys.argv[1]], None, kept, draft.write_text)).run()
print("ANSWERED", result.instruction if result else result, result and result.answer)
"""


class Desk(Window):
    """A window with the revise screen in it."""

    def start(self, which: str, size: tuple[int, int] = (100, 30), **environment: str) -> None:
        (self.folder / "program.py").write_text(PROGRAM, encoding="utf-8")
        words = (sys.executable, str(self.folder / "program.py"), which, str(self.folder / "draft"))
        self.run(*words, size=size, PYTHONPATH=str(ROOT), TMPDIR=str(self.folder), **environment)
        self.wait_for_file("ready")
        (self.folder / "ready").unlink()
        self.wait_for("hand in")


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    with window_in(tmp_path, monkeypatch) as found:
        yield Desk(found.folder)


def test_composed_chinese_arrives_and_options_move(terminal: Desk) -> None:
    terminal.start("choice")
    terminal.press("End")
    terminal.type("什么？（选一项）")
    terminal.wait_for("{+什么？（选一项）+}")
    terminal.press("Tab", "Tab", "F5")
    terminal.type("水蒸气")
    terminal.press("C-Up", "F3")
    terminal.wait_for("(•) B.▌ 水蒸气")
    terminal.press("C-s")
    shown = terminal.wait_for("ANSWERED")
    assert "ANSWERED 植物进行光合作用时，主要吸收的气体是什么？（选一项）" in shown
    assert "B.水蒸气" in shown
    assert "E.氢气 B" in shown


def test_a_burst_of_keys_keeps_its_order(terminal: Desk) -> None:
    """As a slow line or a correcting input method sends them: all at once."""
    terminal.start("choice")
    terminal.press(
        "a",
        "b",
        "BSpace",
        "中",
        "Left",
        "c",
        "End",
        "d",
        "Tab",
        "End",
        "e",
        "Tab",
        "F5",
        "f",
        "C-Up",
        "F3",
        "C-s",
    )
    shown = terminal.wait_for("ANSWERED")
    assert "ANSWERED ac中植物进行光合作用时，主要吸收的气体是d" in shown
    assert "A.氧气e" in shown
    assert "B.f" in shown
    assert "E.氢气 B" in shown


def test_a_paste_of_escapes_stays_text(terminal: Desk) -> None:
    terminal.start("open")
    terminal.paste("一\x1b[2J\x1b]0;title\x07二\n三")
    shown = terminal.wait_for(r"{+一\x1b[2J\x1b]0;title\x07二")
    assert "␛]0;title␇二" in shown
    assert "hand in" in shown  # the screen was not cleared
    assert terminal.tmux("display-message", "-p", "#{pane_title}").strip() != "title"


def test_ones_own_editor_changes_the_text_and_a_crash_of_it_loses_nothing(terminal: Desk) -> None:
    own = terminal.folder / "own editor"
    own.write_text(
        '#!/bin/sh\nprintf "（外面写的）" >> "$1"\n[ -e "$0.crash" ] && kill -9 $$\nexit 0\n',
        encoding="utf-8",
    )
    own.chmod(0o700)
    terminal.start("choice", EDITOR=f"'{own}'")
    terminal.press("C-o")
    shown = terminal.wait_for("back from your editor")
    assert "主要吸收的气体是（外面写的）" in shown
    (terminal.folder / "own editor.crash").touch()
    terminal.press("C-o")
    shown = terminal.wait_for("ended with -9")
    assert shown.count("（外面写的）") == 2  # the field and the difference, once each
    kept = next(terminal.folder.glob("abilitymix-*/text.txt"))
    assert kept.read_text(encoding="utf-8").count("（外面写的）") == 2
    terminal.press("C-s")
    assert "气体是（外面写的）" in terminal.wait_for("ANSWERED")


def test_without_an_editor_of_ones_own_it_says_so(terminal: Desk) -> None:
    terminal.start("choice", EDITOR="")
    terminal.press("C-o")
    terminal.wait_for("no editor of your own is set; set one")


def test_killed_while_writing_the_draft_is_there(terminal: Desk) -> None:
    terminal.start("choice")
    terminal.press("End")
    terminal.type("什么")
    terminal.wait_for_file("draft")
    terminal.tmux("kill-server")  # hangs the program up
    time.sleep(0.2)
    terminal.start("choice")
    shown = terminal.wait_for("your draft is back")
    assert "气体是什么" in shown


def test_columns_stay_in_line_in_a_narrow_terminal(terminal: Desk) -> None:
    """What tmux takes for the width of a character is what the screen counted: the scroll bar's edge stays straight."""
    terminal.start("open", size=(44, 24))
    terminal.press("C-Home")
    terminal.type("…—“”·①α🇨🇳é中" * 3)
    terminal.wait_for("{+…—“”·①α")
    shown = terminal.tmux("capture-pane", "-p", "-N").splitlines()
    assert len(shown) == 24
    typed = [line for line in shown if "①α" in line]
    assert len(typed) == 2
    assert all(cell_len(line.rstrip()) <= 44 for line in typed)
