"""What one annotator may read without changing anything. The acts are `desk`'s."""

from __future__ import annotations

from typing import TYPE_CHECKING

from curation.review import claim, gold_items, reading
from curation.review.people import Annotator, person
from curation.review.queue import work_of
from curation.review.records import Feedback, OwnVerdict, Work
from schemas.errors import BadSpec

if TYPE_CHECKING:
    from curation.review.store import ReviewStore


class Reader:
    """The reading half of a `Desk`.

    Args:
        store: an open store.
        name: of an enrolled annotator.

    Attributes:
        me: who works here.

    Raises:
        BadSpec: nobody of that name is enrolled, or he is paused.
    """

    def __init__(self, store: ReviewStore, name: str) -> None:
        self._store, self._db = store, store.database
        with self._db.reading() as connection:
            self.me: Annotator = person(connection, name)
        if self.me.status == "paused":
            raise BadSpec(f"{name} is paused", where="--as", do="ask whoever leads the review")

    def draft(self, work: Work) -> str | None:
        """One's unfinished text on an item, if there is one."""
        with self._db.reading() as connection:
            return reading.draft(connection, self.me.name, work.item)

    def recent(self, limit: int = 20) -> list[OwnVerdict]:
        """One's own standing acts, last one first."""
        with self._db.reading() as connection:
            return reading.recent(connection, self.me.name, limit)

    def skipped(self, limit: int = 100) -> list[OwnVerdict]:
        """Items that one skipped and that still wait, with `kept` None."""
        with self._db.reading() as connection:
            return reading.skipped(connection, self.me.name, limit)

    def holding(self) -> list[Work]:
        """What one has leases on."""
        with self._db.reading() as connection:
            return [work_of(self.me, s) for s in claim.held_by(connection, self.me.name, self._store.now())]

    def training(self) -> Feedback | None:
        """How far the training is; None if it is over."""
        if self.me.status != "training":
            return None
        with self._db.reading() as connection:
            return gold_items.progress(connection, self._store.process, self.me)
