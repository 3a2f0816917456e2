"""Templates: fixed wordings that many rows share, with gaps where the rows differ. Definition and search are ours.

Rows are masked first (numbers, quoted words and names). A wording of `gram` units that many rows hold is extended to
both sides as long as nearly all of these rows go on alike; wordings that stand in the same rows, one after the other,
make one template: `请写一首关于…的诗,不少于0字`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median_low

from curation.diversity.views import joined, units

_ALIKE = 0.9  # share of a wording's rows that have to go on alike, and that two wordings have to share
_WORDS = 4  # letters or characters that a template has at least: marks and numbers alone are layout
_NEW = 3  # units by which a wording has to go beyond one that it holds
_PIECE = 120  # units of the longest piece
_TRIES = 400
_MOST = 30  # templates of one channel; with two channels their bits fit into 64
_PRIVATE = 0xF0000


@dataclass(frozen=True)
class Template:
    """Pieces that stand in a row's masked text one after the other.

    Args:
        pieces: one or more, none empty.
        begins, ends: most rows begin or end with it.
        coverage: share of the whole text's characters that the pieces make up, median over the rows that hold it.
    """

    pieces: tuple[str, ...]
    begins: bool = False
    ends: bool = False
    coverage: float = 1.0

    def matches(self, text: str) -> bool:
        place = 0
        for piece in self.pieces:
            place = text.find(piece, place)
            if place < 0:
                return False
            place += len(piece)
        return True

    def shown(self) -> str:
        """The template in one line, `…` for the gaps."""
        return f"{'' if self.begins else '…'}{'…'.join(self.pieces)}{'' if self.ends else '…'}"


def find_templates(
    texts: Sequence[str], least: int, gram: int = 6, wholes: Sequence[int] | None = None
) -> list[Template]:
    """Templates that at least `least` of the texts hold, the commonest first.

    Args:
        texts: masked texts, (rows,); their order does not matter beyond ties.
        gram: units of the shortest wording.
        wholes: characters of the whole texts that the masked ones were taken from, (rows,); their own if missing.
    """
    coder = _Coder()
    coded = [coder.code(text) for text in texts]
    counted: Counter[str] = Counter()
    for text in coded:
        counted.update({text[i : i + gram] for i in range(len(text) - gram + 1)})
    heavy = [g for g, count in counted.items() if count >= least]
    heavy.sort(key=lambda g: (-counted[g], coder.text(g)))
    found: list[_Wording] = []
    covered: set[str] = set()
    tries = 0
    for start in heavy:
        if start in covered:
            continue
        tries += 1
        if tries > _TRIES or len(found) >= _MOST:
            break
        wording = _extended(start, coded, least)
        covered.update(wording.text[i : i + gram] for i in range(len(wording.text) - gram + 1))
        if not _joins(wording, found, coded) and _is_news(wording, found, coder):
            found.append(wording)
    templates = [_template(wording, coded, coder) for wording in found]
    lengths = wholes or [len(text) for text in texts]
    kept: list[tuple[int, Template]] = []
    for template in templates:
        holders = [length for text, length in zip(texts, lengths, strict=True) if template.matches(text)]
        if len(holders) >= least:
            fixed = sum(map(len, template.pieces))
            kept.append((len(holders), replace(template, coverage=min(1.0, fixed / median_low(holders)))))
    kept.sort(key=lambda pair: (-pair[0], pair[1].pieces))
    return [t for _, t in kept]


@dataclass
class _Wording:
    """A piece of coded text, the rows that hold it, and further pieces that stand in the same rows."""

    text: str
    rows: set[int]
    pieces: list[str]


class _Coder:
    """Texts in which every unit is one character, so that a gram of units is a slice."""

    def __init__(self) -> None:
        self._codes: dict[str, str] = {}
        self._units: dict[str, str] = {}

    def code(self, text: str) -> str:
        return "".join(u if len(u) == 1 else self._code(u) for u in units(text))

    def text(self, coded: str) -> str:
        return joined([self._units.get(c, c) for c in coded])

    def words(self, coded: str) -> int:
        return sum(self._units.get(c, c).isalpha() and c != "某" for c in coded)

    def _code(self, unit: str) -> str:
        code = self._codes.get(unit)
        if code is None:
            # The last code point is shared by all words that come too late; what is found by it matches nothing.
            code = chr(min(_PRIVATE + len(self._codes), 0x10FFFF))
            self._codes[unit] = code
            self._units[code] = unit
        return code


def _extended(start: str, coded: Sequence[str], least: int) -> _Wording:
    rows = [i for i, text in enumerate(coded) if start in text]
    # Against the rows it began with, so that many small losses do not add up.
    enough = max(least, _ALIKE * len(rows))
    text = start
    for right in (True, False):
        while len(text) < _PIECE:
            following: Counter[str] = Counter()
            for i in rows:
                place = coded[i].find(text)
                at = place + len(text) if right else place - 1
                if 0 <= at < len(coded[i]):
                    following[coded[i][at]] += 1
            if not following:
                break
            char, _ = max(following.items(), key=lambda pair: (pair[1], pair[0]))
            longer = text + char if right else char + text
            still = [i for i in rows if longer in coded[i]]
            if len(still) < enough:
                break
            text, rows = longer, still
    return _Wording(text, set(rows), [text])


def _joins(wording: _Wording, found: Sequence[_Wording], coded: Sequence[str]) -> bool:
    """Whether a wording stands in the same rows as one found before; a further piece of it if it stands apart."""
    for other in found:
        both = len(wording.rows & other.rows)
        if both < _ALIKE * max(len(wording.rows), len(other.rows)):
            continue
        if len(other.pieces) < 8:
            for place in range(len(other.pieces) + 1):
                longer = [*other.pieces[:place], wording.text, *other.pieces[place:]]
                rows = {i for i in other.rows if _in_order(longer, coded[i])}
                if len(rows) >= _ALIKE * len(other.rows):
                    other.pieces, other.rows = longer, rows
                    break
        return True
    return False


def _is_news(wording: _Wording, found: Sequence[_Wording], coder: _Coder) -> bool:
    if coder.words(wording.text) < _WORDS:
        return False
    return all(
        piece not in wording.text or len(wording.text) >= len(piece) + _NEW
        for other in found
        for piece in other.pieces
    )


def _in_order(pieces: Sequence[str], text: str) -> bool:
    place = 0
    for piece in pieces:
        place = text.find(piece, place)
        if place < 0:
            return False
        place += len(piece)
    return True


def _template(wording: _Wording, coded: Sequence[str], coder: _Coder) -> Template:
    rows = [coded[i] for i in wording.rows]
    most = _ALIKE * len(rows)
    return Template(
        tuple(coder.text(piece) for piece in wording.pieces),
        begins=sum(text.startswith(wording.pieces[0]) for text in rows) >= most,
        ends=sum(text.endswith(wording.pieces[-1]) for text in rows) >= most,
    )
