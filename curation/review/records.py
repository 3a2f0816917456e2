"""What a desk hands to a screen, and what it says back."""

from __future__ import annotations

from dataclasses import dataclass

from schemas.instance import Candidate, Frozen, Instance


@dataclass(frozen=True, slots=True)
class Work:
    """An item that is yours to judge or revise until the lease ends.

    Args:
        slot, token: what is leased, and the fencing token of this lease: a later lease has another one.
        item: the item's number; id: of what it holds now.
        ability, form: of the item.
        stage: `filter`, `revise` or `review`. A gold item says `filter` or `review` and cannot be told apart.
        round: revisions that the item went through.
        expires: microseconds since 1970, by the database's clock.
        content: what is shown.
        training: whether the right verdict will be shown after one's own.
    """

    slot: int
    token: int
    item: int
    id: str
    ability: str
    stage: str
    round: int
    expires: int
    content: Instance | Candidate
    training: bool = False


@dataclass(frozen=True, slots=True)
class Feedback:
    """In training: what the right verdict was, and why."""

    right: bool
    approve: bool
    why: str
    done: int
    wanted: int
    passed: bool


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict is in the log, whether it counts or not.

    Args:
        counted: False for a verdict that came too late; it stays in the log and changes nothing.
        why: in that case, a sentence.
        next: the next item, already leased; None if nothing waits or none was asked for.
        feedback: in training.
    """

    counted: bool
    why: str = ""
    next: Work | None = None
    feedback: Feedback | None = None


@dataclass(frozen=True, slots=True)
class Undone:
    """Args: work: the item, leased again; None if there is nothing to undo, and `why` says so."""

    work: Work | None
    why: str = ""
    was: str = ""  # approved, rejected, revised, declined, skipped


@dataclass(frozen=True, slots=True)
class Revised:
    """A revision is in the log.

    Args:
        counted: False if somebody else's revision or verdict was first.
        why: in that case, a sentence.
        theirs: what the item holds now, in a conflict; both are kept.
        by: whose that is.
        can_offer: whether one's own may still be put in its place, with `Desk.offer`.
    """

    counted: bool
    why: str = ""
    theirs: Instance | None = None
    by: str = ""
    can_offer: bool = False


class Comment(Frozen):
    """Args: kind: `comment` or `flag`; at: microseconds since 1970."""

    actor: str
    kind: str
    text: str
    at: int
    stage: str
    round: int


class Colleague(Frozen):
    """A colleague's verdict, shown only after one's own."""

    actor: str
    stage: str
    round: int
    kept: bool
    reason: str
    at: int


class ShownHint(Frozen):
    """A hint, and the other item that it speaks of, if it is one under review.

    Args:
        other, item: id and number of that item; title: how what it holds now begins.
        judged: how it was judged: by oneself, or at the end; empty for neither.
    """

    kind: str
    text: str
    other: str = ""
    judged: str = ""
    item: int | None = None
    title: str = ""


class OwnVerdict(Frozen):
    """One of one's own standing acts: a verdict (`kept`), a revision (`kept` is None) or a refusal to revise."""

    item: int
    id: str
    ability: str
    stage: str
    round: int
    kept: bool | None
    at: int
    title: str


@dataclass(frozen=True, slots=True)
class View:
    """An item to read, without a lease.

    Args:
        state: where it stands; `judged` where that could tell of colleagues' verdicts while one's own may be taken back.
        own: one's own standing verdicts on it, (stage, round, kept).
        flags: how often it is flagged.
        first: the item as it was loaded, where it was revised since.
        tells: units that `state` tells of and that one is not known to have seen.
    """

    item: int
    id: str
    ability: str
    state: str
    content: Instance | Candidate
    own: tuple[tuple[str, int, bool | None], ...]
    flags: int
    first: Instance | Candidate | None = None
    tells: tuple[tuple[str, int], ...] = ()


class Waiting(Frozen):
    """How much waits in one stage of one ability.

    Args:
        items: undecided items there.
        mine: of those, how many have one's own verdict already.
        assigned: whether one works in this ability and stage.
    """

    stage: str
    ability: str
    items: int
    mine: int
    assigned: bool
