"""The items that hints name, to choose one to read."""

from __future__ import annotations

from collections.abc import Sequence

from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.screen import Screen
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from curation.review.records import ShownHint
from screens.bars import KeyBar, Place, Said
from screens.binds import bindings
from screens.lists import Lines


class SimilarScreen(Screen[None]):
    """Args: hints: each names another item."""

    BINDINGS = bindings("hinted")
    AUTO_FOCUS = "#hinted"
    HELP = "The items that the hints on this one name. Enter reads one; nothing here is a verdict."
    DEFAULT_CSS = "SimilarScreen { & Lines { margin-top: 1; } }"

    def __init__(self, hints: Sequence[ShownHint]) -> None:
        super().__init__()
        self._hints = hints

    def compose(self) -> ComposeResult:
        yield Place()
        yield Lines(id="hinted")
        yield Said()
        yield KeyBar()

    def on_mount(self) -> None:
        self.query_one(Place).show(["similar items"])
        lines = [
            Option(Content(f"{h.other[:8]}  {h.title}  ({h.text})"), f"item:{h.item}") for h in self._hints
        ]
        self.query_one(Lines).fill(lines)

    def action_open(self) -> None:
        chosen = self.query_one(Lines).chosen
        if chosen:
            from screens.view import ViewScreen

            self.app.push_screen(ViewScreen(int(chosen.partition(":")[2])))

    @on(OptionList.OptionSelected)
    def _clicked(self) -> None:
        self.action_open()

    def action_back(self) -> None:
        self.dismiss()
