"""Taking back one's last standing act by an inverse event; refused where somebody else's act rests on it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, or_, select

from curation.review.acts import lock, save_draft
from curation.review.chain import Event
from curation.review.claim import Slot, leased
from curation.review.follow import follow
from curation.review.people import Annotator
from curation.review.process import GOLD, VOTED
from curation.review.reading import parsed, searchable
from curation.review.tables import event, revision, seen, slot
from curation.review.telling import settled
from curation.review.transaction import Transaction

_LAST = (
    select(slot)
    .where(slot.c.owner == bindparam("me"), slot.c.done.is_not(None))
    .order_by(slot.c.done.desc())
    .limit(1)
)
_WAS = {True: "approved", False: "rejected", None: "revised"}


def undo(tx: Transaction, me: Annotator, at: int) -> tuple[Slot | None, str, str]:
    """(the slot, leased again; what it was; why not)."""
    run = tx.connection.execute
    last: Any = run(_LAST, {"me": me.name}).first()
    if last is None:
        return None, "", "there is nothing to undo"
    lock(tx, last.item)
    last = run(_LAST, {"me": me.name}).one()
    was = "declined" if last.stage == "revise" and last.kept is False else _WAS[last.kept]
    done = Event(*run(select(event).where(event.c.actor == me.name, event.c.number == last.done)).one())
    said = done.said
    why = _refused(tx, me, last, said)
    if why:
        return None, was, why
    inverse = {name: said[name] for name in ("stage", "round", "vote", "ability", "seconds")}
    inverse |= {"of": last.done, "given": last.at}
    if last.stage == GOLD:
        inverse["right"] = said["right"]
    if last.stage == "revise":
        inverse["head"] = said.get("parent", "")
    follow(tx, tx.append(me.name, "undo", last.item, inverse, at))
    if inverse.get("head"):
        _text_of_before(tx, me.name, last.item, said["digest"], inverse["head"], at)
    return leased(tx.connection, last.number), was, ""


def _text_of_before(tx: Transaction, me: str, number: int, gone: str, back: str, at: int) -> None:
    """Let a search find an item by the text that it holds again, and no longer by the one that was taken back, which
    its reviser goes on from: it is his draft now."""
    from curation.review.drafting import Draft
    from curation.review.kept_draft import keep
    from curation.review.search import reindex

    rows = select(revision.c.digest, revision.c.line, revision.c.answered)
    rows = rows.where(revision.c.item == number, revision.c.digest.in_([gone, back]))
    texts = {r.digest: parsed(r.line, r.answered) for r in tx.connection.execute(rows)}
    reindex(tx.connection, number, searchable(texts[gone]), searchable(texts[back]))
    draft = Draft.of(texts[gone]).over(texts[back])
    if draft is not None:
        save_draft(tx.connection, tx.dialect, me, number, keep(draft), at)


def _refused(tx: Transaction, me: Annotator, last: Any, said: dict[str, Any]) -> str:
    run = tx.connection.execute
    if last.stage == GOLD:
        return "the right answer was shown to you already" if said["training"] else ""
    if last.stage != said["stage"]:
        return "a revision that took the place of another one stays; its reviewers decide"
    unit = (slot.c.stage == last.stage) & (slot.c.round == last.round)
    # Later units of the item, or a vote that was asked for because of a disagreement that this one is part of.
    extra = unit & (slot.c.vote > max(tx.process.votes(last.stage), last.vote))
    rests = select(slot.c.number).where(
        slot.c.item == last.item,
        slot.c.done.is_not(None),
        slot.c.number != last.number,
        or_(extra, _later(last)),
    )
    if run(rests.limit(1)).first() is not None:
        return "somebody has worked on it since"
    shown = select(seen.c.item).where(
        seen.c.actor == me.name,
        seen.c.item == last.item,
        seen.c.stage == last.stage,
        seen.c.round == last.round,
    )
    if run(shown).first() is not None:
        return "you have seen your colleagues' verdicts on it since"
    if last.stage in VOTED and last.done <= settled(tx.connection, me.name):
        others = select(slot.c.number).where(slot.c.item == last.item, unit, slot.c.done.is_not(None))
        if run(others.where(slot.c.number != last.number).limit(1)).first() is not None:
            return "you have looked at the counts since, and they tell what came of it"
    return ""


def _later(last: Any) -> Any:
    """Units of an item in the order of the process: filter, revise 0, review 1, revise 1, review 2, …"""
    if last.stage == "filter":
        return slot.c.stage.in_(("revise", "review"))
    if last.stage == "revise":
        later = (slot.c.stage == "review") & (slot.c.round > last.round)
        again = (slot.c.stage == "revise") & (slot.c.round == last.round) & (slot.c.vote > last.vote)
        return or_(later, again, (slot.c.stage == "revise") & (slot.c.round > last.round))
    return (slot.c.stage.in_(("review", "revise"))) & (
        (slot.c.round > last.round) | ((slot.c.stage == "revise") & (slot.c.round == last.round))
    )
