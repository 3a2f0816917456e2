"""Who may judge what: annotators, the abilities and stages they work in, and whether they are still in training."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import orjson
from sqlalchemy import Connection, bindparam, func, select

from curation.review.chain import START, Event
from curation.review.process import EVERY, STAGES
from curation.review.tables import annotator, item
from schemas.errors import BadSpec
from schemas.instance import Frozen
from schemas.nearest import did_you_mean
from schemas.terminal import one_line, visible

if TYPE_CHECKING:
    from curation.review.transaction import Transaction

Status = Literal["training", "active", "paused"]


class Annotator(Frozen):
    """One enrolled person.

    Args:
        name: as given with `--as`.
        number: in the order of enrolment, from 1.
        abilities: those assigned; `("*",)` for all.
        stages: of `filter`, `revise`, `review`.
        status: `training` until enough gold items were judged right, then `active`; `paused` may not judge.
    """

    name: str
    number: int
    abilities: tuple[str, ...] = (EVERY,)
    stages: tuple[str, ...] = STAGES
    status: Status = "active"

    def works_in(self, ability: str, stage: str) -> bool:
        return stage in self.stages and (EVERY in self.abilities or ability in self.abilities)


def require_name(name: str) -> str:
    """Raises BadSpec for a name that is not one visible line of 1 to 64 characters."""
    if not name.strip() or visible(name) != name or name != name.strip() or len(name) > 64:
        raise BadSpec(
            f"'{one_line(name, 70)}' is no name", where="annotator", do="use 1 to 64 visible characters"
        )
    return name


_PERSON = select(annotator).where(annotator.c.name == bindparam("name"))


def person(connection: Connection, name: str) -> Annotator:
    """Raises BadSpec, naming the nearest enrolled name."""
    row = connection.execute(_PERSON, {"name": name}).first() if name else None
    if row is None:
        names = [p.name for p in everyone(connection)]
        do = did_you_mean(name, names) if names else "enrol with: review annotators"
        raise BadSpec(f"'{one_line(name, 70)}' is not enrolled", where="--as", do=do)
    return _annotator(row)


def everyone(connection: Connection) -> list[Annotator]:
    rows = connection.execute(select(annotator).where(annotator.c.number > 0).order_by(annotator.c.number))
    return [_annotator(row) for row in rows]


def _annotator(row: Any) -> Annotator:
    abilities, stages = tuple(orjson.loads(row.abilities)), tuple(orjson.loads(row.stages))
    return Annotator(name=row.name, number=row.number, abilities=abilities, stages=stages, status=row.status)


def enrolment(
    connection: Connection,
    name: str,
    *,
    abilities: Sequence[str] | None = None,
    stages: Sequence[str] | None = None,
    status: Status | None = None,
    training: bool = False,
) -> dict[str, Any]:
    """The body of the event that enrols somebody, or changes what is said of an enrolled one; None leaves as it is.

    Args:
        training: whether somebody new begins with training.

    Raises:
        BadSpec: an impossible name, a stage that there is none of, or an ability that no item has.
    """
    require_name(name)
    for stage in stages or ():
        if stage not in STAGES:
            raise BadSpec(
                f"there is no stage '{one_line(stage, 40)}'", where="stages", do=did_you_mean(stage, STAGES)
            )
    known = [a for (a,) in connection.execute(select(item.c.ability).distinct())] if abilities else []
    for ability in abilities or ():
        if ability != EVERY and known and ability not in known:
            what = f"no item has the ability '{one_line(ability, 40)}'"
            raise BadSpec(what, where="abilities", do=did_you_mean(ability, known))
    row = connection.execute(_PERSON, {"name": name}).first()
    if row is not None:
        old = _annotator(row)
    else:
        count = connection.execute(select(func.coalesce(func.max(annotator.c.number), 0))).scalar_one()
        old = Annotator(name=name, number=count + 1, status="training" if training else "active")
    return {
        "name": name,
        "number": old.number,
        "abilities": list(old.abilities if abilities is None else abilities),
        "stages": list(old.stages if stages is None else stages),
        "status": status or old.status,
    }


def follow_enrolment(tx: Transaction, event: Event, said: dict[str, Any]) -> None:
    from curation.review.transaction import dialect_insert

    values = {
        "number": said["number"],
        "abilities": orjson.dumps(said["abilities"]).decode(),
        "stages": orjson.dumps(said["stages"]).decode(),
        "status": said["status"],
    }
    new = dialect_insert(tx.dialect)(annotator)
    new = new.values(name=said["name"], events=0, head=START, **values)
    tx.connection.execute(new.on_conflict_do_update(index_elements=["name"], set_=values))
