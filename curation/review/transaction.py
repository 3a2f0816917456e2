"""One write transaction on a store: the events appended in it, the rows that they change, and the counts.

What is written waits until something is read, or until the commit: on PostgreSQL it then goes in one walk with that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from sqlalchemy import Connection, bindparam, insert, select, update
from sqlalchemy.dialects import sqlite

from curation.review.chain import START, Event, body_of, chained
from curation.review.database.prepared import Asked, Prepared, Values, later, send, together
from curation.review.process import Process
from curation.review.tables import annotator, event, item, pace, slot, tally

if TYPE_CHECKING:
    from curation.review.database import Database

STORE = ""  # the actor of loading, enrolling and settings
HOUR = 3_600_000_000
Row = TypeVar("Row")


class Item(NamedTuple):
    """An item's row, without its id and form."""

    number: int
    ability: str
    state: str
    revisions: int
    head: int
    gold: str | None
    flags: int


class Vote(NamedTuple):
    """A slot of one unit: its vote, and what was voted if it is `done`."""

    vote: int
    kept: bool | None
    done: int | None


class Chain(NamedTuple):
    """How far an actor's chain goes."""

    events: int
    head: str


_ITEM_ROW = select(*(item.c[name] for name in Item._fields)).where(item.c.number == bindparam("item"))
ITEM = Prepared(_ITEM_ROW, Item._make)
# The item's row is locked before its slots, and these before the actor's, always in this order.
LOCK = Prepared(_ITEM_ROW.with_for_update(), Item._make)
VOTES = Prepared(
    select(slot.c.vote, slot.c.kept, slot.c.done)
    .where(slot.c.item == bindparam("of"), slot.c.stage == bindparam("in_stage"))
    .where(slot.c.round == bindparam("in_round"))
    .order_by(slot.c.vote),
    Vote._make,
)
CHAIN = Prepared(
    select(annotator.c.events, annotator.c.head)
    .where(annotator.c.name == bindparam("actor"))
    .with_for_update(),
    Chain._make,
)
_APPEND: Prepared[Any] = Prepared(
    insert(event).values({name: bindparam(name) for name in Event._fields if name != "seq"})
)
_LENGTHEN: Prepared[Any] = Prepared(
    update(annotator)
    .where(annotator.c.name == bindparam("actor"))
    .values(events=bindparam("number"), head=bindparam("hash"))
)


def dialect_insert(dialect: str) -> Any:
    """The `insert` that knows `ON CONFLICT`, the same for both databases."""
    if dialect == "sqlite":
        return sqlite.insert
    from sqlalchemy.dialects import (
        postgresql,  # a noticeable part of the terminal's start, and of no use to SQLite
    )

    return postgresql.insert


def _counting(dialect: str) -> Any:
    made = dialect_insert(dialect)(tally)
    made = made.values({column.name: bindparam(column.name) for column in tally.c})
    return made.on_conflict_do_update(
        index_elements=["actor", "ability", "name"], set_={"count": tally.c.count + made.excluded.count}
    )


def _pacing(dialect: str) -> Any:
    made = dialect_insert(dialect)(pace)
    made = made.values({column.name: bindparam(column.name) for column in pace.c})
    return made.on_conflict_do_update(
        index_elements=["actor", "ability", "hour"],
        set_={
            "verdicts": pace.c.verdicts + made.excluded.verdicts,
            "seconds": pace.c.seconds + made.excluded.seconds,
        },
    )


_COUNT: Prepared[Any] = Prepared(_counting, unordered=True)
_PACE: Prepared[Any] = Prepared(_pacing, unordered=True)


class Transaction:
    """Use: append events, `follow` them, and at the end `write_counts`, or `flush` where more is done after it.

    Args:
        connection: inside a write transaction.
        database: that it is of.
        process: the rules.
    """

    def __init__(self, connection: Connection, database: Database, process: Process) -> None:
        self._connection, self.database, self.process = connection, database, process
        self.dialect: str = database.dialect
        self._chains: dict[str, Chain] = {}
        self._item: Item | None = None
        self._votes: list[Vote] = []
        self._counts: dict[tuple[str, str, str], int] = {}
        self._pace: dict[tuple[str, str, int], tuple[int, float]] = {}

    # Rows

    @property
    def connection(self) -> Connection:
        """For all that isn't prepared; everything written so far has been sent."""
        send(self._connection)
        return self._connection

    def later(self, statement: Prepared[Any], values: Values) -> None:
        """Write; sent before anything else is read, or with the commit."""
        later(self._connection, statement, values)

    def read(self, *asked: Asked) -> list[list[Any]]:
        """Rows of statements whose values don't depend on one another's rows."""
        return together(self._connection, asked)

    def first(self, statement: Prepared[Row], values: Values) -> Row | None:
        rows = self.read((statement, values))[0]
        return rows[0] if rows else None

    # What an act looks at first, and what follows from it looks at again

    def known(self, row: Item, votes: list[Vote]) -> None:
        """The locked row of an item and the votes of one unit of it, good until the next event was followed."""
        self._item, self._votes = row, votes

    def forget(self) -> None:
        self._item, self._votes = None, []

    def item(self, number: int) -> Item:
        """The row of an item that is there."""
        if self._item is None or self._item.number != number:
            self._item, self._votes = self.read((ITEM, {"item": number}))[0][0], []
        return self._item

    def unit(self, number: int, stage: str, turn: int) -> tuple[Item, list[Vote]]:
        """The row of an item, and the votes of one unit of it in their order."""
        if self._item is None or self._item.number != number or not self._votes:
            unit = {"of": number, "in_stage": stage, "in_round": turn}
            rows, self._votes = self.read((ITEM, {"item": number}), (VOTES, unit))
            self._item = rows[0]
        assert self._item is not None
        return self._item, self._votes

    # Events

    def chain(self, actor: str) -> Chain:
        """How far the actor's chain goes. His row is locked until the transaction ends, so that he acts once at a time."""
        if actor not in self._chains:
            self.chain_is(actor, self.first(CHAIN, {"actor": actor}))
        return self._chains[actor]

    def chain_is(self, actor: str, found: Chain | None) -> None:
        """What `CHAIN` answered when it was read together with something else."""
        self._chains[actor] = found or Chain(0, START)

    def append(self, actor: str, kind: str, item: int, values: dict[str, Any], at: int) -> Event:
        """Append one event to the actor's chain."""
        events, head = self.chain(actor)
        body = body_of(values)
        number = events + 1
        link = chained(head, actor, number, kind, item, body, at)
        made = Event(0, actor, number, kind, item, body, at, head, link)
        self.insert(made)
        return made

    def insert(self, made: Event) -> None:
        """Write an event that is already bound into its chain."""
        values = made._asdict()
        self.later(_APPEND, values)
        self.later(_LENGTHEN, values)
        self._chains[made.actor] = Chain(made.number, made.hash)

    # Counts

    def count(self, actor: str, ability: str, name: str, by: int = 1) -> None:
        key = (actor, ability, name)
        self._counts[key] = self._counts.get(key, 0) + by

    def spent(self, actor: str, ability: str, at: int, verdicts: int, seconds: float) -> None:
        key = (actor, ability, at // HOUR)
        before = self._pace.get(key, (0, 0.0))
        self._pace[key] = before[0] + verdicts, before[1] + seconds

    def write_counts(self) -> None:
        """Write the counts, later. In one order everywhere, so that no two transactions wait for each other."""
        for (actor, ability, name), by in sorted(self._counts.items()):
            if by:
                self.later(_COUNT, {"actor": actor, "ability": ability, "name": name, "count": by})
        for (actor, ability, hour), (verdicts, seconds) in sorted(self._pace.items()):
            row = {"actor": actor, "ability": ability, "hour": hour, "verdicts": verdicts, "seconds": seconds}
            self.later(_PACE, row)
        self._counts, self._pace = {}, {}

    def flush(self) -> None:
        """Write all there is, now."""
        self.write_counts()
        send(self._connection)
