"""The rows of a store: every item but the gold ones, with the standing verdicts on what it holds now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import orjson
from sqlalchemy import Connection, and_, select

from curation.review import tables as t
from curation.review.interchange.base import Row, Verdict
from curation.review.people import everyone
from curation.review.process import VOTED
from curation.review.reading import parsed
from curation.review.store import ReviewStore

AT_ONCE = 500
DECIDED = ("passed", "rejected")


def rows_of(store: ReviewStore, *, anonymous: bool = False) -> Iterator[Row]:
    """Rows in the order of loading, from one state of the store throughout.

    Verdicts come with decided items only. Those on an earlier revision are not among them: they judged another text.

    Args:
        anonymous: name annotators by number.
    """
    with store.database.reading() as connection:
        names = {p.name: f"annotator {p.number}" for p in everyone(connection)} if anonymous else {}
        after = -1
        while block := _block(connection, after):
            decided = [row.number for row in block if row.state in DECIDED]
            verdicts = _verdicts(connection, decided, names)
            for row in block:
                said = [v for shown, v in verdicts[row.number] if shown == row.id]
                yield Row(parsed(row.line, row.answered), row.state, tuple(said))
            after = block[-1].number


def _block(connection: Connection, after: int) -> list[Any]:
    rows = select(t.item.c.number, t.item.c.state, t.revision.c.id, t.revision.c.line, t.revision.c.answered)
    rows = rows.join(t.revision, t.revision.c.number == t.item.c.head)
    rows = rows.where(t.item.c.gold.is_(None), t.item.c.number > after)
    return list(connection.execute(rows.order_by(t.item.c.number).limit(AT_ONCE)))


def _verdicts(
    connection: Connection, numbers: list[int], names: dict[str, str]
) -> defaultdict[int, list[tuple[str, Verdict]]]:
    """item -> (id of what was shown, verdict) of each standing verdict on it."""
    rows = select(
        t.slot.c.item, t.slot.c.owner, t.slot.c.stage, t.slot.c.kept, t.slot.c.seconds, t.event.c.body
    )
    rows = rows.join(t.event, and_(t.event.c.actor == t.slot.c.owner, t.event.c.number == t.slot.c.done))
    rows = rows.where(t.slot.c.item.in_(numbers), t.slot.c.stage.in_(VOTED), t.slot.c.done.is_not(None))
    found: defaultdict[int, list[tuple[str, Verdict]]] = defaultdict(list)
    for row in connection.execute(rows.order_by(t.slot.c.item, t.slot.c.round, t.slot.c.vote)):
        said = orjson.loads(row.body)
        verdict = Verdict(
            annotator=names.get(row.owner, row.owner),
            stage=row.stage,
            kept=bool(row.kept),
            reason=said.get("reason", ""),
            seconds=row.seconds or 0.0,
        )
        found[row.item].append((said["shown"], verdict))
    return found
