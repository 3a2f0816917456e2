"""Which slot an annotator gets next. A lease is a slot with an owner, an end and a fencing token.

A slot is free if it has no owner, or if its lease has ended: that is a condition in the query, and nothing sweeps. Free
slots come in the order of `position`; whoever took one looks further on from there, so that a claim costs the same
among a million items. A slot that becomes free again goes to the end of the queue, and who finds nothing further on
looks once more from the beginning.
"""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, and_, bindparam, exists, literal, or_, select, update

from curation.review.process import Process
from curation.review.tables import item, revision, seen, skip, slot


class Slot(NamedTuple):
    """A slot with what its item holds; the row of `leased`."""

    slot: int
    item: int
    ability: str
    stage: str
    round: int
    vote: int
    token: int
    expires: int
    position: int
    digest: str
    answered: bool
    line: str


_SHOWN = (
    slot.c.number,
    slot.c.item,
    slot.c.ability,
    slot.c.stage,
    slot.c.round,
    slot.c.vote,
    slot.c.token,
    slot.c.expires,
    slot.c.position,
    revision.c.digest,
    revision.c.answered,
    revision.c.line,
)
_WITH_ITEM = slot.join(item, item.c.number == slot.c.item).join(revision, revision.c.number == item.c.head)
_LEASED = select(*_SHOWN).select_from(_WITH_ITEM).where(slot.c.number == bindparam("slot"))
_MINE = (
    select(*_SHOWN)
    .select_from(_WITH_ITEM)
    .where(slot.c.owner.is_not(None), slot.c.done.is_(None), slot.c.owner == bindparam("me"))
    .where(slot.c.expires > bindparam("now"))
    .order_by(slot.c.number)
)
_TAKE = (
    update(slot)
    .where(slot.c.number == bindparam("slot"), slot.c.done.is_(None))
    .where(or_(slot.c.owner.is_(None), slot.c.expires <= bindparam("now")))
    .values(owner=bindparam("me"), expires=bindparam("until"), token=slot.c.token + 1)
)


def leased(connection: Connection, number: int) -> Slot | None:
    row = connection.execute(_LEASED, {"slot": number}).first()
    return None if row is None else Slot._make(row)


def held_by(connection: Connection, me: str, now: int) -> list[Slot]:
    """Slots whose lease one has, oldest first: where one stopped."""
    return [Slot._make(row) for row in connection.execute(_MINE, {"me": me, "now": now})]


def _allowed(stage: str, fresh: bool) -> Any:
    """Who may take a slot: nobody with a hand in this very unit, no reviser of the item, nobody who saw its verdicts."""
    other = slot.alias("other")
    mine = and_(other.c.item == slot.c.item, other.c.owner == bindparam("me"))
    done = other.c.done.is_not(None)
    working = and_(other.c.done.is_(None), other.c.expires > bindparam("now"))
    same = and_(other.c.stage == slot.c.stage, other.c.round == slot.c.round, or_(done, working))
    bars = [same]
    if stage == "review":
        bars.append(done if fresh else and_(other.c.stage == "revise", done))
    shown = and_(
        seen.c.actor == bindparam("me"),
        seen.c.item == slot.c.item,
        seen.c.stage == slot.c.stage,
        seen.c.round == slot.c.round,
    )
    return and_(~exists().where(mine, or_(*bars)), ~exists().where(shown))


def _not_skipped() -> Any:
    return ~exists().where(
        skip.c.actor == bindparam("me"), skip.c.item == slot.c.item, skip.c.stage == slot.c.stage
    )


@cache
def _free(dialect: str, stage: str, fresh: bool) -> Select[Any]:
    # The stage stands in the text, as an index over free slots wants it.
    found = (
        select(slot.c.number, slot.c.position)
        .where(slot.c.owner.is_(None), slot.c.stage == literal(stage, literal_execute=True))
        .where(slot.c.ability == bindparam("ability"), slot.c.position > bindparam("after"))
        .where(_allowed(stage, fresh), _not_skipped())
        .order_by(slot.c.position, slot.c.number)
        .limit(1)
    )
    return found.with_for_update(of=slot, skip_locked=True) if dialect == "postgresql" else found


@cache
def _ended(dialect: str, stage: str, fresh: bool) -> Select[Any]:
    found = (
        select(slot.c.number, slot.c.position)
        .where(slot.c.owner.is_not(None), slot.c.done.is_(None), slot.c.expires <= bindparam("now"))
        .where(slot.c.stage == stage, slot.c.ability.in_(bindparam("abilities", expanding=True)))
        .where(_allowed(stage, fresh), _not_skipped())
        .order_by(slot.c.expires)
        .limit(1)
    )
    return found.with_for_update(of=slot, skip_locked=True) if dialect == "postgresql" else found


@cache
def _of_item(dialect: str, stage: str, fresh: bool) -> Select[Any]:
    open_now = or_(slot.c.owner.is_(None), slot.c.expires <= bindparam("now"))
    found = (
        select(slot.c.number, slot.c.position)
        .where(slot.c.item == bindparam("item"), slot.c.stage == stage, slot.c.done.is_(None), open_now)
        .where(_allowed(stage, fresh))
        .order_by(slot.c.vote)
        .limit(1)
    )
    return found.with_for_update(of=slot, skip_locked=True) if dialect == "postgresql" else found


def find_free(
    connection: Connection,
    dialect: str,
    process: Process,
    me: str,
    stage: str,
    ability: str,
    after: int,
    now: int,
) -> tuple[int, int] | None:
    """(slot, position) of the first free slot of an ability behind `after` that `me` may take."""
    values = {"me": me, "now": now, "ability": ability, "after": after}
    row = connection.execute(_free(dialect, stage, process.fresh_reviewers), values).first()
    return None if row is None else (row[0], row[1])


def find_ended(
    connection: Connection,
    dialect: str,
    process: Process,
    me: str,
    stage: str,
    abilities: list[str],
    now: int,
) -> int | None:
    """A slot whose lease has ended and that `me` may take. There are few: as many as people who left an item."""
    values = {"me": me, "now": now, "abilities": abilities}
    row = connection.execute(_ended(dialect, stage, process.fresh_reviewers), values).first()
    return None if row is None else row[0]


def find_of_item(
    connection: Connection, dialect: str, process: Process, me: str, stage: str, number: int, now: int
) -> int | None:
    """A slot of one item that `me` may take, skipped or not."""
    values = {"me": me, "now": now, "item": number}
    row = connection.execute(_of_item(dialect, stage, process.fresh_reviewers), values).first()
    return None if row is None else row[0]


def take(connection: Connection, number: int, me: str, now: int, until: int) -> bool:
    """Lease a slot. False if somebody else was quicker."""
    values = {"slot": number, "me": me, "now": now, "until": until}
    return connection.execute(_TAKE, values).rowcount == 1


_RELEASE = (
    update(slot)
    .where(slot.c.number == bindparam("slot"), slot.c.owner == bindparam("me"), slot.c.done.is_(None))
    .where(slot.c.token == bindparam("was"))
)


def release(connection: Connection, number: int, me: str, token: int, now: int) -> bool:
    """Give a lease back: the slot goes to the end of the queue."""
    values = {"slot": number, "me": me, "was": token}
    return connection.execute(_RELEASE.values(owner=None, expires=0, position=now), values).rowcount == 1


def renew(connection: Connection, number: int, me: str, token: int, until: int) -> bool:
    """Lengthen a lease; False if the slot is another's by now, or closed."""
    values = {"slot": number, "me": me, "was": token}
    return connection.execute(_RELEASE.values(expires=until), values).rowcount == 1
