"""Plain text tables whose columns line up although Chinese characters are two cells wide."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from schemas.terminal import one_line


def width(text: str) -> int:
    """Cells that `text` takes on a terminal."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text
    )


def text_table(header: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> str:
    """A table; the columns numbered in `right` are aligned to the right. Cells are made safe for a terminal."""
    cells = [[one_line(c) for c in row] for row in (header, *rows)]
    widths = [max(width(row[c]) for row in cells) for c in range(len(header))]
    cells.insert(1, ["─" * w for w in widths])
    lines = []
    for row in cells:
        padded = []
        for column, (cell, wide) in enumerate(zip(row, widths, strict=True)):
            space = " " * (wide - width(cell))
            padded.append(space + cell if column in right else cell + space)
        lines.append("  ".join(padded).rstrip())
    return "\n".join(lines)
