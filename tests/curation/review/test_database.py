"""What holds on SQLite and on PostgreSQL alike: transactions, threads, retries, rows in bulk."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Float,
    Integer,
    MetaData,
    Table,
    Text,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.exc import IntegrityError

from curation.review.database import Database, open_database
from schemas.errors import AbilitymixError, Busy

metadata = MetaData()
row = Table(
    "row",
    metadata,
    Column("key", Integer, primary_key=True),
    Column("text", Text),
    Column("count", BigInteger),
    Column("share", Float),
    Column("kept", Boolean),
)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    with ExitStack() as stack:
        found = open_database(database_url, create=True, lock_seconds=5)
        stack.callback(found.close)
        with found.writing() as connection:
            metadata.create_all(connection)
            connection.execute(insert(row), [{"key": key, "count": 0} for key in range(10)])
        yield found


def count_of(connection: Connection, key: int = 0) -> int:
    return int(connection.execute(select(row.c.count).where(row.c.key == key)).scalar_one())


def add(connection: Connection, key: int = 0, by: int = 1) -> None:
    connection.execute(update(row).where(row.c.key == key).values(count=row.c.count + by))


def test_what_was_written_is_there_for_others(database: Database, database_url: str) -> None:
    with database.writing() as connection:
        add(connection)
    other = open_database(database_url)
    with other.reading() as connection:
        assert count_of(connection) == 1
    other.close()


def test_an_error_takes_everything_back(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.writing() as connection:  # noqa: PT012
        add(connection)
        raise ZeroDivisionError
    with database.reading() as connection:
        assert count_of(connection) == 0


def test_a_constraint_is_the_callers_to_see(database: Database) -> None:
    with pytest.raises(IntegrityError), database.writing() as connection:
        connection.execute(insert(row).values(key=3))
    with database.writing() as connection:
        add(connection)


def test_after_a_failed_statement_nothing_is_lost_without_a_word(database: Database) -> None:
    """PostgreSQL ends such a transaction with a rollback and calls it a commit."""
    kept = True
    try:
        with database.writing() as connection:
            add(connection)
            with pytest.raises(IntegrityError):
                connection.execute(insert(row).values(key=3))
    except RuntimeError:
        kept = False
    with database.reading() as connection:
        assert count_of(connection) == int(kept)


def test_a_reader_sees_one_state_throughout(database: Database, database_url: str) -> None:
    other = open_database(database_url)
    with other.reading() as reader:
        assert count_of(reader) == 0
        with database.writing() as writer:
            add(writer)
        assert count_of(reader) == 0
    with other.reading() as reader:
        assert count_of(reader) == 1
    other.close()


def test_who_reads_waits_for_no_writer(database: Database) -> None:
    with database.writing() as writer:
        add(writer)
        with database.reading() as reader:
            assert count_of(reader) == 0


def test_what_is_read_can_not_be_written(database: Database) -> None:
    with pytest.raises(AbilitymixError), database.reading() as connection:
        add(connection)
    with database.reading() as connection:
        assert count_of(connection) == 0


def test_a_relaxed_transaction_is_one_too(database: Database, database_url: str) -> None:
    with database.relaxed() as connection:
        add(connection)
    with pytest.raises(ZeroDivisionError), database.relaxed() as connection:  # noqa: PT012
        add(connection)
        raise ZeroDivisionError
    other = open_database(database_url)
    with other.reading() as connection:
        assert count_of(connection) == 1
    other.close()


def test_a_transaction_in_a_transaction_is_a_mistake_of_the_program(database: Database) -> None:
    with database.writing() as connection:
        add(connection)
        with pytest.raises(RuntimeError, match="inside another"), database.writing():
            pass
    with database.reading() as connection:
        assert count_of(connection) == 1


def test_threads_share_a_database_and_lose_nothing(database: Database) -> None:
    def work(_: int) -> None:
        for _ in range(20):
            with database.writing() as connection:
                before = count_of(connection)
                connection.execute(update(row).where(row.c.key == 0).values(count=before + 1))

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(work, range(6)))
    with database.reading() as connection:
        assert count_of(connection) == 120


def test_many_connections_lose_nothing(database: Database, database_url: str) -> None:
    def work(_: int) -> None:
        mine = open_database(database_url)
        for _ in range(20):
            mine.write(add)
            with mine.relaxed() as connection:
                add(connection, 1)
        mine.close()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(work, range(6)))
    with database.reading() as connection:
        assert (count_of(connection), count_of(connection, 1)) == (120, 120)


def test_who_waits_too_long_is_told(database: Database, database_url: str) -> None:
    other = open_database(database_url, lock_seconds=0.2)
    with database.writing() as writer:
        add(writer)
        with pytest.raises(Busy, match="try again"), other.writing() as connection:
            add(connection)
    other.write(add)
    with other.reading() as connection:
        assert count_of(connection) == 2
    other.close()


def test_opposite_orders_both_come_through(database: Database, database_url: str) -> None:
    """On PostgreSQL one of the two has to be run again; on SQLite they come one after the other."""
    other = open_database(database_url, lock_seconds=20)
    both = threading.Barrier(2)

    def crosswise(mine: Database, first: int, second: int) -> int:
        runs = 0

        def act(connection: Connection) -> int:
            nonlocal runs
            runs += 1
            add(connection, first)
            if runs == 1 and mine.dialect == "postgresql":
                both.wait(20)
            add(connection, second)
            return runs

        return mine.write(act)

    with ThreadPoolExecutor(2) as pool:
        runs = list(pool.map(crosswise, (database, other), (1, 2), (2, 1)))
    assert sorted(runs) == ([1, 2] if database.dialect == "postgresql" else [1, 1])
    with database.reading() as connection:
        assert (count_of(connection, 1), count_of(connection, 2)) == (2, 2)
    other.close()


def test_rows_in_bulk_are_read_as_they_were_written(database: Database) -> None:
    columns = ("key", "text", "count", "share", "kept")
    odd = ["", "地上霜", "a\tb\nc\\n\\", "\\.", "NULL", '"', "'", "𠮷\u202e", None]
    rows = [(100 + n, words, n * 10**12, n / 3, n % 2 == 0) for n, words in enumerate(odd)]
    rows.append((200, None, None, None, None))
    with database.writing() as connection:
        assert database.bulk_insert(connection, row, iter(rows), columns) == len(rows)
        assert database.bulk_insert(connection, row, [], columns) == 0
    with database.reading() as connection:
        found = connection.execute(select(row).where(row.c.key >= 100).order_by(row.c.key))
        assert [tuple(one) for one in found] == rows


def test_rows_in_bulk_come_all_or_not_at_all(database: Database) -> None:
    rows = [(100, "甲"), (101, "乙"), (100, "丙")]
    with pytest.raises(Exception, match=r"(?i)unique|duplicate"), database.writing() as connection:
        database.bulk_insert(connection, row, rows, ("key", "text"))
    with database.reading() as connection:
        assert connection.execute(select(func.count()).select_from(row)).scalar_one() == 10


def test_the_clock_is_the_databases_or_a_given_one(database: Database, database_url: str) -> None:
    assert abs(database.now() - time.time()) < 60
    other = open_database(database_url, clock=lambda: 5.0)
    assert other.now() == 5.0
    other.close()


def test_a_savepoint_can_be_taken_back(database: Database) -> None:
    with database.writing() as connection:
        add(connection)
        inner = connection.begin_nested()
        add(connection)
        inner.rollback()
    with database.reading() as connection:
        assert count_of(connection) == 1


def test_a_mistake_in_a_statement_is_a_defect_and_stays_one(database: Database) -> None:
    with pytest.raises(Exception, match="nowhere") as error, database.writing() as connection:
        connection.execute(text("select * from nowhere"))
    assert not isinstance(error.value, AbilitymixError)
    with database.writing() as connection:
        add(connection)
