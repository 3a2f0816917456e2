"""The raw sources of a study: files that are there, or the little world written out as such files."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from schemas.canonical import hash_file, sha256_of
from schemas.errors import BadSpec, EmptySplit, MissingFile
from schemas.jsonl import write_atomic
from schemas.runs import Run
from schemas.study import SourceSpec, StudySpec


@dataclass(frozen=True)
class Raw:
    """Where everything starts.

    Args:
        sources: what the rows are to become; `files` are paths that exist.
        corpus: plain text files for base models made on the spot.
        hashes: file, as the study names it -> hash.
        run: the world's run, if there is a world.
    """

    sources: tuple[SourceSpec, ...]
    corpus: tuple[Path, ...]
    hashes: dict[str, str]
    run: Run | None = None

    @property
    def corpus_hash(self) -> str:
        return sha256_of([hash_file(path) for path in self.corpus])


def find_sources(spec: StudySpec, runs: Path) -> Raw:
    """Locate, or write, the raw files.

    Raises:
        BadSpec: sources are listed but no data folder is set.
        MissingFile: a pattern matches no file; says which.
        EmptySplit: a base model is to be made without any text.
    """
    if spec.world is not None:
        return _write_world(spec, runs)
    if spec.data is None:
        raise BadSpec("the study has sources but no data folder", where="data", do="add --set data=DIR")
    if not spec.data.is_dir():
        raise MissingFile("no such data folder", where=str(spec.data), do="check --set data=DIR")
    sources = [_resolved(source, spec.data) for source in spec.sources]
    corpus = _matching(spec.data, spec.pretraining)
    if not corpus and any(base.path is None for base in spec.bases):
        raise EmptySplit(
            "a base model is to be made, but there is no text to pretrain it on",
            where="pretraining",
            do="list text files, or give the base a path",
        )
    files = {Path(path) for source in sources for path in source.files}
    hashes = {str(path.relative_to(spec.data)): hash_file(path) for path in sorted(files)}
    return Raw(tuple(sources), corpus, hashes)


def _resolved(source: SourceSpec, data: Path) -> SourceSpec:
    return source.model_copy(update={"files": tuple(map(str, _matching(data, source.files)))})


def _matching(data: Path, patterns: Sequence[str]) -> tuple[Path, ...]:
    """Files under `data` that match the patterns, each once, sorted within a pattern."""
    found: dict[Path, None] = {}
    for pattern in patterns:
        try:
            matches = sorted(path for path in data.glob(pattern) if path.is_file())
        except (NotImplementedError, ValueError):
            raise BadSpec(
                f"{pattern!r} is not a pattern under the data folder", do="write a relative path"
            ) from None
        if not matches:
            raise MissingFile(f"nothing matches {pattern!r}", where=str(data), do="check the path or pattern")
        found |= dict.fromkeys(matches)
    return tuple(found)


def _write_world(spec: StudySpec, runs: Path) -> Raw:
    from curation.world import PRETRAINING_FILE, write_world

    assert spec.world is not None
    run = Run(runs, "world", spec.world, {})
    listing = run.path / "sources.json"
    if not run.done:
        written = write_world(run.begin() / "raw", spec.world.seed, spec.world.rows, spec.world.characters)
        rows = [
            {
                "file": f.path.name,
                "format": f.format,
                "ability": f.ability,
                "licence": f.licence,
                "form": f.form,
            }
            for f in written
        ]
        write_atomic(listing, json.dumps(rows, ensure_ascii=False, indent=1))
        run.finish(seed=spec.world.seed)
    entries = json.loads(listing.read_text(encoding="utf-8"))
    sources = [
        SourceSpec(
            files=(str(run.path / "raw" / entry["file"]),),
            format=entry["format"],
            ability=entry["ability"],
            licence=entry["licence"],
            options={"form": entry["form"]},
        )
        for entry in entries
    ]
    hashes = {name: digest for name, digest in run.manifest().outputs.items() if name != "sources.json"}
    return Raw(tuple(sources), (run.path / "raw" / PRETRAINING_FILE,), hashes, run)
