"""Search by any part of the text, two characters or more, while one types."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, cast

from rich.cells import cell_len
from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.screen import Screen
from textual.widgets import OptionList, TextArea
from textual.widgets.option_list import Option

from curation.review.search.hits import Hit, Hits
from curation.review.search.places import places
from screens.bars import KeyBar, Place, Said
from screens.binds import bindings
from screens.editor import Editor
from screens.lists import Lines, padded
from screens.own_editor import edit_here
from screens.shown import shown

if TYPE_CHECKING:
    from screens.app import Terminal

MOST = 100
# Seconds until the first answer, and between two looks at whether it is still wanted.
FIRST, THEN = 0.06, 0.25
# Characters of a text in which the words are looked for to mark them.
LOOKED_AT = 20_000
_WHITE = re.compile(r"\s+")
OWN = {True: "✓", False: "✗", None: "✎"}
MORE = "more"


class SearchScreen(Screen[None]):
    BINDINGS = bindings("search", priority=True)
    AUTO_FOCUS = "#words"
    HELP = """\
Type any part of an instruction, an answer or a distractor; items appear as you type. Several words with spaces between
them have all to be there. ✓ ✗ ✎ stand at items that you approved, rejected or revised. Enter reads the item; on the
last line it looks on."""
    DEFAULT_CSS = """
    SearchScreen {
        & #words { height: 1; margin: 1 1 0 1; }
        & Lines { margin-top: 1; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._asked = ""
        self._hits: list[Hit] = []
        self._after: int | None = None

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
        self._hits, self._after = [], None
        if text:
            await self._look(text, 0, MOST, FIRST)
        else:
            self.query_one(Lines).fill([])
            self.query_one(Said).show("")

    async def _look(self, text: str, after: int, until: int, seconds: float) -> None:
        """Look on, slice by slice, until so many are found, all is gone through, or nobody waits for it."""
        clerk, said = self.terminal.clerk, self.query_one(Said)
        while True:
            wanted = until - len(self._hits)
            found, answered = await self.terminal.ask(
                partial(clerk.store.search, clerk.name, text, wanted, after=after, seconds=seconds), said.show
            )
            if not answered or found is None or text != self._asked:
                return
            self._hits += found.hits
            self._after = found.after
            going_on = found.after is not None and len(self._hits) < until and self.is_current
            self._show(text, found.hits, going_on, after == 0)
            said.show(told(len(self._hits), found, going_on))
            if not going_on or found.after is None:
                return
            after, seconds = found.after, THEN

    def _show(self, text: str, new: list[Hit], going_on: bool, first: bool) -> None:
        lines = self.query_one(Lines)
        made = [Option(self._line(hit, text), f"item:{hit.item}") for hit in new]
        if first:
            lines.fill(made)
            if made:
                lines.scroll_home(animate=False)
                lines.highlighted = 0
        else:
            lines.add_options(made)
        if self._after is not None and not going_on:
            lines.add_option(Option("… look on", MORE))
        if lines.option_count and lines.highlighted is None:
            lines.highlighted = 0

    def _line(self, hit: Hit, text: str) -> Content:
        mark = OWN[hit.own] if hit.mine else " "
        start = f"{mark} {padded(hit.ability, 16)} {padded(hit.state, 8)} "
        return Content(start) + around(hit.text, text, max(20, self.size.width - cell_len(start) - 4))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return action != "into_list" or isinstance(self.focused, Editor)

    def action_into_list(self) -> None:
        self.query_one(Lines).focus()

    def action_open(self) -> None:
        lines = self.query_one(Lines)
        chosen = lines.chosen
        if chosen == MORE and self._after is not None:
            place = lines.option_count - 1
            lines.remove_option(MORE)
            if lines.option_count:
                lines.highlighted = place - 1
            look = self._look(self._asked, self._after, len(self._hits) + MOST, THEN)
            self.terminal.background(look, "search", exclusive=True)
        elif chosen:
            from screens.view import ViewScreen

            self.app.push_screen(ViewScreen(int(chosen.partition(":")[2])))

    @on(OptionList.OptionSelected)
    def _clicked(self) -> None:
        self.action_open()

    def action_own_editor(self) -> None:
        editor, said = self.query_one(Editor), self.query_one(Said)
        editor.call_later(edit_here, editor, said.show)  # after what was typed before

    def action_back(self) -> None:
        self.dismiss()


def told(count: int, found: Hits, going_on: bool) -> str:
    """How many were found, and how far the search went."""
    if found.after is None:
        return f"{count} found" if count else "nothing holds that"
    far = f"{found.after:,} of {found.last:,} items looked through"
    if going_on:
        return f"{count} found so far, {far} …"
    return f"{count} found, {far}: enter on the last line looks on"


def around(text: str, wanted: str, cells: int) -> Content:
    """The part of a text about what was looked for, on one line, with that marked."""
    spans = places(text[:LOOKED_AT], wanted)
    start = _start(text, *spans[0], cells) if spans else 0
    shown, at, stop = Content("…" if start else ""), start, start + cells
    for begin, end in spans:
        shown += Content(_flat(text[at : min(begin, stop)]))
        shown += Content(_flat(text[begin : min(end, stop)])).stylize("bold underline")
        at = max(at, end)
    return shown + Content(_flat(text[at:stop]))


def _start(text: str, first: int, end: int, cells: int) -> int:
    """Where to begin, so that what was looked for is seen: at the beginning, or a quarter of the width before it."""
    if end <= cells and cell_len(text[:end]) <= cells * 3 // 4:
        return 0
    start = first
    while start > 0 and cell_len(text[start - 1 : first]) <= cells // 4:
        start -= 1
    return start


def _flat(text: str) -> str:
    return str(shown(_WHITE.sub(" ", text)))
