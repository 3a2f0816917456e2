"""The log, played again: into the store it is of, into another one, or only to see that nobody tampered with it.

Everything but events, texts, gold answers, hints and drafts follows from the log, so a store can be made anew from them,
moved to another database, and compared with what its log says.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from sqlalchemy import Connection, delete, func, select, update

from curation.review import tables as t
from curation.review.chain import START
from curation.review.compare import difference
from curation.review.guards import require_guards
from curation.review.log import Head, Log, StoreLog
from curation.review.play import index_all, insert_texts, play, play_into
from curation.review.process import Process
from curation.review.reading import texts
from curation.review.search.check import make_anew, require_search
from curation.review.sound import Told, expecting_review, require_chains, require_heads_in, require_hints
from curation.review.store import ReviewStore
from schemas.errors import BadData
from schemas.progress import Progress, silent


def verify(
    store: ReviewStore,
    progress: Progress = silent,
    *,
    since: dict[str, Head] | None = None,
    workers: int | None = 1,
) -> dict[str, Head]:
    """Look whether the chains hold, texts, gold answers and hints are those that the log tells of, and the store is what
    follows from its log. Plays the log into a temporary store in a file.

    Args:
        since: heads that were kept elsewhere; the chains have to go on from there.
        workers: processes that look at the search index, as for `curation.workers.in_order`.

    Returns:
        the head of every chain.

    Raises:
        BadData: what was tampered with, or a projection that differs from the log (`rebuild` mends that).
    """
    with expecting_review(store.database.name), store.database.reading() as connection:
        log = StoreLog(connection)
        told = require_chains(log.events())
        _require_heads(connection, told.heads)
        require_heads_in(log.events(), since or {})
        found = _differences(connection, log, told, progress)
        if found:
            what = f"{found} does not follow from the log"
            raise BadData(what, where=store.database.name, do="store rebuild")
        require_search(connection, lambda numbers: texts(connection, numbers), workers, progress)
        require_guards(connection)
    return told.heads


def _require_heads(connection: Connection, heads: dict[str, Head]) -> None:
    """An end that was cut off leaves a whole chain behind: the heads are kept beside it."""
    for row in connection.execute(select(t.annotator)):
        if Head(row.events, row.head) != heads.get(row.name, Head(0, START)):
            whose = row.name or "the store"
            what = f"its chain has {heads.get(row.name, Head(0, START)).events} events and should have {row.events}"
            raise BadData(what, where=f"log of {whose}", do="restore the store from a copy")


def _differences(connection: Connection, log: Log, told: Told, progress: Progress) -> str:
    with (
        tempfile.TemporaryDirectory(prefix="abilitymix-") as folder,
        play_into(log, str(Path(folder) / "replay.db"), progress, told=told, bare=True) as target,
        target.database.reading() as played,
    ):
        return difference(connection, played)


def rebuild(store: ReviewStore, progress: Progress = silent) -> None:
    """Make everything that follows from the log anew, in one transaction. Leases end; tokens go on; drafts stay.

    Raises:
        BadData: chains, heads, texts, gold answers or hints that do not hold: nothing is changed then.
    """

    def act(connection: Connection) -> Process:
        log = StoreLog(connection)
        told = require_chains(log.events())
        # Heads would follow as well, but a chain whose end was cut off would then be whole.
        _require_heads(connection, told.heads)
        require_hints(log, told)
        kept = _Gold(log)
        highest = connection.execute(select(func.coalesce(func.max(t.slot.c.token), 0))).scalar_one()
        for table in (*t.FOLLOWS, t.item):
            connection.execute(delete(table))
        connection.execute(delete(t.annotator).where(t.annotator.c.number > 0))
        insert_texts(kept, told, store.database, connection, progress, revisions=False)
        process = play(log.events(), store.database, connection, progress, new=False)
        # Whoever still holds a lease of before must not be mistaken for whoever gets the slot next.
        connection.execute(update(t.slot).values(token=highest + 1))
        for actor, head in told.heads.items():
            row = update(t.annotator).where(t.annotator.c.name == actor)
            connection.execute(row.values(events=head.events, head=head.hash))
        make_anew(connection)
        index_all(connection, progress)
        return process

    with expecting_review(store.database.name):
        store.process = store.database.write(act)


class _Gold(StoreLog):
    """The log of a store whose gold answers, which stand beside its items, were read before the items are made anew."""

    def __init__(self, log: StoreLog) -> None:
        super().__init__(log.connection)
        self._answers = log.gold()

    def gold(self) -> dict[int, str]:
        return self._answers


def copy(source: ReviewStore, url: str, progress: Progress = silent) -> ReviewStore:
    """The same review in another, empty database. Leases end. Raises as `play_into`."""
    with source.database.reading() as connection:
        return play_into(StoreLog(connection), url, progress)
