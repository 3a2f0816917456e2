"""The revise screen in a real terminal: Chinese as an input method sends it, a paste, an editor of one's own."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.cells import cell_len

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")

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


class Terminal:
    """A tmux server of its own, with one window."""

    def __init__(self, folder: Path) -> None:
        self._socket, self.folder = str(folder / "socket"), folder
        (folder / "program.py").write_text(PROGRAM, encoding="utf-8")

    def tmux(self, *words: str) -> str:
        command = ["tmux", "-S", self._socket, "-f", "/dev/null", *words]
        return subprocess.run(command, capture_output=True, text=True).stdout

    def start(self, which: str, size: tuple[int, int] = (100, 30), **environment: str) -> None:
        settings = [word for name, value in environment.items() for word in ("-e", f"{name}={value}")]
        words = [sys.executable, str(self.folder / "program.py"), which, str(self.folder / "draft")]
        width, height = map(str, size)
        self.tmux("new-session", "-d", "-x", width, "-y", height, "-c", str(ROOT), *settings,
                  "-e", f"PYTHONPATH={ROOT}", "-e", f"TMPDIR={self.folder}", *words)  # fmt: skip
        self.tmux("set-option", "-g", "remain-on-exit", "on")
        self.wait_for_file("ready")
        (self.folder / "ready").unlink()
        self.wait_for("hand in")

    def wait_for_file(self, name: str) -> None:
        give_up = time.monotonic() + 30
        while not (self.folder / name).exists():
            assert time.monotonic() < give_up, f"{name} never came: {self.tmux('capture-pane', '-p')}"
            time.sleep(0.02)

    def keys(self, *names: str) -> None:
        self.tmux("send-keys", *names)

    def type(self, text: str) -> None:
        self.tmux("send-keys", "-l", text)

    def paste(self, text: str) -> None:
        self.tmux("set-buffer", text)
        self.tmux("paste-buffer", "-p", "-r")

    def wait_for(self, text: str) -> str:
        give_up = time.monotonic() + 30
        while time.monotonic() < give_up:
            shown = self.tmux("capture-pane", "-p")
            if text in shown:
                return shown
            time.sleep(0.02)
        raise AssertionError(f"{text!r} never came; the terminal shows:\n{shown}")


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Terminal]:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setenv("TERM", "xterm-256color")
    for name in ("TMUX", "COLUMNS", "LINES", "VISUAL", "EDITOR"):
        monkeypatch.delenv(name, raising=False)
    found = Terminal(tmp_path)
    yield found
    found.tmux("kill-server")


def test_composed_chinese_arrives_and_options_move(terminal: Terminal) -> None:
    terminal.start("choice")
    terminal.keys("End")
    terminal.type("什么？（选一项）")
    terminal.wait_for("{+什么？（选一项）+}")
    terminal.keys("Tab", "Tab", "F5")
    terminal.type("水蒸气")
    terminal.keys("C-Up", "F3")
    terminal.wait_for("(•) B.▌ 水蒸气")
    terminal.keys("C-s")
    shown = terminal.wait_for("ANSWERED")
    assert "ANSWERED 植物进行光合作用时，主要吸收的气体是什么？（选一项）" in shown
    assert "B.水蒸气" in shown
    assert "E.氢气 B" in shown


def test_a_burst_of_keys_keeps_its_order(terminal: Terminal) -> None:
    """As a slow line or a correcting input method sends them: all at once."""
    terminal.start("choice")
    terminal.keys(
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


def test_a_paste_of_escapes_stays_text(terminal: Terminal) -> None:
    terminal.start("open")
    terminal.paste("一\x1b[2J\x1b]0;title\x07二\n三")
    shown = terminal.wait_for(r"{+一\x1b[2J\x1b]0;title\x07二")
    assert "␛]0;title␇二" in shown
    assert "hand in" in shown  # the screen was not cleared
    assert terminal.tmux("display-message", "-p", "#{pane_title}").strip() != "title"


def test_ones_own_editor_changes_the_text_and_a_crash_of_it_loses_nothing(terminal: Terminal) -> None:
    own = terminal.folder / "own editor"
    own.write_text(
        '#!/bin/sh\nprintf "（外面写的）" >> "$1"\n[ -e "$0.crash" ] && kill -9 $$\nexit 0\n',
        encoding="utf-8",
    )
    own.chmod(0o700)
    terminal.start("choice", EDITOR=f"'{own}'")
    terminal.keys("C-o")
    shown = terminal.wait_for("back from your editor")
    assert "主要吸收的气体是（外面写的）" in shown
    (terminal.folder / "own editor.crash").touch()
    terminal.keys("C-o")
    shown = terminal.wait_for("ended with -9")
    assert shown.count("（外面写的）") == 2  # the field and the difference, once each
    kept = next(terminal.folder.glob("abilitymix-*/text.txt"))
    assert kept.read_text(encoding="utf-8").count("（外面写的）") == 2
    terminal.keys("C-s")
    assert "气体是（外面写的）" in terminal.wait_for("ANSWERED")


def test_without_an_editor_of_ones_own_it_says_so(terminal: Terminal) -> None:
    terminal.start("choice", EDITOR="")
    terminal.keys("C-o")
    terminal.wait_for("no editor of your own is set; set one")


def test_killed_while_writing_the_draft_is_there(terminal: Terminal) -> None:
    terminal.start("choice")
    terminal.keys("End")
    terminal.type("什么")
    terminal.wait_for_file("draft")
    terminal.tmux("kill-server")  # hangs the program up
    time.sleep(0.2)
    terminal.start("choice")
    shown = terminal.wait_for("your draft is back")
    assert "气体是什么" in shown


def test_columns_stay_in_line_in_a_narrow_terminal(terminal: Terminal) -> None:
    """What tmux takes for the width of a character is what the screen counted: the scroll bar's edge stays straight."""
    terminal.start("open", size=(44, 24))
    terminal.keys("C-Home")
    terminal.type("…—“”·①α🇨🇳é中" * 3)
    terminal.wait_for("{+…—“”·①α")
    shown = terminal.tmux("capture-pane", "-p", "-N").splitlines()
    assert len(shown) == 24
    typed = [line for line in shown if "①α" in line]
    assert len(typed) == 2
    assert all(cell_len(line.rstrip()) <= 44 for line in typed)
