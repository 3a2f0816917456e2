"""PostgreSQL, for annotators of several machines. Transactions are begun here and not by the driver.

A commit is flushed before it is told (`synchronous_commit`); a server that doesn't flush is refused.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Table, create_engine
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import NullPool

from curation.review.database.address import ServerAddress, unreadable
from curation.review.database.engine import Again, Database, Lane, Unreachable
from schemas.errors import AbilitymixError, BadSpec, Busy, DiskFull, Failed, MissingExtra, MissingFile
from schemas.terminal import one_line

if TYPE_CHECKING:
    import psycopg

_OLDEST = 120000  # server_version_num: 12
_BEGIN = "begin isolation level read committed read write"
LANES = 4  # transactions of annotators at once
_QUEUE = 0x41424D58  # among the advisory locks of a database, those of this project
_PATIENCE = 250  # milliseconds
_FLUSHED = ("on", "remote_apply", "remote_write", "local")
# A program that was stopped in the middle of a transaction gives its locks back after this.
_IDLE = "2min"
_SETUP = """
    select set_config('lock_timeout', %(lock)s, false), set_config('idle_in_transaction_session_timeout', %(idle)s, false),
        set_config('plan_cache_mode', %(plans)s, false),
        current_setting('fsync'), current_setting('synchronous_commit'), current_setting('server_encoding'),
        current_setting('server_version_num')::int
"""
_LOST = frozenset(("57P01", "57P02", "57P03", "57P05", "25P03"))  # and all of class 08


class PostgresDatabase(Database):
    dialect = "postgresql"

    def __init__(
        self, address: ServerAddress, *, lock_seconds: float, clock: Callable[[], float] | None
    ) -> None:
        if find_spec("psycopg") is None:
            raise MissingExtra("psycopg is not installed", do="pip install 'abilitymix[postgres]'")
        super().__init__(str(address), lock_seconds, clock)
        self._offset = 0.0
        engine = create_engine(
            address.url,
            poolclass=NullPool,
            pool_reset_on_return=None,  # a lost connection would be lamented on stderr, over the screen
            use_native_hstore=False,
            connect_args={
                "autocommit": True,
                "connect_timeout": 10,
                "application_name": "abilitymix",
                "keepalives_idle": 30,
                "keepalives_interval": 10,
                "keepalives_count": 3,
                "client_encoding": "utf8",
            },
        )

        def connect(plans: str) -> Connection:
            try:
                found = engine.connect()
            except (ArgumentError, ValueError, TypeError):  # of options after a ? in the URL
                raise unreadable() from None
            try:
                self._set_up(_driver(found), plans)
            except BaseException:
                found.close()
                raise
            return found

        # What is written is looked up by keys: to plan such a statement anew takes longer than to run it.
        self._write = Lane(lambda: connect("force_generic_plan"))
        self._read = Lane(lambda: connect("auto"))
        try:
            with self.writing():
                pass
        except BaseException:
            self.close()
            raise

    @contextmanager
    def writing(self, turn: int | None = None) -> Iterator[Connection]:
        begin = _beginning(_BEGIN) if turn is None else self._in_turn(turn)
        with self._transaction(self._write, begin, before_commit=_no_error_inside) as connection:
            yield connection

    @contextmanager
    def relaxed(self) -> Iterator[Connection]:
        begin = _beginning(
            "begin isolation level read committed read write; set local synchronous_commit = off"
        )
        with self._transaction(self._write, begin, before_commit=_no_error_inside) as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        begin = _beginning("begin isolation level repeatable read read only")
        with self._transaction(self._read, begin, before_commit=_no_error_inside) as connection:
            yield connection

    def bulk_insert(
        self, connection: Connection, table: Table, rows: Iterable[Sequence[Any]], columns: Sequence[str]
    ) -> int:
        from psycopg import sql

        statement = sql.SQL("copy {} ({}) from stdin").format(
            sql.Identifier(table.name), sql.SQL(", ").join(map(sql.Identifier, columns))
        )
        with _driver(connection).cursor() as cursor:
            with cursor.copy(statement) as copy:
                for row in rows:
                    copy.write_row(row)
            return max(0, cursor.rowcount)

    def _in_turn(self, turn: int) -> Callable[[Connection], None]:
        """Begins when those before it in one of a few queues have ended, or after a while without them.

        Annotators who all act at once on a full machine only get in one another's way, and some wait for ten times as
        long as most. PostgreSQL serves those who wait for an advisory lock in their order.
        """
        wait = f"select pg_advisory_xact_lock({_QUEUE}, {turn % LANES})"
        lock = f"set local lock_timeout = {max(1, round(self.lock_seconds * 1000))}"
        queued = f"{_BEGIN}; set local lock_timeout = {_PATIENCE}; {wait}; {lock}"

        def begin(connection: Connection) -> None:
            from psycopg.errors import LockNotAvailable

            try:
                _simple(_driver(connection), queued)
            except LockNotAvailable:  # whoever holds it sleeps, or is far away: this is about fairness alone
                _simple(_driver(connection), f"rollback; {_BEGIN}")

        return begin

    def close(self) -> None:
        for lane in (self._read, self._write):
            lane.close()

    def _time(self) -> float:
        return time.time() + self._offset

    def _set_up(self, driver: psycopg.Connection[Any], plans: str) -> None:
        """Raises BadSpec, Failed: this server or database would not keep verdicts, or not Chinese ones."""
        lock = f"{max(1, round(self.lock_seconds * 1000))}ms"
        fsync, commit, encoding, version = driver.execute(
            _SETUP, {"lock": lock, "idle": _IDLE, "plans": plans}
        ).fetchone()[3:]  # type: ignore[index]
        if version < _OLDEST:
            raise BadSpec("PostgreSQL 12 or later is needed", where=self.name, do="use a newer server")
        if encoding != "UTF8":
            raise BadSpec(
                f"this database is encoded in {one_line(encoding, 40)} and can't hold all text",
                where=self.name,
                do="make it anew: createdb --encoding=UTF8 --template=template0 NAME",
            )
        if fsync != "on":
            raise Failed(
                "this server would lose verdicts in a power cut: fsync is off",
                where=self.name,
                do="set fsync = on in postgresql.conf and reload it",
            )
        if commit not in _FLUSHED:  # of the session, and the session can mend it
            driver.execute("set synchronous_commit = on")
        self._offset = min((_offset(driver) for _ in range(2)), key=lambda found: found[1])[0]

    def _explain(self, cause: BaseException, committing: bool) -> AbilitymixError | None:
        import psycopg

        if isinstance(cause, psycopg.ProgrammingError) and "connection option" in str(cause):
            return unreadable()
        if not isinstance(cause, psycopg.Error) or isinstance(cause, psycopg.IntegrityError):
            return None
        where, state = self.name, cause.sqlstate or ""
        if state in ("40001", "40P01"):
            return Again("others changed the same rows at the same moment", where=where, do="try again")
        if state == "55P03":
            return Busy("others hold what is wanted", where=where, do="try again")
        if state in ("53100", "53200"):
            what = "no space left on the server's disk" if state == "53100" else "the server is out of memory"
            return DiskFull(what, where=where, do="free some; nothing was written")
        if state in ("25006", "42501"):
            what = (
                "this server may only be read" if state == "25006" else "this user has no permission for that"
            )
            return Failed(what, where=where, do="ask whoever runs the server")
        if (
            state in _LOST
            or state.startswith("08")
            or (not state and isinstance(cause, psycopg.OperationalError))
        ):
            return self._lost(cause, committing)
        return None

    def _lost(self, cause: psycopg.Error, committing: bool) -> AbilitymixError:
        said = _reason(str(cause))
        if committing:
            return Unreachable(
                f"the server went away while it was asked to keep the last action ({said})",
                where=self.name,
                do="see whether it was kept before doing it again",
            )
        if "too many c" in said or "connection slots" in said:
            return Busy(
                f"the server takes no more connections ({said})", where=self.name, do="raise max_connections"
            )
        if "password" in said or "authentication" in said or "role " in said or "pg_hba.conf" in said:
            return Failed(
                f"the server refuses ({said})",
                where=self.name,
                do="check user and password (URL, PGPASSWORD or ~/.pgpass)",
            )
        if "database " in said and "does not exist" in said:
            return MissingFile(
                "the server has no such database", where=self.name, do="make it: createdb NAME"
            )
        return Unreachable(
            f"the server does not answer ({said})", where=self.name, do="see whether it runs, then try again"
        )


def _driver(connection: Connection) -> psycopg.Connection[Any]:
    found: Any = connection.connection.dbapi_connection
    return found  # type: ignore[no-any-return]


def _beginning(statement: str) -> Callable[[Connection], None]:
    return lambda connection: _simple(_driver(connection), statement)


def _simple(driver: psycopg.Connection[Any], statement: str) -> None:
    """Statements without parameters, several in one go."""
    driver.execute(statement.encode(), prepare=False)


def _no_error_inside(connection: Connection) -> None:
    """PostgreSQL answers a commit after a failed statement with a rollback and no error."""
    from psycopg.pq import TransactionStatus

    if _driver(connection).info.transaction_status == TransactionStatus.INERROR:
        raise RuntimeError("a statement of this transaction had failed; nothing of it can be kept")


def _offset(driver: psycopg.Connection[Any]) -> tuple[float, float]:
    """How far the server's clock is ahead of this machine's, and how long the question took; seconds."""
    before = time.time()
    (there,) = driver.execute("select extract(epoch from clock_timestamp())::float8").fetchone()  # type: ignore[misc]
    after = time.time()
    return there - (before + after) / 2, after - before


def _reason(text: str) -> str:
    """The server's own words, or else why it was not reached; libpq tells every attempt on lines of its own."""
    found = re.findall(r"FATAL:\s*([^\n]+)", text) or re.findall(r"failed: ([^\n]+)", text)
    lines = text.strip().splitlines() or ["no reason given"]
    return one_line(found[-1] if found else lines[0], 160)
