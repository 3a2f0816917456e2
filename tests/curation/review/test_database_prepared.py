"""Statements handed to the driver past SQLAlchemy: the same rows, the same order, all or nothing."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Integer,
    MetaData,
    Table,
    Text,
    bindparam,
    insert,
    select,
    update,
)

from curation.review.database import Database, open_database
from curation.review.database.prepared import Prepared, later, together
from tests.curation.review.postgres_server import PostgresServer

metadata = MetaData()
line = Table(
    "line",
    metadata,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("name", Text, unique=True, nullable=False),
    Column("kept", Boolean),
    Column("times", BigInteger, nullable=False),
)


class Line(NamedTuple):
    number: int
    name: str
    kept: bool | None
    times: int


_ALL = Prepared(select(line).order_by(line.c.number), Line._make)
_NAMED = Prepared(select(line).where(line.c.name == bindparam("name")), Line._make)
_ADD: Prepared[Any] = Prepared(
    insert(line).values(name=bindparam("name"), kept=bindparam("kept"), times=bindparam("times"))
)
_RAISE: Prepared[Any] = Prepared(
    update(line).where(line.c.name == bindparam("of")).values(times=line.c.times + bindparam("by"))
)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    found = open_database(database_url, create=True, lock_seconds=5)
    with found.writing() as connection:
        metadata.create_all(connection)
    yield found
    found.close()


def lines(database: Database) -> list[Line]:
    with database.reading() as connection:
        return _ALL.run(connection, {})


def add(connection: Any, *names: str, kept: bool | None = None) -> None:
    for name in names:
        later(connection, _ADD, {"name": name, "kept": kept, "times": 0})


def test_values_are_what_sqlalchemy_reads(database: Database) -> None:
    with database.writing() as connection:
        add(connection, "一", kept=True)
        add(connection, "b", kept=False)
        add(connection, "%(c)s")
    with database.reading() as connection:
        expected = [tuple(row) for row in connection.execute(select(line).order_by(line.c.number))]
    found = lines(database)
    assert [tuple(one) for one in found] == expected
    assert [one.kept for one in found] == [True, False, None]
    assert all(type(one.kept) in (bool, type(None)) for one in found)


def test_what_waits_is_sent_before_anything_is_read_and_in_its_order(database: Database) -> None:
    names = [f"n{place}" for place in range(60)]
    with database.writing() as connection:
        add(connection, *names)
        for _ in range(3):
            later(connection, _RAISE, {"of": "n7", "by": 2})
        one, none = together(connection, [(_NAMED, {"name": "n7"}), (_NAMED, {"name": "nobody"})])
        assert one[0].times == 6
        assert none == []
        later(connection, _RAISE, {"of": "n7", "by": 1})
    assert [one.name for one in lines(database)] == names
    assert lines(database)[7].times == 7


def test_what_fails_with_the_commit_takes_all_back(database: Database) -> None:
    with database.writing() as connection:
        add(connection, "first")
    with pytest.raises(Exception, match=r"(?i)unique"), database.writing() as connection:
        add(connection, "second", "first", "third")
    assert [one.name for one in lines(database)] == ["first"]
    with database.writing() as connection:
        add(connection, "fourth")
    assert [one.name for one in lines(database)] == ["first", "fourth"]


def test_what_waits_is_forgotten_with_its_transaction(database: Database) -> None:
    def stop(connection: Connection) -> None:
        add(connection, "never")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        database.write(stop)
    with database.writing() as connection:
        add(connection, "later")
    assert [one.name for one in lines(database)] == ["later"]


def test_a_turn_is_waited_for_but_not_for_long(postgres: PostgresServer, postgres_url: str) -> None:
    """Whoever sleeps in the middle of an act holds up the others of his queue for a moment, not for good."""
    first, second = open_database(postgres_url), open_database(postgres_url)
    with first.writing() as connection:
        metadata.create_all(connection)
    begun: list[float] = []

    def act() -> None:
        with second.writing(turn=5) as connection:
            begun.append(time.monotonic())
            add(connection, "second")

    with first.writing(turn=1) as connection:
        add(connection, "first")
        thread = threading.Thread(target=act)
        asked = time.monotonic()
        thread.start()
        thread.join(10)
        assert not thread.is_alive()
        assert begun[0] - asked >= 0.2  # it queued
    assert sorted(one.name for one in lines(first)) == ["first", "second"]
    with first.writing(turn=1) as connection, second.writing(turn=2) as other:  # of another queue: at once
        add(connection, "third")
        add(other, "fourth")
    assert len(lines(first)) == 4
    first.close()
    second.close()
