"""Read-only text on the screen: hostile text made visible, lines broken as Chinese is set, only what is seen painted."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Size
from textual.selection import Selection
from textual.strip import Strip
from textual.widget import Widget

from screens.linebreak import Line, cells, untab, wrap
from screens.shown import shown

Mark = tuple[int, int, str]  # text[start:end] in the style of the component class


class Passage(Widget):
    """Read-only text as it is: no markup, controls and hidden characters visible, lines broken by Unicode's rules.

    Text can be selected with the mouse and copied as it was before its lines were broken. Height follows the text
    (`height: auto`), and a line costs nothing until it is scrolled into sight. `show` sets new text; `marks` paints
    ranges of it in the style of one of the component classes, for search hits and differences.
    """

    DEFAULT_CSS = """
    Passage {
        height: auto; width: 1fr; padding: 0 1 0 0;  /* text never touches a scroll bar */
        & .passage--hidden { color: $text-warning; text-style: bold reverse; }
        & .passage--found { text-style: bold underline; }
        & .passage--added { color: $text-success; background: $success-muted; text-style: bold underline; }
        & .passage--removed { color: $text-error; background: $error-muted; text-style: strike; }
        & .passage--word { text-style: bold; }
        & .passage--quiet { text-style: dim; }
    }
    """
    COMPONENT_CLASSES = {
        "passage--hidden",
        "passage--found",
        "passage--added",
        "passage--removed",
        "passage--word",
        "passage--quiet",
    }
    HELP = """\
Text from the data, as it is.

- Characters that would move the cursor, hide or reorder text stand as escapes such as `\\x1b` or `\\u202e`, in reverse.
- Drag the mouse to select, `ctrl+c` copies.
"""

    def __init__(
        self,
        text: str = "",
        marks: Sequence[Mark] = (),
        *,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self.text, self.marks = "", tuple[Mark, ...]()
        self._lead, self._hang = "", 0
        self._styles_at: dict[int, list[Mark]] = {}
        self.show(text, marks)

    def show(self, text: str, marks: Sequence[Mark] = (), lead: str = "", hang: int = 0) -> None:
        """Show `text` with `marks` on ranges of it, in characters of `text`.

        Args:
            lead: stands before the first line and is no part of the text.
            hang: cells by which the other lines begin further in.
        """
        self._lead, self._hang = lead, hang
        safe, escapes, placed = _made(text, tuple(marks))
        self.text = safe
        self.marks = (*placed, *((start, end, "passage--hidden") for start, end in escapes))
        self.refresh(layout=True)

    def lines(self, width: int) -> tuple[Line, ...]:
        """The lines at `width` cells, as (start, end) in `text`."""
        return wrap(self.text, max(1, width - self._hang))

    def get_content_width(self, container: Size, viewport: Size) -> int:
        return self._hang + max((sum(cells(line)) for line in self.text.split("\n")), default=0)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self.lines(width))

    def render_line(self, y: int) -> Strip:
        width = self.content_size.width
        lines = self.lines(width)
        base = self.visual_style.rich_style
        if y >= len(lines):
            return Strip.blank(width, base)
        start, end = lines[y]
        cuts, styled = {start, end}, []
        for low, high, name in self.marks:
            if low < end and high > start:
                styled.append((low, high, self.get_component_rich_style(name, partial=True)))
                cuts |= {max(low, start), min(high, end)}
        selection = self.text_selection
        if selection is not None and (span := selection.get_span(y)) is not None:
            low = start + min(span[0], end - start)
            high = end if span[1] < 0 else start + min(span[1], end - start)
            styled.append((low, high, self.screen.get_component_rich_style("screen--selection")))
            cuts |= {low, high}
        text = self.text
        if not styled:
            strip = Strip([Segment(text[start:end], base)])
        else:
            strip = Strip(_pieces(text, sorted(cuts), base, styled))
        strip = strip.apply_offsets(0, y)
        before = " " * self._hang if y else self._lead
        return Strip([Segment(before, base), *strip]) if before else strip

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """The selected part of the text, its lines put together again."""
        lines = self.lines(self.content_size.width)
        if not lines:
            return None
        low, high = 0, len(self.text)
        if selection.start is not None:
            line = lines[min(selection.start.y, len(lines) - 1)]
            low = min(line[0] + selection.start.x, line[1])
        if selection.end is not None:
            line = lines[min(selection.end.y, len(lines) - 1)]
            high = min(line[0] + selection.end.x, line[1])
        return self.text[low:high], "\n"

    def selection_updated(self, selection: Selection | None) -> None:
        self.refresh()


def _pieces(
    text: str, cuts: Sequence[int], base: Style, styled: Sequence[tuple[int, int, Style]]
) -> list[Segment]:
    out = []
    for low, high in pairwise(cuts):
        style = base
        for first, last, more in styled:
            if first <= low and high <= last:
                style += more
        out.append(Segment(text[low:high], style))
    return out


@lru_cache(maxsize=512)
def _made(text: str, marks: tuple[Mark, ...]) -> tuple[str, tuple[tuple[int, int], ...], tuple[Mark, ...]]:
    """`text` safe and without tabs, the places of its escapes, `marks` moved along with what they mark."""
    if not marks:
        safe = shown(text)
        joined, escapes, moved = str(safe), safe.escapes, list[Mark]()
    else:
        # Marks need to know where each character went: piece by piece, cut at every mark.
        ends = {0, len(text), *(min(max(0, e), len(text)) for m in marks for e in m[:2])}
        place, out, escapes, length = {0: 0}, list[str](), (), 0
        for low, high in pairwise(sorted(ends)):
            piece = shown(text[low:high])
            escapes += tuple((length + start, length + end) for start, end in piece.escapes)
            out.append(str(piece))
            length += len(piece)
            place[high] = length
        joined = "".join(out)
        moved = [(place[min(max(0, a), len(text))], place[min(max(0, b), len(text))], c) for a, b, c in marks]
    if "\t" in joined:
        joined, to = untab(joined)
        escapes = tuple((to[a], to[b]) for a, b in escapes)
        moved = [(to[a], to[b], c) for a, b, c in moved]
    return joined, escapes, tuple(moved)


def broken(text: str, width: int) -> tuple[str, ...]:
    """The lines of `text` as a passage of `width` cells paints them."""
    safe, _, _ = _made(text, ())
    return tuple(safe[start:end] for start, end in wrap(safe, width))
