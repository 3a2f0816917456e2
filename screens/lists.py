"""Lists of lines that name an item, an ability or a stage: aligned in cells, safe, never broken over two lines."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len, set_cell_size
from textual.binding import Binding
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from screens.shown import shown_line


def padded(text: str, cells: int, right: bool = False) -> str:
    """`text` in exactly so many cells; what does not fit is cut with a mark."""
    text = shown_line(text, 1000)
    if cell_len(text) > cells:
        text = set_cell_size(text, cells - 1).rstrip() + "…"
    space = " " * (cells - cell_len(text))
    return space + text if right else text + space


def heading(text: str) -> Option:
    return Option(Content(text).stylize("bold"), disabled=True)


class Lines(OptionList, inherit_bindings=False):
    """Enter is the screen's own; a click opens what it is on."""

    BINDINGS = [
        Binding("down,j", "cursor_down", "down", show=False, id="list.down"),
        Binding("up,k", "cursor_up", "up", show=False, id="list.up"),
        Binding("pagedown", "page_down", "page down", show=False, id="list.page_down"),
        Binding("pageup", "page_up", "page up", show=False, id="list.page_up"),
        Binding("home", "first", "top", show=False, id="list.home"),
        Binding("end", "last", "end", show=False, id="list.end"),
    ]
    HELP = "A list: up and down move, enter opens the line, a click does too."
    DEFAULT_CSS = """
    Lines { border: none; padding: 0 1; background: transparent; text-wrap: nowrap; text-overflow: ellipsis;
        scrollbar-size-vertical: 1; height: 1fr;
        &:focus { border: none; }
    }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id, markup=False)

    def fill(self, options: Sequence[Option]) -> None:
        """Replace all lines; the cursor stays on the line with the same id, or in the same place."""
        place, chosen = self.highlighted, self.chosen
        self.clear_options()
        self.add_options(options)
        ids = [option.id for option in options]
        if chosen is not None and chosen in ids:
            self.highlighted = ids.index(chosen)
            return
        free = [n for n, option in enumerate(options) if not option.disabled]
        if free:
            self.highlighted = min(free, key=lambda n: abs(n - (place or 0)))

    @property
    def chosen(self) -> str | None:
        """The id of the line that the cursor is on."""
        if self.highlighted is None or not self.option_count:
            return None
        return self.get_option_at_index(min(self.highlighted, self.option_count - 1)).id
