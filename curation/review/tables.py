"""What a store holds. `event` and `revision` are what happened and never change; the rest follows from them.

Times are whole microseconds since 1970 by the database's clock, so that an event hashes the same everywhere.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

VERSION = 1
REVISIONS = 1024  # that an item can have
metadata = MetaData()
# SQLite counts up only in a column that is called INTEGER.
Number = BigInteger().with_variant(Integer, "sqlite")

meta = Table("meta", metadata, Column("key", Text, primary_key=True), Column("value", Text, nullable=False))

event = Table(
    "event",
    metadata,
    Column("seq", Number, primary_key=True, autoincrement=True),
    Column("actor", Text, nullable=False),
    Column("number", Number, nullable=False),
    Column("kind", Text, nullable=False),
    Column("item", Number, nullable=False),  # 0: of no item
    Column("body", Text, nullable=False),
    Column("at", Number, nullable=False),
    Column("previous", Text, nullable=False),
    Column("hash", Text, nullable=False),
    UniqueConstraint("actor", "number"),
    sqlite_autoincrement=True,
)

revision = Table(
    "revision",
    metadata,
    # item * REVISIONS for what was loaded, one more for each revision: the same number in every copy of a store.
    Column("number", Number, primary_key=True, autoincrement=False),
    Column("item", Number, nullable=False),
    Column("id", Text, nullable=False, index=True),  # of the instance or candidate
    Column("digest", Text, nullable=False),  # sha256 of the line: source and parents are no part of an id
    Column("parent", Number),
    Column("actor", Text, nullable=False),
    Column("answered", Boolean, nullable=False),
    Column("line", Text, nullable=False),
    UniqueConstraint("item", "digest"),
)

item = Table(
    "item",
    metadata,
    Column("number", Number, primary_key=True, autoincrement=False),
    Column("id", Text, nullable=False, unique=True),
    Column("ability", Text, nullable=False),
    Column("form", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("revisions", Integer, nullable=False),
    Column("head", Number, nullable=False),
    Column("gold", Text),  # of a gold item: the right verdict and why, as JSON
    Column("flags", Integer, nullable=False),
    Index("item_flagged", "number", sqlite_where=Column("flags") > 0, postgresql_where=Column("flags") > 0),
    Index(
        "item_gold",
        "number",
        sqlite_where=Column("gold").is_not(None),
        postgresql_where=Column("gold").is_not(None),
    ),
)

_FREE = Column("owner", Text).is_(None)
_HELD = Column("owner", Text).is_not(None) & Column("done", Number).is_(None)
_DONE = Column("done", Number).is_not(None)

slot = Table(
    "slot",
    metadata,
    Column("number", Number, primary_key=True, autoincrement=True),
    Column("item", Number, nullable=False),
    Column("stage", Text, nullable=False),
    Column("round", Integer, nullable=False),
    Column("vote", Integer, nullable=False),
    Column("ability", Text, nullable=False),
    Column("position", Number, nullable=False),
    Column("owner", Text),
    Column("expires", Number, nullable=False),
    Column("token", Number, nullable=False),
    Column("done", Number),  # number, among its owner's events, of the one that filled it
    Column("kept", Boolean),
    Column("at", Number),
    Column("seconds", Float),
    UniqueConstraint("item", "stage", "round", "vote"),
    Index("slot_free", "stage", "ability", "position", sqlite_where=_FREE, postgresql_where=_FREE),
    Index("slot_held", "expires", sqlite_where=_HELD, postgresql_where=_HELD),
    Index("slot_done", "owner", "done", sqlite_where=_DONE, postgresql_where=_DONE),
    sqlite_autoincrement=True,  # a slot that was closed never lends its number to another one
)

# Who skipped what, and who has seen the verdicts of others on what: neither is asked again about it.
skip = Table(
    "skip",
    metadata,
    Column("actor", Text, primary_key=True),
    Column("item", Number, primary_key=True),
    Column("stage", Text, primary_key=True),
)
seen = Table(
    "seen",
    metadata,
    Column("actor", Text, primary_key=True),
    Column("item", Number, primary_key=True),
    Column("stage", Text, primary_key=True),
    Column("round", Integer, primary_key=True),
)

comment = Table(
    "comment",
    metadata,
    Column("event", Number, primary_key=True),
    Column("item", Number, nullable=False, index=True),
    Column("stage", Text, nullable=False),
    Column("round", Integer, nullable=False),
    Column("actor", Text, nullable=False),
    Column("kind", Text, nullable=False),  # comment, flag, reason, note
    Column("text", Text, nullable=False),
    Column("at", Number, nullable=False),
)

draft = Table(
    "draft",
    metadata,
    Column("actor", Text, primary_key=True),
    Column("item", Number, primary_key=True),
    Column("text", Text, nullable=False),
    Column("at", Number, nullable=False),
)

hint = Table(
    "hint",
    metadata,
    Column("number", Number, primary_key=True, autoincrement=True),
    Column("item", Number, nullable=False, index=True),
    Column("kind", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("other", Number),  # the item it speaks of, if it is one under review
)

annotator = Table(
    "annotator",
    metadata,
    Column("name", Text, primary_key=True),
    Column("number", Integer, nullable=False, unique=True),  # 0 is the store itself
    Column("abilities", Text, nullable=False),  # JSON list; * for all
    Column("stages", Text, nullable=False),  # JSON list
    Column("status", Text, nullable=False),  # training, active, paused
    Column("events", Number, nullable=False),
    Column("head", Text, nullable=False),  # hash of its last event
)

# Counts that a dashboard sums, one row an actor, so that no two annotators ever wait for the same row.
tally = Table(
    "tally",
    metadata,
    Column("actor", Text, primary_key=True),
    Column("ability", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("count", Number, nullable=False),
)
pace = Table(
    "pace",
    metadata,
    Column("actor", Text, primary_key=True),
    Column("ability", Text, primary_key=True),
    Column("hour", Number, primary_key=True),
    Column("verdicts", Number, nullable=False),
    Column("seconds", Float, nullable=False),
)

# What is made anew when a store is rebuilt from its log. Items are, but for their state, what was loaded.
FOLLOWS = (slot, skip, seen, comment, tally, pace)
