"""What one annotator looks at that could tell him a colleague's verdict: that he has seen it is in the log first.

See `telling` for what is shown and what ends with it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import Connection

from curation.review import acts, reading, telling, waits
from curation.review.reader import Reader
from curation.review.records import Colleague, Comment, ShownHint, View, Waiting
from curation.review.transaction import Transaction

if TYPE_CHECKING:
    from curation.review.dashboard import Dashboard

Done = TypeVar("Done")


class Looking(Reader):
    """The part of a `Desk` that shows what others did."""

    def _act(self, what: Callable[[Transaction, int], Done]) -> Done:
        """`what` in one transaction, given the time, with all that follows from its events."""

        def act(connection: Connection) -> Done:
            tx = Transaction(connection, self._db, self._store.process)
            done = what(tx, self._store.now())
            tx.write_counts()
            return done

        return self._db.write(act, turn=self.me.number)

    def comments(self, item: int) -> list[Comment]:
        """One's own, and those of colleagues wherever their verdicts may be seen."""
        return self._shown(item, reading.comments)

    def colleagues(self, item: int) -> list[Colleague]:
        """Verdicts of others, where one's own is in; of an item that one revises, those that sent it there."""
        return self._shown(item, reading.colleagues)

    def hints(self, item: int) -> list[ShownHint]:
        """What rules and comparisons noticed about an item; nothing before one's own verdict."""
        with self._db.reading() as connection:
            found, tells = reading.hints(connection, self.me.name, item)
        if not tells:
            return found

        def act(tx: Transaction, now: int) -> list[ShownHint]:
            for other in sorted(tells):
                acts.lock(tx, other)
            found, new = reading.hints(tx.connection, self.me.name, item)
            for other in sorted(set(new) & set(tells)):
                acts.see(tx, self.me.name, other, new[other], now)
            # What was decided between the two looks is told next time.
            late = {reading.id_of(tx.connection, other) for other in set(new) - set(tells)}
            return [h.model_copy(update={"judged": ""}) if h.other in late else h for h in found]

        return self._act(act)

    def look(self, item_id: str) -> View:
        """Raises BadData: no such item, or a beginning that several ids have."""
        with self._db.reading() as connection:
            number = reading.find(connection, item_id)
        return self.look_at(number)

    def look_at(self, number: int) -> View:
        """An item to read. Raises BadData: no such item."""
        with self._db.reading() as connection:
            found = reading.view(connection, self.me.name, number)
        if not found.tells:
            return found

        def act(tx: Transaction, now: int) -> View:
            acts.lock(tx, number)
            found = reading.view(tx.connection, self.me.name, number)
            acts.see(tx, self.me.name, number, found.tells, now)
            return found

        return self._act(act)

    def counts(self) -> list[Waiting]:
        """What waits, by stage and ability, without what came of one's last verdicts."""
        self._settle()
        with self._db.reading() as connection:
            return waits.waiting(connection, self._store.process, self.me)

    def dashboard(self) -> Dashboard:
        """How the review stands, without what came of one's last verdicts."""
        self._settle()
        return self._store.dashboard(self.me.name)

    def _settle(self) -> None:
        """Those of one's verdicts that counts tell of can't be taken back any more."""
        with self._db.reading() as connection:
            if not telling.to_settle(connection, self.me.name):
                return

        def act(tx: Transaction, now: int) -> None:
            tx.chain(self.me.name)
            last = telling.to_settle(tx.connection, self.me.name)
            if last:
                acts.see(tx, self.me.name, 0, [(telling.COUNTS, last)], now)

        self._act(act)

    def _shown(self, item: int, read: Any) -> list[Any]:
        with self._db.reading() as connection:
            found, new = self._may_see(connection, item, read)
        if not new:
            return found

        def act(tx: Transaction, now: int) -> list[Any]:
            # Looked up again with the item locked: one's own verdict may have been taken back at another screen.
            acts.lock(tx, item)
            found, new = self._may_see(tx.connection, item, read)
            acts.see(tx, self.me.name, item, new, now)
            return found

        return self._act(act)

    def _may_see(self, connection: Connection, item: int, read: Any) -> tuple[list[Any], list[telling.Unit]]:
        """What may be shown, and units of it that are not known to have been seen."""
        units = reading.open_units(connection, self.me.name, item, self._store.now())
        found, of = read(connection, self.me.name, item, units)
        return found, reading.unseen(connection, self.me.name, item, of)
