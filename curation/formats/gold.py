"""The gold answer: the ways in which rows name it among their options."""

from __future__ import annotations

from collections.abc import Sequence

from curation.canonical import canonical_text
from curation.formats.base import Rejected
from curation.formats.building import letters_of, unlettered
from schemas.instance import LETTERS


def place_of(text: str, options: Sequence[str]) -> int:
    """The place from 0 of the option that reads as `text` does, with or without a letter in front of it.

    Raises:
        Rejected: no option does, or two do.
    """
    flat = [canonical_text(option) for option in options]
    # As it stands first, or the option "A large one" would lose its article; then without a letter.
    for wanted in dict.fromkeys(canonical_text(t) for t in (text, *unlettered([text]))):
        places = [place for place, option in enumerate(flat) if option == wanted]
        if len(places) > 1:
            raise Rejected("the gold answer stands at two options")
        if places:
            return _within(places[0])
    raise Rejected("the gold answer is none of the options")


def letters_or_text(answer: str, options: Sequence[str]) -> str:
    """Gold letters in order, where the answer is letters or else an option's own text.

    Raises:
        Rejected: it is neither; the reason speaks of the letters.
    """
    try:
        return letters_of(answer)
    except Rejected:
        try:
            return LETTERS[place_of(answer, options)]
        except Rejected:
            pass
        raise


def index_of(text: str, first: int, count: int) -> int:
    """The place from 0 that a number names which counts from `first`. Raises Rejected if it is no place of `count`."""
    flat = text.removesuffix(".0")  # a column with gaps in it comes as floats
    if not (flat.isascii() and flat.isdecimal() and len(flat) < 10):
        raise Rejected(f"the gold answer {text!r} is not a place among the options")
    place = int(flat) - first
    if not 0 <= place < min(count, len(LETTERS)):
        raise Rejected(f"the gold answer is option {int(flat)}, counted from {first}, of {count}")
    return place


def _within(place: int) -> int:
    if place >= len(LETTERS):
        raise Rejected(f"there are more than {len(LETTERS)} options")
    return place
