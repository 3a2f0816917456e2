"""What leaves a store for another tool, one item at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, and_, select

from curation.counts import Counts
from curation.review import tables as t
from curation.review.log import row_blocks
from curation.review.people import everyone
from curation.review.process import STAGES, VOTED
from curation.review.reading import parsed
from curation.review.store import ReviewStore
from schemas.forms.base import lettered
from schemas.instance import Candidate, Instance

APPROVE, REJECT = "approve", "reject"
PENDING = "pending"
AT_ONCE = 500  # a database takes no more values than that in one question


@dataclass(frozen=True, slots=True)
class Vote:
    """A standing verdict on a decided item.

    Args:
        actor: the annotator's name, or `annotator 3`.
        stage: `filter` or `review`.
        at: microseconds since 1970.
        seconds: that it took.
    """

    actor: str
    stage: str
    verdict: str
    reason: str
    at: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Shown:
    """An item as it is now.

    Args:
        number: of the item in the store.
        state: `passed`, `rejected`, or `pending`: which stage it waits in would tell what others said.
        votes: of a decided item, those that decided it.
    """

    number: int
    state: str
    content: Instance | Candidate
    votes: tuple[Vote, ...]

    def texts(self) -> dict[str, str]:
        """What a person reads, as plain texts; what an item has not got is empty."""
        content = self.content
        answered = isinstance(content, Instance)
        return {
            "prompt": conversation(content),
            "response": content.response if isinstance(content, Instance) else "",
            "options": "\n".join(lettered(content.choices)),
            "answer": content.answer if isinstance(content, Instance) else "",
            "distractors": wrong_responses(content) if answered else "",
        }


def conversation(content: Instance | Candidate) -> str:
    """All but the gold answer. Each message begins with its role in brackets, so that none is ever taken for an address."""
    return "\n\n".join(f"[{m.role}]\n{m.content}" for m in content.prompt)


def wrong_responses(content: Instance | Candidate) -> str:
    found = content.distractors if isinstance(content, Instance) else ()
    return "\n\n".join(f"[{d.kind or 'distractor'}]\n{d.text}" for d in found)


def shown_items(store: ReviewStore, anonymous: bool) -> Iterator[Shown]:
    """Every item but the gold ones, in the order of loading, of one state of the store."""
    with store.database.reading() as connection:
        names = {p.name: f"annotator {p.number}" for p in everyone(connection)} if anonymous else {}
        for block in row_blocks(connection, t.item, t.item.c.number):
            rows = [row for row in block if row.gold is None]
            for at in range(0, len(rows), AT_ONCE):
                yield from _shown(connection, rows[at : at + AT_ONCE], names)


def _shown(connection: Connection, rows: list[Any], names: dict[str, str]) -> Iterator[Shown]:
    heads = select(t.revision.c.number, t.revision.c.line, t.revision.c.answered)
    heads = heads.where(t.revision.c.number.in_([row.head for row in rows]))
    texts = {head.number: parsed(head.line, head.answered) for head in connection.execute(heads)}
    votes = _votes(connection, [row.number for row in rows if row.state not in STAGES], names)
    for row in rows:
        state = PENDING if row.state in STAGES else row.state
        yield Shown(row.number, state, texts[row.head], tuple(votes.get(row.number, ())))


def _votes(connection: Connection, decided: list[int], names: dict[str, str]) -> dict[int, list[Vote]]:
    """The verdicts of the last round of these items: earlier ones are about a text that is no longer there."""
    asked = (
        select(t.slot, t.event.c.body)
        .join(t.event, and_(t.event.c.actor == t.slot.c.owner, t.event.c.number == t.slot.c.done))
        .join(t.item, and_(t.item.c.number == t.slot.c.item, t.item.c.revisions == t.slot.c.round))
        .where(t.slot.c.item.in_(decided), t.slot.c.stage.in_(VOTED), t.slot.c.done.is_not(None))
        .order_by(t.slot.c.item, t.slot.c.vote)
    )
    found: dict[int, list[Vote]] = {}
    for row in connection.execute(asked):
        vote = Vote(
            actor=names.get(row.owner, row.owner),
            stage=row.stage,
            verdict=APPROVE if row.kept else REJECT,
            reason=orjson.loads(row.body).get("reason", ""),
            at=row.at,
            seconds=row.seconds or 0.0,
        )
        found.setdefault(row.item, []).append(vote)
    return found


class Tally:
    """Counts states as items go by."""

    def __init__(self) -> None:
        self._states: Counter[str] = Counter()

    def add(self, shown: Shown) -> None:
        self._states[shown.state] += 1

    def counts(self, where: str) -> Counts:
        """Raises Failed if they do not add up."""
        states = self._states
        rejected = states["rejected"]
        return Counts(
            rows=states.total(),
            accepted=states["passed"],
            rejected=rejected,
            pending=states[PENDING],
            reasons={"review/rejected": rejected} if rejected else {},
        ).checked(where)
