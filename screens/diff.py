"""Character by character, what an edit took away and what it put in."""

from __future__ import annotations

import re
from collections import Counter
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Literal, NamedTuple

from uniseg.graphemecluster import grapheme_clusters

from screens.passage import Mark, Passage
from screens.shown import ODD

_ODD = re.compile(ODD)
_SENTENCE = re.compile(r"[^\n。！？!?;；]*(?:[。！？!?;；]+|\n|$)")
MOST = 100_000  # pairs of equal characters up to which texts are matched one by one
NEAR = 24  # unchanged characters that are shown beside a change


class Piece(NamedTuple):
    """Args: kind: `same`, `removed` or `added`."""

    kind: Literal["same", "removed", "added"]
    text: str


@lru_cache(maxsize=64)
def differences(old: str, new: str) -> tuple[Piece, ...]:
    """What turns `old` into `new`, in order; within a change what was removed comes before what was added.

    Grapheme clusters are never split. Where both texts are long, sentences are matched first, and characters within
    the sentences that changed.
    """
    before, after = _units(old), _units(new)
    head = 0
    while head < min(len(before), len(after)) and before[head] == after[head]:
        head += 1
    tail = 0
    while tail < min(len(before), len(after)) - head and before[-1 - tail] == after[-1 - tail]:
        tail += 1
    middle = _between(before[head : len(before) - tail], after[head : len(after) - tail])
    found = [
        Piece("same", "".join(before[:head])),
        *middle,
        Piece("same", "".join(before[len(before) - tail :])),
    ]
    return tuple(_joined(found))


def _units(text: str) -> list[str]:
    return list(grapheme_clusters(text)) if _ODD.search(text) else list(text)


def _between(before: list[str], after: list[str]) -> list[Piece]:
    if not before or not after:
        return [Piece("removed", "".join(before)), Piece("added", "".join(after))]
    if _pairs(before, after) <= MOST:
        return _quiet(_matched(before, after))
    old, new = _sentences("".join(before)), _sentences("".join(after))
    out: list[Piece] = []
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    if _pairs(old, new) > MOST:
        return [Piece("removed", "".join(old)), Piece("added", "".join(new))]
    for tag, a, b, c, d in matcher.get_opcodes():
        one, other = "".join(old[a:b]), "".join(new[c:d])
        if tag == "equal":
            out.append(Piece("same", one))
        elif one and other and _pairs(_units(one), _units(other)) <= MOST:
            out += _quiet(_matched(_units(one), _units(other)))
        else:
            out += [Piece("removed", one), Piece("added", other)]
    return out


def _pairs(before: list[str], after: list[str]) -> int:
    """Pairs of equal elements: what one round of matching costs."""
    counts = Counter(after)
    return sum(times * counts[unit] for unit, times in Counter(before).items())


def _matched(before: list[str], after: list[str]) -> list[Piece]:
    out = []
    for tag, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        one, other = "".join(before[a:b]), "".join(after[c:d])
        if tag == "equal":
            out.append(Piece("same", one))
        else:
            out += [Piece("removed", one), Piece("added", other)]
    return out


def _quiet(pieces: list[Piece]) -> list[Piece]:
    """A single character that both sides happen to share within a longer change only makes the change hard to read."""
    pieces = _joined(pieces)
    out: list[Piece] = []
    for place, piece in enumerate(pieces):
        inside = 0 < place < len(pieces) - 1
        if piece.kind == "same" and inside and len(piece.text) == 1 and piece.text.isalnum():
            around = sum(len(p.text) for p in pieces[max(0, place - 2) : place + 3] if p.kind != "same")
            if around >= 6:
                out += [Piece("removed", piece.text), Piece("added", piece.text)]
                continue
        out.append(piece)
    return out


def _sentences(text: str) -> list[str]:
    return [s for s in _SENTENCE.findall(text) if s]


def _joined(pieces: list[Piece]) -> list[Piece]:
    """Neighbours of a kind as one; within a change, all that was removed before all that was added."""
    out: list[Piece] = []
    removed = added = ""
    for piece in (*pieces, None):
        if piece is not None and piece.kind == "removed":
            removed += piece.text
        elif piece is not None and piece.kind == "added":
            added += piece.text
        elif piece is None or piece.text:
            out += [Piece("removed", removed)] if removed else []
            out += [Piece("added", added)] if added else []
            removed = added = ""
            if piece and out and out[-1].kind == "same":
                out[-1] = Piece("same", out[-1].text + piece.text)
            elif piece:
                out.append(piece)
    return out


def told(old: str, new: str, whole: bool = False) -> tuple[str, list[Mark]]:
    """The difference as one text with its marks: `[-old-]{+new+}`, long unchanged stretches as `⋯` unless `whole`."""
    pieces = differences(old, new)
    text, marks = "", list[Mark]()
    for place, (kind, piece) in enumerate(pieces):
        if kind == "same":
            if whole or len(piece) <= 2 * NEAR + 8:
                text += piece
                continue
            left = piece[:NEAR] if place else ""
            right = piece[-NEAR:] if place < len(pieces) - 1 else ""
            text += left
            marks.append((len(text), len(text) + 3, "passage--quiet"))
            text += f" ⋯ {right}"
            continue
        opening, closing = ("[-", "-]") if kind == "removed" else ("{+", "+}")
        start = len(text)
        text += opening + piece + closing
        marks += [
            (start, start + 2, "passage--quiet"),
            (start + 2, len(text) - 2, f"passage--{kind}"),
            (len(text) - 2, len(text), "passage--quiet"),
        ]
    return text, marks


class Difference(Passage):
    """What an edit changed. Removed text stands in `[-…-]` struck out, new text in `{+…+}` underlined."""

    HELP = """\
What the edit changes, character by character.

- `[-…-]`, struck out: taken away. `{+…+}`, underlined: put in. `⋯`: an unchanged stretch.
- Characters that can't be shown stand as escapes.
"""

    def compare(self, old: str, new: str, whole: bool = False, same: str = "no difference") -> None:
        """Show what turns `old` into `new`; `same` where nothing does."""
        if old == new:
            self.show(same, [(0, len(same), "passage--quiet")])
        else:
            self.show(*told(old, new, whole))
