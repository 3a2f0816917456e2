"""A few words asked for: a reason, a comment, a flag."""

from __future__ import annotations

from collections.abc import Callable

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from screens.bars import KeyBar
from screens.binds import HELP_KEY, bindings
from screens.editor import Editor
from screens.keeper import QuietSaid
from screens.own_editor import edit_here


class Line(ModalScreen[str | None]):
    """Args: title: what is asked; begin: text to begin with; empty: whether nothing at all is an answer."""

    BINDINGS = [*bindings("line", priority=True), HELP_KEY]
    HELP = "Write a few words; enter hands them in, escape leaves. Your input method works as anywhere else; where it does not, ctrl+o opens the editor of your own."
    DEFAULT_CSS = """
    Line { align: center bottom; background: $background 40%;
        & > Vertical { height: auto; max-height: 12; background: $surface; border-top: heavy $accent; padding: 0 1; }
        & .head { width: 1fr; }
        & Editor { max-height: 7; margin: 1 0; }
        & KeyBar { background: $surface; }
    }
    """

    def __init__(self, title: str, begin: str = "", *, empty: bool = True) -> None:
        super().__init__()
        self._title, self._begin, self._empty = title, begin, empty

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(self._title, classes="head", markup=False)
            yield Editor(self._begin, one_line=True)
            yield QuietSaid()
            yield KeyBar()

    def on_mount(self) -> None:
        self.query_one(QuietSaid).show("")
        editor = self.query_one(Editor)
        editor.move_cursor(editor.document.end)

    def action_done(self) -> None:
        self._after_keys(self._done)

    def _after_keys(self, then: Callable[[], None]) -> None:
        """Keys of this screen go before those that are typed: what was typed earlier is still on its way to the editor."""
        self.query_one(Editor).call_later(then)

    def _done(self) -> None:
        if not self.is_current:  # pressed twice
            return
        text = self.query_one(Editor).value.strip()
        if text or self._empty:
            self.dismiss(text)
        else:
            self.app.bell()

    def action_own_editor(self) -> None:
        self._after_keys(self._own_editor)

    def _own_editor(self) -> None:
        editor = self.query_one(Editor)
        edit_here(editor, self.query_one(QuietSaid).show)
        editor.move_cursor(editor.document.end)

    def action_cancel(self) -> None:
        self.dismiss(None)
