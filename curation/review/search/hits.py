"""What a search shows of the items that it found: two questions for all of them, and no text is validated again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import orjson
from sqlalchemy import Connection, func, select

from curation.review.reading import searchable_row, texts
from curation.review.search import find
from curation.review.tables import item, revision, slot
from curation.review.telling import states_shown


@dataclass(frozen=True, slots=True)
class Hit:
    """One item that a search found.

    Args:
        item, id: its number, and the id of what it holds now.
        state: where it stands, or `judged`, see `curation.review.telling`.
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
        columns = (item.c.number, item.c.ability, item.c.state, item.c.gold, item.c.revisions)
        asked = select(*columns, revision.c.id, revision.c.line)
        asked = asked.join(revision, revision.c.number == item.c.head).where(item.c.number.in_(some))
        rows = list(connection.execute(asked.order_by(item.c.number)))
        # A gold item is told from others by nothing.
        where = {r.number: ("filter" if r.gold is not None else r.state, r.revisions) for r in rows}
        states, own = states_shown(connection, me, where), _own(connection, me, some)
        for row in rows:
            text, last = searchable_row(orjson.loads(row.line)), own.get(row.number)
            values = (row.number, row.id, row.ability, states[row.number], text)
            found.append(Hit(*values, own=last, mine=row.number in own))
    return found


def _own(connection: Connection, me: str, numbers: Sequence[int]) -> dict[int, bool | None]:
    """One's last standing act on each item that one has any on."""
    acts = select(slot.c.item, slot.c.kept)
    acts = acts.where(slot.c.item.in_(numbers), slot.c.owner == me, slot.c.done.is_not(None))
    return dict(connection.execute(acts.order_by(slot.c.done)).tuples().all())
