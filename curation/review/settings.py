"""The settings of a store: which may change while people work, and what follows when they do."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import Connection, select

from curation.review import gold_items
from curation.review.follow import follow
from curation.review.people import enrolment, everyone
from curation.review.process import EVERY, Process
from curation.review.tables import meta
from curation.review.transaction import STORE, Transaction
from schemas.errors import BadSpec
from schemas.nearest import did_you_mean

if TYPE_CHECKING:
    from curation.review.store import ReviewStore

# The others decide what verdicts mean.
LOOSE = ("lease_minutes", "gold_every", "training_items", "training_accuracy")


def current(connection: Connection) -> Process:
    """The rules of a store as they are now."""
    value = connection.execute(select(meta.c.value).where(meta.c.key == "process")).scalar_one()
    return Process.model_validate(orjson.loads(value))


def differing(there: Process, given: Process) -> dict[str, Any]:
    """Settings that were given, by a file or by name, and are others than a store has."""
    return {k: getattr(given, k) for k in given.model_fields_set if getattr(given, k) != getattr(there, k)}


def refuse_fixed(names: Collection[str], where: str) -> None:
    """Raises BadSpec: one of these settings can't be changed any more."""
    for name in sorted(set(names) - set(LOOSE)):
        raise BadSpec(
            f"{name} is fixed once a store is made",
            where=where,
            do=f"leave it as it is, or make a new store; {', '.join(LOOSE)} may be changed",
        )


def change(store: ReviewStore, settings: Mapping[str, Any], where: str = "settings") -> None:
    """Change the lease, gold items or training, in one transaction; who has passed his training by the new rules is active.

    Terminals that are open learn of it within ten seconds, but for who is active, which they read when they start.

    Raises:
        BadSpec: a setting that decides what verdicts mean.
    """
    refuse_fixed(settings, where)

    def act(connection: Connection) -> Process:
        tx = Transaction(connection, store.database, store.process)
        tx.chain(STORE)  # locked: nobody else changes them meanwhile
        changed = Process.model_validate({**current(connection).model_dump(), **settings})
        at = store.now()
        follow(tx, tx.append(STORE, "settings", 0, changed.model_dump(mode="json"), at))
        for person in everyone(tx.connection):
            if person.status == "training" and gold_items.passed(tx.connection, changed, person):
                follow(
                    tx,
                    tx.append(STORE, "enrol", 0, enrolment(tx.connection, person.name, status="active"), at),
                )
        tx.flush()
        return changed

    store.process = store.database.write(act)


def refuse_unknown_abilities(process: Process, known: Collection[str], where: str) -> None:
    """Raises BadSpec: an ability to revise that is none of the known ones; the nearest is named."""
    for name in process.revise:
        if name != EVERY and name not in known:
            do = did_you_mean(name, [*sorted(known), EVERY])
            raise BadSpec(f"no item has the ability '{name}', which revise names", where=where, do=do)


def as_toml(process: Process) -> Iterator[str]:
    """The lines of a settings file that says what a store has."""
    yield "[review]"
    names = list(Process.model_fields)
    for name in [n for n in names if n not in LOOSE]:
        yield f"{name} = {toml(getattr(process, name))}"
    yield "# these may be changed while people work: review settings FILE.toml"
    for name in LOOSE:
        yield f"{name} = {toml(getattr(process, name))}"


def toml(value: Any) -> str:
    """A setting's value as TOML; JSON is written the same way for all that there are."""
    return orjson.dumps(value).decode()
