"""One character for each thing that an editor must treat as one: what can't be shown, and what is several code points.

Textual's text area counts code points: it would split an emoji, paint an escape sequence raw, and turn ten kinds of
line separators into newlines. So the editor's document holds a stand-in for each of them, a private-use character that
is as wide as what is painted for it, and the text itself is got back exactly.
"""

from __future__ import annotations

import re

from rich.cells import cell_len
from uniseg.graphemecluster import grapheme_clusters

from screens.shown import ODD, hidden, shown

_NARROW = (*range(0xF0000, 0xFFFFE), *range(0x100000, 0x10FFFE))
_WIDE = range(0x34000, 0x3FFFE)  # unassigned, and two cells wide
_RANGES = re.compile("[\U00034000-\U0003fffd\U000f0000-\U000ffffd\U00100000-\U0010fffd]")
_RUNS = re.compile(
    f"(?>[^\n]?{ODD}++)++[^\n]?"
)  # with the characters before and behind, which may belong to a cluster
# What is painted for a character that can't be: its control picture where there is one.
_PICTURES = {chr(code): chr(0x2400 + code) for code in range(32)} | {"\x7f": "\u2421"}
UNKNOWN = "?"


class StandIns:
    """The stand-ins of one editor; `encode` and `decode` are each other's inverse on any text."""

    def __init__(self) -> None:
        self._of: dict[str, str] = {}
        self._means: dict[int, str] = {}
        self._paints: dict[int, str] = {}
        self.hides: set[str] = set()

    def encode(self, text: str) -> str:
        """`text` for the document: newlines and tabs as they are, a stand-in for each odd thing."""
        return _RUNS.sub(lambda match: self._replaced(match[0]), text)

    def decode(self, text: str) -> str:
        """The text that a piece of the document means."""
        return text.translate(self._means) if self._means else text

    def paint(self, text: str) -> str:
        """What the screen shows for a piece of the document, cell for cell."""
        return text.translate(self._paints) if self._paints else text

    def named(self, text: str) -> list[str]:
        """The characters in a piece of the document that can't be shown, in order, each once."""
        return list(dict.fromkeys(self._means[ord(char)] for char in text if char in self.hides))

    def _replaced(self, run: str) -> str:
        out = []
        for cluster in grapheme_clusters(run):
            if len(cluster) == 1:
                out.append(self._one(cluster))
            elif shown(cluster) == cluster and cell_len(cluster) in (1, 2):
                out.append(self._stand_in(cluster, cluster, cell_len(cluster)))
            else:
                out += map(self._one, cluster)
        return "".join(out)

    def _one(self, char: str) -> str:
        if char in "\n\t" or not (hidden(char) or not cell_len(char) or _RANGES.match(char)):
            return char
        stand_in = self._stand_in(char, _PICTURES.get(char, UNKNOWN), 1)
        self.hides.add(stand_in)
        return stand_in

    def _stand_in(self, means: str, paints: str, width: int) -> str:
        if means not in self._of:
            pool = _NARROW if width == 1 else _WIDE
            code = pool[len(self._of) % len(pool)]
            if code in self._means:  # as many different ones as there are code points: nobody's text
                raise OverflowError("too many different hidden characters in one text")
            self._of[means] = chr(code)
            self._means[code], self._paints[code] = means, paints
        return self._of[means]
