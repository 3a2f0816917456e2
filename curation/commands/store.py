"""`python -m curation store`: look whether a review is what its log says, make it anew, move it."""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from curation.commands.database import database_argument, database_url, opened
from curation.commands.shared import json_argument
from schemas.cli import Command
from schemas.errors import BadSpec
from schemas.terminal import one_line

if TYPE_CHECKING:
    from curation.review.manifest import ReviewManifest
    from curation.review.store import ReviewStore
    from schemas.progress import Progress


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "action",
        choices=("info", "verify", "rebuild", "copy", "restore"),
        help="info: what is in it; verify: log, texts and all that follows; rebuild: make what follows anew; "
        "copy: into the empty database --to; restore: from --export into --db",
    )
    database_argument(parser)
    parser.add_argument("--to", metavar="URL", help="with copy: the new database")
    parser.add_argument(
        "--export",
        type=Path,
        metavar="DIR",
        help="of review export: with verify looked at as well, with restore played",
    )
    parser.add_argument(
        "--heads",
        type=Path,
        metavar="REVIEW.json",
        help="with verify: the review.json of an earlier export, kept where nobody else writes",
    )
    json_argument(parser)


def run(arguments: Namespace) -> None:
    from schemas.progress import rendered

    action = arguments.action
    if action == "copy" and not arguments.to:
        raise BadSpec("where to?", where="--to", do="name an empty database")
    if action == "restore" and not arguments.export:
        raise BadSpec("from what?", where="--export", do="name the folder of an export")
    if arguments.heads and action != "verify":
        raise BadSpec("only verify compares heads", where="--heads", do="write store verify")
    with rendered() as progress:
        if action == "restore":
            from curation.review.exported import restore

            said: dict[str, object] = {
                "restored": restore(arguments.export, database_url(arguments), progress)
            }
        elif action == "verify" and arguments.export and not _named(arguments):
            said = _verified_export(arguments, None, progress)
        else:
            said = _on_store(arguments, progress)
    if arguments.json:
        print(json.dumps(said))
        return
    for name, value in said.items():
        print(f"{name}: {one_line(str(value), 200)}")


def _named(arguments: Namespace) -> bool:
    import os

    from curation.commands.database import VARIABLE

    return bool(arguments.db or os.environ.get(VARIABLE))


def _verified_export(
    arguments: Namespace, store: ReviewStore | None, progress: Progress
) -> dict[str, object]:
    from curation.review.exported import verify_export

    # The chains of a store were compared with heads of before by themselves, and the export with them.
    since = _heads(arguments) if store is None else None
    manifest = verify_export(arguments.export, store, progress, since=since)
    said: dict[str, object] = {"instances": manifest.instances, "files": len(manifest.files)}
    if manifest.log:
        said["chains of its log that hold"] = len(manifest.heads)
    said["played again"] = manifest.log or store is not None
    return said


def _heads(arguments: Namespace) -> ReviewManifest | None:
    from curation.review.manifest import read_heads

    return read_heads(arguments.heads) if arguments.heads else None


def _verified_store(arguments: Namespace, store: ReviewStore, progress: Progress) -> dict[str, object]:
    from curation.review import replay

    kept = _heads(arguments)
    since = kept.heads_of(store.people()) if kept else None
    heads = replay.verify(store, progress, since=since, workers=None)
    said: dict[str, object] = {
        "events": sum(h.events for h in heads.values()),
        "chains that hold": len(heads),
    }
    return said | (_verified_export(arguments, store, progress) if arguments.export else {})


def _on_store(arguments: Namespace, progress: Progress) -> dict[str, object]:
    from curation.review import replay

    with opened(arguments) as store:
        if arguments.action == "verify":
            return _verified_store(arguments, store, progress)
        if arguments.action == "rebuild":
            replay.rebuild(store, progress)
            return {"rebuilt from events": store.events()}
        if arguments.action == "copy":
            replay.copy(store, arguments.to, progress).close()
            return {"copied events": store.events()}
        board = store.dashboard("")
        return {
            "database": store.database.name,
            "items": board.loaded,
            "decided": board.decided,
            "events": store.events(),
            "annotators": len(store.people()),
            **{f"process {name}": value for name, value in store.process.model_dump(mode="json").items()},
        }


COMMAND = Command(
    "store",
    "Look whether a review is what its log says, make it anew from the log, move it to another database.",
    "python -m curation store verify --db review.db",
    "curation.commands.store:run",
    arguments,
)
