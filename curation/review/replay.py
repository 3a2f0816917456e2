"""The log, played again: into the store it is of, into another one, or only to see that nobody tampered with it.

Everything but events, texts and items follows from the log, so a store can be made anew from them, moved to another
database, and compared with what its log says.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, Table, delete, func, select, update

from curation.review import tables as t
from curation.review.chain import START, Event, chained, text_digest
from curation.review.follow import follow
from curation.review.process import Process, first_state
from curation.review.reading import parsed, searchable
from curation.review.search import index_items
from curation.review.store import ReviewStore
from curation.review.transaction import Transaction
from schemas.errors import BadData
from schemas.progress import Progress, Tick, silent

AT_ONCE = 5_000


class Head(NamedTuple):
    """Where an actor's chain ends: how many events, and the hash of the last one."""

    events: int
    hash: str


def events(connection: Connection, after: int = 0) -> Iterator[Event]:
    """The log in its order."""
    while True:
        rows = select(t.event).where(t.event.c.seq > after).order_by(t.event.c.seq).limit(AT_ONCE)
        block = [Event._make(row) for row in connection.execute(rows)]
        if not block:
            return
        yield from block
        after = block[-1].seq


def require_chains(log: Iterable[Event]) -> dict[str, Head]:
    """The head of every actor's chain.

    Raises:
        BadData: an event that was changed, left out, put in or moved, by its number and whose it is.
    """
    heads: dict[str, Head] = {}
    for one in log:
        events_before, previous = heads.get(one.actor, Head(0, START))
        whose = f"event {one.number} of {one.actor or 'the store'}"
        if one.number != events_before + 1 or one.previous != previous:
            raise BadData("the log does not follow on here", where=whose, do="restore the store from a copy")
        if chained(previous, one.actor, one.number, one.kind, one.item, one.body, one.at) != one.hash:
            raise BadData("the log was changed here", where=whose, do="restore the store from a copy")
        heads[one.actor] = Head(one.number, one.hash)
    return heads


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
        _require_texts(connection, progress)
        found = _differences(connection, store)
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


def _require_texts(connection: Connection, progress: Progress) -> None:
    after, seen, loads = -1, 0, _loads(connection)
    digests: list[str] = []
    while True:
        rows = (
            select(t.revision).where(t.revision.c.number > after).order_by(t.revision.c.number).limit(AT_ONCE)
        )
        block = connection.execute(rows).all()
        for row in block:
            if text_digest(row.line) != row.digest or parsed(row.line, row.answered).id != row.id:
                raise BadData(
                    "the text was changed", where=f"item {row.item}", do="restore the store from a copy"
                )
            if row.number % t.REVISIONS == 0:
                digests.append(row.digest)
        if not block:
            break
        after, seen = block[-1].number, seen + len(block)
        progress(Tick("texts", seen))
    for first, count, digest in loads:
        if hashlib.sha256("".join(digests[first - 1 : first - 1 + count]).encode()).hexdigest() != digest:
            what = f"items {first} to {first + count - 1} are not those that were loaded"
            raise BadData(what, where="the log's load", do="restore the store from a copy")


def _loads(connection: Connection) -> list[tuple[int, int, str]]:
    rows = select(t.event.c.body).where(t.event.c.kind.in_(("load", "gold"))).order_by(t.event.c.seq)
    said = [orjson.loads(body) for (body,) in connection.execute(rows)]
    return [(one["first"], one["count"], one["digest"]) for one in said]


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
    """The same review in another, empty database: the same events and texts, and what follows from them.

    Raises:
        BadData: there is a review already.
    """
    with source.database.reading() as connection:
        process = _first_process(connection)
    target = ReviewStore.open(url, create=True, process=process)
    try:
        if target.events() > 1:
            raise BadData("there is a review already", where=url, do="name an empty database")
        with source.database.reading() as reading:
            target.database.write(lambda writing: _copy(source, reading, target, writing, progress))
    except BaseException:
        target.close()
        raise
    return target


def _first_process(connection: Connection) -> Process:
    return Process.model_validate(next(events(connection)).said)


def _copy(
    source: ReviewStore, reading: Connection, target: ReviewStore, writing: Connection, progress: Progress
) -> None:
    # The event that made the empty store is not one of the log that comes.
    guards = _Unguarded(writing, target.database.dialect)
    with guards:
        writing.execute(delete(t.event))
    names = [column.name for column in t.item.columns]
    for block in _blocks(reading, t.item, t.item.c.number):
        fresh = [_as_loaded(reading, row) for row in block]
        target.database.bulk_insert(writing, t.item, fresh, names)
    for block in _blocks(reading, t.revision, t.revision.c.number):
        target.database.bulk_insert(
            writing, t.revision, [tuple(r) for r in block], [c.name for c in t.revision.columns]
        )
    tx = Transaction(writing, target.database, target.process)
    for place, one in enumerate(events(reading), 1):
        tx.insert(one)
        follow(tx, one)
        if place % AT_ONCE == 0:
            tx.flush()
            progress(Tick("events", place))
    tx.flush()
    target.process = tx.process
    for row in reading.execute(select(t.hint)):
        writing.execute(t.hint.insert(), row._asdict())
    _index(writing, progress)


def _as_loaded(reading: Connection, row: Any) -> tuple[Any, ...]:
    answered = select(t.revision.c.answered).where(t.revision.c.number == row.number * t.REVISIONS)
    state = "gold" if row.gold is not None else first_state(reading.execute(answered).scalar_one())
    return (row.number, row.id, row.ability, row.form, state, 0, row.number * t.REVISIONS, row.gold, 0)


def _blocks(connection: Connection, table: Table, key: Any) -> Iterator[list[Any]]:
    after = -1
    while block := list(connection.execute(select(table).where(key > after).order_by(key).limit(AT_ONCE))):
        yield block
        after = block[-1].number


def _index(connection: Connection, progress: Progress) -> None:
    for block in _blocks(connection, t.item, t.item.c.number):
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


def _differences(connection: Connection, store: ReviewStore) -> str:
    """Which projection differs from what the log says; empty if none does. Plays the log into a store of its own."""
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory(prefix="abilitymix-") as folder:
        url = str(Path(folder) / "replay.db")
        with ReviewStore.open(url, create=True, process=_first_process(connection)) as target:
            target.database.write(lambda writing: _copy(store, connection, target, writing, silent))
            with target.database.reading() as played:
                for what, rows in _PROJECTIONS:
                    if _digest(connection, rows()) != _digest(played, rows()):
                        return what
    return ""


def _digest(connection: Connection, rows: Any) -> str:
    """Of a set of rows, whatever their order."""
    total, count = 0, 0
    for row in connection.execute(rows):
        line = orjson.dumps([float(v) if isinstance(v, float) else v for v in row])
        total = (total + int.from_bytes(hashlib.sha256(line).digest())) % (1 << 256)
        count += 1
    return f"{count}:{total:064x}"
