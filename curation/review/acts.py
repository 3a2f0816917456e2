"""What people do, as events: each looks whether it still counts, is appended either way, and what follows is followed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import orjson
from sqlalchemy import and_, bindparam, delete, exists, func, insert, select

from curation.review import gold_items, reading
from curation.review.chain import text_digest
from curation.review.claim import release
from curation.review.database.prepared import Prepared
from curation.review.follow import follow
from curation.review.people import Annotator
from curation.review.process import GOLD
from curation.review.records import Feedback, Revised, Work
from curation.review.tables import REVISIONS, draft, event, revision, slot
from curation.review.tables import skip as skipped
from curation.review.transaction import CHAIN, LOCK, Item, Transaction, Vote, dialect_insert
from schemas.errors import BadData, BadSpec
from schemas.instance import Instance
from schemas.jsonl import as_line


class Held(NamedTuple):
    """The slot of a lease beside each vote of its unit; the first seven are the same in all rows of a slot."""

    owner: str | None
    token: int
    done: int | None
    stage: str
    round: int
    vote: int
    ability: str
    other: int
    other_kept: bool | None
    other_done: int | None


_other = slot.alias("other")
_HELD = Prepared(
    select(*(slot.c[name] for name in Held._fields[:7]), _other.c.vote, _other.c.kept, _other.c.done)
    .join(
        _other,
        and_(_other.c.item == slot.c.item, _other.c.stage == slot.c.stage, _other.c.round == slot.c.round),
    )
    .where(slot.c.number == bindparam("slot"))
    .order_by(_other.c.vote)
    .with_for_update(of=slot),
    Held._make,
)


def lock(tx: Transaction, number: int) -> Item:
    """The item's row, locked until the transaction ends. Raises BadData: no such item."""
    row = tx.first(LOCK, {"item": number})
    if row is None:
        raise BadData("no such item", where=str(number))
    return row


def standing(tx: Transaction, me: str, work: Work) -> tuple[Item, Held | None, str]:
    """(item, slot, why not): whether a lease is still this one's. The fencing token decides, not the clock: a lease
    that has ended, but that nobody else took up, still counts."""
    items, rows, chains = tx.read(
        (LOCK, {"item": work.item}), (_HELD, {"slot": work.slot}), (CHAIN, {"actor": me})
    )
    held: Item = items[0]
    tx.chain_is(me, chains[0] if chains else None)
    row: Held | None = rows[0] if rows else None
    if row is None:
        return held, None, "it was settled without this slot, or another revision took its place"
    if row.done is not None:
        return (
            held,
            row,
            "it was handed in already" if row.owner == me else "somebody else took it up and was first",
        )
    if row.owner != me or row.token != work.token:
        return held, row, "the lease had ended and somebody else has the item now"
    tx.known(held, [Vote(one.other, one.other_kept, one.other_done) for one in rows])
    return held, row, ""


def verdict(
    tx: Transaction, me: Annotator, work: Work, values: dict[str, Any], at: int
) -> tuple[bool, str, Feedback | None]:
    """(counted, why not, feedback of a training item)."""
    held, row, why = standing(tx, me.name, work)
    where = _where(work, row)
    said = {**where, **values, "ability": work.ability, "token": work.token, "counted": not why}
    said["shown"] = work.id
    if why:
        said["why"] = why
    gold = row is not None and row.stage == GOLD
    if gold:
        right = gold_items.answer(held.gold or "")
        said |= {"right": right.approve == values["kept"], "training": work.training}
    follow(tx, tx.append(me.name, "verdict", work.item, said, at))
    if not (gold and work.training and not why):
        return not why, why, None
    tx.flush()
    feedback = gold_items.after_training_item(tx, me, right, said["right"], at)
    return True, "", feedback


def _where(work: Work, row: Any) -> dict[str, Any]:
    if row is None:
        return {"stage": work.stage, "round": work.round, "vote": 0}
    return {"stage": row.stage, "round": row.round, "vote": row.vote}


def revision_line(
    tx: Transaction, me: Annotator, number: int, head: int, instance: Instance
) -> tuple[str, bool]:
    """Keep a revision's text; (its digest, whether it was new). Texts never change once they are in."""
    line = as_line(instance)
    digest = text_digest(line)
    known = select(revision.c.digest, revision.c.number).where(revision.c.item == number)
    numbers = {row.digest: row.number for row in tx.connection.execute(known)}
    if digest in numbers:
        return digest, False
    following = max(numbers.values()) + 1
    if following >= (number + 1) * REVISIONS:
        raise BadData(f"an item has at most {REVISIONS} revisions", where=instance.id[:12], do="decline it")
    row = {"number": following, "item": number, "id": instance.id, "digest": digest, "parent": head}
    row |= {"actor": me.name, "answered": True, "line": line}
    tx.connection.execute(insert(revision), row)
    return digest, True


def revised(
    tx: Transaction, me: Annotator, work: Work, instance: Instance, values: dict[str, Any], at: int
) -> Revised:
    held, row, why = standing(tx, me.name, work)
    digest_of_head, head_id = _head(tx, held.head)
    if not why and head_id != work.id:
        why = "somebody else changed it since"
    if instance.ability != work.ability:
        raise BadData("a revision keeps the ability", where=instance.ability, do=f"leave it {work.ability}")
    if not why and instance.id == head_id:
        raise BadData("nothing is changed", where=instance.id[:12], do="change something, or decline it")
    digest, new = revision_line(tx, me, work.item, held.head, instance)
    if not new and not why and digest in _held_texts(tx, work.item):
        raise BadData(
            "the item held this very text before",
            where=instance.id[:12],
            do="change something, or decline it",
        )
    said = {**_where(work, row), **values, "ability": work.ability, "token": work.token, "counted": not why}
    said |= {"stage": "revise", "digest": digest, "parent": digest_of_head, "shown": work.id}
    if why:
        said["why"] = why
    follow(tx, tx.append(me.name, "revision", work.item, said, at))
    if not why:
        _forget_draft(tx, me.name, work.item)
        return Revised(True)
    return _conflict(tx, me.name, held, why)


def _held_texts(tx: Transaction, number: int) -> set[str]:
    """Digests of what an item holds and held before, without what was taken back or never came to count."""
    root = select(revision.c.digest).where(revision.c.number == number * REVISIONS)
    made = select(event.c.body).join(
        slot, and_(event.c.actor == slot.c.owner, event.c.number == slot.c.done, event.c.item == slot.c.item)
    )
    made = made.where(slot.c.item == number, slot.c.stage == "revise", slot.c.kept.is_(None))
    bodies = tx.connection.execute(made).scalars()
    return {tx.connection.execute(root).scalar_one(), *(orjson.loads(body)["digest"] for body in bodies)}


def _conflict(tx: Transaction, me: str, held: Any, why: str) -> Revised:
    row = tx.connection.execute(select(revision).where(revision.c.number == held.head)).one()
    theirs = reading.parsed(row.line, row.answered)
    untouched = held.state == "review" and not _judged(tx, held) and row.actor != me
    shown = theirs if isinstance(theirs, Instance) else None
    return Revised(False, why, shown, row.actor, can_offer=untouched)


def _judged(tx: Transaction, held: Any) -> bool:
    """Whether anyone's verdict on the revision that the item holds is in."""
    done = exists().where(
        slot.c.item == held.number,
        slot.c.stage == "review",
        slot.c.round == held.revisions,
        slot.c.done.is_not(None),
    )
    return bool(tx.connection.execute(select(done)).scalar_one())


def offer(
    tx: Transaction, me: Annotator, number: int, instance: Instance, over: str, note: str, at: int
) -> Revised:
    held = lock(tx, number)
    parent, head_id = _head(tx, held.head)
    if not me.works_in(held.ability, "revise"):
        raise BadSpec("you do not revise this ability", where=held.ability, do="ask whoever leads the review")
    if instance.ability != held.ability:
        raise BadData("a revision keeps the ability", where=instance.ability, do=f"leave it {held.ability}")
    if held.state != "review" or _judged(tx, held) or head_id != over or instance.id == head_id:
        return _conflict(tx, me.name, held, "the item moved on, or was judged, in the meantime")
    digest, _ = revision_line(tx, me, number, held.head, instance)
    # One's own slot of a reviser: whoever revises may not review, and the slot is how the store knows.
    turn = held.revisions
    taken = select(func.coalesce(func.max(slot.c.vote), 0)).where(
        slot.c.item == number, slot.c.stage == "revise", slot.c.round == turn
    )
    vote = int(tx.connection.execute(taken).scalar_one()) + 1
    said = {"stage": "review", "round": turn, "vote": vote, "note": note, "seconds": 0.0, "counted": True}
    said |= {"ability": held.ability, "digest": digest, "parent": parent, "token": 0, "shown": over}
    follow(tx, tx.append(me.name, "revision", number, said, at))
    return Revised(True)


def _head(tx: Transaction, number: int) -> tuple[str, str]:
    row = tx.connection.execute(
        select(revision.c.digest, revision.c.id).where(revision.c.number == number)
    ).one()
    return row.digest, row.id


def decline(tx: Transaction, me: Annotator, work: Work, values: dict[str, Any], at: int) -> tuple[bool, str]:
    _, row, why = standing(tx, me.name, work)
    said = {**_where(work, row), **values, "ability": work.ability, "token": work.token, "counted": not why}
    said["shown"] = work.id
    if why:
        said["why"] = why
    follow(tx, tx.append(me.name, "decline", work.item, said, at))
    if not why:
        _forget_draft(tx, me.name, work.item)
    return not why, why


def skip(tx: Transaction, me: Annotator, work: Work, at: int) -> None:
    _, row, why = standing(tx, me.name, work)
    if why or row is None:
        return
    release(tx.connection, work.slot, me.name, work.token, at)
    follow(tx, tx.append(me.name, "skip", work.item, {"stage": row.stage, "round": row.round}, at))


def return_skipped(tx: Transaction, me: Annotator, stage: str, at: int) -> int:
    found = select(func.count()).where(skipped.c.actor == me.name, skipped.c.stage == stage)
    count = int(tx.connection.execute(found).scalar_one())
    if count:
        follow(tx, tx.append(me.name, "unskip", 0, {"stage": stage}, at))
    return count


def say(tx: Transaction, me: Annotator, kind: str, number: int, text: str, at: int) -> None:
    held = lock(tx, number)
    stage, turn = _unit_of(tx, me.name, held, at)
    follow(tx, tx.append(me.name, kind, number, {"stage": stage, "round": turn, "text": text}, at))


def _unit_of(tx: Transaction, me: str, held: Any, at: int) -> tuple[str, int]:
    """Which unit a remark belongs to: the one that one has judged last or is judging, or else where the item is."""
    mine = select(slot.c.stage, slot.c.round).where(
        slot.c.item == held.number, slot.c.owner == me, slot.c.done.is_not(None) | (slot.c.expires > at)
    )
    row = tx.connection.execute(mine.order_by(slot.c.round.desc(), slot.c.number.desc()).limit(1)).first()
    if row is not None:
        return row.stage, row.round
    return held.state, 0 if held.state == "filter" else held.revisions


def unflag(tx: Transaction, me: Annotator, number: int, at: int) -> int:
    held = lock(tx, number)
    if held.flags:
        follow(tx, tx.append(me.name, "unflag", number, {"flags": held.flags}, at))
    return int(held.flags)


def see(tx: Transaction, me: str, number: int, units: Sequence[tuple[str, int]], at: int) -> None:
    for stage, turn in units:
        follow(tx, tx.append(me, "seen", number, {"stage": stage, "round": turn}, at))


def save_draft(connection: Any, dialect: str, me: str, number: int, text: str, at: int) -> None:
    new = dialect_insert(dialect)(draft).values(actor=me, item=number, text=text, at=at)
    connection.execute(
        new.on_conflict_do_update(index_elements=["actor", "item"], set_={"text": text, "at": at})
    )


def _forget_draft(tx: Transaction, me: str, number: int) -> None:
    tx.connection.execute(delete(draft).where(draft.c.actor == me, draft.c.item == number))
