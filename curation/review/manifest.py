"""`review.json` of an export: where every chain stood, and the digest of every file beside it."""

from __future__ import annotations

import hashlib
from pathlib import Path

from pydantic import ValidationError

from curation.counts import Counts
from curation.export.history import AGREEMENT
from curation.review.log import LOG_FILES, Head
from curation.review.people import Annotator
from curation.review.process import Process
from schemas.errors import BadData, MissingFile
from schemas.instance import Frozen
from schemas.jsonl import first_reason
from schemas.terminal import one_line
from schemas.textfile import read_text

INSTANCES, PENDING, DECISIONS = "instances.jsonl", "pending.jsonl", "decisions.jsonl"
MANIFEST, LOG = "review.json", "log"
WRITES = (INSTANCES, PENDING, DECISIONS, MANIFEST, AGREEMENT)
IN_LOG = tuple(f"{LOG}/{name}" for name in LOG_FILES)


class ReviewManifest(Frozen):
    """`review.json` of an export.

    Args:
        process: the rules.
        heads: actor -> (events, hash of the last one): where every chain stood; the store itself is the empty name.
            In an anonymous export annotators are called by number.
        files: name of every other file but `step.json` -> its sha256.
        counts: of items.
        log: whether the log lies beside it.
        anonymous: whether annotators are called by number.
    """

    process: Process
    heads: dict[str, tuple[int, str]]
    files: dict[str, str]
    counts: Counts
    log: bool
    anonymous: bool = False

    @property
    def instances(self) -> str:
        """sha256 of `instances.jsonl`."""
        return self.files.get(INSTANCES, "")

    def heads_of(self, people: list[Annotator]) -> dict[str, Head]:
        """The heads by the names of a store. Raises BadData: they are of somebody who is not enrolled there."""
        names = {called(person): person.name for person in people} if self.anonymous else {}
        unknown = [n for n in self.heads if self.anonymous and n and n not in names]
        if unknown:
            raise BadData(
                "not enrolled in this store", where=one_line(unknown[0], 70), do="name its own store"
            )
        return {names.get(name, name): Head(*head) for name, head in self.heads.items()}


def called(person: Annotator) -> str:
    """What an anonymous export calls somebody."""
    return f"annotator {person.number}"


def read_manifest(folder: Path) -> ReviewManifest:
    """Raises MissingFile, or BadData for a file that is none."""
    return read_heads(folder / MANIFEST)


def read_heads(path: Path) -> ReviewManifest:
    """The same of a `review.json` that was kept elsewhere. Raises as `read_manifest`."""
    try:
        return ReviewManifest.model_validate_json(read_text(path))
    except ValidationError as error:
        what = f"not the manifest of a review ({first_reason(error)})"
        raise BadData(what, where=str(path), do="name the folder of an export") from None


def digest_of(path: Path) -> str:
    """sha256 of a file. Raises MissingFile."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except (FileNotFoundError, NotADirectoryError):
        raise MissingFile("no such file", where=str(path), do="export again") from None


def require_files(folder: Path, manifest: ReviewManifest, *, of_log: bool) -> None:
    """Look whether the files of an export are those that its manifest tells of.

    Args:
        of_log: the files of its log, or else all the others.

    Raises:
        MissingFile, BadData: a file that was changed, left out or put in, by its name.
    """
    due = {INSTANCES, PENDING, DECISIONS, *(IN_LOG if manifest.log else ())}
    told = set(manifest.files)
    if not due <= told <= {*due, AGREEMENT}:
        what = "it does not tell of the files of an export"
        raise BadData(what, where=str(folder / MANIFEST), do="export again")
    for name, digest in manifest.files.items():
        if (name in IN_LOG) == of_log and digest_of(folder / name) != digest:
            raise BadData("not the file that was exported", where=str(folder / name), do="export again")
    for name in sorted({AGREEMENT, *IN_LOG} - told):
        if (folder / name).exists():
            what = "the manifest does not tell of this file"
            raise BadData(what, where=str(folder / name), do="export again")
