"""Whether the index is the one that the items' texts give, told by sums over all its entries; and making it anew.

An index leads to items whose texts are then looked at: a wrong one can hide an item from a search, and no more.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple
from zlib import crc32

from sqlalchemy import Connection, select
from sqlalchemy.exc import DatabaseError

from curation.review.search import create_search, postgres, sqlite
from curation.review.search.grams import grams
from curation.review.tables import item
from curation.workers import in_order
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
    workers: int | None,
    progress: Progress,
) -> None:
    """Look whether the index is that of the texts.

    Args:
        text_of: texts of some items, by number.
        workers: as for `curation.workers.in_order`.

    Raises:
        BadData: it is not.
    """
    known = connection.dialect.name == "sqlite"
    items = entries = hashes = 0
    blocks = _blocks(connection, text_of)
    for one in in_order(_of_tokens if known else _of_codes, blocks, workers):
        items, entries, hashes = items + one.items, entries + one.entries, hashes + one.hashes
        progress(Tick("search", items))
    try:
        found = _of_vocabulary(connection) if known else Sums(*connection.exec_driver_sql(_SUMS).one())
    except (DatabaseError, sqlite3.DatabaseError):
        found = Sums(-1, -1, -1)
    if found != Sums(0 if known else items, entries, hashes):
        raise BadData("the search index is not that of the texts", where="search", do="store rebuild")


def make_anew(connection: Connection) -> None:
    """An empty index in place of whatever there is."""
    connection.exec_driver_sql("DROP TABLE IF EXISTS gram")
    create_search(connection)


def _blocks(
    connection: Connection, text_of: Callable[[Sequence[int]], Mapping[int, str]]
) -> Iterator[list[tuple[str, str]]]:
    """(ability, text) of all items, in blocks."""
    after = 0
    while True:
        rows = select(item.c.number, item.c.ability).where(item.c.number > after).order_by(item.c.number)
        abilities = dict(connection.execute(rows.limit(_AT_ONCE)).tuples().all())
        if not abilities:
            return
        yield [(abilities[number], text) for number, text in text_of(list(abilities)).items()]
        after = max(abilities)


def _of_tokens(block: list[tuple[str, str]]) -> Sums:
    """What FTS5 keeps of some texts."""
    entries = hashes = 0
    for ability, text in block:
        tokens = {*f"{sqlite._tag(ability)} {sqlite._words(grams(text))}".split(" ")} - {""}
        entries, hashes = entries + len(tokens), hashes + sum(map(crc32, map(str.encode, tokens)))
    return Sums(len(block), entries, hashes)


def _of_codes(block: list[tuple[str, str]]) -> Sums:
    """What PostgreSQL keeps of some texts."""
    entries = hashes = 0
    for ability, text in block:
        codes = {postgres._tag(ability), *map(postgres._code, grams(text))}
        entries, hashes = entries + len(codes), hashes + sum(codes)
    return Sums(len(block), entries, hashes)


def _of_vocabulary(connection: Connection) -> Sums:
    """FTS5 shows its terms through a table of the connection's own, which takes a connection that may write."""
    run = connection.exec_driver_sql
    (only_reads,) = run("pragma query_only").one()
    run("pragma query_only = off")
    try:
        run(_VOCABULARY)
        entries = hashes = 0
        driver: Any = connection.connection.dbapi_connection  # millions of rows, in half the time
        for term, count in driver.execute("SELECT term, doc FROM temp.gram_terms"):
            entries, hashes = entries + count, hashes + count * crc32(term.encode())
        run("DROP TABLE temp.gram_terms")
    finally:
        run(f"pragma query_only = {only_reads}")
    return Sums(0, entries, hashes)
