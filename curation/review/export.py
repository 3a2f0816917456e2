"""The passed instances out of a review, with what it takes to make the same file again: the whole log beside them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Connection, and_, select

from curation.counts import Counts
from curation.export.history import AGREEMENT
from curation.review import tables as t
from curation.review.log import (
    FolderLog,
    Head,
    StoreLog,
    require_chains,
    require_texts,
    row_blocks,
    write_log,
)
from curation.review.people import everyone
from curation.review.process import STAGES, VOTED, Process
from curation.review.store import ReviewStore
from curation.step import begin_step, finish_step
from schemas.errors import BadData
from schemas.instance import Decision, Frozen
from schemas.jsonl import LineWriter, as_line, write_atomic
from schemas.textfile import read_text

INSTANCES, PENDING, DECISIONS, MANIFEST, LOG = (
    "instances.jsonl",
    "pending.jsonl",
    "decisions.jsonl",
    "review.json",
    "log",
)
WRITES = (INSTANCES, PENDING, DECISIONS, MANIFEST, AGREEMENT)


class ReviewManifest(Frozen):
    """`review.json` of an export.

    Args:
        process: the rules.
        heads: actor -> (events, hash of the last one): where every chain stood; the store itself is the empty name.
        instances: sha256 of `instances.jsonl`.
        counts: of items.
        log: whether the log lies beside it.
    """

    process: Process
    heads: dict[str, tuple[int, str]]
    instances: str
    counts: Counts
    log: bool


def export(store: ReviewStore, out: Path, *, log: bool = True, anonymous: bool = False) -> Counts:
    """Write what passed, as it is now, in the order in which it was loaded.

    Rows in are the items that were loaded, gold items apart; pending are those that are not decided yet.

    Args:
        out: a folder; gets `instances.jsonl`, `pending.jsonl`, `decisions.jsonl` (a line for every standing verdict,
            revision and refusal), `agreement.json` where two people judged enough, `review.json`, `log/`, and last `step.json`.
        log: write the log as well.
        anonymous: name annotators by number in `decisions.jsonl`.

    Raises:
        BadSpec: the folder is another step's. BadData: the log does not hold.
    """
    from curation.review.agreement.exported import agreement_file, write_agreement

    begin_step(out, "review", writes=WRITES)
    with store.database.reading() as connection:  # one state throughout
        heads = require_chains(StoreLog(connection).events())
        digest, counts = _instances(connection, out)
        _decisions(connection, out, _names(connection) if anonymous else {})
        if log:
            write_log(StoreLog(connection), out / LOG)
        files = _files(connection)
        process = Process.model_validate(orjson.loads(_meta(connection)))
        agreement = agreement_file(connection)
    manifest = ReviewManifest(
        process=process,
        heads={k: (v.events, v.hash) for k, v in heads.items()},
        instances=digest,
        counts=counts,
        log=log,
    )
    write_atomic(out / MANIFEST, manifest.model_dump_json(indent=1))
    write_agreement(out, agreement)
    finish_step(out, "review", process.model_dump(mode="json"), files, counts)
    return counts


def _meta(connection: Connection) -> str:
    return str(connection.execute(select(t.meta.c.value).where(t.meta.c.key == "process")).scalar_one())


def _files(connection: Connection) -> list[Path]:
    """The files that were loaded, so that a story and a card can follow the chain back."""
    rows = select(t.event.c.body).where(t.event.c.kind == "load").order_by(t.event.c.seq)
    return list(dict.fromkeys(Path(orjson.loads(body)["file"]) for (body,) in connection.execute(rows)))


def _heads(connection: Connection) -> Iterator[tuple[Any, Any]]:
    """(item, its text now) of every item but the gold ones, as loaded."""
    for block in row_blocks(connection, t.item, t.item.c.number):
        wanted = {row.head: row for row in block if row.gold is None}
        numbers = sorted(wanted)
        for at in range(0, len(numbers), 500):
            rows = select(t.revision.c.number, t.revision.c.line)
            rows = rows.where(t.revision.c.number.in_(numbers[at : at + 500])).order_by(t.revision.c.number)
            for text in connection.execute(rows):
                yield wanted[text.number], text.line


def _instances(connection: Connection, out: Path) -> tuple[str, Counts]:
    digest, passed, pending = hashlib.sha256(), 0, 0
    reasons: dict[str, int] = {}
    with LineWriter(out / INSTANCES) as file, LineWriter(out / PENDING) as waiting:
        for row, text in _heads(connection):
            line = text.encode() + b"\n"
            if row.state == "passed":
                passed += 1
                digest.update(line)
                file.write(line)
            elif row.state in STAGES:
                pending += 1
                waiting.write(line)
            else:
                why = "review/revised" if row.revisions else "review/filter"
                reasons[why] = reasons.get(why, 0) + 1
    rejected = sum(reasons.values())
    rows = passed + pending + rejected
    counts = Counts(
        rows=rows, accepted=passed, rejected=rejected, pending=pending, reasons=dict(sorted(reasons.items()))
    )
    return digest.hexdigest(), counts


_STANDING = (
    select(t.slot.c.number, t.slot.c.owner, t.slot.c.stage, t.slot.c.kept, t.event.c.body)
    .join(t.event, and_(t.event.c.actor == t.slot.c.owner, t.event.c.number == t.slot.c.done))
    .where(t.slot.c.done.is_not(None), t.slot.c.stage.in_(STAGES))
    .order_by(t.slot.c.item, t.slot.c.round, t.slot.c.number)
)


def _names(connection: Connection) -> dict[str, str]:
    return {person.name: f"annotator {person.number}" for person in everyone(connection)}


def _decisions(connection: Connection, out: Path, names: dict[str, str]) -> None:
    with LineWriter(out / DECISIONS) as file:
        for row in connection.execution_options(yield_per=5_000).execute(_STANDING):
            said = orjson.loads(row.body)
            if row.stage in VOTED:
                evidence = row.stage if row.stage == "filter" else f"review {said['round']}"
            else:
                evidence = "revised" if row.kept is None else "declined"
            decision = Decision(
                subject=said["shown"],
                stage="review",
                rule=names.get(row.owner, row.owner),
                kept=row.kept is not False,
                reason=said.get("reason") or said.get("note", ""),
                evidence=evidence,
            )
            file.write(as_line(decision).encode() + b"\n")


def verify_export(folder: Path, store: ReviewStore | None = None) -> ReviewManifest:
    """Look whether an export is what its log says: the chains hold, and played again it gives the same bytes.

    Args:
        store: the store that it came from; then its chains have to go on from where the export's end.

    Raises:
        MissingFile, BadData: what does not fit.
    """
    from tempfile import TemporaryDirectory

    from curation.review.replay import play_into

    manifest = read_manifest(folder)
    digest = hashlib.sha256((folder / INSTANCES).read_bytes()).hexdigest()
    if digest != manifest.instances:
        raise BadData("not the file that was exported", where=str(folder / INSTANCES), do="export again")
    if manifest.log:
        log = FolderLog(folder / LOG)
        heads = require_chains(log.events())
        if {k: tuple(v) for k, v in heads.items()} != manifest.heads:
            raise BadData(
                "the log ends elsewhere than the manifest says", where=str(folder / LOG), do="export again"
            )
        require_texts(log)
        with TemporaryDirectory(prefix="abilitymix-") as place:
            again = Path(place)
            with play_into(log, str(again / "replay.db")) as played, played.database.reading() as connection:
                made, _ = _instances(connection, again)
        if made != manifest.instances:
            raise BadData("the log gives other instances", where=str(folder / INSTANCES), do="export again")
    if store is not None:
        _require_prefix(store, {k: Head(*v) for k, v in manifest.heads.items()})
    return manifest


def _require_prefix(store: ReviewStore, heads: dict[str, Head]) -> None:
    with store.database.reading() as connection:
        for actor, head in heads.items():
            row = select(t.event.c.hash).where(t.event.c.actor == actor, t.event.c.number == head.events)
            if connection.execute(row).scalar_one_or_none() != head.hash:
                whose = actor or "the store"
                what = f"event {head.events} of {whose} is not the one that was exported"
                raise BadData(what, where=str(store.database.name), do="restore the store from a copy")


def read_manifest(folder: Path) -> ReviewManifest:
    """Raises MissingFile, or BadData for a file that is none."""
    from pydantic import ValidationError

    from schemas.jsonl import first_reason

    path = folder / MANIFEST
    try:
        return ReviewManifest.model_validate_json(read_text(path))
    except ValidationError as error:
        what = f"not the manifest of a review ({first_reason(error)})"
        raise BadData(what, where=str(path), do="name the folder of an export") from None
