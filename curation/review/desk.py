"""What one annotator may do. Every act is one transaction, on the disk before it returns.

Nothing here shows a colleague's verdict, comment or reason before one's own verdict on the same unit (item, stage and
round) is in; whoever has looked at them can't vote in that unit any more, so a verdict can't be taken back and copied.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection

from curation.review import acts, claim, gold_items, reading, undoing
from curation.review.follow import MINUTE
from curation.review.people import Annotator, person
from curation.review.process import EVERY, STAGES, VOTED
from curation.review.records import (
    Colleague,
    Comment,
    Feedback,
    Judged,
    OwnVerdict,
    Revised,
    ShownHint,
    Undone,
    View,
    Waiting,
    Work,
)
from curation.review.transaction import Transaction
from schemas.errors import BadData, BadSpec
from schemas.instance import Candidate, Instance

if TYPE_CHECKING:
    from curation.review.store import ReviewStore

LONGEST = 10_000  # characters of a comment, a reason or a note


class Desk:
    """One annotator at one store. Not for several threads at once.

    Args:
        store: an open store.
        name: of an enrolled annotator.

    Attributes:
        me: who works here.
        nothing: after `next` found nothing, a sentence that says why.

    Raises:
        BadSpec: nobody of that name is enrolled, or he is paused.
    """

    def __init__(self, store: ReviewStore, name: str) -> None:
        self._store, self._db = store, store.database
        with self._db.reading() as connection:
            self.me: Annotator = person(connection, name)
        if self.me.status == "paused":
            raise BadSpec(f"{name} is paused", where="--as", do="ask whoever leads the review")
        self.nothing = ""
        # How far this desk has looked in the queues; only to be quick, the database decides.
        self._after: dict[tuple[str, str], int] = {}

    # What comes next

    def next(
        self, stages: Sequence[str] | None = None, abilities: Sequence[str] | None = None
    ) -> Work | None:
        """The item one holds already, or else the next one that waits, leased.

        Args:
            stages: those to choose from, in this order; default `review`, then `filter`.
            abilities: those to choose from; default all that are assigned.

        Returns:
            None if nothing waits; `nothing` says why.
        """

        def act(connection: Connection) -> Work | None:
            return self._next(connection, self._store.now(), stages, abilities)

        return self._db.write(act)

    def _next(
        self,
        connection: Connection,
        now: int,
        stages: Sequence[str] | None = None,
        abilities: Sequence[str] | None = None,
        *,
        held: bool = True,
    ) -> Work | None:
        stages = [s for s in (stages or VOTED) if s in self.me.stages]
        own = self._abilities(abilities)
        for slot in claim.held_by(connection, self.me.name, now) if held else ():
            gold = slot.stage not in STAGES
            if (gold and stages != ["revise"]) or (slot.stage in stages and slot.ability in own):
                return self._work(slot)
        until = now + self._lease
        if set(stages) & set(VOTED):
            chosen = gold_items.due(connection, self._store, self.me, own, stages)
            if chosen is not None:
                return self._work(gold_items.lease(connection, self._db.dialect, self.me, chosen, now, until))
            if self.me.status == "training":
                self.nothing = (
                    "your training is over without enough right verdicts; ask whoever leads the review"
                )
                return None
        for found in self._looking(connection, stages, own, now):
            if claim.take(connection, found, self.me.name, now, until):
                taken = claim.leased(connection, found)
                if taken is not None:
                    return self._work(taken)
        self.nothing = reading.why_nothing(connection, self._store, self.me, stages, own)
        return None

    def _looking(self, connection: Connection, stages: Sequence[str], own: Sequence[str], now: int) -> Any:
        """Slots to try, best first: stage by stage, an ability to its end; then ended leases; then from the beginning."""
        db, process, me = self._db, self._store.process, self.me.name
        started = {stage: [a for a in own if (stage, a) in self._after] for stage in stages}
        for again in (False, True):
            for stage in stages:
                # The ability one is in comes first, so that one need not learn other guidelines at every item.
                order = [*started[stage], *(a for a in own if a not in started[stage])]
                for ability in order:
                    after = -1 if again else self._after.get((stage, ability), -1)
                    found = claim.find_free(connection, db.dialect, process, me, stage, ability, after, now)
                    if found is not None:
                        self._after[stage, ability] = found[1]
                        yield found[0]
                    elif not again and ability in started[stage]:
                        started[stage].remove(ability)
                ended = claim.find_ended(connection, db.dialect, process, me, stage, list(own), now)
                if ended is not None:
                    yield ended

    def _abilities(self, chosen: Sequence[str] | None) -> list[str]:
        """Abilities of the store that are assigned (and chosen); each annotator begins with another one."""
        there = self._store.abilities()
        own = [a for a in there if EVERY in self.me.abilities or a in self.me.abilities]
        turn = self.me.number % len(own) if own else 0
        own = own[turn:] + own[:turn]
        return own if chosen is None else [a for a in own if a in chosen]

    @property
    def _lease(self) -> int:
        return round(self._store.process.lease_minutes * MINUTE)

    def _work(self, slot: claim.Slot) -> Work:
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
            training=gold and self.me.status == "training",
        )

    def take(self, item_id: str, stage: str | None = None) -> Work | None:
        """Lease that very item, skipped or not; None if one may not, or somebody else has it.

        Args:
            item_id: id of what it holds now, of the item as loaded, or the beginning of one of them.
            stage: `filter`, `revise` or `review`; default whichever the item is in.

        Raises:
            BadData: no such item.
        """

        def act(connection: Connection) -> Work | None:
            now = self._store.now()
            number = reading.find(connection, item_id)
            for slot in claim.held_by(connection, self.me.name, now):
                if slot.item == number and stage in (None, slot.stage):
                    return self._work(slot)
            state = reading.state_of(connection, number)
            if state not in STAGES or stage not in (None, state) or self.me.status == "training":
                return None
            if not self.me.works_in(reading.ability_of(connection, number), state):
                return None
            values = (self._db.dialect, self._store.process, self.me.name, state, number, now)
            found = claim.find_of_item(connection, *values)
            if found is None or not claim.take(connection, found, self.me.name, now, now + self._lease):
                return None
            taken = claim.leased(connection, found)
            return None if taken is None else self._work(taken)

        return self._db.write(act)

    # Verdicts

    def judge(
        self,
        work: Work,
        kept: bool,
        reason: str = "",
        seconds: float = 0.0,
        *,
        then_next: bool = True,
        stages: Sequence[str] | None = None,
        abilities: Sequence[str] | None = None,
    ) -> Judged:
        """Approve or reject, and lease the next item in the same transaction.

        Args:
            seconds: that the item was before one's eyes.
            stages, abilities: where the next item comes from, as in `next`.

        Raises:
            BadSpec: work that is to be revised, not judged.
        """
        if work.stage not in VOTED:
            raise BadSpec(
                "this item is to be revised, not judged", where=work.id[:12], do="revise or decline it"
            )
        values = {"kept": kept, "reason": reason[:LONGEST], "seconds": _sane(seconds)}

        def act(connection: Connection) -> Judged:
            now = self._store.now()
            tx = self._transaction(connection)
            counted, why, feedback = acts.verdict(tx, self.me, work, values, now)
            tx.flush()
            if feedback is not None and feedback.passed:
                self.me = self.me.model_copy(update={"status": "active"})
            following = self._next(connection, now, stages, abilities, held=False) if then_next else None
            return Judged(counted, why, following, feedback)

        return self._db.write(act)

    def undo(self) -> Undone:
        """Take back one's last standing act (verdict, revision, refusal) by an inverse event, whenever that was.

        Refused where something of a colleague's rests on it already, where one has seen colleagues' verdicts since,
        and for a training item, whose answer was shown.
        """

        def act(connection: Connection) -> Undone:
            tx = self._transaction(connection)
            found, was, why = undoing.undo(tx, self.me, self._store.now())
            tx.flush()
            return Undone(None if found is None else self._work(found), why, was)

        return self._db.write(act)

    # Revision

    def revise(self, work: Work, instance: Instance, note: str = "", seconds: float = 0.0) -> Revised:
        """Hand in a revision, or the answer of a candidate: two further annotators decide on it.

        The parent is compared and swapped: if somebody else's was first, both are kept and the answer says so.

        Raises:
            BadSpec: work that is not in revision. BadData: an instance that changes nothing.
        """
        if work.stage != "revise":
            raise BadSpec("this item is not in revision", where=work.id[:12], do="judge it")
        values = {"note": note[:LONGEST], "seconds": _sane(seconds)}

        def act(connection: Connection) -> Revised:
            tx = self._transaction(connection)
            done = acts.revised(tx, self.me, work, instance, values, self._store.now())
            tx.flush()
            if done.counted:
                _find_by_new_text(connection, work.item, work.content, instance)
            return done

        return self._db.write(act)

    def offer(self, item: int, instance: Instance, over: str, note: str = "") -> Revised:
        """Put one's own revision in the place of a colleague's that nobody has judged yet, after a conflict.

        Args:
            over: id of what the item held when one decided so; if that changed as well, nothing happens.
        """

        def act(connection: Connection) -> Revised:
            tx = self._transaction(connection)
            before = reading.view(connection, self.me.name, item).content
            done = acts.offer(tx, self.me, item, instance, over, note[:LONGEST], self._store.now())
            tx.flush()
            if done.counted:
                _find_by_new_text(connection, item, before, instance)
            return done

        return self._db.write(act)

    def decline(self, work: Work, reason: str = "", seconds: float = 0.0) -> Judged:
        """Give an item in revision up: it can't be mended, and is rejected."""
        if work.stage != "revise":
            raise BadSpec("this item is not in revision", where=work.id[:12], do="judge it")
        values = {"reason": reason[:LONGEST], "seconds": _sane(seconds)}

        def act(connection: Connection) -> Judged:
            tx = self._transaction(connection)
            counted, why = acts.decline(tx, self.me, work, values, self._store.now())
            tx.flush()
            return Judged(counted, why)

        return self._db.write(act)

    def draft(self, work: Work) -> str | None:
        """One's unfinished text on an item, if there is one."""
        with self._db.reading() as connection:
            return reading.draft(connection, self.me.name, work.item)

    def save_draft(self, work: Work, text: str) -> None:
        """Keep unfinished text. Cheaper than a verdict: the last moments may be lost if the machine stops."""
        with self._db.relaxed() as connection:
            acts.save_draft(connection, self._db.dialect, self.me.name, work.item, text, self._store.now())

    # Leases

    def skip(
        self, work: Work, *, stages: Sequence[str] | None = None, abilities: Sequence[str] | None = None
    ) -> Work | None:
        """Leave an item to others, and go on; it comes back to oneself only after `return_skipped`."""

        def act(connection: Connection) -> Work | None:
            now = self._store.now()
            tx = self._transaction(connection)
            acts.skip(tx, self.me, work, now)
            tx.flush()
            return self._next(connection, now, stages, abilities, held=False)

        return self._db.write(act)

    def return_skipped(self, stage: str) -> int:
        """Let skipped items come again; how many there were."""

        def act(connection: Connection) -> int:
            tx = self._transaction(connection)
            count = acts.return_skipped(tx, self.me, stage, self._store.now())
            tx.flush()
            return count

        found: int = self._db.write(act)
        self._after = {key: place for key, place in self._after.items() if key[0] != stage}
        return found

    def release(self, work: Work) -> None:
        """Give the lease back without having judged; others may take the item at once."""
        self._db.write(lambda c: claim.release(c, work.slot, self.me.name, work.token, self._store.now()))

    def renew(self, work: Work) -> bool:
        """Lengthen the lease. False if it was lost to somebody else."""
        until = self._store.now() + self._lease

        def act(connection: Connection) -> bool:
            return claim.renew(connection, work.slot, self.me.name, work.token, until)

        return bool(self._db.write(act))

    # Talk

    def comment(self, item: int, text: str) -> None:
        """Raises BadData for an empty comment."""
        self._say("comment", item, text)

    def flag(self, item: int, text: str = "") -> None:
        """Ask for somebody's eyes: the item stays where it is and shows up on the dashboard."""
        self._say("flag", item, text)

    def _say(self, kind: str, item: int, text: str) -> None:
        if kind == "comment" and not text.strip():
            raise BadData("an empty comment", do="write something")

        def act(connection: Connection) -> None:
            tx = self._transaction(connection)
            acts.say(tx, self.me, kind, item, text[:LONGEST], self._store.now())
            tx.flush()

        self._db.write(act)

    def unflag(self, item: int) -> int:
        """Take all flags off an item; how many there were."""

        def act(connection: Connection) -> int:
            tx = self._transaction(connection)
            count = acts.unflag(tx, self.me, item, self._store.now())
            tx.flush()
            return count

        return int(self._db.write(act))

    # Reading

    def comments(self, item: int) -> list[Comment]:
        """One's own, and those of colleagues wherever their verdicts may be seen."""
        return self._shown(item, reading.comments)

    def colleagues(self, item: int) -> list[Colleague]:
        """Verdicts of others, where one's own is in; of an item that one revises, those that sent it there."""
        return self._shown(item, reading.colleagues)

    def _shown(self, item: int, read: Any) -> list[Any]:
        with self._db.reading() as connection:
            open_units = reading.open_units(connection, self.me.name, item, self._store.now())
            found, units = read(connection, self.me.name, item, open_units)
            new = reading.unseen(connection, self.me.name, item, units)
        if new:  # to have seen them is in the log before they are shown

            def act(connection: Connection) -> None:
                tx = self._transaction(connection)
                acts.see(tx, self.me.name, item, new, self._store.now())
                tx.flush()

            self._db.write(act)
        return list(found)

    def hints(self, item: int) -> list[ShownHint]:
        """What rules and comparisons noticed about an item; nothing before one's own verdict."""
        with self._db.reading() as connection:
            return reading.hints(connection, self.me.name, item)

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
            return [self._work(s) for s in claim.held_by(connection, self.me.name, self._store.now())]

    def look(self, item_id: str) -> View:
        """Raises BadData: no such item, or a beginning that several ids have."""
        with self._db.reading() as connection:
            return reading.view(connection, self.me.name, reading.find(connection, item_id))

    def look_at(self, number: int) -> View:
        with self._db.reading() as connection:
            return reading.view(connection, self.me.name, number)

    def counts(self) -> list[Waiting]:
        """What waits, by stage and ability."""
        with self._db.reading() as connection:
            return reading.waiting(connection, self.me)

    def training(self) -> Feedback | None:
        """How far the training is; None if it is over."""
        if self.me.status != "training":
            return None
        with self._db.reading() as connection:
            return gold_items.progress(connection, self._store.process, self.me)

    def _transaction(self, connection: Connection) -> Transaction:
        return Transaction(connection, self._db, self._store.process)


def _find_by_new_text(
    connection: Connection, item: int, before: Instance | Candidate, after: Instance
) -> None:
    from curation.review.search import reindex

    reindex(connection, item, reading.searchable(before), reading.searchable(after))


def _sane(seconds: float) -> float:
    """Seconds with three decimals, none below 0, so that they read back as they were written."""
    return round(min(max(float(seconds), 0.0), 86_400.0), 3)
