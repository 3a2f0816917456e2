"""Whether the index is the one that the items' texts give, told by sums over all its entries; and making it anew.

An index leads to items whose texts are then looked at: a wrong one can hide an item from a search, and no more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple
from zlib import crc32

from sqlalchemy import Connection, select
from sqlalchemy.exc import DatabaseError

from curation.review.search import create_search, postgres, sqlite
from curation.review.search.grams import grams
from curation.review.tables import item
from schemas.errors import BadData
from schemas.progress import Progress, Tick

_AT_ONCE = 500
_VOCABULARY = "CREATE VIRTUAL TABLE temp.gram_terms USING fts5vocab('main', 'gram', 'row')"
_SUMS = (
    "SELECT count(*), coalesce(sum(cardinality(grams)), 0)::bigint,"
    " coalesce(sum((SELECT sum(one::bigint) FROM unnest(grams) AS one)), 0)::bigint FROM gram"
)


class Sums(NamedTuple):
    """Over an index: items (0 where the index can't tell), entries, and their hashes added up."""

    items: int
    entries: int
    hashes: int


def require_search(
    connection: Connection,
    text_of: Callable[[Sequence[int]], Mapping[int, str]],
    progress: Progress,
) -> None:
    """Raises BadData: the index is not that of the texts. Args: text_of: texts of some items, by number."""
    known = connection.dialect.name == "sqlite"
    wanted = _of_texts(connection, text_of, _tokens if known else _codes, progress)
    try:
        found = _of_vocabulary(connection) if known else Sums(*connection.exec_driver_sql(_SUMS).one())
    except DatabaseError:
        found = Sums(-1, -1, -1)
    if found != (wanted._replace(items=0) if known else wanted):
        raise BadData("the search index is not that of the texts", where="search", do="store rebuild")


def make_anew(connection: Connection) -> None:
    """An empty index in place of whatever there is."""
    connection.exec_driver_sql("DROP TABLE IF EXISTS gram")
    create_search(connection)


def _of_texts(
    connection: Connection,
    text_of: Callable[[Sequence[int]], Mapping[int, str]],
    hashed: Callable[[str, str], Iterable[int]],
    progress: Progress,
) -> Sums:
    items = entries = hashes = after = 0
    while True:
        rows = select(item.c.number, item.c.ability).where(item.c.number > after).order_by(item.c.number)
        abilities = dict(connection.execute(rows.limit(_AT_ONCE)).tuples().all())
        if not abilities:
            return Sums(items, entries, hashes)
        for number, text in text_of(list(abilities)).items():
            made = list(hashed(abilities[number], text))
            entries, hashes = entries + len(made), hashes + sum(made)
        items, after = items + len(abilities), max(abilities)
        progress(Tick("search", items))


def _tokens(ability: str, text: str) -> Iterable[int]:
    """Hashes of what FTS5 keeps of a text."""
    words = f"{sqlite._tag(ability)} {sqlite._words(grams(text))}"
    return map(crc32, map(str.encode, {*words.split(" ")} - {""}))


def _codes(ability: str, text: str) -> Iterable[int]:
    return {postgres._tag(ability), *map(postgres._code, grams(text))}


def _of_vocabulary(connection: Connection) -> Sums:
    """FTS5 shows its terms through a table of the connection's own, which takes a connection that may write."""
    run = connection.exec_driver_sql
    (only_reads,) = run("pragma query_only").one()
    run("pragma query_only = off")
    try:
        run(_VOCABULARY)
        entries = hashes = 0
        for term, count in run("SELECT term, doc FROM temp.gram_terms"):
            entries, hashes = entries + count, hashes + count * crc32(term.encode())
        run("DROP TABLE temp.gram_terms")
    finally:
        run(f"pragma query_only = {only_reads}")
    return Sums(0, entries, hashes)
