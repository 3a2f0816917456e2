"""An export, looked at: it is what its log gives, or what the log of the store that it came from gave then."""

from __future__ import annotations

import tempfile
from pathlib import Path

from pydantic import ValidationError

from curation.export.history import AGREEMENT, Agreement, AgreementFile
from curation.review.export import STAGE, loaded_files, process_of
from curation.review.exporting import write_outcome
from curation.review.log import FolderLog, Head, Log, PrefixLog, StoreLog
from curation.review.manifest import LOG, ReviewManifest, read_manifest, require_files
from curation.review.people import Annotator, everyone
from curation.review.play import play_into
from curation.review.sound import Told, expecting_review, require_chains, require_heads_in
from curation.review.store import ReviewStore
from curation.step import STEP, read_step
from schemas.errors import BadData, BadSpec
from schemas.progress import Progress, silent


def verify_export(
    folder: Path,
    store: ReviewStore | None = None,
    progress: Progress = silent,
    *,
    since: ReviewManifest | None = None,
) -> ReviewManifest:
    """Look whether an export is what its log says: the chains hold, and played again it gives every file anew.

    An export without a log is compared with its own manifest alone, unless the store is given: then the store's log up
    to where it stood is played.

    Args:
        store: the store that it came from; its chains have to go on from where the export's end.
        since: a manifest that was kept elsewhere; the export's chains have to go on from there.

    Raises:
        MissingFile, BadData: what does not fit.
        BadSpec: `since`, and there is no log to look for it in.
    """
    manifest = read_manifest(folder)
    require_files(folder, manifest, of_log=False)
    if manifest.log:
        log = FolderLog(folder / LOG)
        told = _require_log(folder, log, manifest)
        if since is not None:
            require_heads_in(log.events(), _named(log, since))
        _require_same(folder, log, told, manifest, progress)
        require_files(folder, manifest, of_log=True)  # an event or a text that was changed is named before
    elif since is not None:
        raise BadSpec("this export has no log to look for them in", where="--heads", do="name one that has")
    else:
        _require_step(folder, manifest, None)
    if store is not None:
        _require_store(folder, store, manifest, progress)
    return manifest


def _require_log(folder: Path, log: Log, manifest: ReviewManifest) -> Told:
    told = require_chains(log.events())
    if {name: (head.events, head.hash) for name, head in told.heads.items()} != manifest.heads:
        what = "the log ends elsewhere than the manifest says"
        raise BadData(what, where=str(folder / LOG), do="export again")
    return told


def _require_store(folder: Path, store: ReviewStore, manifest: ReviewManifest, progress: Progress) -> None:
    """The export is what the store gave when its chains stood at these heads."""
    with expecting_review(store.database.name), store.database.reading() as connection:
        heads = manifest.heads_of(everyone(connection))
        require_heads_in(StoreLog(connection).events(), heads)
        if not manifest.log:
            told = require_chains(PrefixLog(connection, heads).events())
            _require_same(folder, PrefixLog(connection, heads, told), told, manifest, progress)


def _require_same(folder: Path, log: Log, told: Told, manifest: ReviewManifest, progress: Progress) -> None:
    """Every file, the rules, the counts and `step.json` are what the log gives when it is played."""
    with tempfile.TemporaryDirectory(prefix="abilitymix-") as place:
        again = Path(place)
        with (
            play_into(log, str(again / "replay.db"), progress, told=told, search=False) as played,
            played.database.reading() as connection,
        ):
            made, counts = write_outcome(connection, again, anonymous=manifest.anonymous)
            process, inputs = process_of(connection), loaded_files(connection)
        for name in sorted({*made, *(n for n in manifest.files if not n.startswith(LOG))}):
            same = made.get(name) == manifest.files.get(name)
            if not same and not (name == AGREEMENT and _same_agreement(folder / name, again / name)):
                raise BadData("not what the log gives", where=str(folder / name), do="export again")
    for what, here, there in (("rules", manifest.process, process), ("counts", manifest.counts, counts)):
        if here != there:
            raise BadData(f"the {what} are not those of the log", where=str(folder), do="export again")
    _require_step(folder, manifest, inputs)


def _require_step(folder: Path, manifest: ReviewManifest, inputs: list[Path] | None) -> None:
    """`step.json` says what the manifest says; when, and by which code, nothing else tells."""
    step = read_step(folder)
    same = step is not None and step.stage == STAGE and step.counts == manifest.counts
    if step is None or not same or step.settings != manifest.process.model_dump(mode="json"):
        raise BadData("not the step of this export", where=str(folder / STEP), do="export again")
    if inputs is not None and step.inputs != tuple(map(str, inputs)):
        what = "other files than the log says were loaded"
        raise BadData(what, where=str(folder / STEP), do="export again")


def _same_agreement(here: Path, there: Path) -> bool:
    """Another machine's sums may differ in their last digits."""
    from math import isclose

    def read(path: Path) -> tuple[Agreement, ...]:
        return AgreementFile.model_validate_json(path.read_bytes()).agreement if path.exists() else ()

    def near(a: float | None, b: float | None) -> bool:
        return a == b or (a is not None and b is not None and isclose(a, b, abs_tol=1e-9))

    try:
        mine, theirs = read(here), read(there)
    except ValidationError:
        return False
    numbers = {"value": 0.0, "low": None, "high": None}
    return len(mine) == len(theirs) and all(
        a.model_copy(update=numbers) == b.model_copy(update=numbers)
        and near(a.value, b.value)
        and near(a.low, b.low)
        and near(a.high, b.high)
        for a, b in zip(mine, theirs, strict=True)
    )


def _named(log: Log, since: ReviewManifest) -> dict[str, Head]:
    """The heads of a manifest by the names that the log gave people."""
    said = (one.said for one in log.events() if one.kind == "enrol")
    people = {one["name"]: Annotator(name=one["name"], number=one["number"]) for one in said}
    return since.heads_of(list(people.values()))


def restore(folder: Path, url: str, progress: Progress = silent) -> str:
    """Play an export's log into an empty database; the name of that database, without any password.

    Raises:
        MissingFile, BadData: as `verify_export`, and as `play_into`. BadData for an export without a log.
    """
    manifest = read_manifest(folder)
    if not manifest.log:
        raise BadData("this export has no log", where=str(folder), do="name one that was made with its log")
    log = FolderLog(folder / LOG)
    told = _require_log(folder, log, manifest)
    for of_log in (False, True):
        require_files(folder, manifest, of_log=of_log)
    with play_into(log, url, progress, told=told) as made:
        return made.database.name
