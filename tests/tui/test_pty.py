"""In a real pseudo-terminal: what tmux shows, and what is left when the program is killed."""

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

from curation.decisions import read_decisions

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")


class Terminal:
    """A tmux server of its own, with one window of 100 by 30 cells."""

    def __init__(self, folder: Path) -> None:
        self._socket = str(folder / "socket")
        self._folder = folder

    def tmux(self, *words: str) -> str:
        done = subprocess.run(
            ["tmux", "-S", self._socket, "-f", "/dev/null", *words], capture_output=True, text=True
        )
        return done.stdout

    def start(self, *words: str) -> None:
        script = f"echo $$ > {self._folder}/pid; exec {shlex.join([sys.executable, '-m', 'tui', *words])}"
        self.tmux(
            "new-session", "-d", "-x", "100", "-y", "30", "-c", str(ROOT), f"sh -c {shlex.quote(script)}"
        )
        self.tmux("set-option", "-g", "remain-on-exit", "on")

    def wait_for(self, text: str) -> str:
        give_up = time.monotonic() + 20
        while time.monotonic() < give_up:
            shown = self.tmux("capture-pane", "-p")
            if text in shown:
                return shown
            time.sleep(0.02)
        raise AssertionError(f"{text!r} never came; the terminal shows:\n{shown}")

    def kill_program(self) -> None:
        os.kill(int((self._folder / "pid").read_text()), signal.SIGKILL)
        self.tmux("kill-session")


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Terminal]:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setenv("TERM", "xterm-256color")
    for name in ("TMUX", "COLUMNS", "LINES"):
        monkeypatch.delenv(name, raising=False)
    found = Terminal(tmp_path)
    yield found
    found.tmux("kill-server")


def test_killed_after_an_acknowledged_verdict_it_opens_at_the_next(
    terminal: Terminal, tmp_path: Path
) -> None:
    decisions = tmp_path / "d.jsonl"
    words = ("examples/sample_pool.jsonl", "--as", "林", "--decisions", str(decisions))
    terminal.start(*words)
    shown = terminal.wait_for("植物进行光合作用时")
    assert "✓ B.二氧化碳" in shown
    terminal.tmux("send-keys", "a")
    terminal.wait_for("1 approved, saved")
    terminal.kill_program()
    assert [(d.rule, d.kept) for d in read_decisions(decisions)] == [("林", True)]
    terminal.start(*words)
    assert "2/12" in terminal.wait_for("1 judged by 林")
    terminal.tmux("send-keys", "r")
    terminal.wait_for("2 rejected, saved")
    terminal.tmux("send-keys", "-N", "9", "n")
    shown = terminal.wait_for("12/12")
    assert "\\x1b[2J" in shown  # the line that wants to clear the screen is only read
    terminal.tmux("send-keys", "q")
    terminal.wait_for("2 of 12 judged by 林")


def test_without_arguments_a_sample_opens_and_says_where_verdicts_go(terminal: Terminal) -> None:
    terminal.start()
    assert "decisions.jsonl" in terminal.wait_for("this is a sample; your verdicts go to")
    terminal.tmux("send-keys", "q")
    terminal.wait_for("0 of 12 judged by you")
