"""A store of reviews: opened here, acted upon by a `Desk`, filled by `load`, rebuilt by `replay`, taken out by `export`."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import Connection, func, inspect, select

from curation.review.chain import START
from curation.review.database import Database, open_database
from curation.review.desk import Desk
from curation.review.follow import follow
from curation.review.guards import guard
from curation.review.people import Annotator, Status, enrolment, everyone, require_name
from curation.review.process import Process
from curation.review.search import create_search
from curation.review.settings import current, differing, refuse_fixed
from curation.review.tables import VERSION, annotator, event, item, meta, metadata, tally
from curation.review.transaction import STORE, Transaction
from schemas.errors import BadData, BadSpec, MissingFile

if TYPE_CHECKING:
    from curation.review.dashboard import Dashboard
    from curation.review.search.hits import Hits

SECOND = 1_000_000


class ReviewStore:
    """Use `ReviewStore.open`, and `close` it, or as a context manager.

    Attributes:
        database: where it lies.
        process: the rules.
    """

    def __init__(self, database: Database, process: Process) -> None:
        self.database, self.process = database, process
        self._abilities: tuple[str, ...] = ()
        self._fresh_until = 0.0
        self._gold: int | None = None

    @classmethod
    def open(
        cls,
        url: str,
        create: bool = False,
        process: Process | None = None,
        clock: Callable[[], float] | None = None,
    ) -> ReviewStore:
        """Open a store.

        Args:
            url: of the database, see `curation.review.database`; the path of a file is SQLite's.
            create: make it where there is none yet.
            process: the rules of a new store; an existing one has its own, which may not differ from any that is given.
            clock: seconds since 1970; for tests.

        Raises:
            MissingFile: there is no store and none is to be made.
            BadData: it was made by a newer version.
            BadSpec: it has other rules. And as `open_database`.
        """
        database = open_database(url, create=create, clock=clock)
        try:
            return cls(database, _prepared(database, create, process))
        except BaseException:
            database.close()
            raise

    def close(self) -> None:
        self.database.close()

    def __enter__(self) -> ReviewStore:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def now(self) -> int:
        """Microseconds since 1970 by the database's clock."""
        return round(self.database.now() * SECOND)

    def desk(self, name: str) -> Desk:
        """Raises BadSpec: nobody of that name is enrolled, or he is paused."""
        return Desk(self, name)

    def enrol(
        self,
        name: str,
        *,
        abilities: Sequence[str] | None = None,
        stages: Sequence[str] | None = None,
        status: Status | None = None,
    ) -> None:
        """Enrol somebody, or change what he may do. Somebody new begins with training where there are gold items.

        Raises:
            BadSpec: as `curation.review.people.enrolment`.
        """

        def act(connection: Connection) -> None:
            training = bool(self.process.training_items and self.gold_count(connection))
            said = enrolment(
                connection, name, abilities=abilities, stages=stages, status=status, training=training
            )
            self.record(connection, "enrol", said)

        self.database.write(act)

    def enrol_all(self, names: Sequence[str], **changes: Any) -> None:
        """Enrol several people, or none of them: `enrol` in one transaction."""
        for name in names:
            require_name(name)
        for name in names:
            self.enrol(name, **changes)

    def people(self) -> list[Annotator]:
        with self.database.reading() as connection:
            return everyone(connection)

    def change(self, **settings: Any) -> None:
        """Change what may be changed while people work: the lease, gold items and training.

        Raises:
            BadSpec: a setting that decides what verdicts mean.
        """
        from curation.review.settings import change

        change(self, settings)

    def record(self, connection: Connection, kind: str, said: dict[str, Any], item_number: int = 0) -> None:
        """Append an event of the store itself, with what follows from it."""
        tx = Transaction(connection, self.database, self.process)
        follow(tx, tx.append(STORE, kind, item_number, said, self.now()))
        tx.flush()

    def abilities(self) -> tuple[str, ...]:
        """Names of the abilities under review, sorted; looked up anew every ten seconds, for what was loaded since, and
        with them the settings that may be changed while people work."""
        if time.monotonic() > self._fresh_until:
            with self.database.reading() as connection:
                rows = connection.execute(select(tally.c.ability).where(tally.c.actor == STORE).distinct())
                self._abilities = tuple(sorted(a for (a,) in rows if a))
                self.process = current(connection)
            self._fresh_until = time.monotonic() + 10
        return self._abilities

    def gold_count(self, connection: Connection | None = None) -> int:
        """Gold items in the store; known from when it was first asked for."""
        if self._gold is None:
            if connection is None:
                with self.database.reading() as connection:
                    return self.gold_count(connection)
            rows = select(func.count()).select_from(item).where(item.c.gold.is_not(None))
            self._gold = int(connection.execute(rows).scalar_one())
        return self._gold

    def forget(self) -> None:
        """Look abilities and gold items up anew, after loading."""
        self._fresh_until, self._gold = 0.0, None

    def search(
        self,
        viewer: str,
        text: str,
        limit: int = 50,
        ability: str | None = None,
        *,
        after: int = 0,
        seconds: float | None = None,
    ) -> Hits:
        """Items that hold a text, as they are now, as `viewer` may see them. See `curation.review.search.find`."""
        from curation.review.search.hits import search

        with self.database.reading() as connection:
            return search(connection, viewer, text, limit, ability=ability, after=after, seconds=seconds)

    def dashboard(self, viewer: str) -> Dashboard:
        from curation.review.dashboard import dashboard

        with self.database.reading() as connection:
            return dashboard(connection, self, viewer, self.now())

    def events(self) -> int:
        with self.database.reading() as connection:
            return int(connection.execute(select(func.count()).select_from(event)).scalar_one())


def _prepared(database: Database, create: bool, process: Process | None) -> Process:
    """The rules of the store in a database, whose tables are made if `create` and there are none."""
    with database.reading() as connection:
        there = inspect(connection).has_table("meta")
        known: dict[str, str] = dict(connection.execute(select(meta)).tuples().all()) if there else {}
    if not known:
        if not create:
            raise MissingFile(
                "there is no review here", where=str(database.name), do="load a pool: review load"
            )
        rules = process or Process()
        database.write(lambda c: _create(c, database, rules))
        return rules
    version, rules = _known(known, str(database.name))
    if version > VERSION:
        raise BadData("made by a newer version", where=str(database.name), do="update abilitymix")
    differs = differing(rules, process) if process is not None else {}
    if differs:
        refuse_fixed(differs, str(database.name))
        name = next(iter(differs))
        what = f"this review has {name} = {getattr(rules, name)}"
        raise BadSpec(what, where=str(database.name), do="change it with: review settings FILE.toml")
    return rules


def _known(known: dict[str, str], where: str) -> tuple[int, Process]:
    """(version, rules) of a store. Raises BadData for what no store says of itself."""
    try:
        version = int(known["version"])
        if version > VERSION:
            return version, Process()
        return version, Process.model_validate(orjson.loads(known["process"]))
    except (KeyError, ValueError, TypeError):
        what = "what this store says of its version and rules can't be read"
        raise BadData(what, where=where, do="restore the store from a copy") from None


def create_tables(connection: Connection) -> None:
    """All that an empty store consists of, but for the event that says its rules."""
    metadata.create_all(connection, checkfirst=True)
    guard(connection)
    create_search(connection)
    connection.execute(meta.insert(), [{"key": "version", "value": str(VERSION)}])
    itself = {"name": STORE, "number": 0, "abilities": "[]", "stages": "[]", "status": "active"}
    connection.execute(annotator.insert(), [{**itself, "events": 0, "head": START}])


def _create(connection: Connection, database: Database, process: Process) -> None:
    create_tables(connection)
    tx = Transaction(connection, database, process)
    at = round(database.now() * SECOND)
    follow(tx, tx.append(STORE, "settings", 0, process.model_dump(mode="json"), at))
