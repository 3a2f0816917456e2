"""Where a review store lies: SQLite in a file by default, PostgreSQL by URL. One face over both.

`address` reads what a user wrote, `engine` has what the two share, `sqlite` and `postgres` what they do differently,
`places` knows the file systems on which SQLite must not run, `queue` lets writers of one file go in turn.
"""

from __future__ import annotations

from collections.abc import Callable

from curation.review.database.address import FileAddress, read_address
from curation.review.database.engine import Database, Unreachable

__all__ = ["Database", "Unreachable", "open_database"]


def open_database(
    url: str, *, create: bool = False, lock_seconds: float = 10.0, clock: Callable[[], float] | None = None
) -> Database:
    """Opens the database, and looks whether a verdict would be safe in it.

    Args:
        url: `sqlite:///FILE`, the path of a file, or `postgresql+psycopg://USER:PASSWORD@HOST/NAME`.
        create: makes the file if it is not there, or takes an empty one. A database of PostgreSQL has to exist.
        lock_seconds: how long to wait for other writers before it is `Busy`.
        clock: seconds since 1970, instead of the database's clock; for tests.

    Raises:
        BadSpec: the URL can't be read, or the place is not one for a database.
        MissingFile: no such file, folder or database.
        BadData: the file is another kind of database, or none, or damaged.
        MissingExtra: PostgreSQL without psycopg.
        Unreachable: no server answers.
        Busy, DiskFull, Failed: what their messages say.
    """
    address = read_address(url)
    if isinstance(address, FileAddress):
        from curation.review.database.sqlite import SQLiteDatabase

        return SQLiteDatabase(address, create=create, lock_seconds=lock_seconds, clock=clock)
    from curation.review.database.postgres import PostgresDatabase

    return PostgresDatabase(address, lock_seconds=lock_seconds, clock=clock)
