"""Where a text holds the words of a query, for showing them: found under folding, told in the text as it stands."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from curation.review.search.grams import folded, words


def places(text: str, query: str) -> list[tuple[int, int]]:
    """(start, end) of every place in `text` that holds a word of the query, in order; none overlaps another.

    Each character is folded by itself, with its combining marks. White space is passed over in texts and words, so that
    a word that a line break parts is found.
    """
    flat, at = _folded(text)
    found: list[tuple[int, int]] = []
    for word in words(query):
        sought = word.replace(" ", "")
        start = flat.find(sought) if sought else -1
        while start >= 0:
            end = start + len(sought)
            found.append((at[start][0], at[end - 1][1]))
            start = flat.find(sought, end)
    return _joined(sorted(found))


def _folded(text: str) -> tuple[str, list[tuple[int, int]]]:
    """(the folded text without white space, for each character of it where it comes from)."""
    flat, at, start = [], [], 0
    while start < len(text):
        end = start + 1
        while end < len(text) and unicodedata.combining(text[end]):
            end += 1
        made = _folded_one(text[start:end])
        flat.append(made)
        at += [(start, end)] * len(made)
        start = end
    return "".join(flat), at


@lru_cache(20_000)
def _folded_one(character: str) -> str:
    return folded(character).replace(" ", "")


def _joined(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for start, end in spans:
        if found and start < found[-1][1]:
            found[-1] = found[-1][0], max(end, found[-1][1])
        else:
            found.append((start, end))
    return found
