"""Where lines of text break: Unicode's rules (UAX 14, by `uniseg`), measured in terminal cells (by `rich`).

`uniseg` is the judge of every break, but takes some 70 microseconds a character about it. A break depends on the line-break
classes of a few neighbours only, so the text is cut at its *solid* characters (letters, ideographs, digits: those
that no rule looks past), and each stretch between two of them is judged once and remembered by its classes. The tests
hold the result against `uniseg` on the whole text.

Cells are those that `rich` counts, since `rich` is what paints: 2 for East Asian wide and full-width characters and
emoji, 1 for characters of ambiguous width (…—“”·①α), which terminals draw in one cell unless told otherwise.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from functools import lru_cache
from itertools import accumulate

from rich.cells import cell_len, get_character_cell_size
from uniseg.emoji import extended_pictographic
from uniseg.graphemecluster import grapheme_cluster_boundaries, grapheme_cluster_break
from uniseg.linebreak import line_break, line_break_breakables
from uniseg.unicodedatawrapper import category, east_asian_width

Line = tuple[int, int]  # a painted line: text[start:end]
TAB = 4  # cells

# Marks of names and ranges, which Chinese never sets at the front of a line and UAX 14 leaves to the language.
NEVER_FIRST = "·‧～"
_NEVER_FIRST = re.compile(f"(?<=.)[{NEVER_FIRST}]", re.DOTALL)

# Classes that stand at the end of a rule and never in its middle, once ambiguous ones are resolved (rule LB1).
_SOLID = frozenset(
    ("AL", "HL", "ID", "NU", "PR", "PO", "NS", "EX", "IN", "B2", "EB", "EM", "H2", "H3", "JL", "JV", "JT")
)
_LONGEST = 64  # marks in a row, without a solid character, that are still judged one by one

_codes: dict[tuple[object, ...], str] = {}
_examples: dict[str, str] = {}


class _Classes(dict[int, str]):
    """Character -> one character that stands for all that UAX 14 asks of it; solid ones from U+4E00 on."""

    def __missing__(self, point: int) -> str:
        char = chr(point)
        kind, sort = line_break(char).value, category(char).value
        if kind in ("AI", "SG", "XX"):
            kind = "AL"
        elif kind == "SA":
            kind = "CM" if sort in ("Mn", "Mc") else "AL"
        elif kind == "CJ":
            kind = "NS"
        asked = sort if sort in ("Pi", "Pf") else ""
        if sort == "Cn" and extended_pictographic(char):
            asked = "Cn"
        if char in "\u25cc\u2010":
            asked = char
        wide = east_asian_width(char).value in ("F", "W", "H")
        key = (kind, asked, wide)
        if key not in _codes:
            solid = kind in _SOLID and asked != "\u25cc"
            _codes[key] = chr((0x4E00 if solid else 0x100) + len(_codes))
            _examples[_codes[key]] = char
        self[point] = _codes[key]
        return _codes[key]


class _Cells(dict[int, str]):
    """Character -> its cells, 0 to 2; plus 4 if a grapheme cluster may hold it together with its neighbours, 8 if it
    always clings to what is before it, 16 if to what follows."""

    def __missing__(self, point: int) -> str:
        char = chr(point)
        joins = grapheme_cluster_break(char).value
        clings = 8 * (joins in ("Extend", "ZWJ", "SpacingMark")) + 16 * (joins == "Prepend")
        self[point] = chr(get_character_cell_size(char) + 4 * (joins != "Other") + clings)
        return self[point]


_CLASSES, _CELLS = _Classes(), _Cells()
_STRETCH = re.compile("([^\u4e00-\u4fff]*)([\u4e00-\u4fff]?)(\\2*)")
_RUN = re.compile(r"(.)\1{7,}", re.DOTALL)
_ALONE = bytes(mark & 3 for mark in range(256))  # the cells without the marks of joining
_CLINGING = re.compile(rb"(?<=.)[\x08-\x0f\x18-\x1f]|(?<=[\x10-\x1f]).", re.DOTALL)


def opportunities(text: str) -> bytes:
    """For every character 1 if UAX 14 lets a line break before it, else 0; the same as `uniseg` finds."""
    classes = text.translate(_CLASSES)
    found: list[bytes] = []
    before = ""
    for match in _STRETCH.finditer(classes):
        loose, solid, more = match.groups()
        if loose:
            found.append(_judge(before + loose + solid)[len(before) :])
        elif solid:
            found.append(_judge_short(before + solid)[len(before) :])
        if more:
            found.append(_judge_short(solid + solid)[1:] * len(more))
        before = solid
    return b"".join(found)


def _judge(classes: str) -> bytes:
    if len(classes) <= 8:
        return _judge_short(classes)
    # Within a run of one class only the ends differ, and regional indicators by pairs.
    runs = [(m.start(), m.end() - m.start()) for m in _RUN.finditer(classes)]
    short = _RUN.sub(lambda m: m[1] * (6 + (m.end() - m.start()) % 2), classes)
    if len(short) > _LONGEST:
        edge = _LONGEST // 2
        return _judge(short[:edge])[:edge] + bytes(len(classes) - 2 * edge) + _judge(short[-edge:])
    judged = _judge_short(short)
    for start, length in runs:
        kept = 6 + length % 2
        middle = (judged[start + 2 : start + 4] * (length // 2))[: length - 4]
        judged = judged[: start + 2] + middle + judged[start + kept - 2 :]
    return judged


@lru_cache(maxsize=1 << 15)
def _judge_short(classes: str) -> bytes:
    return bytes(line_break_breakables("".join(map(_examples.__getitem__, classes))))


def breaks(text: str) -> bytes:
    """`opportunities`, less those within grapheme clusters and before marks that Chinese never begins a line with."""
    found = opportunities(text)
    places = [m.start() for m in _CLINGING.finditer(text.translate(_CELLS).encode("latin-1"))]
    places += [m.start() for m in _NEVER_FIRST.finditer(text)]
    if not places:
        return found
    held = bytearray(found)
    for place in places:
        held[place] = 0
    return bytes(held)


def cells(text: str) -> bytes:
    """The cells of each character; their sum is what `rich.cells.cell_len` counts."""
    return _cells(text)[1]


def _cells(text: str) -> tuple[bytes, bytes]:
    marked = text.translate(_CELLS).encode("latin-1")
    plain = marked.translate(_ALONE)
    if "\u200d" in text or "\ufe0f" in text:
        plain = _joined(text, plain)
    return marked, plain


def _joined(text: str, plain: bytes) -> bytes:
    """As `rich` counts emoji: what a joiner joins takes no cells, a variation selector may widen what it follows."""
    out = bytearray(plain)
    last = ""
    place = 0
    while place < len(text):
        char = text[place]
        if char == "\u200d":
            out[place] = 0
            place += 1
            if place < len(text):
                out[place] = 0
        elif char == "\ufe0f":
            out[place] = cell_len(last + char) - cell_len(last)
            last = ""
        elif out[place]:
            last = char
        place += 1
    return bytes(out)


@lru_cache(maxsize=512)
def wrap(text: str, width: int) -> tuple[Line, ...]:
    """The lines of `text` at `width` cells, as (start, end) in `text`.

    A line ends at its last opportunity that fits; spaces at its end are not painted. What has no opportunity (a long
    address, a base64 run) is cut where the line is full, never within a grapheme cluster. `text` holds no tabs
    (`untab`), and no control characters but newlines.
    """
    lines: list[Line] = []
    offset = 0
    for paragraph in text.split("\n"):
        lines += _paragraph(paragraph, max(1, width), offset)
        offset += len(paragraph) + 1
    return tuple(lines)


@lru_cache(maxsize=1024)
def section_starts(text: str, width: int) -> tuple[int, ...]:
    """Where the further lines of one line of an editor begin: spaces and tabs count, for the cursor stands on them.

    One space may stand in the cell after the line, which editors keep free for the cursor.
    """
    flat, moved = untab(text)
    starts = (start for start, _ in _paragraph(flat, max(1, width), 0, hang=1)[1:])
    if len(flat) == len(text):
        return tuple(starts)
    return tuple(sorted({bisect_left(moved, start) for start in starts} - {0, len(text)}))


def _paragraph(text: str, width: int, offset: int, hang: int | None = None) -> list[Line]:
    count = len(text)
    if count * 2 <= width:
        return [(offset, offset + count)]
    marked, plain = _cells(text)
    used = list(accumulate(plain))
    if used[-1] <= width:
        return [(offset, offset + count)]
    may = breaks(text)
    lines: list[Line] = []
    start = 0
    while start < count:
        full = bisect_right(used, (used[start - 1] if start else 0) + width, start)
        if full >= count:
            lines.append((offset + start, offset + count))
            break
        over = full
        while over < count and text[over] == " " and (hang is None or over < full + hang):
            over += 1
        cut = count if over == count else may.rfind(1, start + 1, over + 1)
        if cut <= start or text[start:cut].isspace():
            loose = over > full and (over == count or not marked[over] & 8)
            cut = over if loose else _cluster(text, marked, start, full)
        end = cut
        while end > start and text[end - 1] == " ":
            end -= 1
        lines.append((offset + start, offset + end))
        start = cut
    return lines


def _cluster(text: str, marked: bytes, start: int, full: int) -> int:
    """The last end of a grapheme cluster at or before `full`, else the first one after it."""
    if full > start and not any(mark & 4 for mark in marked[start : full + 1]):
        return full
    end = full + 1
    while end < len(text) and marked[end] & 4:  # a cluster ends before a character that joins nothing
        end += 1
    ends: list[int] = [start + b for b in grapheme_cluster_boundaries(text[start : end + 1]) if b]
    fitting = [b for b in ends if b <= full]
    return fitting[-1] if fitting else ends[0]


def untab(text: str, size: int = TAB) -> tuple[str, list[int]]:
    """`text` with its tabs as spaces up to the next multiple of `size` cells, and where each place in it went."""
    out: list[str] = []
    moved = [0]
    column = 0
    for char, taken in zip(text, cells(text), strict=True):
        piece = " " * (size - column % size) if char == "\t" else char
        column = 0 if char == "\n" else column + (len(piece) if char == "\t" else taken)
        out.append(piece)
        moved.append(moved[-1] + len(piece))
    return "".join(out), moved
