"""Search by character bigrams: two Chinese characters find what holds them, without a dictionary and without spaces.

`grams` says what a text is indexed under; the index of each database answers which items hold all of a query's grams,
and every candidate's text is looked at before it is found. No second copy of a text is kept.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, select

from curation.review.search import postgres, sqlite
from curation.review.search.grams import folded, grams, wanted, words
from curation.review.tables import item


class Found(NamedTuple):
    """What a search found, and how far it went.

    Args:
        numbers: of items, in the order of loading.
        after: None where every item was gone through; else that was so up to the item of this number, and a search
            `after` it goes on.
    """

    numbers: list[int]
    after: int | None


def create_search(connection: Connection) -> None:
    """Make the index of a new store."""
    _index(connection).create(connection)


def begin_load(connection: Connection) -> None:
    """To be called before a pool is loaded, in a transaction of its own. Until `end_load` searches may be slow."""
    _index(connection).begin_load(connection)


def end_load(connection: Connection) -> None:
    """To be called when a pool is loaded. Nothing is lost if it never comes: the next load makes up for it."""
    _index(connection).end_load(connection)


def index_items(connection: Connection, rows: Iterable[tuple[int, str]]) -> None:
    """Index new items, (number, text) each, that are in the table of items already."""
    texts = dict(rows)
    abilities = _abilities(connection, list(texts))
    made = ((number, abilities[number], grams(text)) for number, text in texts.items())
    _index(connection).insert(connection, made)


def reindex(connection: Connection, number: int, before: str, after: str) -> None:
    """Find an item by its new text instead of the one that it had."""
    had, has = grams(before), grams(after)
    _index(connection).change(connection, number, had - has, has - had)


def find(
    connection: Connection,
    query: str,
    limit: int,
    text_of: Callable[[Sequence[int]], Mapping[int, str]],
    *,
    ability: str | None = None,
    after: int = 0,
    seconds: float | None = None,
) -> Found:
    """Items whose text holds every word of the query.

    Words are what white space parts, so that a Chinese phrase is one. Upper and lower case, full and half width,
    traditional and simplified characters, and white space beside Chinese characters in a text make no difference.

    Args:
        limit: of items.
        text_of: texts of some items, by number.
        ability: only items of this one.
        after: only items of higher numbers: where an earlier search ended.
        seconds: after so long no further texts are looked at, but some always are: a query's pairs may all be in a
            hundred thousand texts, and never in a row.
    """
    sought = words(query)
    found: list[int] = []
    asked = wanted(sought)
    if not asked:
        return Found([], None)
    until = None if seconds is None else time.monotonic() + seconds
    for numbers in _index(connection).candidates(connection, asked, ability, after):
        texts = text_of(numbers)
        holding = [n for n in numbers if _holds(folded(texts.get(n, "")), sought)]
        if ability is not None:
            held = _abilities(connection, holding)
            holding = [n for n in holding if held.get(n) == ability]
        found += holding
        if len(found) >= limit:
            return Found(found[:limit], found[limit - 1])
        if until is not None and time.monotonic() >= until:
            return Found(found, numbers[-1])
    return Found(found, None)


def _holds(text: str, sought: Sequence[str]) -> bool:
    return all(word in text for word in sought)


def _abilities(connection: Connection, numbers: Sequence[int]) -> dict[int, str]:
    found: dict[int, str] = {}
    for at in range(0, len(numbers), 500):
        rows = select(item.c.number, item.c.ability).where(item.c.number.in_(numbers[at : at + 500]))
        found |= dict(connection.execute(rows).tuples().all())
    return found


def _index(connection: Connection) -> sqlite.Index | postgres.Index:
    return sqlite.Index() if connection.dialect.name == "sqlite" else postgres.Index()
