"""What a desk reads. Whatever could tell a colleague's verdict asks `open_units` first."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from typing import Any

import orjson
from sqlalchemy import Connection, and_, bindparam, func, select

from curation.review import tables as t
from curation.review.process import GOLD, STAGES, VOTED, rank
from curation.review.records import Colleague, Comment, OwnVerdict, ShownHint, View
from curation.review.telling import JUDGED, Unit, told
from schemas.errors import BadData
from schemas.instance import Candidate, Instance
from schemas.terminal import one_line

item, slot = t.item, t.slot


def parsed(line: str, answered: bool) -> Instance | Candidate:
    """A revision's text, read."""
    return (Instance if answered else Candidate).model_validate_json(line)


def searchable(content: Instance | Candidate) -> str:
    """All that a search looks at: what is asked, answered and offered as wrong."""
    wrong = content.distractors if isinstance(content, Instance) else ()
    return "\n".join([*(m.content for m in content.messages), *(d.text for d in wrong)])


def texts(connection: Connection, numbers: Sequence[int]) -> dict[int, str]:
    """What a search looks at, of these items."""
    rows = select(item.c.number, t.revision.c.line)
    rows = rows.join(t.revision, t.revision.c.number == item.c.head).where(item.c.number.in_(numbers))
    return {number: searchable_row(orjson.loads(line)) for number, line in connection.execute(rows)}


def searchable_row(row: dict[str, Any]) -> str:
    """`searchable` of a line of the store, which was validated when it came in: a tenth of the time."""
    wrong = row.get("distractors", ())
    return "\n".join([*(m["content"] for m in row["messages"]), *(d["text"] for d in wrong)])


def find(connection: Connection, item_id: str) -> int:
    """The number of an item, by the id of what was loaded, of a revision, or the beginning of an id.

    Raises BadData: none such, or several.
    """
    found: list[int] = []
    wanted = item_id.strip().lower()
    if wanted and all(c in "0123456789abcdef" for c in wanted):
        for column, number in ((item.c.id, item.c.number), (t.revision.c.id, t.revision.c.item)):
            rows = select(number).distinct().where(column >= wanted, column < wanted + "g").limit(2)
            if column is item.c.id or not found:
                found += [n for (n,) in connection.execute(rows)]
            if found:
                break
    if len(set(found)) == 1:
        return found[0]
    what = "several items begin so" if found else "no such item"
    raise BadData(what, where=one_line(item_id, 70), do="give the id, or more of it")


def state_of(connection: Connection, number: int) -> str:
    return str(connection.execute(select(item.c.state).where(item.c.number == number)).scalar_one())


def id_of(connection: Connection, number: int) -> str:
    return str(connection.execute(select(item.c.id).where(item.c.number == number)).scalar_one())


def content_of(connection: Connection, number: int) -> Instance | Candidate:
    """What an item holds. Raises BadData: no such item."""
    rows = select(t.revision.c.line, t.revision.c.answered).join(item, t.revision.c.number == item.c.head)
    row = connection.execute(rows.where(item.c.number == number)).first()
    if row is None:
        raise BadData("no such item", where=str(number))
    return parsed(row.line, row.answered)


def ability_of(connection: Connection, number: int) -> str:
    return str(connection.execute(select(item.c.ability).where(item.c.number == number)).scalar_one())


_OF_MINE = select(slot.c.stage, slot.c.round, slot.c.kept, slot.c.done, slot.c.expires).where(
    slot.c.item == bindparam("item"), slot.c.owner == bindparam("me")
)


def open_units(connection: Connection, me: str, number: int, now: int) -> set[Unit]:
    """Units (stage, round) of an item whose verdicts `me` may see: those with an own standing verdict, and for who
    revises the item those before that revision, which say what has to be mended."""
    found: set[Unit] = set()
    revised = -1
    for row in connection.execute(_OF_MINE, {"item": number, "me": me}):
        if row.stage in VOTED and row.done is not None:
            found.add((row.stage, row.round))
        if row.stage == "revise" and (row.done is not None or row.expires > now):
            revised = max(revised, row.round)
    if revised >= 0:
        found |= {("filter", 0), *(("review", turn) for turn in range(1, revised + 1))}
    return found


_VERDICTS = (
    select(slot.c.owner, slot.c.stage, slot.c.round, slot.c.kept, slot.c.at, t.event.c.body)
    .join(t.event, and_(t.event.c.actor == slot.c.owner, t.event.c.number == slot.c.done))
    .where(slot.c.item == bindparam("item"), slot.c.done.is_not(None), slot.c.owner != bindparam("me"))
    .where(slot.c.stage.in_(VOTED))
    .order_by(slot.c.at)
)


def colleagues(
    connection: Connection, me: str, number: int, allowed: Collection[Unit]
) -> tuple[list[Colleague], set[Unit]]:
    """Verdicts of others in the allowed units, and which units they are of."""
    found = []
    for row in connection.execute(_VERDICTS, {"item": number, "me": me}):
        if (row.stage, row.round) in allowed:
            reason = orjson.loads(row.body).get("reason", "")
            values = {"stage": row.stage, "round": row.round, "kept": row.kept, "at": row.at}
            found.append(Colleague(actor=row.owner, reason=reason, **values))
    return found, {(c.stage, c.round) for c in found}


def comments(
    connection: Connection, me: str, number: int, allowed: Collection[Unit]
) -> tuple[list[Comment], set[Unit]]:
    """Own remarks, those of the allowed units, and those made while revising, which are for the reviewers.

    The latter tell that the votes before them did not all approve, so that those units are seen with them.
    """
    rows = connection.execute(select(t.comment).where(t.comment.c.item == number).order_by(t.comment.c.at))
    state, revisions = _where(connection, number)
    here = rank(state, revisions) if state in STAGES else math.inf
    found = [
        Comment(actor=r.actor, kind=r.kind, text=r.text, at=r.at, stage=r.stage, round=r.round)
        for r in rows
        if r.actor == me
        or (r.stage, r.round) in allowed
        or (r.stage == "revise" and rank(r.stage, r.round) <= here)
    ]
    others = {(c.stage, c.round) for c in found if c.actor != me}
    units = {unit for unit in others if unit[0] in VOTED}
    if others - units:
        units |= set(told(connection, me, {number: (state, revisions)})[number].units)
    return found, units


def _where(connection: Connection, number: int) -> tuple[str, int]:
    """(state, revisions) of an item that is there."""
    row = connection.execute(select(item.c.state, item.c.revisions).where(item.c.number == number)).one()
    return row.state, row.revisions


def unseen(connection: Connection, me: str, number: int, units: Collection[Unit]) -> list[Unit]:
    """Of these units those that are not known to have been seen."""
    if not units:
        return []
    rows = select(t.seen.c.stage, t.seen.c.round).where(t.seen.c.actor == me, t.seen.c.item == number)
    known = {(stage, turn) for stage, turn in connection.execute(rows)}
    return sorted(set(units) - known)


def hints(connection: Connection, me: str, number: int) -> tuple[list[ShownHint], dict[int, list[Unit]]]:
    """Nothing before one's own verdict. How the other item was judged: by oneself, else what came of it.

    Returns:
        The hints, and of other items the units that they tell of.
    """
    rows = list(connection.execute(_OF_MINE, {"item": number, "me": me}))
    tells: dict[int, list[Unit]] = {}
    if not any(row.done is not None or row.stage == "revise" for row in rows):
        return [], tells
    other = item.alias()
    found = select(t.hint.c.kind, t.hint.c.text, t.hint.c.other, other.c.id, other.c.state, other.c.revisions)
    found = found.add_columns(t.revision.c.line).outerjoin(other, other.c.number == t.hint.c.other)
    found = found.outerjoin(t.revision, t.revision.c.number == other.c.head).where(t.hint.c.item == number)
    shown = []
    for row in connection.execute(found.order_by(t.hint.c.number)):
        judged = ""
        if row.other is not None:
            own = [
                r for r in connection.execute(_OF_MINE, {"item": row.other, "me": me}) if r.kept is not None
            ]
            if own:
                judged = f"you {'approved' if own[-1].kept else 'rejected'} it"
            elif row.state not in STAGES:
                judged = row.state
                units = told(connection, me, {row.other: (row.state, row.revisions)})[row.other].units
                if units:
                    tells[row.other] = list(units)
        title = "" if row.line is None else one_line(searchable_row(orjson.loads(row.line)), 40)
        values = {"other": row.id or "", "judged": judged, "item": row.other, "title": title}
        shown.append(ShownHint(kind=row.kind, text=row.text, **values))
    return shown, tells


def draft(connection: Connection, me: str, number: int) -> str | None:
    row = connection.execute(
        select(t.draft.c.text).where(t.draft.c.actor == me, t.draft.c.item == number)
    ).first()
    return None if row is None else row.text


def _owned(row: Any, kept: bool | None, at: int) -> OwnVerdict:
    content = parsed(row.line, row.answered)
    stage = "filter" if row.stage == GOLD else row.stage
    title = one_line(next(m.content for m in reversed(content.messages) if m.role == "user"), 80)
    return OwnVerdict(
        item=row.item,
        id=content.id,
        ability=row.ability,
        stage=stage,
        round=row.round,
        kept=kept,
        at=at,
        title=title,
    )


def recent(connection: Connection, me: str, limit: int) -> list[OwnVerdict]:
    rows = (
        select(slot, t.revision.c.line, t.revision.c.answered)
        .join(item, item.c.number == slot.c.item)
        .join(t.revision, t.revision.c.number == item.c.head)
        .where(slot.c.owner == me, slot.c.done.is_not(None))
        .order_by(slot.c.done.desc())
        .limit(limit)
    )
    return [_owned(row, row.kept, row.at) for row in connection.execute(rows)]


def skipped(connection: Connection, me: str, limit: int) -> list[OwnVerdict]:
    rows = (
        select(t.skip.c.item, t.skip.c.stage, item.c.ability, item.c.revisions.label("round"))
        .add_columns(t.revision.c.line, t.revision.c.answered)
        .join(item, and_(item.c.number == t.skip.c.item, item.c.state == t.skip.c.stage))
        .join(t.revision, t.revision.c.number == item.c.head)
        .where(t.skip.c.actor == me)
        .limit(limit)
    )
    return [_owned(row, None, 0) for row in connection.execute(rows)]


def view(connection: Connection, me: str, number: int) -> View:
    row = connection.execute(
        select(item, t.revision.c.line, t.revision.c.answered)
        .join(t.revision, t.revision.c.number == item.c.head)
        .where(item.c.number == number)
    ).first()
    if row is None:
        raise BadData("no such item", where=str(number))
    content = parsed(row.line, row.answered)
    own = connection.execute(_OF_MINE.where(slot.c.done.is_not(None)), {"item": number, "me": me})
    mine = tuple(("filter" if r.stage == GOLD else r.stage, r.round, r.kept) for r in own)
    first = None
    if row.revisions:
        loaded = select(t.revision.c.line, t.revision.c.answered).where(t.revision.c.item == number)
        first = parsed(*connection.execute(loaded.order_by(t.revision.c.number).limit(1)).one())
    # A gold item is told from others by nothing.
    state: str = "filter" if row.gold is not None else row.state
    units: tuple[Unit, ...] = ()
    if row.gold is None:
        judged, units = told(connection, me, {number: (state, row.revisions)})[number]
        state, units = (JUDGED, ()) if judged else (state, units)
    return View(number, content.id, row.ability, state, content, mine, row.flags, first, units)


def states(connection: Connection) -> dict[tuple[str, str], int]:
    """(ability, state) -> items."""
    rows = select(t.tally.c.ability, t.tally.c.name, func.sum(t.tally.c.count)).where(
        t.tally.c.name.like("state.%")
    )
    rows = rows.group_by(t.tally.c.ability, t.tally.c.name)
    return {(a, name.partition(".")[2]): int(n) for a, name, n in connection.execute(rows)}
