"""What waits for an annotator, and why nothing does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlalchemy import Connection, and_, func, or_, select

from curation.review import tables as t
from curation.review.people import Annotator
from curation.review.process import STAGES, Process
from curation.review.reading import states
from curation.review.records import Waiting
from curation.review.telling import as_undecided, unsettled

if TYPE_CHECKING:
    from curation.review.store import ReviewStore

item, slot = t.item, t.slot


def waiting(connection: Connection, process: Process, me: Annotator) -> list[Waiting]:
    """Where one's verdicts of late count as if their units were still undecided, see `telling`."""
    mine = (
        select(slot.c.stage, slot.c.ability, func.count())
        .join(item, and_(item.c.number == slot.c.item, item.c.state == slot.c.stage))
        .where(slot.c.owner == me.name, slot.c.done.is_not(None))
        .where(or_(slot.c.stage == "filter", slot.c.round == item.c.revisions))
        .group_by(slot.c.stage, slot.c.ability)
    )
    own = {(stage, ability): count for stage, ability, count in connection.execute(mine)}
    found = states(connection)
    for one in unsettled(connection, me.name):
        for name, by in as_undecided(process, one):
            kind, _, state = name.partition(".")
            if kind == "state":
                found[one.ability, state] = found.get((one.ability, state), 0) + by
            if name == f"state.{one.stage}":
                own[one.stage, one.ability] = own.get((one.stage, one.ability), 0) + by
    return [
        Waiting(
            stage=stage,
            ability=ability,
            items=count,
            mine=own.get((stage, ability), 0),
            assigned=me.works_in(ability, stage),
        )
        for stage in STAGES
        for (ability, state), count in found.items()
        if state == stage and count
    ]


def why_nothing(
    connection: Connection, store: ReviewStore, me: Annotator, stages: Sequence[str], abilities: Sequence[str]
) -> str:
    """A sentence that says why nothing came, without saying anything of anybody's verdict."""
    if not stages:
        return "you are enrolled for none of these stages"
    if not abilities:
        return "no item of the abilities assigned to you is here"
    left = [w for w in waiting(connection, store.process, me) if w.stage in stages and w.ability in abilities]
    rest = sum(w.items - w.mine for w in left)
    if not left:
        return "you are done: nothing waits in these stages"
    skip_count = select(func.count()).select_from(t.skip).where(t.skip.c.actor == me.name)
    skipped_count = connection.execute(skip_count.where(t.skip.c.stage.in_(stages))).scalar_one()
    if skipped_count:
        return f"only what you skipped is left ({skipped_count})"
    if rest <= 0:
        return "you are done: you have judged all that waited for you here"
    return "what waits is in your colleagues' hands, or was revised by you"
