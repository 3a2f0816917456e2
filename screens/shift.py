"""One annotator's shift: which item is before him, what comes after, what is said to him. Knows nothing of the screen.

Every method goes to the store and belongs into the one thread that does; what it gives back is for the screen. A method
that raises has done nothing, or its part that was done stands in `face`: a verdict that was kept is never asked for again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from curation.review.records import Comment, Feedback, Judged, ShownHint, Work
from schemas.errors import AbilitymixError

if TYPE_CHECKING:
    from curation.review.desk import Desk

Phase = Literal["judge", "hints", "taught", "nothing"]


@dataclass(frozen=True)
class Face:
    """What is before the annotator.

    Args:
        work: the item; None if nothing waits.
        phase: `judge`: a verdict, a revision or a refusal is expected; `hints`: the verdict is in, and what was noticed
            about the item is shown; `taught`: the same in training; `nothing`: nothing waits.
        said: an acknowledgement, or why something did not happen.
        alarm: whether that wants attention.
        kept: one's own verdict, in `hints` and `taught`.
        reason: that was given with it.
        comments: those one may see.
        training: (judged, wanted) while one is in training.
    """

    work: Work | None
    phase: Phase
    said: str = ""
    alarm: bool = False
    kept: bool | None = None
    reason: str = ""
    comments: tuple[Comment, ...] = ()
    hints: tuple[ShownHint, ...] = ()
    feedback: Feedback | None = None
    training: tuple[int, int] | None = None


@dataclass
class Shift:
    """Use it in one thread.

    Args:
        desk: the annotator's.
        stages: to work on, in this order; None for all of his.
        abilities: to work on; None for all of his.
    """

    desk: Desk
    stages: tuple[str, ...] | None = None
    abilities: tuple[str, ...] | None = None
    judged: int = 0
    face: Face = field(default_factory=lambda: Face(None, "nothing"))
    _later: list[Work] = field(default_factory=list)

    @property
    def own_stages(self) -> tuple[str, ...]:
        """Stages to work on. Revision comes last: it takes longest."""
        return self.stages or tuple(s for s in ("review", "filter", "revise") if s in self.desk.me.stages)

    def begin(self) -> Face:
        """The item that one holds, or the next one."""
        return self._show(self._fetch())

    def choose(self, stages: Sequence[str] | None, abilities: Sequence[str] | None) -> Face:
        """Work on other stages and abilities. What is before one is given back if it is not among them."""
        self.stages = tuple(stages) if stages else None
        self.abilities = tuple(abilities) if abilities else None
        work = self.face.work
        if work is None or self.face.phase != "judge":
            return self._show(self._fetch())
        if work.training or (
            work.stage in self.own_stages and work.ability in (self.abilities or (work.ability,))
        ):
            return self.face
        self.desk.release(work)
        return self._show(self._fetch())

    def judge(self, kept: bool, reason: str = "", seconds: float = 0.0) -> Face:
        """A verdict on what is before one; while hints are shown, another one in its place."""
        face, work = self.face, self.face.work
        if work is None or face.phase == "taught":
            return self._say("enter goes on")
        if face.phase == "hints":
            return self.go_on() if (kept, reason) == (face.kept, face.reason) else self._change(kept, reason)
        if work.stage == "revise":
            return (
                self._say("this item is to be revised, not approved", alarm=True)
                if kept
                else self._decline(reason, seconds)
            )
        done = self._judge(work, kept, reason, seconds)
        if done.next is not None:
            self._later.append(done.next)
        said = _verdict(kept, reason) + ", saved"
        if not done.counted:
            return self._advance(f"NOT COUNTED, but kept in the log: {done.why}", alarm=True)
        self.judged += 1
        if done.feedback is not None:
            self.face = replace(
                face, phase="taught", kept=kept, reason=reason, feedback=done.feedback, said=said, alarm=False
            )
            return self.face
        try:
            hints = tuple(self.desk.hints(work.item))
        except (AbilitymixError, OSError):  # the verdict is in, whatever became of the connection since
            hints = ()
        if hints:
            self.face = replace(
                face, phase="hints", kept=kept, reason=reason, hints=hints, said=said, alarm=False
            )
            return self.face
        return self._advance(said)

    def _judge(self, work: Work, kept: bool, reason: str, seconds: float) -> Judged:
        return self.desk.judge(
            work,
            kept,
            reason,
            seconds,
            then_next=not self._later,
            stages=self.own_stages,
            abilities=self.abilities,
        )

    def _change(self, kept: bool, reason: str) -> Face:
        before = self.face.work
        undone = self.desk.undo()
        if undone.work is None:
            return self._say(f"the verdict stays: {undone.why}", alarm=True)
        if before is None or undone.work.item != before.item:
            return self._show(undone.work, "that took back another verdict, given elsewhere", alarm=True)
        self._show(undone.work)
        done = self.desk.judge(undone.work, kept, reason, 0.0, then_next=False)
        changed = f"changed to {_verdict(kept, reason)}, saved"
        return self._advance(changed if done.counted else f"NOT COUNTED: {done.why}", alarm=not done.counted)

    def _decline(self, reason: str, seconds: float) -> Face:
        work = self.face.work
        assert work is not None
        done = self.desk.decline(work, reason, seconds)
        if not done.counted:
            return self._advance(f"NOT COUNTED, but kept in the log: {done.why}", alarm=True)
        return self._advance("given up and rejected, saved")

    def go_on(self) -> Face:
        """From hints or feedback to the next item, or once more looking for one."""
        if self.face.phase == "judge":
            return self._say("")
        return self._advance("")

    def revised(self, said: str, alarm: bool = False) -> Face:
        """After a revision went in, or was left to a colleague."""
        return self._advance(said, alarm)

    def undo(self) -> Face:
        """One's last standing act taken back, and that item again."""
        before, undone = self.face, self.desk.undo()
        if undone.work is None:
            return self._say(
                f"not undone: {undone.why}" if undone.was else undone.why, alarm=bool(undone.was)
            )
        if before.work is not None and before.phase == "judge":
            self._later.insert(0, before.work)
        was = {
            "approved": "approval",
            "rejected": "rejection",
            "revised": "revision",
            "declined": "refusal to revise",
        }
        return self._show(undone.work, f"your {was.get(undone.was, 'verdict')} is taken back, saved")

    def skip(self) -> Face:
        work = self.face.work
        if work is None or self.face.phase != "judge":
            return self.go_on()
        if work.training:
            return self._say("an item of the training can't be skipped", alarm=True)
        # Where another item waits already, none is leased.
        following = self.desk.skip(
            work, stages=self.own_stages, abilities=() if self._later else self.abilities
        )
        if following is not None:
            self._later.append(following)
        return self._advance("skipped; the queue brings it back when you ask")

    def take(self, item_id: str) -> Face:
        """That very item, if one may; what is before one comes after it."""
        work = self.desk.take(item_id)
        if work is None:
            why = "it is decided, in somebody's hands, or yours or your edit is among its verdicts"
            return self._say(f"that item can't be had: {why}", alarm=True)
        before = self.face
        if before.work is not None and before.phase == "judge" and before.work.slot != work.slot:
            self._later.insert(0, before.work)
        self._later = [w for w in self._later if w.slot != work.slot]
        return self._show(work)

    def comment(self, text: str) -> Face:
        return self._remark("comment", text)

    def flag(self, text: str) -> Face:
        return self._remark("flag", text)

    def _remark(self, kind: str, text: str) -> Face:
        work = self.face.work
        if work is None:
            return self._say("there is no item here", alarm=True)
        getattr(self.desk, kind)(work.item, text)
        # After a verdict one's colleagues' remarks would come along, and the verdict could not be taken back any more.
        seen = self.desk.comments(work.item) if self.face.phase == "judge" else self.face.comments
        said = "flagged for whoever leads the review, saved" if kind == "flag" else "comment saved"
        self.face = replace(self.face, comments=tuple(seen), said=said, alarm=False)
        return self.face

    def renew(self) -> bool:
        """Lengthen the leases. False if that of the item before one was lost."""
        self._later = [w for w in self._later if self.desk.renew(w)]
        work = self.face.work
        return work is None or self.face.phase != "judge" or self.desk.renew(work)

    def leave(self) -> None:
        """Give back what waits behind the item before one, so that others can have it."""
        while self._later:
            self.desk.release(self._later[-1])
            self._later.pop()

    def _fetch(self) -> Work | None:
        if self._later:
            return self._later[0]
        return self.desk.next(self.own_stages, self.abilities)

    def _advance(self, said: str, alarm: bool = False) -> Face:
        # What is done is gone, even if the next one can't be had at once.
        done = self.face.work
        self._later = [w for w in self._later if done is None or w.slot != done.slot]
        self.face = Face(None, "nothing", said, alarm)
        return self._show(self._fetch(), said, alarm)

    def _show(self, work: Work | None, said: str = "", alarm: bool = False) -> Face:
        if work is None:
            self.face = Face(None, "nothing", said, alarm, training=self._training())
            return self.face
        comments = tuple(self.desk.comments(work.item))
        self._later = [w for w in self._later if w.slot != work.slot]
        self.face = Face(work, "judge", said, alarm, comments=comments, training=self._training())
        return self.face

    def _training(self) -> tuple[int, int] | None:
        far = self.desk.training()
        return None if far is None else (far.done, far.wanted)

    def _say(self, text: str, alarm: bool = False) -> Face:
        self.face = replace(self.face, said=text, alarm=alarm)
        return self.face


def _verdict(kept: bool, reason: str) -> str:
    return "approved" if kept else f"rejected{f' as {reason}' if reason else ''}"
