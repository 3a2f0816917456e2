"""A real terminal for tests: a tmux server of its own with one window."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
needs_tmux = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")


class Window:
    """Args: folder: where the server's socket lies and programs leave files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def tmux(self, *words: str) -> str:
        command = ["tmux", "-S", str(self.folder / "socket"), "-f", "/dev/null", *words]
        return subprocess.run(command, capture_output=True, text=True).stdout

    def run(self, *words: str, size: tuple[int, int] = (100, 30), **environment: str) -> None:
        """Start a program in the repository's root; its last screen stays when it ends."""
        script = f"echo $$ > {shlex.quote(str(self.folder / 'pid'))}; exec {shlex.join(words)}"
        settings = [word for name, value in environment.items() for word in ("-e", f"{name}={value}")]
        place = ("-x", str(size[0]), "-y", str(size[1]), "-c", str(ROOT))
        self.tmux("new-session", "-d", *place, *settings, f"sh -c {shlex.quote(script)}")
        self.tmux("set-option", "-g", "remain-on-exit", "on")

    def shows(self) -> str:
        return self.tmux("capture-pane", "-p")

    def wait_for(self, text: str) -> str:
        """What the window shows once `text` is in it."""
        give_up = time.monotonic() + 60
        while time.monotonic() < give_up:
            shown = self.shows()
            if text in shown:
                return shown
            time.sleep(0.02)
        raise AssertionError(f"{text!r} never came; the terminal shows:\n{shown}")

    def wait_for_file(self, name: str) -> None:
        give_up = time.monotonic() + 60
        while not (self.folder / name).exists():
            assert time.monotonic() < give_up, f"{name} never came; the terminal shows:\n{self.shows()}"
            time.sleep(0.02)

    def type(self, text: str) -> None:
        """As an input method hands over what it composed."""
        self.tmux("send-keys", "-l", text)

    def press(self, *keys: str) -> None:
        self.tmux("send-keys", *keys)

    def paste(self, text: str) -> None:
        self.tmux("set-buffer", text)
        self.tmux("paste-buffer", "-p", "-r")

    def kill_program(self) -> None:
        os.kill(int((self.folder / "pid").read_text()), signal.SIGKILL)
        self.tmux("kill-session")


@contextmanager
def window_in(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Window]:
    """A window whose programs know nothing of the terminal and the editor that the tests were started with."""
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setenv("TERM", "xterm-256color")
    for name in ("TMUX", "COLUMNS", "LINES", "VISUAL", "EDITOR", "ABILITYMIX_DB"):
        monkeypatch.delenv(name, raising=False)
    found = Window(folder)
    try:
        yield found
    finally:
        found.tmux("kill-server")
