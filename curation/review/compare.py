"""What is in a store beside what follows from its log: the first that differs, by its name and its item."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby, zip_longest
from math import isclose
from typing import Any

import orjson
from sqlalchemy import Connection, Select, select

from curation.review import tables as t
from curation.review.process import GOLD

# Leases, tokens, places in the queue, and numbers that a copy gives out anew follow from no log.
_UNIT = (t.slot.c.item, t.slot.c.stage, t.slot.c.round, t.slot.c.vote)
_DONE = select(
    *_UNIT, t.slot.c.owner, t.slot.c.kept, t.slot.c.done, t.slot.c.at, t.slot.c.seconds, t.slot.c.ability
)
_OPEN = select(*_UNIT, t.slot.c.ability)
# The first column of each is an item's number.
_OF_ITEMS: tuple[tuple[str, Select[Any]], ...] = (
    ("the row of an item", select(t.item).order_by(t.item.c.number)),
    ("who judged what", _DONE.where(t.slot.c.done.is_not(None)).order_by(*_UNIT)),
    (
        "which verdicts are missing",
        _OPEN.where(t.slot.c.done.is_(None), t.slot.c.stage != GOLD).order_by(*_UNIT),
    ),
    (
        "what was skipped",
        select(t.skip.c.item, t.skip.c.stage, t.skip.c.actor).order_by(t.skip.c.item),
    ),
    (
        "what was seen",
        select(t.seen.c.item, t.seen.c.stage, t.seen.c.round, t.seen.c.actor).order_by(t.seen.c.item),
    ),
    (
        "a comment",
        select(t.comment.c.item, *(c for c in t.comment.c if c.name != "item")).order_by(t.comment.c.item),
    ),
)
_FEW: tuple[tuple[str, Select[Any]], ...] = (
    ("the rules of the process", select(t.meta)),
    ("who is enrolled, and for what", select(t.annotator)),
    ("a count of the dashboard", select(t.tally).where(t.tally.c.count != 0)),
)


def difference(here: Connection, played: Connection) -> str:
    """Which of all that follows differs between a store and its log played anew; empty if nothing does."""
    for what, rows in _FEW:
        if _set(here, rows) != _set(played, rows):
            return what
    for what, rows in _OF_ITEMS:
        number = _first_item(_groups(here, rows), _groups(played, rows))
        if number is not None:
            return f"{what} (item {number})"
    return "" if _same_pace(here, played) else "the pace of an annotator"


def _set(connection: Connection, rows: Select[Any]) -> set[tuple[Any, ...]]:
    return {tuple(row) for row in connection.execute(rows)}


def _groups(connection: Connection, rows: Select[Any]) -> Iterator[tuple[Any, list[tuple[Any, ...]]]]:
    """(item, its rows) in the order of items."""
    found = connection.execution_options(yield_per=5_000).execute(rows).tuples()
    for number, group in groupby(found, key=lambda row: row[0]):
        yield number, [tuple(row) for row in group]


def _first_item(
    here: Iterator[tuple[Any, list[tuple[Any, ...]]]], there: Iterator[tuple[Any, list[tuple[Any, ...]]]]
) -> Any:
    for (a, mine), (b, theirs) in zip_longest(here, there, fillvalue=(None, [])):
        if a != b:
            return b if a is None or (b is not None and b < a) else a
        # Databases sort text each in their own way.
        if mine != theirs and sorted(mine, key=orjson.dumps) != sorted(theirs, key=orjson.dumps):
            return a
    return None


def _same_pace(here: Connection, played: Connection) -> bool:
    """Seconds are added up in another order when a log is played, so that their last digits differ."""
    keys = (t.pace.c.actor, t.pace.c.ability, t.pace.c.hour)
    rows = select(*keys, t.pace.c.verdicts, t.pace.c.seconds)
    mine, theirs = ({tuple(row[:3]): row[3:] for row in c.execute(rows)} for c in (here, played))
    return mine.keys() == theirs.keys() and all(
        verdicts == theirs[key][0] and isclose(seconds, theirs[key][1], rel_tol=1e-9, abs_tol=1e-6)
        for key, (verdicts, seconds) in mine.items()
    )
