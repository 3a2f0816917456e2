"""Which slot an annotator gets next. A lease is a slot with an owner, an end and a fencing token.

A slot is free if it has no owner, or if its lease has ended: that is a condition in the query, and nothing sweeps. Free
slots come in the order of `position`; whoever took one looks further on from there, so that a claim costs the same
among a million items. A slot that becomes free again goes to the end of the queue, and who finds nothing further on
looks once more from the beginning.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

import orjson
from sqlalchemy import (
    JSON,
    BigInteger,
    Connection,
    Select,
    Text,
    and_,
    bindparam,
    case,
    cast,
    column,
    exists,
    func,
    or_,
    select,
    true,
    update,
)

from curation.review.database.prepared import Prepared
from curation.review.tables import item, revision, seen, skip, slot
from curation.review.transaction import Transaction


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
_OF_SLOT, _OF_ITEM_HEAD = _SHOWN[:9], _SHOWN[9:]


def _with_item(slots: Any, number: Any) -> Any:
    """Slots beside what their items hold. Args: number: the column of the item's number."""
    return slots.join(item, item.c.number == number).join(revision, revision.c.number == item.c.head)


_WITH_ITEM = _with_item(slot, slot.c.item)
_LEASED = Prepared(
    select(*_SHOWN).select_from(_WITH_ITEM).where(slot.c.number == bindparam("slot")), Slot._make
)
_MINE = Prepared(
    select(*_SHOWN)
    .select_from(_WITH_ITEM)
    .where(slot.c.owner.is_not(None), slot.c.done.is_(None), slot.c.owner == bindparam("me"))
    .where(slot.c.expires > bindparam("now"))
    .order_by(slot.c.number),
    Slot._make,
)
_TAKE: Prepared[Any] = Prepared(
    update(slot)
    .where(slot.c.number == bindparam("slot"), slot.c.done.is_(None))
    .where(or_(slot.c.owner.is_(None), slot.c.expires <= bindparam("now")))
    .values(owner=bindparam("me"), expires=bindparam("until"), token=slot.c.token + 1)
)


def leased(connection: Connection, number: int) -> Slot | None:
    return _LEASED.first(connection, {"slot": number})


def held_by(connection: Connection, me: str, now: int) -> list[Slot]:
    """Slots whose lease one has, oldest first: where one stopped."""
    return _MINE.run(connection, {"me": me, "now": now})


def _allowed(fresh: bool) -> Any:
    """Who may take a slot: nobody with a hand in this very unit, no reviser of the item, nobody who saw its verdicts."""
    other = slot.alias("other")
    mine = and_(other.c.item == slot.c.item, other.c.owner == bindparam("me"))
    done = other.c.done.is_not(None)
    # A case, and no `or`, for the sake of PostgreSQL, which else gathers all that anyone holds to find what of it is here.
    hand_in = case((done, true()), else_=other.c.expires > bindparam("now"))
    same = and_(other.c.stage == slot.c.stage, other.c.round == slot.c.round, hand_in)
    before = done if fresh else and_(other.c.stage == "revise", done)
    shown = and_(
        seen.c.actor == bindparam("me"),
        seen.c.item == slot.c.item,
        seen.c.stage == slot.c.stage,
        seen.c.round == slot.c.round,
    )
    mine_here = exists().where(mine, or_(same, and_(slot.c.stage == "review", before)))
    return and_(~mine_here, ~exists().where(shown))


def _not_skipped() -> Any:
    return ~exists().where(
        skip.c.actor == bindparam("me"), skip.c.item == slot.c.item, skip.c.stage == slot.c.stage
    )


def _locked(found: Select[Any], dialect: str) -> Select[Any]:
    """What somebody else is taking at this moment is passed over; SQLite has one writer at a time."""
    return found.with_for_update(of=slot, skip_locked=True) if dialect == "postgresql" else found


def _wanted(dialect: str) -> Any:
    """The JSON list `wanted` as rows, in its order: stage, ability, and the position behind which to look."""
    names, types = ("stage", "ability", "after"), (Text, Text, BigInteger)
    if dialect == "postgresql":
        rows = func.json_array_elements(cast(bindparam("wanted", type_=Text), JSON)).table_valued(
            column("value", JSON), name="rows"
        )
        parts: list[Any] = [
            cast(func.json_extract_path_text(rows.c.value, str(place)), kind)
            for place, kind in enumerate(types)
        ]
    else:
        rows = func.json_each(bindparam("wanted", type_=Text)).table_valued("value", name="rows")
        parts = [func.json_extract(rows.c.value, f"$[{place}]") for place in range(3)]
    return select(*(part.label(name) for part, name in zip(parts, names, strict=True))).subquery("wanted")


def _free(dialect: str, fresh: bool) -> Select[Any]:
    """The first free slot of the first stage and ability that have any. In one question, as most have none."""
    wanted = _wanted(dialect)
    one = (
        select(*_OF_SLOT)
        .where(slot.c.owner.is_(None), slot.c.stage == wanted.c.stage, slot.c.ability == wanted.c.ability)
        .where(slot.c.position > wanted.c.after, _allowed(fresh), _not_skipped())
        .order_by(slot.c.position)  # as the index has it: nothing is sorted
        .limit(1)
    )
    if dialect == "postgresql":
        there: Any = _locked(one, dialect).lateral("there")
        found = wanted.join(there, true())
    else:  # has no lateral join
        there = slot.alias("there")
        number = one.with_only_columns(slot.c.number).correlate(wanted).scalar_subquery()
        found = wanted.join(there, there.c.number == number)
    columns = (there.c[column.name] for column in _OF_SLOT)
    return select(*columns, *_OF_ITEM_HEAD).select_from(_with_item(found, there.c.item)).limit(1)


def _ended(dialect: str, fresh: bool) -> Select[Any]:
    wanted = _wanted(dialect)
    found = (
        select(*_SHOWN)
        .select_from(_WITH_ITEM)
        .where(slot.c.owner.is_not(None), slot.c.done.is_(None), slot.c.expires <= bindparam("now"))
        .where(exists().where(wanted.c.stage == slot.c.stage, wanted.c.ability == slot.c.ability))
        .where(_allowed(fresh), _not_skipped())
        .order_by(slot.c.expires)
        .limit(1)
    )
    return _locked(found, dialect)


def _of_item(dialect: str, fresh: bool) -> Select[Any]:
    open_now = or_(slot.c.owner.is_(None), slot.c.expires <= bindparam("now"))
    found = (
        select(*_SHOWN)
        .select_from(_WITH_ITEM)
        .where(slot.c.item == bindparam("item"), slot.c.stage == bindparam("in_stage"))
        .where(slot.c.done.is_(None), open_now, _allowed(fresh))
        .order_by(slot.c.vote)
        .limit(1)
    )
    return _locked(found, dialect)


# By whether reviewers have to be fresh.
_FREE, _ENDED, _OF_ITEM = (
    {fresh: Prepared(partial(make, fresh=fresh), Slot._make) for fresh in (False, True)}
    for make in (_free, _ended, _of_item)
)


def find(
    tx: Transaction, me: str, wanted: Sequence[tuple[str, str, int]], now: int
) -> tuple[Slot | None, bool]:
    """A slot that `me` may take: a free one, or one whose lease has ended.

    Those are few, as many as people left items; they are looked for when nothing is free, and first at every eighth of
    one's events, so that none waits until the queue is empty.

    Args:
        wanted: stages and abilities in the order in which they are looked at, and behind which position.

    Returns:
        The slot as it is before it is taken, and whether it is a free one. Nobody else can take it in this
        transaction.
    """
    fresh = tx.process.fresh_reviewers
    values = {"me": me, "now": now, "wanted": orjson.dumps(wanted).decode()}
    first, second = _FREE[fresh], _ENDED[fresh]
    if tx.chain(me).events % 8 == 0:
        first, second = second, first
    for one in (first, second):
        found = tx.first(one, values)
        if found is not None:
            return found, one is _FREE[fresh]
    return None, False


def find_of_item(tx: Transaction, me: str, stage: str, number: int, now: int) -> Slot | None:
    """A slot of one item that `me` may take, skipped or not."""
    values = {"me": me, "now": now, "item": number, "in_stage": stage}
    return tx.first(_OF_ITEM[tx.process.fresh_reviewers], values)


def take(tx: Transaction, found: Slot, me: str, now: int, until: int) -> Slot:
    """Lease a slot that was found in this transaction."""
    tx.later(_TAKE, {"slot": found.slot, "me": me, "now": now, "until": until})
    return found._replace(token=found.token + 1, expires=until)


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
