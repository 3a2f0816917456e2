"""What follows from an event: the same functions while people act and while a store is rebuilt from its log."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update

from curation.review.chain import Event
from curation.review.database.prepared import Prepared
from curation.review.people import follow_enrolment
from curation.review.process import GOLD, VOTED, Process, after_votes, decided, slots_wanted
from curation.review.tables import comment, item, meta, revision, seen, skip, slot
from curation.review.telling import pattern
from curation.review.transaction import STORE, Item, Transaction, dialect_insert

MINUTE = 60_000_000

_SLOT = update(slot).where(
    slot.c.item == bindparam("of"),
    slot.c.stage == bindparam("in_stage"),
    slot.c.round == bindparam("in_round"),
    slot.c.vote == bindparam("as_vote"),
)
_FILLED = ("owner", "done", "kept", "at", "seconds")
_FILL: Prepared[Any] = Prepared(_SLOT.values({name: bindparam(name) for name in _FILLED}))
_MOVE: Prepared[Any] = Prepared(
    update(item)
    .where(item.c.number == bindparam("of"))
    .values({name: bindparam(name) for name in ("state", "revisions", "head")})
)
_OPENED = ("item", "stage", "round", "vote", "ability", "position", "expires", "token")
_OPEN: Prepared[Any] = Prepared(insert(slot).values({name: bindparam(name) for name in _OPENED}))


def follow(tx: Transaction, event: Event) -> None:
    """Bring everything that follows from the log up to this event. Raises KeyError for a kind of a newer version."""
    _FOLLOWS[event.kind](tx, event, event.said)
    tx.forget()


def open_slots(
    tx: Transaction, number: int, ability: str, stage: str, turn: int, votes: range, at: int
) -> None:
    """New free slots of one item, at the end of everyone's queue."""
    for vote in votes:
        row = (number, stage, turn, vote, ability, at, 0, 0)
        tx.later(_OPEN, dict(zip(_OPENED, row, strict=True)))


def _move(tx: Transaction, actor: str, was: Item, now: Item, at: int) -> None:
    """The item is in another state now, and waits there."""
    _write_item(tx, now)
    tx.count(actor, was.ability, f"state.{was.state}", -1)
    tx.count(actor, was.ability, f"state.{now.state}")
    if now.state in ("revise", "review"):
        votes = range(1, tx.process.votes(now.state) + 1)
        open_slots(tx, now.number, now.ability, now.state, now.revisions, votes, at)


def _write_item(tx: Transaction, now: Item) -> None:
    tx.later(_MOVE, {"of": now.number, "state": now.state, "revisions": now.revisions, "head": now.head})


def _fill(tx: Transaction, event: Event, said: dict[str, Any], kept: bool | None) -> None:
    where = {"of": event.item, "in_stage": said["stage"], "in_round": said["round"], "as_vote": said["vote"]}
    values = {"owner": event.actor, "done": event.number, "kept": kept, "at": event.at}
    tx.later(_FILL, {**where, **values, "seconds": said["seconds"]})


def _verdict(tx: Transaction, event: Event, said: dict[str, Any]) -> None:
    if not said["counted"]:
        tx.count(event.actor, said["ability"], "late")
        return
    kept, ability = said["kept"], said["ability"]
    if said["stage"] == GOLD:
        _gold_verdict(tx, event, said)
        return
    row, unit = tx.unit(event.item, said["stage"], said["round"])
    votes = [bool(v.kept) for v in unit if v.done is not None and v.vote != said["vote"]] + [kept]
    _fill(tx, event, said, kept)
    tx.count(event.actor, ability, f"votes.{said['stage']}")
    tx.spent(event.actor, ability, event.at, 1, said["seconds"])
    outcome = decided(tx.process, said["stage"], votes)
    if outcome is None:
        have, wanted = len(unit), slots_wanted(tx.process, said["stage"], votes)
        if have < wanted:
            more = range(have + 1, wanted + 1)
            open_slots(tx, event.item, ability, said["stage"], said["round"], more, event.at)
            tx.count(event.actor, ability, f"extra.{said['stage']}", wanted - have)
        return
    tx.count(event.actor, ability, pattern(said["stage"], votes, outcome))
    state = after_votes(tx.process, ability, outcome, row.revisions)
    _move(tx, event.actor, row, row._replace(state=state), event.at)


def _gold_verdict(tx: Transaction, event: Event, said: dict[str, Any]) -> None:
    row = {"item": event.item, "stage": GOLD, "round": 0, "vote": said["vote"], "ability": said["ability"]}
    done = {"owner": event.actor, "done": event.number, "kept": said["kept"], "at": event.at}
    done["seconds"] = said["seconds"]
    new = dialect_insert(tx.dialect)(slot).values(**row, **done, position=event.at, expires=0, token=0)
    keys = ["item", "stage", "round", "vote"]
    tx.connection.execute(new.on_conflict_do_update(index_elements=keys, set_=done))
    tx.count(event.actor, said["ability"], "gold.right" if said["right"] else "gold.wrong")
    tx.spent(event.actor, said["ability"], event.at, 1, said["seconds"])
    if said["training"]:
        tx.count(event.actor, "", "training")


def _revision(tx: Transaction, event: Event, said: dict[str, Any]) -> None:
    if not said["counted"]:
        tx.count(event.actor, said["ability"], "late")
        return
    row = tx.item(event.item)
    head = select(revision.c.number).where(revision.c.item == event.item, revision.c.digest == said["digest"])
    if said["stage"] == "review":  # offered in place of a revision that nobody has judged yet
        _close_open(tx, event.item)
        row_of = {"item": event.item, "stage": "revise", "round": said["round"], "vote": said["vote"]}
        filled = {"owner": event.actor, "done": event.number, "at": event.at, "seconds": said["seconds"]}
        rest = {"ability": row.ability, "position": event.at, "expires": 0, "token": 0}
        tx.connection.execute(insert(slot).values(**row_of, **filled, **rest))
    else:
        _fill(tx, event, said, None)
    tx.count(event.actor, said["ability"], "revised")
    tx.spent(event.actor, said["ability"], event.at, 0, said["seconds"])
    number = int(tx.connection.execute(head).scalar_one())
    now = row._replace(state="review", revisions=row.revisions + 1, head=number)
    _move(tx, event.actor, row, now, event.at)


def _decline(tx: Transaction, event: Event, said: dict[str, Any]) -> None:
    if not said["counted"]:
        tx.count(event.actor, said["ability"], "late")
        return
    row = tx.item(event.item)
    _fill(tx, event, said, False)
    tx.count(event.actor, said["ability"], "declined")
    tx.spent(event.actor, said["ability"], event.at, 0, said["seconds"])
    _move(tx, event.actor, row, row._replace(state="rejected"), event.at)


def _close_open(tx: Transaction, number: int, *but: Any) -> None:
    """Close the slots of an item that nobody filled; who holds one finds his work late."""
    tx.connection.execute(delete(slot).where(slot.c.item == number, slot.c.done.is_(None), *but))


def _undo(tx: Transaction, event: Event, said: dict[str, Any]) -> None:
    stage, turn, vote, ability = said["stage"], said["round"], said["vote"], said["ability"]
    if stage == GOLD:
        tx.count(event.actor, ability, "gold.right" if said["right"] else "gold.wrong", -1)
    else:
        _take_back(tx, event, said)
    tx.spent(event.actor, ability, said["given"], -1 if stage != "revise" else 0, -said["seconds"])
    where = {"of": event.item, "in_stage": stage, "in_round": turn, "as_vote": vote}
    lease = {"expires": event.at + round(tx.process.lease_minutes * MINUTE), "token": slot.c.token + 1}
    again = {"owner": event.actor, "done": None, "kept": None, "at": None, "seconds": None, **lease}
    tx.connection.execute(_SLOT.values(**again), where)


def _take_back(tx: Transaction, event: Event, said: dict[str, Any]) -> None:
    stage, turn, vote, ability = said["stage"], said["round"], said["vote"], said["ability"]
    row, unit = tx.unit(event.item, stage, turn)
    now = row._replace(state=stage)
    mine = (slot.c.stage == stage) & (slot.c.round == turn)
    if stage == "revise":
        tx.count(event.actor, ability, "revised" if said["head"] else "declined", -1)
        if said["head"]:
            head = _number_of(tx, event.item, said["head"])
            now = now._replace(revisions=row.revisions - 1, head=head)
        _stays_known(tx, event.item)
        back = True
    else:
        tx.count(event.actor, ability, f"votes.{stage}", -1)
        votes = [bool(v.kept) for v in unit if v.done is not None]
        outcome = decided(tx.process, stage, votes)
        left = [bool(v.kept) for v in unit if v.done is not None and v.vote != vote]
        wanted = slots_wanted(tx.process, stage, left)
        _close_open(tx, event.item, mine, slot.c.vote > wanted)
        closed = sum(v.vote > wanted and v.done is None for v in unit)
        tx.count(event.actor, ability, f"extra.{stage}", -closed)
        back = outcome is not None
        if outcome is not None:
            tx.count(event.actor, ability, pattern(stage, votes, outcome), -1)
    if back:
        _close_open(tx, event.item, ~mine)
        _write_item(tx, now)
        tx.count(event.actor, ability, f"state.{row.state}", -1)
        tx.count(event.actor, ability, f"state.{stage}")


def _stays_known(tx: Transaction, number: int) -> None:
    """A revision told those who voted before it what came of their votes: taking it back does not free these again."""
    voted = select(slot.c.owner, slot.c.stage, slot.c.round)
    voted = voted.where(slot.c.item == number, slot.c.done.is_not(None), slot.c.stage.in_(VOTED))
    for owner, stage, turn in tx.connection.execute(voted).all():
        _know(tx, owner, number, stage, turn)


def _number_of(tx: Transaction, number: int, digest: str) -> int:
    found = select(revision.c.number).where(revision.c.item == number, revision.c.digest == digest)
    return int(tx.connection.execute(found).scalar_one())


def _load(tx: Transaction, event: Event, said: dict[str, Any]) -> None:
    """The slots and counts of a block of items; the items themselves were written when they were loaded."""
    rows = select(item.c.number, item.c.ability, item.c.state).where(
        item.c.number >= said["first"], item.c.number < said["first"] + said["count"]
    )
    opened = []
    for place, row in enumerate(tx.connection.execute(rows.order_by(item.c.number))):
        tx.count(STORE, row.ability, f"state.{row.state}")
        tx.count(STORE, row.ability, f"in.{row.state}")
        for vote in range(1, tx.process.votes(row.state) + 1):
            opened.append((row.number, row.state, 0, vote, row.ability, event.at + place, 0, 0))
    tx.database.bulk_insert(tx.connection, slot, opened, _OPENED)


def _skip(tx: Transaction, event: Event, said: dict[str, Any]) -> None:
    new = dialect_insert(tx.dialect)(skip).values(actor=event.actor, item=event.item, stage=said["stage"])
    tx.connection.execute(new.on_conflict_do_nothing())


def _unskip(tx: Transaction, event: Event, said: dict[str, Any]) -> None:
    mine = (skip.c.actor == event.actor) & (skip.c.stage == said["stage"])
    tx.connection.execute(delete(skip).where(mine))


def _seen(tx: Transaction, event: Event, said: dict[str, Any]) -> None:
    _know(tx, event.actor, event.item, said["stage"], said["round"])


def _know(tx: Transaction, actor: str, number: int, stage: str, turn: int) -> None:
    row = {"actor": actor, "item": number, "stage": stage, "round": turn}
    tx.connection.execute(dialect_insert(tx.dialect)(seen).values(**row).on_conflict_do_nothing())


def _comment(tx: Transaction, event: Event, said: dict[str, Any]) -> None:
    # The event's own number is unique among its actor's; the key has to be unique among all.
    key = int(event.hash[:15], 16)
    row = {"event": key, "item": event.item, "actor": event.actor, "kind": event.kind, "at": event.at}
    tx.connection.execute(insert(comment).values(**row, **{k: said[k] for k in ("stage", "round", "text")}))
    if event.kind == "flag":
        _flags(tx, event, 1)


def _unflag(tx: Transaction, event: Event, said: dict[str, Any]) -> None:
    _flags(tx, event, -said["flags"])


def _flags(tx: Transaction, event: Event, by: int) -> None:
    tx.connection.execute(update(item).where(item.c.number == event.item).values(flags=item.c.flags + by))


def _settings(tx: Transaction, event: Event, said: dict[str, Any]) -> None:
    tx.process = Process.model_validate(said)
    new = dialect_insert(tx.dialect)(meta).values(key="process", value=event.body)
    tx.connection.execute(new.on_conflict_do_update(index_elements=["key"], set_={"value": event.body}))


def _nothing(tx: Transaction, event: Event, said: dict[str, Any]) -> None:
    """Gold items have no slots of their own until they are shown; hints change nothing."""


_FOLLOWS: dict[str, Callable[[Transaction, Event, dict[str, Any]], None]] = {
    "settings": _settings,
    "enrol": follow_enrolment,
    "load": _load,
    "gold": _nothing,
    "hints": _nothing,
    "verdict": _verdict,
    "revision": _revision,
    "decline": _decline,
    "undo": _undo,
    "skip": _skip,
    "unskip": _unskip,
    "seen": _seen,
    "comment": _comment,
    "flag": _comment,
    "unflag": _unflag,
}
