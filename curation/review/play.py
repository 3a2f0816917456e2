"""A log, played: into an empty database, or anew into the store that it is of."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, inspect, select

from curation.review import tables as t
from curation.review.chain import Event
from curation.review.database import Database, open_database
from curation.review.database.address import FileAddress, read_address
from curation.review.follow import follow
from curation.review.log import AT_ONCE, KeptText, Log, row_blocks
from curation.review.process import Process, first_state
from curation.review.reading import texts
from curation.review.search import index_items
from curation.review.sound import (
    Told,
    expecting_review,
    require_chains,
    require_gold,
    require_hints,
    require_texts,
)
from curation.review.store import ReviewStore, create_tables
from curation.review.transaction import Transaction
from schemas.errors import BadData
from schemas.instance import Candidate, Instance
from schemas.progress import Progress, Tick, silent

_ITEM = ("number", "id", "ability", "form", "state", "revisions", "head", "gold", "flags")
_HINT = ("item", "kind", "text", "other")
_BESIDE = ("", "-wal", "-shm", "-queue")  # what a database in a file consists of


def play_into(
    log: Log,
    url: str,
    progress: Progress = silent,
    *,
    told: Told | None = None,
    bare: bool = False,
    search: bool = True,
) -> ReviewStore:
    """A store with the same events, texts, hints and drafts, and what follows from them.

    Args:
        told: what `require_chains` answered of this log; looked for here if it is not given.
        bare: without the texts, only to be compared.
        search: with what a search needs.

    Raises:
        BadData: there is a review already, or a log that does not hold; nothing is left behind then.
    """
    if told is None:
        told = require_chains(log.events())
    new = _is_new(url)
    database = open_database(url, create=True)
    try:
        with database.reading() as connection:
            if inspect(connection).has_table("meta"):
                raise BadData("there is a review already", where=database.name, do="name an empty database")
        process = database.write(lambda c: _copy(log, told, database, c, progress, bare, search and not bare))
        return ReviewStore(database, process)
    except BaseException:
        database.close()
        for path in new:
            with suppress(OSError):
                path.unlink(missing_ok=True)
        raise


def _is_new(url: str) -> list[Path]:
    """The files that opening makes, if the database is one in a file that is not there yet."""
    address = read_address(url)
    if not isinstance(address, FileAddress) or address.path.exists():
        return []
    return [address.path.with_name(address.path.name + end) for end in _BESIDE]


def _copy(
    log: Log,
    told: Told,
    database: Database,
    connection: Connection,
    progress: Progress,
    bare: bool,
    search: bool,
) -> Process:
    create_tables(connection)
    insert_texts(log, told, database, connection, progress, revisions=True, bare=bare)
    process = play(log.events(), database, connection, progress, new=True)
    require_hints(log, told)
    hints = [tuple(h[name] for name in _HINT) for h in log.hints()]
    database.bulk_insert(connection, t.hint, hints, _HINT)
    drafts = list(log.drafts())
    database.bulk_insert(connection, t.draft, drafts, [column.name for column in t.draft.c])
    if search:
        index_all(connection, progress)
    return process


def insert_texts(
    log: Log,
    told: Told,
    database: Database,
    connection: Connection,
    progress: Progress,
    *,
    revisions: bool,
    bare: bool = False,
) -> None:
    """Write every item as it was loaded, and the texts themselves if `revisions`. Raises as `require_texts`."""
    gold = require_gold(log, told)
    for block in require_texts(log, told, progress):
        if revisions:
            rows = [row._replace(line="") if bare else row for row, _ in block]
            database.bulk_insert(connection, t.revision, rows, KeptText._fields)
        items = [
            _item(row, content, gold.get(row.item)) for row, content in block if row.number % t.REVISIONS == 0
        ]
        database.bulk_insert(connection, t.item, items, _ITEM)


def _item(row: KeptText, content: Instance | Candidate, gold: str | None) -> tuple[Any, ...]:
    state = "gold" if gold is not None else first_state(row.answered)
    return (row.item, row.id, content.ability, content.form, state, 0, row.number, gold, 0)


def play(
    log: Iterable[Event], database: Database, connection: Connection, progress: Progress, *, new: bool
) -> Process:
    """Follow every event, after appending it if it is `new` here; the rules in the end.

    Raises:
        BadData: an event of which nothing can follow.
    """
    tx, filled = Transaction(connection, database, Process()), 0
    for place, one in enumerate(log, 1):
        with expecting_review(f"event {one.number} of {one.actor or 'the store'}, or one shortly before it"):
            if new:
                tx.insert(one)
            follow(tx, one)
            if place % AT_ONCE == 0:
                tx.flush()
            filled += _fills(one)
        if place % AT_ONCE == 0:
            progress(Tick("events", place))
    with expecting_review("the last events"):
        tx.flush()
    done = select(func.count()).select_from(t.slot).where(t.slot.c.done.is_not(None))
    there = int(connection.execute(done).scalar_one())
    if there != filled:
        what = f"{filled} acts of it count, and {there} of them had a place"
        raise BadData(what, where="the log", do="restore the store from a copy")
    return tx.process


def _fills(one: Event) -> int:
    """How many more slots are filled after an event: that there was one open is not asked when it is followed."""
    if one.kind in ("verdict", "revision", "decline"):
        return int(one.said["counted"])
    return -1 if one.kind == "undo" else 0


def index_all(connection: Connection, progress: Progress) -> None:
    """Let a search find every item by the text that it holds."""
    for block in row_blocks(connection, t.item, t.item.c.number):
        numbers = [row.number for row in block]
        for at in range(0, len(numbers), 500):
            index_items(connection, texts(connection, numbers[at : at + 500]).items())
        progress(Tick("search", numbers[-1]))
