"""Gold items: their right verdict is known. They train new annotators and measure everybody, and look like any other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import orjson
from sqlalchemy import Connection, and_, bindparam, exists, select

from curation.review.claim import Slot, leased
from curation.review.people import Annotator, enrolment
from curation.review.process import GOLD, Process
from curation.review.records import Feedback
from curation.review.tables import event, item, slot
from curation.review.transaction import STORE, Transaction, dialect_insert
from schemas.canonical import unit_hash

if TYPE_CHECKING:
    from curation.review.store import ReviewStore


class Answer(NamedTuple):
    approve: bool
    why: str


def answer(text: str) -> Answer:
    """What a gold item's column holds."""
    return Answer(**orjson.loads(text))


def answer_text(approve: bool, why: str) -> str:
    return orjson.dumps({"approve": approve, "why": why}).decode()


_MINE = and_(slot.c.item == item.c.number, slot.c.stage == GOLD, slot.c.owner == bindparam("me"))
_LEFT = (
    select(item.c.number, item.c.ability)
    .where(item.c.gold.is_not(None), ~exists().where(_MINE, slot.c.done.is_not(None)))
    .order_by(item.c.number)
)


def due(
    connection: Connection,
    store: ReviewStore,
    me: Annotator,
    events: int,
    abilities: list[str],
    stages: list[str],
) -> int | None:
    """The gold item that comes next instead of one of the queue; None if none does.

    Args:
        events: of one's own so far.
    """
    if not store.gold_count():
        return None
    if me.status == "training":
        left = _left(connection, me, abilities)
        return left[0] if left else None
    often = store.process.gold_every
    if not often or "filter" not in stages:
        return None
    if unit_hash("gold", me.name, events) >= 1 / often:
        return None
    left = _left(connection, me, abilities)
    return min(left, key=lambda number: unit_hash("gold", me.name, number), default=None)


def _left(connection: Connection, me: Annotator, abilities: list[str]) -> list[int]:
    """Gold items that one has not judged; those of one's abilities where there are any."""
    rows = list(connection.execute(_LEFT, {"me": me.name}))
    own = [row.number for row in rows if row.ability in abilities]
    return own or ([row.number for row in rows] if me.status == "training" else [])


def lease(connection: Connection, dialect: str, me: Annotator, number: int, now: int, until: int) -> Slot:
    """One's own slot on a gold item: everybody judges it, nobody waits for anybody."""
    ability = select(item.c.ability).where(item.c.number == number).scalar_subquery()
    new = dialect_insert(dialect)(slot).values(
        item=number,
        stage=GOLD,
        round=0,
        vote=me.number,
        ability=ability,
        position=now,
        owner=me.name,
        expires=until,
        token=1,
    )
    keys = ["item", "stage", "round", "vote"]
    again = {"owner": me.name, "expires": until, "token": slot.c.token + 1}
    done = connection.execute(
        new.on_conflict_do_update(index_elements=keys, set_=again).returning(slot.c.number)
    )
    found = leased(connection, done.scalar_one())
    assert found is not None
    return found


def progress(connection: Connection, process: Process, me: Annotator) -> Feedback:
    """How far a training is."""
    rights = _rights(connection, me)
    wanted = _wanted(connection, process)
    return Feedback(False, False, "", len(rights), wanted, False)


def passed(connection: Connection, process: Process, me: Annotator) -> bool:
    """Whether a training is over by these rules: enough of its last items were judged right."""
    return _passed(process, _rights(connection, me), _wanted(connection, process))


def _passed(process: Process, rights: list[bool], wanted: int) -> bool:
    last = rights[-wanted:] if wanted else []
    return len(rights) >= wanted and sum(last) >= process.training_accuracy * len(last)


def _rights(connection: Connection, me: Annotator) -> list[bool]:
    """Whether each gold item of the training was judged right, in order. Its answers were shown, so each stands."""
    bodies = (
        select(event.c.body)
        .where(event.c.actor == me.name, event.c.kind == "verdict")
        .order_by(event.c.number)
    )
    said = (orjson.loads(body) for (body,) in connection.execute(bodies))
    return [one["right"] for one in said if one.get("training") and one["counted"]]


def _wanted(connection: Connection, process: Process) -> int:
    gold: Any = select(item.c.number).where(item.c.gold.is_not(None))
    there = len(list(connection.execute(gold.limit(process.training_items))))
    return min(process.training_items, there)


def after_training_item(tx: Transaction, me: Annotator, right: Answer, was_right: bool, at: int) -> Feedback:
    """Tell what was right; end the training when enough of the last items were."""
    rights, wanted = _rights(tx.connection, me), _wanted(tx.connection, tx.process)
    over = _passed(tx.process, rights, wanted)
    if over:
        from curation.review.follow import follow

        said = enrolment(tx.connection, me.name, status="active")
        follow(tx, tx.append(STORE, "enrol", 0, said, at))
    return Feedback(was_right, right.approve, right.why, len(rights), wanted, over)
