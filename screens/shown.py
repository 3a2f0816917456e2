"""Hostile text made visible on a screen: nothing that moves, hides, reorders or piles up reaches the terminal.

`schemas.terminal.visible` escapes controls, surrogates and bidi controls. A reader who judges a text must also see what
takes no room in it, so these are escaped here too: zero-width and other format characters, line and paragraph
separators, fillers, tag characters, private-use and unassigned code points, and combining marks beyond the eighth on
one base. Left alone, because writing needs them: joiners and variation selectors within emoji, variation selectors on
ideographs, joiners after letters of scripts that join (Arabic, the Indic ones).
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from uniseg.emoji import emoji, extended_pictographic
from uniseg.linebreak import line_break

from schemas.terminal import one_line, visible

Span = tuple[int, int]

# What nearly every text is made of; anything else is looked at one by one.
ODD = (
    "[^\n -~\u00a1-\u00ac\u00ae-\u02ff\u0391-\u03c9\u0410-\u044f\u2010-\u2027\u2030-\u203e\u2190-\u21ff\u2200-\u22ff"
    "\u2460-\u24ff\u2500-\u257f\u25a0-\u25ff\u3000-\u3029\u3041-\u3096\u309d-\u30ff\u4e00-\u9fff\uac00-\ud7a3\uff01-\uff5e]"
)
_ODD = re.compile(ODD)
# Letters and marks that are drawn as nothing.
_BLANKS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u3164\uffa0")
_JOINERS, _CHOOSERS = frozenset("\u200c\u200d"), frozenset("\ufe0e\ufe0f")
_MOST_MARKS = 8


class Shown(str):
    """Text fit for a terminal; `escapes` are the places (start, end) of what stands for something that can't be shown."""

    escapes: tuple[Span, ...] = ()


def shown(text: str) -> Shown:
    """`text` as it may be painted: newlines and tabs are kept, what can't be shown is an escape such as `\\u200b`."""
    if not _ODD.search(text):
        return Shown(text)
    out: list[str] = []
    escapes: list[Span] = []
    length = marks = 0
    for place, char in enumerate(text):
        marks = marks + 1 if unicodedata.category(char) in ("Mn", "Me") else 0
        if marks > _MOST_MARKS or (hidden(char) and not _at_home(text, place)):
            char = escape(char)
            escapes.append((length, length + len(char)))
        out.append(char)
        length += len(char)
    made = Shown("".join(out))
    made.escapes = tuple(escapes)
    return made


def shown_line(text: str, width: int = 300) -> str:
    """`text` on one line, as `schemas.terminal.one_line`, and what takes no room in it visible too."""
    return one_line(str(shown(text[: 8 * width])), width)


def escape(char: str) -> str:
    """One character as `\\x1b`, `\\u202e` or `\\U000e0041`."""
    code = ord(char)
    made = visible(char)
    return made if made != char else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def name_of(char: str) -> str:
    """`U+202E RIGHT-TO-LEFT OVERRIDE`; of a control character, which has no name, that it is one."""
    unnamed = "CONTROL CHARACTER" if unicodedata.category(char) == "Cc" else ""
    return f"U+{ord(char):04X} {unicodedata.name(char, unnamed)}".rstrip()


@lru_cache(maxsize=4096)
def hidden(char: str) -> bool:
    """Whether `char` alone would not be seen for what it is."""
    if char in "\n\t":
        return False
    if char in _BLANKS or char in _CHOOSERS or 0xE0100 <= ord(char) <= 0xE01EF or visible(char) != char:
        return True
    kind = unicodedata.category(char)
    # Python knows fewer characters than uniseg, whose tables are newer.
    return kind in ("Cf", "Co", "Zl", "Zp") or (kind == "Cn" and line_break(char).value == "XX")


def _at_home(text: str, place: int) -> bool:
    """Whether a character that is hidden elsewhere does its own work here."""
    char = text[place]
    before = text[place - 1] if place else ""
    if not before:
        return False
    if char in _CHOOSERS:
        return bool(extended_pictographic(before) or emoji(before))
    if 0xE0100 <= ord(char) <= 0xE01EF:
        return bool(line_break(before).value == "ID")
    if char in _JOINERS:
        after = text[place + 1] if place + 1 < len(text) else ""
        if char == "\u200d" and after and extended_pictographic(after):
            base = text[place - 2] if before == "\ufe0f" and place > 1 else before
            return extended_pictographic(base) or "\U0001f3fb" <= base <= "\U0001f3ff"
        # rich leaves out of its count what follows a joiner of width zero, so only the other one may stand here
        joins = unicodedata.combining(before) == 9 or unicodedata.bidirectional(before) == "AL"
        return char == "\u200c" and joins
    return False
