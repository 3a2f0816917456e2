"""Search by any part of the text, two characters or more, while one types."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from rich.cells import cell_len
from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.screen import Screen
from textual.widgets import OptionList, TextArea
from textual.widgets.option_list import Option

from curation.review.reading import searchable
from curation.review.records import View
from schemas.terminal import one_line
from screens.bars import KeyBar, Place, Said
from screens.binds import bindings
from screens.editor import Editor
from screens.lists import Lines, padded

if TYPE_CHECKING:
    from screens.app import Terminal

MOST = 100
OWN = {True: "✓", False: "✗", None: "✎"}


class SearchScreen(Screen[None]):
    BINDINGS = bindings("search", priority=True)
    AUTO_FOCUS = "#words"
    HELP = """\
Type any part of an instruction, an answer or a distractor; items appear as you type. Several words with spaces between
them have all to be there. ✓ ✗ ✎ stand at items that you approved, rejected or revised. Enter reads the item."""
    DEFAULT_CSS = """
    SearchScreen {
        & #words { height: 1; margin: 1 1 0 1; }
        & Lines { margin-top: 1; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._asked = ""

    @property
    def terminal(self) -> Terminal:
        return cast("Terminal", self.app)

    def compose(self) -> ComposeResult:
        yield Place()
        yield Editor(one_line=True, placeholder="what to look for", id="words")
        yield Lines(id="found")
        yield Said()
        yield KeyBar()

    def on_mount(self) -> None:
        self.query_one(Place).show(["search"])

    @on(TextArea.Changed)
    def _typed(self) -> None:
        text = self.query_one(Editor).value.strip()
        if text != self._asked:
            self._asked = text
            self.terminal.background(self._find(text), "search", exclusive=True)

    async def _find(self, text: str) -> None:
        said, lines = self.query_one(Said), self.query_one(Lines)
        if not text:
            lines.fill([])
            return said.show("")
        clerk = self.terminal.clerk
        found, answered = await self.terminal.ask(
            lambda: clerk.store.search(clerk.name, text, MOST), said.show
        )
        if not answered or found is None or text != self._asked:
            return None
        lines.fill([Option(self._line(view, text), f"item:{view.item}") for view in found])
        if lines.option_count:
            lines.scroll_home(animate=False)
            lines.highlighted = 0
        count = f"the first {MOST}" if len(found) == MOST else f"{len(found)}"
        return said.show(f"{count} found" if found else "nothing holds that")

    def _line(self, view: View, text: str) -> Content:
        mark = OWN[view.own[-1][2]] if view.own else " "
        start = f"{mark} {padded(view.ability, 16)} {padded(view.state, 8)} "
        shown = around(searchable(view.content), text, max(20, self.size.width - cell_len(start) - 4))
        line = Content(start + shown)
        at = shown.lower().find(text.lower())
        if at >= 0:
            line = line.stylize("bold underline", len(start) + at, len(start) + at + len(text))
        return line

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return action != "into_list" or isinstance(self.focused, Editor)

    def action_into_list(self) -> None:
        self.query_one(Lines).focus()

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


def around(text: str, wanted: str, cells: int) -> str:
    """The part of a text about what was looked for, on one line."""
    flat = one_line(text, len(text) * 8 + 1)
    at = flat.lower().find(wanted.lower())
    start = max(0, at - cells // 4) if at > cells // 2 else 0
    return ("…" if start else "") + flat[start : start + cells]
