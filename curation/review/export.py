"""The passed instances out of a review, with what it takes to make the same file again: the whole log beside them."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from pathlib import Path

import orjson
from sqlalchemy import Connection, select

from curation.counts import Counts
from curation.export.history import AGREEMENT
from curation.review import tables as t
from curation.review.exporting import write_outcome
from curation.review.log import LOG_FILES, StoreLog, write_log
from curation.review.manifest import IN_LOG, LOG, MANIFEST, WRITES, ReviewManifest, called, digest_of
from curation.review.people import everyone
from curation.review.process import Process
from curation.review.sound import require_chains
from curation.review.store import ReviewStore
from curation.step import begin_step, finish_step, refuse_step
from schemas.errors import BadSpec
from schemas.jsonl import write_atomic

STAGE = "review"


def export(store: ReviewStore, out: Path, *, log: bool = True, anonymous: bool = False) -> Counts:
    """Write what passed, as it is now, in the order in which it was loaded.

    Rows in are the items that were loaded, gold items apart; pending are those that are not decided yet. Everything is
    made beside the files of an earlier export, which stay as they are if anything fails.

    Args:
        out: a folder; gets `instances.jsonl`, `pending.jsonl`, `decisions.jsonl` (a line for every standing verdict,
            revision and refusal on what is decided), `agreement.json` where two people judged enough, `review.json`,
            `log/`, and last `step.json`.
        log: write the log as well. If not, that of an earlier export is taken away.
        anonymous: name annotators by number, everywhere; there is no log then.

    Raises:
        BadSpec: the folder is another step's, or an anonymous export is to have the log, which names everybody.
        BadData: a chain of the store does not hold.
    """
    if log and anonymous:
        raise BadSpec("the log names everybody", where="--anonymous", do="leave the log away")
    refuse_step(out, STAGE, writes=WRITES)
    _refuse_log(out)
    there = out.exists()
    out.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryDirectory(prefix=".review-", dir=out) as place:
            manifest, files = _made(store, Path(place), log, anonymous)
            begin_step(out, STAGE, writes=WRITES)
            _put(Path(place), out, manifest)
    except BaseException:
        if not there:
            with suppress(OSError):
                out.rmdir()
        raise
    finish_step(out, STAGE, manifest.process.model_dump(mode="json"), files, manifest.counts)
    return manifest.counts


def _refuse_log(out: Path) -> None:
    """The log of an earlier export is written over, or taken away; whatever else stands there is left alone."""
    place = out / LOG
    other = place.is_symlink() or (place.exists() and not place.is_dir())
    if other or (place.is_dir() and any(path.name not in LOG_FILES for path in place.iterdir())):
        raise BadSpec("this is not the log of an export", where=str(place), do="name another --out")


def _made(store: ReviewStore, place: Path, log: bool, anonymous: bool) -> tuple[ReviewManifest, list[Path]]:
    """All files of an export in a folder of their own, and the files that were once loaded."""
    with store.database.reading() as connection:  # one state throughout
        heads = require_chains(StoreLog(connection).events()).heads
        digests, counts = write_outcome(connection, place, anonymous=anonymous)
        if log:
            write_log(StoreLog(connection), place / LOG)
            digests |= {name: digest_of(place / name) for name in IN_LOG}
        names = {person.name: called(person) for person in everyone(connection)} if anonymous else {}
        manifest = ReviewManifest(
            process=process_of(connection),
            heads={names.get(name, name): (head.events, head.hash) for name, head in heads.items()},
            files=digests,
            counts=counts,
            log=log,
            anonymous=anonymous,
        )
        write_atomic(place / MANIFEST, manifest.model_dump_json(indent=1))
        return manifest, loaded_files(connection)


def _put(place: Path, out: Path, manifest: ReviewManifest) -> None:
    if manifest.log:
        (out / LOG).mkdir(exist_ok=True)
    for name in (*manifest.files, MANIFEST):
        (place / name).replace(out / name)
    for name in {AGREEMENT, *IN_LOG} - set(manifest.files):
        with suppress(NotADirectoryError):
            (out / name).unlink(missing_ok=True)
    if not manifest.log and (out / LOG).is_dir():
        (out / LOG).rmdir()


def process_of(connection: Connection) -> Process:
    rules = connection.execute(select(t.meta.c.value).where(t.meta.c.key == "process")).scalar_one()
    return Process.model_validate(orjson.loads(rules))


def loaded_files(connection: Connection) -> list[Path]:
    """The files that were loaded, so that a story and a card can follow the chain back."""
    rows = select(t.event.c.body).where(t.event.c.kind == "load").order_by(t.event.c.seq)
    return list(dict.fromkeys(Path(orjson.loads(body)["file"]) for (body,) in connection.execute(rows)))
