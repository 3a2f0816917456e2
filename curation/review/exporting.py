"""What an export says of the items of a store; made anew from the log it is the same, byte for byte."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Connection, and_, select

from curation.counts import Counts
from curation.export.history import AGREEMENT
from curation.review import tables as t
from curation.review.log import row_blocks
from curation.review.manifest import DECISIONS, INSTANCES, PENDING, called, digest_of
from curation.review.people import everyone
from curation.review.process import STAGES, VOTED
from schemas.instance import Decision
from schemas.jsonl import LineWriter, as_line

REVISED, DECLINED = "revised", "declined"


def write_outcome(connection: Connection, out: Path, *, anonymous: bool) -> tuple[dict[str, str], Counts]:
    """Write what came of a review into a folder, from one state of its store.

    Args:
        anonymous: name annotators by number in `decisions.jsonl`.

    Returns:
        The sha256 of each file by its name, and the counts of items, gold ones apart.
    """
    from curation.review.agreement.exported import agreement_file, write_agreement

    counts = _instances(connection, out)
    names = {person.name: called(person) for person in everyone(connection)} if anonymous else {}
    _decisions(connection, out, names)
    write_agreement(out, agreement_file(connection))
    written = (INSTANCES, PENDING, DECISIONS, AGREEMENT)
    return {name: digest_of(out / name) for name in written if (out / name).exists()}, counts


def _heads(connection: Connection) -> Iterator[tuple[Any, Any]]:
    """(item, its text now) of every item but the gold ones, as loaded."""
    for block in row_blocks(connection, t.item, t.item.c.number):
        wanted = [row for row in block if row.gold is None]
        for at in range(0, len(wanted), 500):
            some = wanted[at : at + 500]
            rows = select(t.revision.c.number, t.revision.c.line)
            rows = rows.where(t.revision.c.number.in_([row.head for row in some]))
            lines = dict(connection.execute(rows).tuples().all())
            yield from ((row, lines[row.head]) for row in some)


def _instances(connection: Connection, out: Path) -> Counts:
    passed = pending = 0
    reasons: dict[str, int] = {}
    with LineWriter(out / INSTANCES) as file, LineWriter(out / PENDING) as waiting:
        for row, text in _heads(connection):
            line = text.encode() + b"\n"
            if row.state == "passed":
                passed += 1
                file.write(line)
            elif row.state in STAGES:
                pending += 1
                waiting.write(line)
            else:
                why = "review/revised" if row.revisions else "review/filter"
                reasons[why] = reasons.get(why, 0) + 1
    rejected = sum(reasons.values())
    return Counts(
        rows=passed + pending + rejected,
        accepted=passed,
        rejected=rejected,
        pending=pending,
        reasons=dict(sorted(reasons.items())),
    )


# Of decided items only: of others a verdict would tell whoever has yet to judge what his colleague said.
_STANDING = (
    select(t.slot.c.owner, t.slot.c.stage, t.slot.c.kept, t.event.c.body)
    .join(t.event, and_(t.event.c.actor == t.slot.c.owner, t.event.c.number == t.slot.c.done))
    .join(t.item, t.item.c.number == t.slot.c.item)
    .where(t.slot.c.done.is_not(None), t.slot.c.stage.in_(STAGES), t.item.c.state.not_in(STAGES))
    # Of one round, review comes before the revision that follows it, in the alphabet, too.
    .order_by(t.slot.c.item, t.slot.c.round, t.slot.c.stage, t.slot.c.vote)
)


def _decisions(connection: Connection, out: Path, names: dict[str, str]) -> None:
    with LineWriter(out / DECISIONS) as file:
        for row in connection.execution_options(yield_per=5_000).execute(_STANDING):
            said = orjson.loads(row.body)
            if row.stage in VOTED:
                evidence = row.stage if row.stage == "filter" else f"review {said['round']}"
            else:
                evidence = REVISED if row.kept is None else DECLINED
            decision = Decision(
                subject=said["shown"],
                stage="review",
                rule=names.get(row.owner, row.owner),
                kept=row.kept is not False,
                reason=said.get("reason") or said.get("note", ""),
                evidence=evidence,
            )
            file.write(as_line(decision).encode() + b"\n")
