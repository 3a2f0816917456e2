"""One line of text, asked for in front of a screen."""

from __future__ import annotations

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from screens.bars import KeyBar
from screens.binds import HELP_KEY
from screens.edit_keys import edit_bindings
from screens.editor import Editor
from screens.keeper import QuietSaid
from screens.own_editor import edit_here


class _Line(Editor):
    async def _on_key(self, event: events.Key) -> None:
        if event.key == "enter":
            event.prevent_default()  # the screen's


class ReasonScreen(ModalScreen[str]):
    """The result is the line, or None where it was left or nothing was written."""

    CSS = """
    ReasonScreen { align: center middle;
        & #box { width: 80%; max-width: 90; height: auto; padding: 1 2; background: $panel; border: round $accent; }
    }
    """
    BINDINGS = [*edit_bindings("reason"), HELP_KEY]
    AUTO_FOCUS = "Editor"
    HELP = "Write a line; Enter hands it in, Escape leaves it."

    def __init__(self, question: str) -> None:
        super().__init__()
        self._question = question

    def compose(self) -> ComposeResult:
        with Vertical(id="box"):
            yield Static(self._question, markup=False)
            yield _Line(one_line=True)
            yield QuietSaid()
            yield KeyBar()

    def on_mount(self) -> None:
        self.query_one(QuietSaid).show("")

    def action_own_editor(self) -> None:
        editor = self.query_one(Editor)
        edit_here(editor, self.query_one(QuietSaid).show)
        editor.move_cursor(editor.document.end)

    def action_done(self) -> None:
        text = self.query_one(Editor).value.strip()
        self.dismiss(text or None)

    def action_cancel(self) -> None:
        self.dismiss(None)
