"""A text in the editor of one's own: `$VISUAL`, else `$EDITOR`, in the terminal that the screen leaves for a while."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from textual.app import App, SuspendNotSupported

from schemas.errors import AbilitymixError
from schemas.terminal import one_line

if TYPE_CHECKING:
    from screens.editor import Editor


def edited(app: App[object], text: str, suffix: str = ".txt") -> str:
    """`text` as the user's own editor leaves it.

    The file is readable by its owner alone. A newline that an editor adds at the end is taken off again.

    Raises:
        AbilitymixError: there is no such editor, the screen runs in a browser, or the editor failed. What a failed editor
            had written is kept, and the error says where.
    """
    command = _command(app)
    try:
        data = text.encode("utf-8")
    except UnicodeEncodeError:
        raise AbilitymixError("the text holds an unpaired surrogate", do="delete it here first") from None
    folder = Path(tempfile.mkdtemp(prefix="abilitymix-"))
    path = folder / f"text{suffix}"
    path.touch(mode=0o600)
    path.write_bytes(data)
    code, why = _run(app, [*command, str(path)])
    try:
        written = path.read_bytes() if path.exists() else data
        changed = written.decode("utf-8")
    except (OSError, UnicodeDecodeError):
        written, changed = b"", ""
        why = why or "what it wrote is not UTF-8"
    if code or why:
        kept = ""
        if written != data and path.exists():
            kept = f"; what it wrote is kept in {path}"
        else:
            shutil.rmtree(folder, ignore_errors=True)
        raise AbilitymixError(
            why or f"{one_line(command[0], 40)} ended with {code}{kept}", do="nothing here is lost"
        )
    shutil.rmtree(folder, ignore_errors=True)
    return changed[:-1] if changed.endswith("\n") and not text.endswith("\n") else changed


def edit_here(editor: Editor, say: Callable[..., None], suffix: str = ".txt") -> None:
    """The text of a field in the user's own editor, and back. Args: say: tells how it went, and with `alarm=True` why not."""
    try:
        editor.put(edited(editor.app, editor.value, suffix))
    except AbilitymixError as error:
        say(error.line(), alarm=True)
    else:
        say("back from your editor")


def _command(app: App[object]) -> list[str]:
    if app.is_web:
        raise AbilitymixError("there is no editor of your own in the browser", do="write here")
    setting = os.environ.get("VISUAL") or os.environ.get("EDITOR") or ""
    if not setting.strip():
        raise AbilitymixError("no editor of your own is set", do="set one, for instance export EDITOR=nano")
    try:
        command = shlex.split(setting)
    except ValueError as error:
        raise AbilitymixError(f"$EDITOR cannot be read ({error})", do="mend its quotes") from None
    if not shutil.which(command[0]):
        raise AbilitymixError(f"there is no program {one_line(command[0], 40)!r}", do="check $EDITOR")
    return command


def _run(app: App[object], words: list[str]) -> tuple[int, str]:
    """The editor's exit status, and a sentence where it could not run at all."""
    try:
        with app.suspend():
            # ctrl+c belongs to the editor as long as it runs; a handler, unlike ignoring, is not inherited.
            before = signal.signal(signal.SIGINT, lambda number, frame: None)
            try:
                return subprocess.run(words, check=False).returncode, ""
            finally:
                signal.signal(signal.SIGINT, before)
    except SuspendNotSupported:
        return 0, "this screen cannot be left for an editor of your own"
    except OSError as error:
        return 1, f"the editor did not start ({error.strerror})"
