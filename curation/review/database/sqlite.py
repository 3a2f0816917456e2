"""SQLite in one file, for annotators of one machine: write-ahead log, a commit is on the disk before it is told.

SQLite's own busy timeout sleeps longer and longer and lets some wait for seconds. It is off for writers here: they
wait for their turn (`queue`), then begin with `BEGIN IMMEDIATE`, which takes the one write lock or fails at once, and
try again after 0.2 to 2 ms where somebody is at it who did not queue.
"""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import Connection, Engine, Table, create_engine
from sqlalchemy.pool import NullPool

from curation.review.database.address import FileAddress
from curation.review.database.engine import Database, Lane, Result
from curation.review.database.files import look_at_file
from curation.review.database.queue import Turn
from schemas.errors import AbilitymixError, BadData, Busy, DiskFull, Failed
from schemas.terminal import one_line

APPLICATION = 0x41424D58  # "ABMX" in the file's header: a database of this project's
_SHORTEST, _LONGEST = 0.0002, 0.002  # seconds between two attempts
_MEGABYTE = 1 << 20
# Of every connection. Pages are read out of the file's map: what a connection keeps itself is void once others write.
_PRAGMAS = {
    "foreign_keys": "on",
    "trusted_schema": "off",
    "secure_delete": "off",
    "fullfsync": "on",  # macOS flushes its disk only when asked so; elsewhere it says nothing
    "checkpoint_fullfsync": "on",
    "temp_store": "memory",
    "mmap_size": str(1024 * _MEGABYTE),
    "cache_size": str(-16 * 1024),  # negative: KiB
    "journal_size_limit": str(64 * _MEGABYTE),
    "wal_autocheckpoint": "4000",  # pages
}


class SQLiteDatabase(Database):
    dialect = "sqlite"

    def __init__(
        self, address: FileAddress, *, create: bool, lock_seconds: float, clock: Callable[[], float] | None
    ) -> None:
        super().__init__(one_line(str(address), 200), lock_seconds, clock)
        try:
            self._path = address.path.resolve()  # where a link leads, SQLite has its log
        except (OSError, RuntimeError):
            self._path = address.path.absolute()
        look_at_file(self._path, create, self.name)
        self._write = self._lane("full")
        self._draft = self._lane("normal")
        self._read = self._lane("full", reads=True)
        try:
            self._prepare(create)
            with self.reading():
                pass
        except BaseException:
            self._close_lanes()
            raise
        # Not before it is known to be a store: nothing is put beside another program's file.
        queue = self._path.with_name(self._path.name + "-queue")
        self._turn, self._draft_turn = (Turn(queue, self._path) for _ in range(2))

    @contextmanager
    def writing(self, turn: int | None = None) -> Iterator[Connection]:
        queue = self._turn  # all who write are in it
        with self._transaction(self._write, self._begin(queue), after=queue.give_back) as connection:
            yield connection

    @contextmanager
    def relaxed(self) -> Iterator[Connection]:
        turn = self._draft_turn
        with self._transaction(self._draft, self._begin(turn), after=turn.give_back) as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        with self._transaction(self._read, lambda connection: _execute(connection, "begin")) as connection:
            yield connection

    def bulk_insert(
        self, connection: Connection, table: Table, rows: Iterable[Sequence[Any]], columns: Sequence[str]
    ) -> int:
        names, marks = ", ".join(f'"{name}"' for name in columns), ", ".join("?" * len(columns))
        cursor = _driver(connection).executemany(
            f'insert into "{table.name}" ({names}) values ({marks})', rows
        )
        return max(0, cursor.rowcount)

    def close(self) -> None:
        self._close_lanes()
        for turn in (self._turn, self._draft_turn):
            turn.close()

    def _close_lanes(self) -> None:
        for lane in (self._draft, self._read, self._write):
            lane.close()

    def _begin(self, turn: Turn) -> Callable[[Connection], None]:
        def begin(connection: Connection) -> None:
            until = time.monotonic() + self.lock_seconds
            if not turn.take(self.lock_seconds):
                raise self._busy()
            try:
                _retried(lambda: _execute(connection, "begin immediate"), until - time.monotonic())
            except BaseException:
                turn.give_back()
                raise

        return begin

    def _busy(self) -> Busy:
        return Busy("others have been writing all the time", where=self.name, do="try again")

    def _lane(self, synchronous: Literal["full", "normal"], *, reads: bool = False) -> Lane:
        def connect() -> sqlite3.Connection:
            mode = f"{self._path.as_uri()}?mode=rw"
            found = sqlite3.connect(
                mode,
                uri=True,
                timeout=self.lock_seconds,  # while another process brings the log in after a crash
                isolation_level=None,
                check_same_thread=False,
                cached_statements=512,
            )
            try:
                for name, value in {**_PRAGMAS, "synchronous": synchronous}.items():
                    found.execute(f"pragma {name} = {value}").close()
                kept = found.execute("pragma synchronous").fetchone()[0]
                if kept != {"full": 2, "normal": 1}[synchronous]:
                    raise Failed("SQLite does not flush its commits to the disk", where=self.name)
                found.execute("pragma query_only = on" if reads else "pragma busy_timeout = 0").close()
            except BaseException:
                found.close()
                raise
            return found

        engine: Engine = create_engine(
            "sqlite://", creator=connect, poolclass=NullPool, pool_reset_on_return=None
        )
        return Lane(engine.connect)

    def _prepare(self, create: bool) -> None:
        """Takes a new file for a store, and sees that an old one is a store in WAL mode.

        Another program's database is left as it is. Raises BadData, Failed, Busy.
        """
        with self._write.held(self.lock_seconds):
            try:
                driver = _driver(self._write.connection)
                application, pages = _number(driver, "application_id"), _number(driver, "page_count")
                if application != APPLICATION:
                    if pages or not create:
                        raise BadData(
                            "this is the database of another program" if pages else "this file is empty",
                            where=self.name,
                            do="name a review store",
                        )
                    _retried(
                        lambda: driver.execute(f"pragma application_id = {APPLICATION}"), self.lock_seconds
                    )
                journal = _retried(
                    lambda: driver.execute("pragma journal_mode = wal").fetchone()[0], self.lock_seconds
                )
                if journal != "wal":
                    raise Failed(
                        "SQLite can't keep a write-ahead log on this file system",
                        where=self.name,
                        do="put the file on a local disk",
                    )
            except Exception as error:
                known = self._known(error, False)
                if known is None:
                    raise
                raise known from error

    def _explain(self, cause: BaseException, committing: bool) -> AbilitymixError | None:
        if not isinstance(cause, sqlite3.Error) or isinstance(cause, sqlite3.IntegrityError):
            return None
        code = getattr(cause, "sqlite_errorcode", 0) & 0xFF
        where = self.name
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return self._busy()
        if code == sqlite3.SQLITE_FULL:
            return DiskFull("no space left on the disk", where=where, do="free some; nothing was written")
        if code == sqlite3.SQLITE_NOTADB:
            return BadData("this is not a database", where=where, do="name a review store")
        if code == sqlite3.SQLITE_CORRUPT:
            return BadData("this database is damaged", where=where, do="go back to a copy of it")
        if code in (
            sqlite3.SQLITE_READONLY,
            sqlite3.SQLITE_PERM,
            sqlite3.SQLITE_CANTOPEN,
            sqlite3.SQLITE_AUTH,
        ):
            return Failed("the database can't be opened for writing", where=where, do=_why(self._path))
        if code == sqlite3.SQLITE_IOERR:
            return Failed(
                "the disk failed", where=where, do="check it; the last action may not have been kept"
            )
        return None


def _driver(connection: Connection) -> sqlite3.Connection:
    found = connection.connection.dbapi_connection
    assert isinstance(found, sqlite3.Connection)
    return found


def _execute(connection: Connection, statement: str) -> None:
    _driver(connection).execute(statement).close()


def _number(driver: sqlite3.Connection, pragma: str) -> int:
    return int(driver.execute(f"pragma {pragma}").fetchone()[0])


def _retried(action: Callable[[], Result], seconds: float) -> Result:
    """`action`, again and again while SQLite is busy, after a wait of chance length: no one is favoured."""
    until = time.monotonic() + seconds
    while True:
        try:
            return action()
        except sqlite3.OperationalError as error:
            busy = error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
            if not busy or time.monotonic() >= until:
                raise
        time.sleep(random.uniform(_SHORTEST, _LONGEST))


def _why(path: Path) -> str:
    if not path.exists():
        return "the file is gone"
    return "check the permissions of the file and its folder, and whether the disk is mounted read-only"
