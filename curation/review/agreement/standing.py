"""What a store says of its verdicts, in columns: read with one query, whatever the number of annotators."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
from sqlalchemy import Connection, Integer, and_, case, cast, func, select

from curation.review import tables as t
from curation.review.agreement.acts import Acts, GoldVote
from curation.review.agreement.outcome import Outcome, outcome_of
from curation.review.agreement.votes import JUDGED, Votes
from curation.review.process import GOLD, Process

SECOND = 1_000_000  # the store's times are microseconds
_BLOCK = 50_000


@dataclass(frozen=True, eq=False)
class Standing:
    """Args: votes: of decided units; acts: all that took time; gold: verdicts on gold items."""

    votes: Votes
    acts: Acts
    gold: tuple[GoldVote, ...]


# The unit that an item waits in is not decided yet; those before it are. An undone verdict leaves no trace here.
_OPEN = and_(t.item.c.state == t.slot.c.stage, t.item.c.revisions <= t.slot.c.round)
_DONE = (
    select(
        t.slot.c.item,
        t.slot.c.ability,
        t.slot.c.stage,
        t.slot.c.round,
        t.slot.c.owner,
        cast(t.slot.c.kept, Integer).label("kept"),
        t.slot.c.at,
        t.slot.c.seconds,
        t.slot.c.vote,
        case((_OPEN, 1), else_=0).label("open"),
    )
    .join(t.item, t.item.c.number == t.slot.c.item)
    # As `done`, but without an index, which would lead through the table in an order of its own.
    .where(t.slot.c.at.is_not(None))
)
_GOLD = (
    select(
        t.slot.c.item,
        t.slot.c.ability,
        t.slot.c.owner,
        t.slot.c.kept,
        t.slot.c.at,
        t.slot.c.seconds,
        t.item.c.gold,
        t.event.c.body,
    )
    .join(t.item, t.item.c.number == t.slot.c.item)
    .join(t.event, and_(t.event.c.actor == t.slot.c.owner, t.event.c.number == t.slot.c.done))
    .where(t.slot.c.done.is_not(None), t.slot.c.stage == GOLD)
    .order_by(t.slot.c.number)
)
_REVISED = (
    select(t.item.c.ability, t.item.c.state, func.count())
    .where(t.item.c.revisions > 0)
    .group_by(t.item.c.ability, t.item.c.state)
)


def decided_votes(connection: Connection) -> Votes:
    """The verdicts of decided units."""
    columns = _columns(connection, _DONE.where(t.slot.c.stage.in_(JUDGED), ~_OPEN))
    return _votes(columns)


def standing(connection: Connection) -> Standing:
    """Everything that a review's numbers are taken from."""
    columns = _columns(connection, _DONE)
    stage = np.array(columns["stage"], np.object_)
    counts = np.isin(stage, JUDGED) & ~np.array(columns["open"], np.bool_)
    chosen = {name: _picked(values, counts) for name, values in columns.items()}
    acts = Acts.from_columns(
        annotator=columns["owner"],
        ability=columns["ability"],
        stage=columns["stage"],
        at=np.array(columns["at"], np.float64) / SECOND,
        seconds=_seconds(columns["seconds"]),
    )
    return Standing(_votes(chosen), acts, _gold(connection))


def outcomes(connection: Connection, progress: Sequence[Any], process: Process) -> list[Outcome]:
    """Where the items of each ability stand.

    Args:
        progress: of a dashboard, (abilities,).
    """
    revised: dict[str, int] = {}
    again: dict[str, int] = {}
    for ability, state, count in connection.execute(_REVISED):
        revised[ability] = revised.get(ability, 0) + count
        if state == "revise":
            again[ability] = again.get(ability, 0) + count
    return [
        outcome_of(one, process, revised=revised.get(one.ability, 0), revise_again=again.get(one.ability, 0))
        for one in progress
    ]


def _columns(connection: Connection, query: Any) -> dict[str, Sequence[Any]]:
    found: dict[str, list[Any]] = {column.key: [] for column in query.selected_columns}
    lists = list(found.values())
    rows = connection.execute(query, execution_options={"yield_per": _BLOCK})
    for block in rows.partitions():
        for values, more in zip(lists, zip(*block, strict=True), strict=True):
            values.extend(more)
    return dict(found)


def _picked(values: Sequence[Any], chosen: Any) -> list[Any]:
    return [value for value, here in zip(values, chosen.tolist(), strict=True) if here]


def _seconds(values: Sequence[Any]) -> Any:
    return np.array([value or 0.0 for value in values], np.float64)


def _votes(columns: Mapping[str, Sequence[Any]]) -> Votes:
    return Votes.from_columns(
        item=columns["item"],
        ability=columns["ability"],
        stage=columns["stage"],
        round=columns["round"],
        annotator=columns["owner"],
        kept=np.array(columns["kept"], np.bool_),
        at=np.array(columns["at"], np.float64) / SECOND,
        seconds=_seconds(columns["seconds"]),
        vote=np.array(columns["vote"], np.int64),
    )


def _gold(connection: Connection) -> tuple[GoldVote, ...]:
    return tuple(
        GoldVote(
            row.item,
            row.ability,
            row.owner,
            bool(row.kept),
            bool(orjson.loads(row.gold)["approve"]),
            row.at / SECOND,
            row.seconds or 0.0,
            bool(orjson.loads(row.body).get("training")),
        )
        for row in connection.execute(_GOLD)
    )
