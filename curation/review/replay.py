"""The log, played again: into the store it is of, into another one, or only to see that nobody tampered with it.

Everything but events, texts and items follows from the log, so a store can be made anew from them, moved to another
database, and compared with what its log says.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Connection, delete, func, select, update

from curation.review import tables as t
from curation.review.chain import START, Event
from curation.review.follow import follow
from curation.review.log import (
    AT_ONCE,
    Head,
    KeptText,
    Log,
    StoreLog,
    events,
    require_chains,
    require_texts,
    row_blocks,
)
from curation.review.process import Process, first_state
from curation.review.reading import parsed, searchable
from curation.review.search import index_items
from curation.review.store import ReviewStore
from curation.review.transaction import Transaction
from schemas.errors import BadData
from schemas.progress import Progress, Tick, silent


def verify(store: ReviewStore, progress: Progress = silent) -> dict[str, Head]:
    """Look whether the chains hold, every text is what its digest says, and the store is what follows from its log.

    Returns:
        the head of every chain.

    Raises:
        BadData: what was tampered with, or a projection that differs from the log (`rebuild` mends that).
    """
    with store.database.reading() as connection:
        heads = require_chains(events(connection))
        _require_heads(connection, heads)
        require_texts(StoreLog(connection), progress)
        found = _differences(connection)
    if found:
        raise BadData(
            f"{found} does not follow from the log", where=str(store.database.name), do="store rebuild"
        )
    return heads


def _require_heads(connection: Connection, heads: dict[str, Head]) -> None:
    """An end that was cut off leaves a whole chain behind: the heads are kept beside it."""
    for row in connection.execute(select(t.annotator)):
        if Head(row.events, row.head) != heads.get(row.name, Head(0, START)):
            whose = row.name or "the store"
            what = f"its chain has {heads.get(row.name, Head(0, START)).events} events and should have {row.events}"
            raise BadData(what, where=f"log of {whose}", do="restore the store from a copy")


def rebuild(store: ReviewStore, progress: Progress = silent) -> None:
    """Make everything that follows from the log anew, in one transaction. Leases end; tokens go on."""

    def act(connection: Connection) -> None:
        heads = require_chains(events(connection))
        highest = connection.execute(select(func.coalesce(func.max(t.slot.c.token), 0))).scalar_one()
        for table in t.FOLLOWS:
            connection.execute(delete(table))
        _reset_items(connection)
        _play(store, connection, events(connection), progress)
        # Whoever still holds a lease of before must not be mistaken for whoever gets the slot next.
        connection.execute(update(t.slot).values(token=highest + 1))
        for actor, head in heads.items():
            row = update(t.annotator).where(t.annotator.c.name == actor)
            connection.execute(row.values(events=head.events, head=head.hash))

    store.database.write(act)


def _reset_items(connection: Connection) -> None:
    root = select(t.revision.c.answered).where(t.revision.c.number == t.item.c.number * t.REVISIONS)
    plain = update(t.item).where(t.item.c.gold.is_(None))
    fresh = {"revisions": 0, "flags": 0, "head": t.item.c.number * t.REVISIONS}
    for answered in (True, False):
        rows = plain.where(root.scalar_subquery() == answered)
        connection.execute(rows.values(state=first_state(answered), **fresh))


def _play(store: ReviewStore, connection: Connection, log: Iterable[Event], progress: Progress) -> None:
    tx = Transaction(connection, store.database, store.process)
    for place, one in enumerate(log, 1):
        follow(tx, one)
        if place % AT_ONCE == 0:
            tx.flush()
            progress(Tick("events", place))
    tx.flush()


def copy(source: ReviewStore, url: str, progress: Progress = silent) -> ReviewStore:
    """The same review in another, empty database. Raises as `play_into`."""
    with source.database.reading() as connection:
        return play_into(StoreLog(connection), url, progress)


def play_into(log: Log, url: str, progress: Progress = silent) -> ReviewStore:
    """A store with the same events and texts, and what follows from them.

    Raises:
        BadData: there is a review already, or a chain that does not hold.
    """
    require_chains(log.events())
    target = ReviewStore.open(url, create=True, process=Process.model_validate(next(log.events()).said))
    try:
        if target.events() > 1:
            raise BadData("there is a review already", where=url, do="name an empty database")
        target.database.write(lambda connection: _copy(log, target, connection, progress))
    except BaseException:
        target.close()
        raise
    return target


def _copy(log: Log, target: ReviewStore, connection: Connection, progress: Progress) -> None:
    # The event that made the empty store is not one of the log that comes.
    with _Unguarded(connection, target.database.dialect):
        connection.execute(delete(t.event))
    insert, gold, seen = target.database.bulk_insert, log.gold(), 0
    for block in log.texts():
        insert(connection, t.revision, block, KeptText._fields)
        roots = [row for row in block if row.number % t.REVISIONS == 0]
        insert(connection, t.item, [_as_loaded(row, gold.get(row.item)) for row in roots], _ITEM_COLUMNS)
        seen += len(roots)
        progress(Tick("items", seen))
    tx = Transaction(connection, target.database, target.process)
    for place, one in enumerate(log.events(), 1):
        tx.insert(one)
        follow(tx, one)
        if place % AT_ONCE == 0:
            tx.flush()
            progress(Tick("events", place))
    tx.flush()
    target.process = tx.process
    hints = [(h["item"], h["kind"], h["text"], h["other"]) for h in log.hints()]
    insert(connection, t.hint, hints, ("item", "kind", "text", "other"))
    _index(connection, progress)


_ITEM_COLUMNS = ("number", "id", "ability", "form", "state", "revisions", "head", "gold", "flags")


def _as_loaded(row: KeptText, gold: str | None) -> tuple[Any, ...]:
    content = parsed(row.line, row.answered)
    state = "gold" if gold is not None else first_state(row.answered)
    return (row.item, row.id, content.ability, content.form, state, 0, row.number, gold, 0)


def _index(connection: Connection, progress: Progress) -> None:
    for block in row_blocks(connection, t.item, t.item.c.number):
        heads = {row.head: row.number for row in block}
        rows = select(t.revision).where(t.revision.c.number.in_(list(heads)))
        found = [(heads[r.number], searchable(parsed(r.line, r.answered))) for r in connection.execute(rows)]
        index_items(connection, found)
        progress(Tick("search", block[-1].number))


class _Unguarded:
    """Takes the guards off the log while a new store gets somebody else's, and puts them back."""

    def __init__(self, connection: Connection, dialect: str) -> None:
        self._connection, self._dialect = connection, dialect

    def __enter__(self) -> None:
        on = " ON event" if self._dialect == "postgresql" else ""
        self._connection.exec_driver_sql(f"DROP TRIGGER event_stays_DELETE{on}")

    def __exit__(self, *_: object) -> None:
        from curation.review.store import guard

        guard(self._connection, self._dialect, "event", "DELETE")


# What is compared: all that follows, without leases, tokens and numbers that a copy gives out anew.
_PROJECTIONS: tuple[tuple[str, Callable[[], Any]], ...] = (
    (
        "the state of items",
        lambda: select(t.item.c.number, t.item.c.state, t.item.c.revisions, t.item.c.head, t.item.c.flags),
    ),
    (
        "who judged what",
        lambda: (
            select(
                t.slot.c.item, t.slot.c.stage, t.slot.c.round, t.slot.c.vote, t.slot.c.owner, t.slot.c.kept
            )
            .add_columns(t.slot.c.done, t.slot.c.at, t.slot.c.seconds)
            .where(t.slot.c.done.is_not(None))
        ),
    ),
    (
        "which verdicts are missing",
        lambda: select(t.slot.c.item, t.slot.c.stage, t.slot.c.round, t.slot.c.vote).where(
            t.slot.c.done.is_(None), t.slot.c.stage != "gold"
        ),
    ),
    ("what was skipped", lambda: select(t.skip)),
    ("what was seen", lambda: select(t.seen)),
    ("comments", lambda: select(t.comment)),
    ("counts", lambda: select(t.tally).where(t.tally.c.count != 0)),
    (
        "annotators",
        lambda: select(t.annotator),
    ),
)


def _differences(connection: Connection) -> str:
    """Which projection differs from what the log says; empty if none does. Plays the log into a store of its own."""
    with (
        tempfile.TemporaryDirectory(prefix="abilitymix-") as folder,
        play_into(StoreLog(connection), str(Path(folder) / "replay.db")) as target,
        target.database.reading() as played,
    ):
        for what, rows in _PROJECTIONS:
            if _digest(connection, rows()) != _digest(played, rows()):
                return what
    return ""


def _digest(connection: Connection, rows: Any) -> str:
    """Of a set of rows, whatever their order."""
    total, count = 0, 0
    for row in connection.execute(rows):
        line = orjson.dumps([float(v) if isinstance(v, float) else v for v in row])
        total = (total + int.from_bytes(sha256(line).digest())) % (1 << 256)
        count += 1
    return f"{count}:{total:064x}"
