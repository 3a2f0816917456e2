"""Drafts handed on while somebody types, so that a crash costs half a second at most."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from textual.screen import Screen
from textual.timer import Timer

from schemas.errors import AbilitymixError
from screens.bars import Said

DRAFT_AFTER = 0.5  # seconds without a key
Result = TypeVar("Result")


class QuietSaid(Said):
    """Takes no room while there is nothing to say."""

    def show(self, text: str, alarm: bool = False) -> None:
        self.display = bool(text)
        super().show(text, alarm)


class DraftScreen(Screen[Result]):
    """A screen whose text is a draft until it is handed in; a subclass says what the draft is (`draft_text`).

    Args: on_draft: keeps a draft; what it raises is told, and the text stays on the screen.
    """

    def __init__(self, on_draft: Callable[[str], None] | None, kept: str | None = None) -> None:
        super().__init__()
        self._on_draft, self._kept = on_draft, kept
        self._timer: Timer | None = None

    def draft_text(self) -> str | None:
        """The draft as a text; None where there is nothing worth keeping."""
        raise NotImplementedError

    def keep_soon(self) -> None:
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(DRAFT_AFTER, self.keep_now)

    def keep_now(self) -> bool:
        """Hand the draft on; False if it could not be kept, which is told."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        text = self.draft_text()
        if self._on_draft is None or text is None or text == self._kept:
            return True
        try:
            self._on_draft(text)
        except (OSError, AbilitymixError) as error:
            self.say(f"DRAFT NOT KEPT: {error}; the text is here still", alarm=True)
            return False
        self._kept = text
        return True

    def on_unmount(self) -> None:
        """What was typed within the last half second, where a program ends with the screen open."""
        if self._timer is not None and self._on_draft is not None and (text := self.draft_text()):
            with suppress(OSError, AbilitymixError):
                self._on_draft(text)

    def say(self, text: str, alarm: bool = False) -> None:
        """On the line above the keys."""
        self.query_one(QuietSaid).show(text, alarm)
