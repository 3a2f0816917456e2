"""One database as the store sees it: transactions that are durable when they end, and errors in one line.

A connection lives as long as its database. There is one for writing and one for reading, so that a long look at a
dashboard never stands in a verdict's way; each serves one thread at a time.
"""

from __future__ import annotations

import random
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Any, TypeVar

from sqlalchemy import Connection, Table
from sqlalchemy.exc import DBAPIError

from curation.review.database import prepared
from schemas.errors import AbilitymixError, Busy, Failed

Result = TypeVar("Result")


class Unreachable(Failed):
    """The server does not answer, or went away; the next call tries to reach it again."""


class Again(Busy):
    """The database asks for the whole transaction once more, as `Database.write` does it."""


class Lane:
    """One connection and the thread that has it.

    Args:
        connect: makes a connection; raises what the driver raises.
    """

    def __init__(self, connect: Callable[[], Connection]) -> None:
        self._connect = connect
        self._lock = threading.Lock()
        self._holder: int | None = None
        self._open: Connection | None = None

    @contextmanager
    def held(self, seconds: float) -> Iterator[None]:
        """Raises Busy: another thread of this process has had it all that time."""
        me = threading.get_ident()
        if self._holder == me:
            raise RuntimeError("a transaction was begun inside another one of the same kind")
        if not self._lock.acquire(timeout=seconds):
            raise Busy("another part of this program is at the database", do="try again")
        self._holder = me
        try:
            yield
        finally:
            self._holder = None
            self._lock.release()

    @property
    def connection(self) -> Connection:
        if self._open is None:
            self._open = self._connect()
        return self._open

    @property
    def fresh(self) -> bool:
        """Whether no connection is open yet."""
        return self._open is None

    def drop(self) -> None:
        """Closes the connection; the next use opens another one."""
        connection, self._open = self._open, None
        if connection is not None:
            with suppress(Exception):
                connection.invalidate()
            with suppress(Exception):
                connection.close()

    def close(self) -> None:
        connection, self._open = self._open, None
        if connection is not None:
            connection.close()


class Database(ABC):
    """See `open_database`. Not to be taken through a fork: open one in each process.

    Attributes:
        dialect: `sqlite` or `postgresql`.
        name: the file or the URL, for messages; without a password.
    """

    dialect: str

    def __init__(self, name: str, lock_seconds: float, clock: Callable[[], float] | None) -> None:
        self.name = name
        self.lock_seconds = lock_seconds
        self._clock = clock

    @abstractmethod
    def writing(self, turn: int | None = None) -> AbstractContextManager[Connection]:
        """A transaction that may write; what it wrote is durable when the block has ended without an error.

        Args:
            turn: of a short one: any number, by which PostgreSQL lets few of them begin at once (`postgres.LANES`).

        Raises:
            Busy: others write, or hold what is wanted, for longer than `lock_seconds`.
            Unreachable, DiskFull, BadData, Failed: nothing was written, but for what `Unreachable` says.
        """

    @abstractmethod
    def relaxed(self) -> AbstractContextManager[Connection]:
        """As `writing`, for what a power cut may take the last seconds of (drafts). A killed process loses nothing."""

    @abstractmethod
    def reading(self) -> AbstractContextManager[Connection]:
        """A transaction that sees one state of the database throughout, and never waits for a writer."""

    @abstractmethod
    def bulk_insert(
        self, connection: Connection, table: Table, rows: Iterable[Sequence[Any]], columns: Sequence[str]
    ) -> int:
        """Inserts a great many rows inside a `writing` transaction, past SQLAlchemy; how many they were.

        Args:
            rows: values in the order of `columns`, as the driver takes them: no defaults, no conversion of types.
        """

    @abstractmethod
    def close(self) -> None:
        """Ends all connections; what was committed stays."""

    def write(self, function: Callable[[Connection], Result], turn: int | None = None) -> Result:
        """`function` in a `writing` transaction, the whole of it again when the database asks for that.

        It may run more than once, and only the last run counts: it must do nothing but read and write the database.
        """
        until = time.monotonic() + self.lock_seconds
        while True:
            try:
                with self.writing(turn) as connection:
                    return function(connection)
            except Again:
                if time.monotonic() >= until:
                    raise
                time.sleep(random.uniform(0.0002, 0.002))

    def now(self) -> float:
        """Seconds since 1970 by the clock that all who work in this database share."""
        return self._clock() if self._clock else self._time()

    def _time(self) -> float:
        return time.time()

    @contextmanager
    def _transaction(
        self,
        lane: Lane,
        begin: Callable[[Connection], None],
        *,
        before_commit: Callable[[Connection], None] | None = None,
        after: Callable[[], None] | None = None,
    ) -> Iterator[Connection]:
        """One transaction on a lane.

        Args:
            begin: begins it at the driver's, which doesn't begin any by itself.
            before_commit: a last look.
            after: runs once it has ended, however that was, if `begin` did not fail.
        """
        with lane.held(self.lock_seconds):
            connection = self._begun(lane, begin)
            committing = False
            try:
                yield connection
                committing = True
                if before_commit is not None:
                    before_commit(connection)
                prepared.commit(connection)
                connection.commit()
            except BaseException as error:
                self._roll_back(lane, connection)
                known = self._known(error, committing)
                if known is None:
                    raise
                raise known from error
            finally:
                if after is not None:
                    after()

    def _begun(self, lane: Lane, begin: Callable[[Connection], None]) -> Connection:
        """A connection in a transaction; a connection that had been lost meanwhile is made anew once."""
        while True:
            anew = lane.fresh
            try:
                connection = lane.connection
                connection.begin()
                begin(connection)
                return connection
            except BaseException as error:
                lane.drop()
                known = self._known(error, False)
                if known is None:
                    raise
                if anew or not isinstance(known, Unreachable):
                    raise known from error

    def _roll_back(self, lane: Lane, connection: Connection) -> None:
        try:
            prepared.forget(connection)
            connection.rollback()
        except (
            BaseException
        ):  # whatever the state of this connection is: the next transaction gets another one
            lane.drop()
            return
        if connection.invalidated:
            lane.drop()

    def _known(self, error: BaseException, committing: bool) -> AbilitymixError | None:
        """The line for an error that was foreseen; None for one to be passed on as it is."""
        cause = error.orig if isinstance(error, DBAPIError) else error
        return self._explain(cause, committing) if cause is not None else None

    @abstractmethod
    def _explain(self, cause: BaseException, committing: bool) -> AbilitymixError | None:
        """The same for an error of the driver.

        Args:
            committing: whether it came up when the transaction was to end, so that its fate may be unknown.
        """
