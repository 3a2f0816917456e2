"""What a search shows of the items that it found: two questions for all of them, and no text is validated again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import orjson
from sqlalchemy import Connection, func, select

from curation.review.process import GOLD
from curation.review.reading import searchable_row, texts
from curation.review.search import find
from curation.review.tables import item, revision, seen, slot


@dataclass(frozen=True, slots=True)
class Hit:
    """One item that a search found.

    Args:
        item, id: its number, and the id of what it holds now.
        state: where it stands; `judged` where that could tell a colleague's verdict to somebody who may still take his
            own back.
        text: all that a search looks at.
        own: one's last standing verdict, True or False; None for a revision or a refusal to revise, or if there is none.
        mine: whether there is any.
    """

    item: int
    id: str
    ability: str
    state: str
    text: str
    own: bool | None
    mine: bool


@dataclass(frozen=True, slots=True)
class Hits:
    """Args: hits: in the order of loading.
    after: None where every item was gone through; else that was so up to this number, where the next search begins.
    last: the highest number of all."""

    hits: list[Hit]
    after: int | None
    last: int


def search(
    connection: Connection,
    me: str,
    query: str,
    limit: int,
    *,
    ability: str | None = None,
    after: int = 0,
    seconds: float | None = None,
) -> Hits:
    """Items that hold a query, as `me` may see them. Args: as `curation.review.search.find`."""
    found = find(
        connection,
        query,
        limit,
        lambda numbers: texts(connection, numbers),
        ability=ability,
        after=after,
        seconds=seconds,
    )
    last = connection.execute(select(func.max(item.c.number))).scalar_one() or 0
    return Hits(_hits(connection, me, found.numbers), found.after, last)


def _hits(connection: Connection, me: str, numbers: Sequence[int]) -> list[Hit]:
    found = []
    for at in range(0, len(numbers), 500):
        some = numbers[at : at + 500]
        own = _own(connection, me, some)
        columns = (item.c.number, item.c.ability, item.c.state, item.c.gold, item.c.revisions)
        rows = select(*columns, revision.c.id, revision.c.line)
        rows = rows.join(revision, revision.c.number == item.c.head).where(item.c.number.in_(some))
        for row in connection.execute(rows.order_by(item.c.number)):
            # A gold item is told from others by nothing.
            state = "filter" if row.gold is not None else row.state
            units = own.get(row.number, {})
            last = next(reversed(units.values()), None)
            open_to_change = any(
                kept is not None and not looked and (stage, turn) != (state, row.revisions)
                for (stage, turn), (kept, looked) in units.items()
                if stage != GOLD
            )
            text = searchable_row(orjson.loads(row.line))
            kept = None if last is None else last[0]
            shown = "judged" if open_to_change else state
            found.append(Hit(row.number, row.id, row.ability, shown, text, kept, last is not None))
    return found


def _own(
    connection: Connection, me: str, numbers: Sequence[int]
) -> dict[int, dict[tuple[str, int], tuple[bool | None, bool]]]:
    """One's standing acts: item -> unit -> (verdict, whether one has looked at others' there), the last act last."""
    looked = select(seen.c.item, seen.c.stage, seen.c.round)
    looked = looked.where(seen.c.actor == me, seen.c.item.in_(numbers))
    known = {tuple(row) for row in connection.execute(looked)}
    acts = select(slot.c.item, slot.c.stage, slot.c.round, slot.c.kept)
    acts = acts.where(slot.c.item.in_(numbers), slot.c.owner == me, slot.c.done.is_not(None))
    found: dict[int, dict[tuple[str, int], tuple[bool | None, bool]]] = {}
    for number, stage, turn, kept in connection.execute(acts.order_by(slot.c.done)):
        found.setdefault(number, {})[stage, turn] = (kept, (number, stage, turn) in known)
    return found
