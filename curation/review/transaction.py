"""One write transaction on a store: the events appended in it, and the counts that they change."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, bindparam, insert, select, update
from sqlalchemy.dialects import sqlite

from curation.review.chain import START, Event, body_of, chained
from curation.review.process import Process
from curation.review.tables import annotator, event, pace, tally

if TYPE_CHECKING:
    from curation.review.database import Database

STORE = ""  # the actor of loading, enrolling and settings

_ACTOR = (
    select(annotator.c.events, annotator.c.head)
    .where(annotator.c.name == bindparam("name"))
    .with_for_update()
)
_APPEND = insert(event)
_CHAIN = update(annotator).where(annotator.c.name == bindparam("who"))
HOUR = 3_600_000_000


def dialect_insert(dialect: str) -> Any:
    """The `insert` that knows `ON CONFLICT`, the same for both databases."""
    if dialect == "sqlite":
        return sqlite.insert
    from sqlalchemy.dialects import (
        postgresql,  # a noticeable part of the terminal's start, and of no use to SQLite
    )

    return postgresql.insert


@cache
def _adding(dialect: str) -> tuple[Any, Any]:
    made = dialect_insert(dialect)
    counts = made(tally)
    counts = counts.on_conflict_do_update(
        index_elements=["actor", "ability", "name"], set_={"count": tally.c.count + counts.excluded.count}
    )
    hours = made(pace)
    hours = hours.on_conflict_do_update(
        index_elements=["actor", "ability", "hour"],
        set_={
            "verdicts": pace.c.verdicts + hours.excluded.verdicts,
            "seconds": pace.c.seconds + hours.excluded.seconds,
        },
    )
    return counts, hours


class Transaction:
    """Use: append events, `follow` them, `flush` once at the end.

    Args:
        connection: inside a write transaction.
        database: that it is of.
        process: the rules.
    """

    def __init__(self, connection: Connection, database: Database, process: Process) -> None:
        self.connection, self.database, self.process = connection, database, process
        self.dialect: str = database.dialect
        self._counts: dict[tuple[str, str, str], int] = {}
        self._pace: dict[tuple[str, str, int], tuple[int, float]] = {}

    def append(self, actor: str, kind: str, item: int, values: dict[str, Any], at: int) -> Event:
        """Append one event to the actor's chain. The actor's row is locked until the transaction ends."""
        row = self.connection.execute(_ACTOR, {"name": actor}).first()
        events, head = (row.events, row.head) if row is not None else (0, START)
        body = body_of(values)
        number = events + 1
        link = chained(head, actor, number, kind, item, body, at)
        made = Event(0, actor, number, kind, item, body, at, head, link)
        self.insert(made)
        return made

    def insert(self, made: Event) -> None:
        """Write an event that is already bound into its chain."""
        values = {name: value for name, value in made._asdict().items() if name != "seq"}
        self.connection.execute(_APPEND, values)
        self.connection.execute(_CHAIN, {"who": made.actor, "events": made.number, "head": made.hash})

    def count(self, actor: str, ability: str, name: str, by: int = 1) -> None:
        key = (actor, ability, name)
        self._counts[key] = self._counts.get(key, 0) + by

    def spent(self, actor: str, ability: str, at: int, verdicts: int, seconds: float) -> None:
        key = (actor, ability, at // HOUR)
        before = self._pace.get(key, (0, 0.0))
        self._pace[key] = before[0] + verdicts, before[1] + seconds

    def flush(self) -> None:
        """Write the counts. In one order everywhere, so that no two transactions wait for each other."""
        counts, hours = _adding(self.dialect)
        rows = [
            {"actor": a, "ability": b, "name": n, "count": c}
            for (a, b, n), c in sorted(self._counts.items())
            if c
        ]
        if rows:
            self.connection.execute(counts, rows)
        paces = [
            {"actor": a, "ability": b, "hour": h, "verdicts": v, "seconds": s}
            for (a, b, h), (v, s) in sorted(self._pace.items())
        ]
        if paces:
            self.connection.execute(hours, paces)
        self._counts, self._pace = {}, {}
