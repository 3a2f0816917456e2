"""Text on the screen: hostile text made visible, lines broken as Chinese is set."""

from __future__ import annotations

from functools import lru_cache

from rich.cells import cell_len
from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from schemas.terminal import visible

# Marks that may not begin a line, and marks that may not end one (GB/T 15834 and common use).
_NOT_FIRST = set("，。、；：？！）】》」』”’〉〕…—～·,.;:?!)]}%％‰")
_NOT_LAST = set("（【《「『“‘〈〔([{￥$＄")


class Passage(Widget):
    """Read-only text as it is: no markup, controls made visible, lines broken as Chinese is set."""

    DEFAULT_CSS = "Passage { height: auto; width: 1fr; }"

    def __init__(self, text: str = "", *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._text = ""
        self.show(text)

    def show(self, text: str) -> None:
        self._text = visible(text.expandtabs(4), keep="\n")
        self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(broken(self._text, width))

    def render(self) -> Content:
        return Content("\n".join(broken(self._text, self.content_size.width)))


@lru_cache(maxsize=256)
def broken(text: str, width: int) -> tuple[str, ...]:
    """`text` in lines of at most `width` cells: between Chinese characters or at spaces, marks where they belong."""
    out: list[str] = []
    for paragraph in text.split("\n"):
        rest = paragraph
        while cell_len(rest) > width > 3:
            end = _fits(rest, width)
            cut = next((i for i in range(end, 0, -1) if _may_break(rest[i - 1], rest[i])), end)
            out.append(rest[:cut].rstrip(" "))
            rest = rest[cut:].lstrip(" ")
        out.append(rest)
    return tuple(out)


def _fits(text: str, width: int) -> int:
    """How many characters fill at most `width` cells; one at least."""
    used = 0
    for i, char in enumerate(text):
        used += cell_len(char)
        if used > width:
            return max(1, i)
    return len(text)


def _may_break(before: str, after: str) -> bool:
    if after in _NOT_FIRST or before in _NOT_LAST:
        return False
    return " " in (before, after) or cell_len(before) == 2 or cell_len(after) == 2
