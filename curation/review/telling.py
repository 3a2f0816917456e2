"""What an annotator is told of outcomes: nothing that a colleague's verdict could be read from while he may still judge.

Where his own verdict stands and could be taken back, an item is `judged`, whatever became of it; to have been told more
is in the log as `seen`, and ends that. Counts leave his last verdicts out, and to have looked at counts settles the others.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple

from sqlalchemy import Connection, func, select

from curation.review.process import VOTED, Process, decided, rank
from curation.review.tables import item, seen, slot

JUDGED = "judged"  # instead of a state
COUNTS = "counts"  # instead of a stage, in what is known to have been seen
LATELY = 5  # of one's acts whose outcome is no part of the counts that one sees

Unit = tuple[str, int]  # stage, round


class Told(NamedTuple):
    """What the state of an item would tell one annotator.

    Args:
        judged: whether his own verdict stands, and could be taken back, in a unit that colleagues voted in as well.
        units: those before the unit that the item is in, with colleagues' verdicts, that he is not known to have seen.
    """

    judged: bool
    units: tuple[Unit, ...]


def told(connection: Connection, me: str, where: Mapping[int, tuple[str, int]]) -> dict[int, Told]:
    """Args: where: item -> (state, revisions)."""
    numbers = list(where)
    rows = select(slot.c.item, slot.c.stage, slot.c.round, slot.c.owner)
    rows = rows.where(slot.c.item.in_(numbers), slot.c.done.is_not(None), slot.c.stage.in_(VOTED))
    voters: dict[int, dict[Unit, set[str]]] = defaultdict(lambda: defaultdict(set))
    for number, stage, turn, owner in connection.execute(rows):
        voters[number][stage, turn].add(owner)
    looked = _looked(connection, me, numbers)
    found = {}
    for number, (state, revisions) in where.items():
        now = (state, 0 if state == "filter" else revisions)
        units = {
            unit: who for unit, who in voters[number].items() if unit not in looked[number] and who - {me}
        }
        judged = any(me in who for who in units.values())
        found[number] = Told(judged, tuple(sorted(set(units) - {now})))
    return found


def _looked(connection: Connection, me: str, numbers: Collection[int]) -> dict[int, set[Unit]]:
    rows = select(seen.c.item, seen.c.stage, seen.c.round)
    found: dict[int, set[Unit]] = defaultdict(set)
    for number, stage, turn in connection.execute(
        rows.where(seen.c.actor == me, seen.c.item.in_(list(numbers)))
    ):
        found[number].add((stage, turn))
    return found


def states_shown(connection: Connection, me: str, where: Mapping[int, tuple[str, int]]) -> dict[int, str]:
    """Item -> its state, or `judged` where that would tell more than is known to have been seen. For lists, which tell
    nothing that would have to be logged. Args: as `told`."""
    found = told(connection, me, where)
    return {n: JUDGED if found[n].judged or found[n].units else state for n, (state, _) in where.items()}


class Unsettled(NamedTuple):
    """An own verdict of late that may be taken back, on whose unit colleagues voted as well.

    Args:
        votes: all that are in; asked: slots that the unit has.
        state: where the item is.
    """

    item: int
    ability: str
    stage: str
    votes: list[bool]
    asked: int
    state: str


def unsettled(connection: Connection, me: str) -> list[Unsettled]:
    """Among one's last acts. What a colleague has gone on from stays as it is, and is none of them."""
    late = select(slot.c.item, slot.c.stage, slot.c.round, slot.c.ability)
    late = late.where(slot.c.owner == me, slot.c.done.is_not(None)).order_by(slot.c.done.desc()).limit(LATELY)
    mine = [row for row in connection.execute(late) if row.stage in VOTED]
    numbers = {row.item for row in mine}
    if not numbers:
        return []
    looked = _looked(connection, me, numbers)
    rows = connection.execute(select(item.c.number, item.c.state).where(item.c.number.in_(numbers)))
    states = {number: str(state) for number, state in rows}
    slots: dict[int, list[Any]] = defaultdict(list)
    for row in connection.execute(select(slot).where(slot.c.item.in_(numbers))):
        slots[row.item].append(row)
    found = []
    for row in mine:
        unit = [s for s in slots[row.item] if (s.stage, s.round) == (row.stage, row.round)]
        done = [s for s in unit if s.done is not None]
        here = rank(row.stage, row.round)
        later = any(s.done is not None and rank(s.stage, s.round) > here for s in slots[row.item])
        if not later and len(done) > 1 and (row.stage, row.round) not in looked[row.item]:
            votes = [bool(s.kept) for s in done]
            found.append(Unsettled(row.item, row.ability, row.stage, votes, len(unit), states[row.item]))
    return found


def as_undecided(process: Process, one: Unsettled) -> Iterable[tuple[str, int]]:
    """(name of a count, by how much it changes) so that the counts tell nothing of the unit but that it was voted on."""
    first = process.votes(one.stage)
    over = max(0, one.asked - first)
    yield f"extra.{one.stage}", -over
    yield f"votes.{one.stage}", -max(0, len(one.votes) - first)
    outcome = decided(process, one.stage, one.votes)
    if outcome is not None:
        yield pattern(one.stage, one.votes, outcome), -1
        yield f"state.{one.state}", -1
        yield f"state.{one.stage}", 1


def pattern(stage: str, votes: list[bool], outcome: bool) -> str:
    """The count of a decided unit: how many of how many approved, and what came of it."""
    return f"decided.{stage}.{sum(votes)}.{len(votes)}.{'kept' if outcome else 'not'}"


def to_settle(connection: Connection, me: str) -> int:
    """Number of the last of one's acts that counts tell of; 0 if it is settled already."""
    acts = select(slot.c.done).where(slot.c.owner == me, slot.c.done.is_not(None))
    last = connection.execute(acts.order_by(slot.c.done.desc()).offset(LATELY).limit(1)).scalar()
    return int(last) if last is not None and last > settled(connection, me) else 0


def settled(connection: Connection, me: str) -> int:
    """Number of one's event up to which one's verdicts were part of counts that one looked at."""
    rows = select(func.coalesce(func.max(seen.c.round), 0))
    rows = rows.where(seen.c.actor == me, seen.c.item == 0, seen.c.stage == COUNTS)
    return int(connection.execute(rows).scalar_one())
