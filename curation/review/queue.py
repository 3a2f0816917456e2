"""Where one annotator's next item comes from: what he holds, a gold item, or the first free slot he may take."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from curation.review import acts, claim, gold_items, reading, telling, waits
from curation.review.follow import MINUTE
from curation.review.people import Annotator
from curation.review.process import EVERY, STAGES, VOTED
from curation.review.records import Work
from curation.review.transaction import Transaction

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
        tx: Transaction,
        me: Annotator,
        now: int,
        stages: Sequence[str] | None = None,
        abilities: Sequence[str] | None = None,
        *,
        held: bool = True,
    ) -> claim.Slot | None:
        """See `Desk.next`. Args: held: whether an item that one holds already comes first."""
        # Locks one's row: at two screens at once one could get both votes of an item.
        events = tx.chain(me.name).events
        stages = [s for s in (stages or VOTED) if s in me.stages]
        own = self._abilities(me, abilities)
        for slot in claim.held_by(tx.connection, me.name, now) if held else ():
            gold = slot.stage not in STAGES
            if me.status == "training":
                fits = gold
            else:
                fits = (gold and stages != ["revise"]) or (slot.stage in stages and slot.ability in own)
            if fits:
                return slot
        until = now + self.lease
        # Training comes before all else, whatever one is enrolled for.
        if me.status == "training" or set(stages) & set(VOTED):
            chosen = gold_items.due(tx.connection, self._store, me, events, own, stages)
            if chosen is not None:
                return gold_items.lease(tx.connection, tx.dialect, me, chosen, now, until)
            if me.status == "training":
                self.nothing = (
                    "your training is over without enough right verdicts; ask whoever leads the review"
                )
                return None
        for again in (False, True) if stages and own else ():
            wanted = self._wanted(stages, own, again)
            found, free = claim.find(tx, me.name, wanted, now)
            if found is not None:
                if free:
                    self._after[found.stage, found.ability] = found.position
                return self._lease(tx, me, found, now)
        self.nothing = waits.why_nothing(tx.connection, self._store, me, stages, own)
        return None

    def take(
        self, tx: Transaction, me: Annotator, item_id: str, stage: str | None, now: int
    ) -> claim.Slot | None:
        """See `Desk.take`."""
        tx.chain(me.name)
        number = reading.find(tx.connection, item_id)
        for slot in claim.held_by(tx.connection, me.name, now):
            if slot.item == number and stage in (None, slot.stage):
                return slot
        row = tx.item(number)
        if row.state not in STAGES or stage not in (None, row.state) or me.status == "training":
            return None
        if not me.works_in(row.ability, row.state):
            return None
        found = claim.find_of_item(tx, me.name, row.state, number, now)
        return None if found is None else self._lease(tx, me, found, now)

    def _lease(self, tx: Transaction, me: Annotator, found: claim.Slot, now: int) -> claim.Slot:
        """To be given something to revise tells that it was rejected: the log says that one knows."""
        slot = claim.take(tx, found, me.name, now, now + self.lease)
        if slot.stage == "revise":
            row = tx.item(slot.item)
            told = telling.told(tx.connection, me.name, {slot.item: (row.state, row.revisions)})
            acts.see(tx, me.name, slot.item, told[slot.item].units, now)
        return slot

    def look_anew(self, stage: str) -> None:
        """Begin a stage from its front, after skipped items were returned."""
        self._after = {key: place for key, place in self._after.items() if key[0] != stage}

    def _wanted(
        self, stages: Sequence[str], own: Sequence[str], from_the_beginning: bool
    ) -> list[tuple[str, str, int]]:
        """Where to look, in this order: stage by stage, and in each the ability one is in comes first, so that one
        need not learn other guidelines at every item."""
        found = []
        for stage in stages:
            for ability in sorted(own, key=lambda a: (stage, a) not in self._after):
                after = -1 if from_the_beginning else self._after.get((stage, ability), -1)
                found.append((stage, ability, after))
        return found

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
