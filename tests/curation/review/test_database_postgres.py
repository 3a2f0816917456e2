"""PostgreSQL: a real server that refuses, goes away, comes back, or would not keep what it is given."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Column, Connection, Integer, MetaData, Table, Text, func, insert, select

from curation.review.database import Database, Unreachable, open_database
from schemas.errors import BadSpec, Busy, DiskFull, Failed, MissingExtra, MissingFile
from tests.curation.review.postgres_server import PASSWORD, PostgresServer

metadata = MetaData()
row = Table("row", metadata, Column("key", Integer, primary_key=True), Column("text", Text))


def name_of(url: str) -> str:
    return url.rsplit("/", 1)[1]


def rows(database: Database) -> int:
    with database.reading() as connection:
        return int(connection.execute(select(func.count()).select_from(row)).scalar_one())


def setting(connection: Connection, name: str) -> str:
    return str(connection.exec_driver_sql(f"show {name}").scalar_one())


@pytest.fixture
def database(postgres_url: str) -> Iterator[Database]:
    found = open_database(postgres_url)
    with found.writing() as connection:
        metadata.create_all(connection)
    yield found
    found.close()


def test_a_verdict_is_flushed_and_a_draft_is_cheaper(postgres: PostgresServer, postgres_url: str) -> None:
    postgres.execute(f"alter database {name_of(postgres_url)} set synchronous_commit = off")
    database = open_database(postgres_url)
    with database.writing() as connection:
        assert setting(connection, "synchronous_commit") == "on"
        assert setting(connection, "transaction_isolation") == "read committed"
    with database.relaxed() as connection:
        assert setting(connection, "synchronous_commit") == "off"
    with database.writing() as connection:
        assert setting(connection, "synchronous_commit") == "on"
    with database.reading() as connection:
        assert setting(connection, "transaction_isolation") == "repeatable read"
        assert setting(connection, "transaction_read_only") == "on"
    database.close()


def test_a_stronger_commit_stays(postgres: PostgresServer, postgres_url: str) -> None:
    postgres.execute(f"alter database {name_of(postgres_url)} set synchronous_commit = remote_apply")
    database = open_database(postgres_url)
    with database.writing() as connection:
        assert setting(connection, "synchronous_commit") == "remote_apply"
    database.close()


def test_a_server_that_does_not_flush_is_refused() -> None:
    with PostgresServer(fsync="off") as server:
        with pytest.raises(Failed, match="fsync is off") as error:
            open_database(server.url())
        assert "postgresql.conf" in error.value.do


def test_a_database_that_can_not_hold_all_text_is_refused(postgres: PostgresServer) -> None:
    postgres.execute("create database narrow encoding 'SQL_ASCII' template template0")
    with pytest.raises(BadSpec, match=r"SQL_ASCII.*createdb --encoding=UTF8"):
        open_database(postgres.url("narrow"))


@pytest.mark.parametrize(
    ("user", "password", "said"),
    [
        ("keeper", "wrong-Secret", "password authentication failed"),
        ("nobody_here", "wrong-Secret", "refuses"),
    ],
)
def test_who_may_not_in_is_told_so(postgres: PostgresServer, user: str, password: str, said: str) -> None:
    with pytest.raises(Failed, match=said) as error:
        open_database(postgres.url(user=user, password=password))
    assert "check user and password" in error.value.do
    assert password not in error.value.line()


def test_no_such_database(postgres: PostgresServer) -> None:
    with pytest.raises(MissingFile, match=r"no such database.*createdb") as error:
        open_database(postgres.url("nowhere"))
    assert PASSWORD not in error.value.line()


@pytest.mark.parametrize("host", ["127.0.0.1:1", "nowhere.invalid", "%2Fnowhere"])
def test_no_server(host: str) -> None:
    with pytest.raises(Unreachable, match="does not answer") as error:
        open_database(f"postgresql://lin:{PASSWORD}@{host}/review")
    assert PASSWORD not in error.value.line()
    assert "\n" not in error.value.line()
    assert (
        error.value.do == "see whether it runs, then try again"
    )  # nothing goes on by itself where a program ends


def test_without_psycopg_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(MissingExtra, match=r"abilitymix\[postgres\]"):
        open_database("postgresql://lin@127.0.0.1/review")


def test_more_connections_than_the_server_gives(postgres: PostgresServer, postgres_url: str) -> None:
    postgres.execute("create role lin login password 'x' connection limit 1")
    url = postgres.url(name_of(postgres_url), user="lin", password="x")
    first = open_database(url)
    with pytest.raises(Busy, match="no more connections"):
        open_database(url)
    first.close()
    open_database(url).close()


def test_a_user_without_rights(postgres: PostgresServer, database: Database, postgres_url: str) -> None:
    postgres.execute("create role wang login password 'x'")
    guest = open_database(postgres.url(name_of(postgres_url), user="wang", password="x"))
    with pytest.raises(Failed, match="no permission"):
        rows(guest)
    guest.close()


def test_a_server_that_came_back_is_found_again() -> None:
    with PostgresServer() as server, server.database() as url:
        database = open_database(url)
        with database.writing() as connection:
            metadata.create_all(connection)
            connection.execute(insert(row).values(key=1))
        assert rows(database) == 1
        for how in (None, signal.SIGKILL, signal.SIGQUIT):
            server.stop() if how is None else server.crash(how)
            for _ in range(2):
                with pytest.raises(Unreachable, match=r"does not answer|went away"), database.writing():
                    pass
                with pytest.raises(Unreachable):
                    rows(database)
            server.start()
            before = rows(database)
            database.write(lambda c, key=before + 1: c.execute(insert(row).values(key=key)))
            assert rows(database) == before + 1
        database.close()


def test_a_connection_lost_inside_a_transaction_takes_it_back(
    postgres: PostgresServer, database: Database
) -> None:
    with pytest.raises(Unreachable), database.writing() as connection:  # noqa: PT012
        connection.execute(insert(row).values(key=1))
        (pid,) = connection.exec_driver_sql("select pg_backend_pid()").one()
        postgres.execute(f"select pg_terminate_backend({pid})")
        connection.execute(insert(row).values(key=2))
    assert rows(database) == 0
    database.write(lambda c: c.execute(insert(row).values(key=3)))
    assert rows(database) == 1


def test_a_connection_lost_at_the_commit_says_that_nobody_knows(
    postgres: PostgresServer, database: Database
) -> None:
    with pytest.raises(Unreachable, match="whether it was kept"), database.writing() as connection:  # noqa: PT012
        (pid,) = connection.exec_driver_sql("select pg_backend_pid()").one()
        postgres.execute(f"select pg_terminate_backend({pid})")
    database.write(lambda c: c.execute(insert(row).values(key=3)))


def test_whoever_stands_still_in_a_transaction_holds_others_only_so_long(
    postgres: PostgresServer, database: Database, postgres_url: str
) -> None:
    other = open_database(postgres_url, lock_seconds=0.2)
    with database.writing() as connection:
        connection.execute(insert(row).values(key=1))
        assert setting(connection, "idle_in_transaction_session_timeout") == "2min"
        with pytest.raises(Busy), other.writing() as there:
            there.execute(insert(row).values(key=1))
    other.close()


def test_a_full_disk_of_the_server(postgres: PostgresServer, database: Database) -> None:
    place = postgres.folder / "small"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m,mode=777", "tmpfs", str(place)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("only root can mount a small disk")
    try:
        owner = place.parent.stat()
        shutil.chown(place, owner.st_uid, owner.st_gid)
        postgres.execute(f"create tablespace small location '{place}'")
        with database.writing() as connection:
            connection.exec_driver_sql("create table big (key int, text text) tablespace small")
        big = Table("big", MetaData(), Column("key", Integer), Column("text", Text))
        many = ((key, "霜" * 400) for key in range(5000))
        with pytest.raises(DiskFull, match="server's disk"), database.writing() as connection:
            database.bulk_insert(connection, big, many, ("key", "text"))
        with database.writing() as connection:
            assert connection.exec_driver_sql("select count(*) from big").scalar_one() == 0
            connection.exec_driver_sql("drop table big")
        postgres.execute("drop tablespace small")
    finally:
        subprocess.run(["umount", str(place)], check=True)


def test_the_clock_is_the_servers(database: Database) -> None:
    with database.reading() as connection:
        before = database.now()
        there = float(connection.exec_driver_sql("select extract(epoch from clock_timestamp())").scalar_one())
        after = database.now()
    assert before - 0.5 < there < after + 0.5


def test_a_reader_and_a_writer_are_not_in_each_others_way(database: Database) -> None:
    def write() -> None:
        database.write(lambda connection: connection.execute(insert(row).values(key=9)))

    with database.reading():
        thread = threading.Thread(target=write)
        thread.start()
        thread.join(20)
        assert not thread.is_alive()
    assert rows(database) == 1


def test_the_server_goes_when_its_starter_is_killed(tmp_path: Path) -> None:
    program = """
import time
from tests.curation.review.postgres_server import PostgresServer
server = PostgresServer()
print(server.folder, server._server.pid, flush=True)
time.sleep(60)
"""
    starter = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert starter.stdout is not None
    folder, pid = starter.stdout.readline().split()
    starter.kill()
    starter.wait()
    until = time.monotonic() + 30
    while (Path(folder).exists() or Path(f"/proc/{pid}").exists()) and time.monotonic() < until:
        time.sleep(0.05)
    assert not Path(folder).exists()
    assert not Path(f"/proc/{pid}").exists()
