"""What one annotator may do. Every act is one transaction, on the disk before it returns.

Nothing here shows a colleague's verdict, comment or reason before one's own verdict on the same unit (item, stage and
round) is in; whoever has looked at them can't vote in that unit any more, so a verdict can't be taken back and copied.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeVar

from sqlalchemy import Connection

from curation.review import acts, claim, reading, undoing
from curation.review.claim import Slot
from curation.review.looking import Looking
from curation.review.process import VOTED
from curation.review.queue import Queue, work_of
from curation.review.records import (
    Feedback,
    Judged,
    Revised,
    Undone,
    Work,
)
from curation.review.transaction import Transaction
from schemas.errors import BadData, BadSpec
from schemas.instance import Candidate, Instance

if TYPE_CHECKING:
    from curation.review.store import ReviewStore

LONGEST = 10_000  # characters of a comment, a reason or a note
Done = TypeVar("Done")


class Desk(Looking):
    """One annotator at one store. Not for several threads at once. Args and errors as `Reader`."""

    def __init__(self, store: ReviewStore, name: str) -> None:
        super().__init__(store, name)
        self._queue = Queue(store)

    @property
    def nothing(self) -> str:
        """After `next` found nothing, a sentence that says why."""
        return self._queue.nothing

    def _work(self, found: Slot | None) -> Work | None:
        """To be read when the transaction has ended: others wait for it."""
        return None if found is None else work_of(self.me, found)

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

        found = self._act(lambda tx, now: self._queue.next(tx, self.me, now, stages, abilities))
        return self._work(found)

    def take(self, item_id: str, stage: str | None = None) -> Work | None:
        """Lease that very item, skipped or not; None if one may not, or somebody else has it.

        Args:
            item_id: id of what it holds now, of the item as loaded, or the beginning of one of them.
            stage: `filter`, `revise` or `review`; default whichever the item is in.

        Raises:
            BadData: no such item.
        """

        return self._work(self._act(lambda tx, now: self._queue.take(tx, self.me, item_id, stage, now)))

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

        def act(tx: Transaction, now: int) -> tuple[bool, str, Feedback | None, Slot | None]:
            counted, why, feedback = acts.verdict(tx, self.me, work, values, now)
            tx.write_counts()
            me = self.me
            if feedback is not None and feedback.passed:
                me = me.model_copy(update={"status": "active"})
            following = None
            if then_next:
                following = self._queue.next(tx, me, now, stages, abilities, held=False)
            return counted, why, feedback, following

        counted, why, feedback, following = self._act(act)
        if feedback is not None and feedback.passed:
            self.me = self.me.model_copy(update={"status": "active"})
        return Judged(counted, why, self._work(following), feedback)

    def undo(self) -> Undone:
        """Take back one's last standing act (verdict, revision, refusal) by an inverse event, whenever that was.

        Refused where something of a colleague's rests on it already, where one has seen colleagues' verdicts since,
        and for a training item, whose answer was shown.
        """

        def act(tx: Transaction, now: int) -> Undone:
            found, was, why = undoing.undo(tx, self.me, now)
            return Undone(None if found is None else work_of(self.me, found), why, was)

        return self._act(act)

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

        def act(tx: Transaction, now: int) -> Revised:
            done = acts.revised(tx, self.me, work, instance, values, now)
            if done.counted:
                _find_by_new_text(tx.connection, work.item, work.content, instance)
            return done

        return self._act(act)

    def offer(self, item: int, instance: Instance, over: str, note: str = "") -> Revised:
        """Put one's own revision in the place of a colleague's that nobody has judged yet, after a conflict.

        Args:
            over: id of what the item held when one decided so; if that changed as well, nothing happens.
        """

        def act(tx: Transaction, now: int) -> Revised:
            before = reading.content_of(tx.connection, item)
            done = acts.offer(tx, self.me, item, instance, over, note[:LONGEST], now)
            if done.counted:
                _find_by_new_text(tx.connection, item, before, instance)
            return done

        return self._act(act)

    def decline(self, work: Work, reason: str = "", seconds: float = 0.0) -> Judged:
        """Give an item in revision up: it can't be mended, and is rejected."""
        if work.stage != "revise":
            raise BadSpec("this item is not in revision", where=work.id[:12], do="judge it")
        values = {"reason": reason[:LONGEST], "seconds": _sane(seconds)}

        return Judged(*self._act(lambda tx, now: acts.decline(tx, self.me, work, values, now)))

    def save_draft(self, work: Work, text: str) -> None:
        """Keep unfinished text. Cheaper than a verdict: the last moments may be lost if the machine stops."""
        with self._db.relaxed() as connection:
            acts.save_draft(connection, self._db.dialect, self.me.name, work.item, text, self._store.now())

    # Leases

    def skip(
        self, work: Work, *, stages: Sequence[str] | None = None, abilities: Sequence[str] | None = None
    ) -> Work | None:
        """Leave an item to others, and go on; it comes back to oneself only after `return_skipped`."""

        def act(tx: Transaction, now: int) -> Slot | None:
            acts.skip(tx, self.me, work, now)
            return self._queue.next(tx, self.me, now, stages, abilities, held=False)

        return self._work(self._act(act))

    def return_skipped(self, stage: str) -> int:
        """Let skipped items come again; how many there were."""

        found = self._act(lambda tx, now: acts.return_skipped(tx, self.me, stage, now))
        self._queue.look_anew(stage)
        return found

    def release(self, work: Work) -> None:
        """Give the lease back without having judged; others may take the item at once."""
        self._db.write(lambda c: claim.release(c, work.slot, self.me.name, work.token, self._store.now()))

    def renew(self, work: Work) -> bool:
        """Lengthen the lease. False if it was lost to somebody else."""
        until = self._store.now() + self._queue.lease

        return self._db.write(lambda c: claim.renew(c, work.slot, self.me.name, work.token, until))

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

        self._act(lambda tx, now: acts.say(tx, self.me, kind, item, text[:LONGEST], now))

    def unflag(self, item: int) -> int:
        """Take all flags off an item; how many there were."""

        return self._act(lambda tx, now: acts.unflag(tx, self.me, item, now))


def _find_by_new_text(
    connection: Connection, item: int, before: Instance | Candidate, after: Instance
) -> None:
    from curation.review.search import reindex

    reindex(connection, item, reading.searchable(before), reading.searchable(after))


def _sane(seconds: float) -> float:
    """Seconds with three decimals, none below 0, so that they read back as they were written."""
    return round(min(max(float(seconds), 0.0), 86_400.0), 3)
