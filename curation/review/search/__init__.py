"""Search by character bigrams: two Chinese characters find what holds them, without a dictionary and without spaces.

`grams` says what a text is indexed under; the index of each database answers which items hold all of a query's grams,
and every candidate's text is looked at before it is found. No second copy of a text is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from sqlalchemy import Connection

from curation.review.search import postgres, sqlite
from curation.review.search.grams import folded, grams, wanted

# A query of one common character matches nearly everything; what is looked at is bounded.
LOOKED_AT = 5_000
_AT_ONCE = 200


def create_search(connection: Connection) -> None:
    """Make the index of a new store."""
    _index(connection).create(connection)


def index_items(connection: Connection, rows: Iterable[tuple[int, str]]) -> None:
    """Index new items, (number, text) each."""
    _index(connection).insert(connection, [(number, grams(text)) for number, text in rows])


def reindex(connection: Connection, number: int, before: str, after: str) -> None:
    """Find an item by its new text instead of the one that it had."""
    index = _index(connection)
    index.delete(connection, number, grams(before))
    index.insert(connection, [(number, grams(after))])


def find(
    connection: Connection,
    query: str,
    limit: int,
    text_of: Callable[[Sequence[int]], Mapping[int, str]],
    *,
    ability: str | None = None,
) -> list[int]:
    """Numbers of items whose text holds the query, in the order of loading.

    Upper and lower case, full and half width, and white space beside Chinese characters make no difference.

    Args:
        limit: of items; at most `LOOKED_AT` candidates are looked at for them.
        text_of: texts of some items, by number.
        ability: only items of this one.
    """
    sought = folded(query)
    whole, beginnings = wanted(query)
    if not whole and not beginnings:
        return []
    candidates = _index(connection).candidates(connection, whole, beginnings, LOOKED_AT, ability)
    found: list[int] = []
    for at in range(0, len(candidates), _AT_ONCE):
        texts = text_of(candidates[at : at + _AT_ONCE])
        found += [n for n in candidates[at : at + _AT_ONCE] if sought in folded(texts.get(n, ""))]
        if len(found) >= limit:
            break
    return found[:limit]


def _index(connection: Connection) -> sqlite.Index | postgres.Index:
    return sqlite.Index() if connection.dialect.name == "sqlite" else postgres.Index()
