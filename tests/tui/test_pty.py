"""In a real pseudo-terminal: Chinese typed into the comment, the search and the editor, and what is left after a kill."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas.instance import Instance
from tests.tui.annotating import candidate, review, row

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")


class Window:
    """A tmux server of its own, with one window of 100 by 30 cells."""

    def __init__(self, folder: Path) -> None:
        self._socket, self._folder = str(folder / "socket"), folder

    def tmux(self, *words: str) -> str:
        command = ["tmux", "-S", self._socket, "-f", "/dev/null", *words]
        return subprocess.run(command, capture_output=True, text=True).stdout

    def start(self, *words: str) -> None:
        script = f"echo $$ > {self._folder}/pid; exec {shlex.join([sys.executable, '-m', 'tui', *words])}"
        size = ("-x", "100", "-y", "30", "-c", str(ROOT))
        self.tmux("new-session", "-d", *size, f"sh -c {shlex.quote(script)}")
        self.tmux("set-option", "-g", "remain-on-exit", "on")

    def wait_for(self, text: str) -> str:
        give_up = time.monotonic() + 60
        while time.monotonic() < give_up:
            shown = self.tmux("capture-pane", "-p")
            if text in shown:
                return shown
            time.sleep(0.03)
        raise AssertionError(f"{text!r} never came; the terminal shows:\n{shown}")

    def type(self, text: str) -> None:
        """As an input method hands over what it composed."""
        self.tmux("send-keys", "-l", text)

    def press(self, *keys: str) -> None:
        self.tmux("send-keys", *keys)

    def kill_program(self) -> None:
        os.kill(int((self._folder / "pid").read_text()), signal.SIGKILL)
        self.tmux("kill-session")


@pytest.fixture
def window(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Window]:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setenv("TERM", "xterm-256color")
    for name in ("TMUX", "COLUMNS", "LINES"):
        monkeypatch.delenv(name, raising=False)
    found = Window(tmp_path)
    yield found
    found.tmux("kill-server")


def test_chinese_reaches_the_store_as_it_was_typed(window: Window, tmp_path: Path) -> None:
    with review(tmp_path, [row(1), row(2), candidate(3)]) as (store, path):
        window.start("--db", path, "--as", "lin")
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
        window.start("--db", path, "--as", "lin")
        window.wait_for("第1问")
        window.press("1")
        window.wait_for("rejected as incorrect, saved")
        window.kill_program()
        assert [v.kept for v in store.desk("lin").recent()] == [False]
        window.start("--db", path, "--as", "lin")
        window.wait_for("第2问")
        window.press("u")
        window.wait_for("your rejection is taken back, saved")
        assert store.desk("lin").recent() == []
        assert "第1问" in window.tmux("capture-pane", "-p")


def test_without_arguments_the_sample_teaches_and_is_thrown_away(window: Window) -> None:
    window.start()
    assert "this is a sample" in window.wait_for("[a] approves it")
    window.press("a")
    window.wait_for("training ·")
    window.press("Enter")
    window.wait_for("training 2/3")
    window.press("q")
    window.wait_for("python -m tui --db URL --as NAME")
