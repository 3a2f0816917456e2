"""SQLite: durable as it says, its own files alone, and every way in which a file can be no store."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Column, Connection, Integer, MetaData, Table, Text

from curation.review.database import Database, open_database
from curation.review.database.sqlite import APPLICATION
from schemas.errors import BadData, Busy, DiskFull, Failed, MissingFile

metadata = MetaData()
row = Table("row", metadata, Column("key", Integer, primary_key=True), Column("text", Text))


def pragma(connection: Connection, name: str) -> Any:
    return connection.exec_driver_sql(f"pragma {name}").scalar_one()


def store(path: Path) -> Path:
    """A small store, closed again."""
    database = open_database(str(path), create=True)
    with database.writing() as connection:
        metadata.create_all(connection)
        database.bulk_insert(connection, row, [(key, "地上霜" * 50) for key in range(500)], ("key", "text"))
    database.close()
    return path


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    found = open_database(str(store(tmp_path / "review.db")), lock_seconds=0.2)
    yield found
    found.close()


def test_a_verdict_is_flushed_and_a_draft_is_cheaper(database: Database) -> None:
    with database.writing() as connection:
        assert pragma(connection, "journal_mode") == "wal"
        assert pragma(connection, "synchronous") == 2
        assert pragma(connection, "foreign_keys") == 1
        assert pragma(connection, "busy_timeout") == 0
        assert pragma(connection, "application_id") == APPLICATION
    with database.relaxed() as connection:
        assert pragma(connection, "synchronous") == 1
    with database.writing() as connection:
        assert pragma(connection, "synchronous") == 2


def test_commits_reach_the_disk(tmp_path: Path) -> None:
    """As the system sees it: one flush a verdict, none a draft."""
    strace = shutil.which("strace")
    if strace is None:
        pytest.skip("strace is not installed")
    path = store(tmp_path / "review.db")
    program = f"""
from sqlalchemy import text
from curation.review.database import open_database
database = open_database({str(path)!r})
for lane in (database.writing, database.relaxed):
    with lane() as connection:  # opens the connection
        connection.execute(text("update row set text = 'before' where key = 0"))
    print("begin", flush=True)
    for n in range(5):
        with lane() as connection:
            connection.execute(text(f"update row set text = 'n{{n}}' where key = {{n}}"))
    print("end", flush=True)
"""
    trace = tmp_path / "trace"
    command = [strace, "-f", "-o", str(trace), "-e", "trace=fsync,fdatasync,write", sys.executable, "-c"]
    done = subprocess.run([*command, program], capture_output=True, text=True)
    if done.returncode and "ptrace" in done.stderr:
        pytest.skip("strace may not trace here")
    assert done.returncode == 0, done.stderr
    flushes = [0, 0]
    part, inside = -1, False
    for line in trace.read_text().splitlines():
        if '"begin' in line:
            part, inside = part + 1, True
        elif '"end' in line:
            inside = False
        elif inside and "sync(" in line:
            flushes[part] += 1
    assert flushes == [5, 0]


def test_no_file_is_made_unless_asked_for(tmp_path: Path) -> None:
    with pytest.raises(MissingFile, match="no such review store"):
        open_database(str(tmp_path / "review.db"))
    with pytest.raises(MissingFile, match="folder"):
        open_database(str(tmp_path / "none" / "review.db"), create=True)
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_database_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "pool.jsonl").write_text('{"id": 1}\n' * 5000)
    (tmp_path / "empty.db").touch()
    other = sqlite3.connect(tmp_path / "other.db")
    other.execute("create table t (a)")
    other.commit()
    other.close()
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    for create in (False, True):
        with pytest.raises(BadData, match="not a database"):
            open_database(str(tmp_path / "pool.jsonl"), create=create)
        with pytest.raises(BadData, match="another program"):
            open_database(str(tmp_path / "other.db"), create=create)
        with pytest.raises(BadData, match="folder"):
            open_database(str(tmp_path), create=create)
    with pytest.raises(BadData, match="empty"):
        open_database(str(tmp_path / "empty.db"))
    with pytest.raises(BadData, match="no file"):
        open_database("/dev/null")
    after = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert {name: after[name] for name in before} == before


def test_a_damaged_store_says_so(tmp_path: Path) -> None:
    path = store(tmp_path / "review.db")
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    path.write_bytes(content)
    with pytest.raises(BadData, match="damaged"):  # noqa: PT012
        database = open_database(str(path))
        with database.reading() as connection:
            connection.execute(row.select()).all()


def test_a_link_leads_to_the_store(tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "there").mkdir()
    (tmp_path / "here" / "link.db").symlink_to(store(tmp_path / "there" / "review.db"))
    database = open_database(str(tmp_path / "here" / "link.db"))
    with database.writing() as connection:
        connection.execute(row.insert().values(key=1000))
        assert [path.name for path in (tmp_path / "here").iterdir()] == ["link.db"]
    database.close()
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    with pytest.raises(Failed, match="reached"):
        open_database(str(tmp_path / "circle"))


def test_another_program_that_writes_is_waited_for_and_then_named(database: Database, tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "review.db", isolation_level=None)
    other.execute("begin immediate")
    with pytest.raises(Busy, match="writing"), database.writing():
        pass
    other.execute("rollback")
    with database.writing() as connection:
        connection.execute(row.insert().values(key=1000))
    other.close()


def test_a_full_database_takes_nothing_half(database: Database) -> None:
    with pytest.raises(DiskFull, match="no space"), database.writing() as connection:  # noqa: PT012
        pages = pragma(connection, "page_count")
        connection.exec_driver_sql(f"pragma max_page_count = {pages + 3}")
        database.bulk_insert(
            connection, row, ((key, "霜" * 900) for key in range(1000, 2000)), ("key", "text")
        )
    with database.writing() as connection:
        connection.exec_driver_sql("pragma max_page_count = 1000000")
        assert connection.exec_driver_sql("select count(*), max(key) from row").one() == (500, 499)
        connection.execute(row.insert().values(key=1000))


def test_a_full_disk_is_named_and_the_store_goes_on_when_there_is_room(tmp_path: Path) -> None:
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(tmp_path)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("only root can mount a small disk")
    try:
        path = store(tmp_path / "review.db")
        (tmp_path / "ballast").write_bytes(bytes(os.statvfs(tmp_path).f_bavail * 4096 - 40_000))
        database = open_database(str(path))
        with pytest.raises(DiskFull, match="no space"), database.writing() as connection:
            database.bulk_insert(
                connection, row, ((key, "霜" * 900) for key in range(1000, 2000)), ("key", "text")
            )
        (tmp_path / "ballast").unlink()
        with database.writing() as connection:
            assert connection.exec_driver_sql("select count(*) from row").scalar_one() == 500
            connection.execute(row.insert().values(key=1000))
        database.close()
        (tmp_path / "ballast").write_bytes(bytes(os.statvfs(tmp_path).f_bavail * 4096))
        with pytest.raises(DiskFull):
            open_database(str(tmp_path / "new.db"), create=True)
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)


def test_without_permission_it_says_whose(monkeypatch: pytest.MonkeyPatch) -> None:
    with tempfile.TemporaryDirectory(dir="/tmp") as place:
        folder = Path(place)
        path = store(folder / "review.db")
        for forbidden, there in ((path, path), (folder, folder)):
            mode = forbidden.stat().st_mode & 0o777
            forbidden.chmod(0o555 if forbidden == folder else 0o444)
            folder.chmod(folder.stat().st_mode & 0o777 | 0o055)
            user = os.geteuid()
            if user == 0:
                os.seteuid(65534)
            try:
                with pytest.raises(Failed, match="no permission") as error:
                    open_database(str(path))
                assert error.value.where in (str(there), str(path))
            finally:
                os.seteuid(user)
                forbidden.chmod(mode)


def test_a_crash_at_birth_is_mended_by_the_next_one(tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()
    open_database(str(tmp_path / "empty.db"), create=True).close()
    open_database(str(tmp_path / "empty.db")).close()
    half = sqlite3.connect(tmp_path / "half.db")
    half.execute(f"pragma application_id = {APPLICATION}")
    half.close()
    database = open_database(str(tmp_path / "half.db"))
    with database.writing() as connection:
        assert pragma(connection, "journal_mode") == "wal"
    database.close()


def test_closing_leaves_one_file_and_the_queue(database: Database, tmp_path: Path) -> None:
    with database.writing() as connection:
        connection.execute(row.insert().values(key=1000))
    database.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["review.db", "review.db-queue"]
    assert (tmp_path / "review.db-queue").stat().st_size == 0
