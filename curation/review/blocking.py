"""What keeps items from being decided: too few people, or none who may still vote."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, select

from curation.review.people import Annotator
from curation.review.process import VOTED, Process
from curation.review.tables import seen, slot
from schemas.instance import Frozen

if TYPE_CHECKING:
    from curation.review.dashboard import AbilityProgress

# Slots at the front of a queue that are looked at. What nobody may take stays there, while the rest is taken.
FRONT = 20


class Blocking(Frozen):
    """What keeps items from being decided, in a sentence, and of how many items it speaks."""

    what: str
    items: int


def blocking(
    connection: Connection,
    process: Process,
    abilities: Sequence[AbilityProgress],
    people: Sequence[Annotator],
    untold: Collection[int],
    flagged: int,
    now: int,
) -> list[Blocking]:
    """Args: untold: items of which nothing is to be told; flagged: how many items are."""
    at_work = [p for p in people if p.status == "active"]
    found: list[Blocking] = []
    for one in abilities:
        found += _of_ability(connection, process, one, at_work, untold, now)
    if flagged:
        found.append(Blocking(what="flagged, somebody has to look", items=flagged))
    if people and all(p.status == "training" for p in people):
        found.append(Blocking(what="everybody is still in training", items=sum(a.loaded for a in abilities)))
    return found


def _of_ability(
    connection: Connection,
    process: Process,
    one: AbilityProgress,
    people: Sequence[Annotator],
    untold: Collection[int],
    now: int,
) -> Iterator[Blocking]:
    able = {stage: {p.name for p in people if p.works_in(one.ability, stage)} for stage in one.states}
    if one.states["revise"] and not able["revise"]:
        yield Blocking(what=f"{one.ability} in revise: nobody at work revises it", items=one.states["revise"])
    for stage in VOTED:
        waiting, needed = one.states[stage], process.votes(stage)
        there = len(able[stage]) if stage == "filter" else _reviewers(able)
        whom = "annotators" if stage == "filter" else "annotators beside a reviser"
        if waiting and there < needed:
            yield Blocking(
                what=f"{one.ability} in {stage}: {there} of the {needed} {whom} that it takes", items=waiting
            )
            continue
        further = one.further.get(stage, 0)
        if further and there <= needed:
            what = f"{one.ability} in {stage}: {there} of the {needed + 1} {whom} that a further vote takes"
            yield Blocking(what=what, items=further)
        elif waiting:
            stuck = _nobodys(connection, process, one.ability, stage, people, untold, now)
            if stuck:
                least = "at least " if stuck >= FRONT else ""
                what = f"{one.ability} in {stage}: {least}{stuck} that nobody at work may judge any more"
                yield Blocking(what=what, items=stuck)


def _reviewers(able: dict[str, set[str]]) -> int:
    """Who may review when the reviser is the one who is missed least."""
    return max((len(able["review"] - {reviser}) for reviser in able["revise"]), default=len(able["review"]))


def _nobodys(
    connection: Connection,
    process: Process,
    ability: str,
    stage: str,
    people: Sequence[Annotator],
    untold: Collection[int],
    now: int,
) -> int:
    """Items at the front of a queue whose free vote nobody at work may give."""
    free = select(slot.c.item, slot.c.round).where(slot.c.owner.is_(None), slot.c.stage == stage)
    free = free.where(slot.c.ability == ability).order_by(slot.c.position).limit(FRONT)
    units = {(row.item, row.round) for row in connection.execute(free) if row.item not in untold}
    numbers = {number for number, _ in units}
    if not numbers:
        return 0
    rows = select(slot.c.item, slot.c.stage, slot.c.round, slot.c.owner, slot.c.done)
    in_hand = slot.c.done.is_not(None) | (slot.c.expires > now)
    hands: dict[int, list[Any]] = defaultdict(list)
    for row in connection.execute(rows.where(slot.c.item.in_(numbers), in_hand)):
        hands[row.item].append(row)
    looked = select(seen.c.actor, seen.c.item, seen.c.round)
    looked = looked.where(seen.c.item.in_(numbers), seen.c.stage == stage)
    saw = {(row.item, row.round, row.actor) for row in connection.execute(looked)}
    own = [p.name for p in people if p.works_in(ability, stage)]

    def may(name: str, number: int, turn: int) -> bool:
        mine = [h for h in hands[number] if h.owner == name]
        before = [h for h in mine if h.done is not None and (process.fresh_reviewers or h.stage == "revise")]
        here = any((h.stage, h.round) == (stage, turn) for h in mine)
        return not here and not (stage == "review" and before) and (number, turn, name) not in saw

    return sum(not any(may(name, *unit) for name in own) for unit in units)
