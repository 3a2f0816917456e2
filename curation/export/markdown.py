"""Text from data in a Markdown page: shown as it stands, never as markup, a link, a mention or HTML."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from schemas.terminal import one_line

_MARKS = re.compile(r"([\\`*_{}\[\]()#+!|~$^])")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "@": "&#64;"}
_LINKS = re.compile(r"(?<=[A-Za-z]):(?=/|&#64;|\S)|(?i:(?<=www)\.)")


def plain(text: str, width: int = 200) -> str:
    """One line of at most `width` characters that a Markdown renderer shows as `text`."""
    found = one_line(text, width)
    found = "".join(_ENTITIES.get(c, c) for c in found)
    found = _MARKS.sub(r"\\\1", found)
    # GitHub's Markdown makes links of bare addresses.
    return _LINKS.sub(lambda m: "&#58;" if m.group() == ":" else "&#46;", found)


def table(head: Sequence[str], rows: Iterable[Sequence[str | int]]) -> list[str]:
    """A table; texts are data and shown as they stand, numbers stand to the right."""
    listed = [list(row) for row in rows]
    right = [bool(listed) and all(isinstance(row[i], int) for row in listed) for i in range(len(head))]
    lines = ["| " + " | ".join(head) + " |", "|" + "|".join("---:" if r else "---" for r in right) + "|"]
    for row in listed:
        cells = [f"{cell:,}" if isinstance(cell, int) else plain(cell) for cell in row]
        lines.append("| " + " | ".join(cells) + " |")
    return lines
