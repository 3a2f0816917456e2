"""Text from data sets and models is hostile: what may go to a terminal as it is, and what is shown instead."""

from __future__ import annotations

import unicodedata

# Bidirectional overrides and isolates can make a line read differently from what it holds.
_BIDI = {chr(c) for c in (*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C)}


def visible(text: str, *, keep: str = "") -> str:
    """`text` with control and bidi characters replaced by a visible escape such as `\\x1b` or `\\u202e`.

    Args:
        text: anything, unpaired surrogates included.
        keep: control characters to leave alone, for instance a newline.
    """
    if text.isascii() and text.isprintable():
        return text
    out = []
    for char in text:
        if char in keep or not (char in _BIDI or unicodedata.category(char) in ("Cc", "Cs")):
            out.append(char)
        else:
            code = ord(char)
            out.append(f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}")
    return "".join(out)


def one_line(text: str, width: int = 300) -> str:
    """`text` made safe, on one line, cut to `width` characters with a mark where it was cut."""
    flat = visible(" ".join(text.split()))
    return flat if len(flat) <= width else flat[: width - 1] + "…"
