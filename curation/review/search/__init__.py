"""Search by character bigrams: two Chinese characters find what holds them, without a dictionary and without spaces.

`grams` says what a text is indexed under; the index of each database answers which items hold all of a query's grams,
and every candidate's text is looked at before it is found. No second copy of a text is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from sqlalchemy import Connection, select

from curation.review.search import postgres, sqlite
from curation.review.search.grams import folded, grams, wanted
from curation.review.tables import item

# Candidates whose texts are looked at for one query: its grams may all be there and yet not in a row.
LOOKED_AT = 1_000


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
) -> list[int]:
    """Numbers of items whose text holds every word of the query, in the order of loading.

    Words are what white space parts, so that a Chinese phrase is one. Upper and lower case, full and half width,
    traditional and simplified characters, and white space beside Chinese characters in a text make no difference.

    Args:
        limit: of items; at most `LOOKED_AT` candidates are looked at for them.
        text_of: texts of some items, by number.
        ability: only items of this one.
        after: only items of higher numbers: where an earlier search ended.
    """
    sought = [folded(word) for word in query.encode("utf-8", "ignore").decode().split()]
    found: list[int] = []
    asked = wanted(sought)
    pieces = _index(connection).candidates(connection, asked, ability, after, LOOKED_AT) if asked else ()
    for numbers in pieces:
        texts = text_of(numbers)
        holding = [n for n in numbers if _holds(folded(texts.get(n, "")), sought)]
        if ability is not None:
            held = _abilities(connection, holding)
            holding = [n for n in holding if held.get(n) == ability]
        found += holding
        if len(found) >= limit:
            break
    return found[:limit]


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
