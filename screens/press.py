"""A word to press with the mouse."""

from __future__ import annotations

from textual.message import Message
from textual.widgets import Static


class Press(Static):
    """A word that a mouse can press; the keyboard has a key for what it does."""

    DEFAULT_CSS = "Press { width: auto; height: 1; padding: 0 1; color: $text-muted; &:hover { background: $boost; color: $text; } }"
    ALLOW_SELECT = False

    class Pressed(Message):
        def __init__(self, press: Press) -> None:
            super().__init__()
            self.press = press

        @property
        def control(self) -> Press:
            return self.press

    def __init__(self, word: str, does: str, tooltip: str = "", classes: str | None = None) -> None:
        super().__init__(word, markup=False, classes=classes)
        self.does, self.tooltip = does, tooltip

    def on_click(self) -> None:
        self.post_message(self.Pressed(self))
