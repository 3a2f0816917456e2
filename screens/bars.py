"""The lines at the edge of every screen: where one is, what was done, which keys there are."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from rich.segment import Segment
from textual import events
from textual.geometry import Size
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Static

from screens.binds import in_order, printed
from screens.shown import shown_line


class Place(Static):
    """The top line: where one is. On the right, who."""

    DEFAULT_CSS = """
    Place { height: 1; dock: top; background: $primary; color: $text; text-style: bold; padding: 0 1;
        text-wrap: nowrap; text-overflow: ellipsis; }
    """

    def __init__(self, *, id: str | None = "place") -> None:
        super().__init__(markup=False, id=id)

    def show(self, words: Sequence[str]) -> None:
        self.update(shown_line(" · ".join(w for w in words if w)))


class Said(Static):
    """The line that acknowledges, and says what went wrong."""

    DEFAULT_CSS = """
    Said { height: 1; padding: 0 1; background: $boost; text-wrap: nowrap; text-overflow: ellipsis;
        &.-alarm { background: $error; color: $text; text-style: bold; } }
    """

    def __init__(self, *, id: str | None = "said") -> None:
        super().__init__(markup=False, id=id)

    def show(self, text: str, alarm: bool = False) -> None:
        """Args: alarm: whether it wants attention; it begins with `!` then, so that colour is not all that says so."""
        self.set_class(alarm, "-alarm")
        self.update(("! " if alarm else "") + shown_line(text))
        if alarm:
            self.app.bell()


class KeyBar(Widget):
    """The keys that answer now, as they are mapped; a click does what the key does. Wraps in a narrow terminal."""

    DEFAULT_CSS = """
    KeyBar { height: auto; max-height: 3; background: $footer-background; color: $footer-foreground;
        & .key-bar--key { color: $footer-key-foreground; text-style: bold; }
    }
    """
    COMPONENT_CLASSES = {"key-bar--key"}
    ALLOW_SELECT = False

    def __init__(self) -> None:
        super().__init__()
        self._keys: list[tuple[str, str, str]] = []  # key, printed, word

    def on_mount(self) -> None:
        self.screen.bindings_updated_signal.subscribe(self, lambda _: self.collect())
        self.collect()

    def collect(self) -> None:
        found: dict[str, tuple[str, str, str]] = {}
        for active in self.screen.active_bindings.values():
            binding = active.binding
            if binding.show and binding.id and active.enabled and binding.id not in found:
                found[binding.id] = (binding.key, printed(binding.key), binding.description)
        keys = [found[name] for name in in_order(found)]
        if keys != self._keys:
            self._keys = keys
            self.refresh(layout=True)

    def _lines(self, width: int) -> list[list[tuple[int, tuple[str, str, str]]]]:
        """For each line, where each key begins; closer together where that saves a third line."""
        lines = self._spaced(width, 2)
        return lines if len(lines) < 3 else min(lines, self._spaced(width, 1), key=len)

    def _spaced(self, width: int, gap: int) -> list[list[tuple[int, tuple[str, str, str]]]]:
        lines: list[list[tuple[int, tuple[str, str, str]]]] = [[]]
        at = 1
        for key in self._keys:
            wide = cell_len(key[1]) + 1 + cell_len(key[2])
            if at + wide >= width and lines[-1]:  # a cell of margin on the right as on the left
                lines.append([])
                at = 1
            lines[-1].append((at, key))
            at += wide + gap
        return lines

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self._lines(width))

    def render_line(self, y: int) -> Strip:
        lines, width = self._lines(self.size.width), self.size.width
        plain = self.visual_style.rich_style
        if y >= len(lines):
            return Strip.blank(width, plain)
        bold = plain + self.get_component_rich_style("key-bar--key", partial=True)
        segments, at = [], 0
        for start, (_, shown, word) in lines[y]:
            segments += [Segment(" " * (start - at), plain), Segment(shown, bold), Segment(" " + word, plain)]
            at = start + cell_len(shown) + 1 + cell_len(word)
        return Strip(segments).adjust_cell_length(width, plain)

    def on_click(self, event: events.Click) -> None:
        lines = self._lines(self.size.width)
        if event.y < len(lines):
            for start, (key, shown, word) in lines[event.y]:
                if start <= event.x < start + cell_len(shown) + 1 + cell_len(word):
                    self.app.simulate_key(key)
                    event.stop()
                    return
