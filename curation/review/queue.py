"""Where one annotator's next item comes from: what he holds, a gold item, or the first free slot he may take."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from curation.review import claim, gold_items, reading
from curation.review.follow import MINUTE
from curation.review.people import Annotator
from curation.review.process import EVERY, STAGES, VOTED
from curation.review.records import Work

if TYPE_CHECKING:
    from curation.review.store import ReviewStore


class Queue:
    """The queue of one annotator, inside the write transactions of his desk.

    Attributes:
        nothing: after `next` found nothing, a sentence that says why.
    """

    def __init__(self, store: ReviewStore) -> None:
        self._store = store
        self.nothing = ""
        # How far one has looked in each stage and ability; only to be quick, the database decides.
        self._after: dict[tuple[str, str], int] = {}

    @property
    def lease(self) -> int:
        """Microseconds that an item stays with whom it was shown to."""
        return round(self._store.process.lease_minutes * MINUTE)

    def next(
        self,
        connection: Connection,
        me: Annotator,
        now: int,
        stages: Sequence[str] | None = None,
        abilities: Sequence[str] | None = None,
        *,
        held: bool = True,
    ) -> Work | None:
        """See `Desk.next`. Args: held: whether an item that one holds already comes first."""
        stages = [s for s in (stages or VOTED) if s in me.stages]
        own = self._abilities(me, abilities)
        for slot in claim.held_by(connection, me.name, now) if held else ():
            gold = slot.stage not in STAGES
            if (gold and stages != ["revise"]) or (slot.stage in stages and slot.ability in own):
                return work_of(me, slot)
        until = now + self.lease
        if set(stages) & set(VOTED):
            chosen = gold_items.due(connection, self._store, me, own, stages)
            if chosen is not None:
                dialect = self._store.database.dialect
                return work_of(me, gold_items.lease(connection, dialect, me, chosen, now, until))
            if me.status == "training":
                self.nothing = (
                    "your training is over without enough right verdicts; ask whoever leads the review"
                )
                return None
        for found in self._looking(connection, me, stages, own, now):
            taken = self._taken(connection, me, found, now)
            if taken is not None:
                return taken
        self.nothing = reading.why_nothing(connection, self._store, me, stages, own)
        return None

    def take(
        self, connection: Connection, me: Annotator, item_id: str, stage: str | None, now: int
    ) -> Work | None:
        """See `Desk.take`."""
        number = reading.find(connection, item_id)
        for slot in claim.held_by(connection, me.name, now):
            if slot.item == number and stage in (None, slot.stage):
                return work_of(me, slot)
        state = reading.state_of(connection, number)
        if state not in STAGES or stage not in (None, state) or me.status == "training":
            return None
        if not me.works_in(reading.ability_of(connection, number), state):
            return None
        dialect, process = self._store.database.dialect, self._store.process
        found = claim.find_of_item(connection, dialect, process, me.name, state, number, now)
        return None if found is None else self._taken(connection, me, found, now)

    def look_anew(self, stage: str) -> None:
        """Begin a stage from its front, after skipped items were returned."""
        self._after = {key: place for key, place in self._after.items() if key[0] != stage}

    def _taken(self, connection: Connection, me: Annotator, number: int, now: int) -> Work | None:
        if not claim.take(connection, number, me.name, now, now + self.lease):
            return None
        slot = claim.leased(connection, number)
        return None if slot is None else work_of(me, slot)

    def _looking(
        self, connection: Connection, me: Annotator, stages: Sequence[str], own: Sequence[str], now: int
    ) -> Iterator[int]:
        """Slots to try, best first: stage by stage, an ability to its end; then ended leases; then from the beginning."""
        dialect, process = self._store.database.dialect, self._store.process
        for again in (False, True):
            for stage in stages:
                # The ability one is in comes first, so that one need not learn other guidelines at every item.
                for ability in sorted(own, key=lambda a: (stage, a) not in self._after):
                    after = -1 if again else self._after.get((stage, ability), -1)
                    found = claim.find_free(connection, dialect, process, me.name, stage, ability, after, now)
                    if found is not None:
                        self._after[stage, ability] = found[1]
                        yield found[0]
                ended = claim.find_ended(connection, dialect, process, me.name, stage, list(own), now)
                if ended is not None:
                    yield ended

    def _abilities(self, me: Annotator, chosen: Sequence[str] | None) -> list[str]:
        """Abilities of the store that are assigned (and chosen); each annotator begins with another one."""
        own = [a for a in self._store.abilities() if EVERY in me.abilities or a in me.abilities]
        turn = me.number % len(own) if own else 0
        own = own[turn:] + own[:turn]
        return own if chosen is None else [a for a in own if a in chosen]


def work_of(me: Annotator, slot: claim.Slot) -> Work:
    """What a leased slot is to whom it is leased to; of a gold item nothing that tells it from others."""
    content = reading.parsed(slot.line, slot.answered)
    gold = slot.stage not in STAGES
    return Work(
        slot=slot.slot,
        token=slot.token,
        item=slot.item,
        id=content.id,
        ability=slot.ability,
        stage="filter" if gold else slot.stage,
        round=slot.round,
        expires=slot.expires,
        content=content,
        training=gold and me.status == "training",
    )
