"""The raw sources of a study: files that are there, or the little world written out as such files."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from schemas.canonical import hash_file
from schemas.errors import BadSpec, EmptySplit, MissingFile
from schemas.jsonl import write_atomic
from schemas.runs import Run
from schemas.study import SourceSpec, StudySpec


@dataclass(frozen=True)
class Raw:
    """Where everything starts.

    Args:
        sources: their `files` are existing paths.
        corpus: plain text files for base models made on the spot.
        hashes: path, as the study names it -> hash of the file.
        run: the world's run, if there is a world.
    """

    sources: tuple[SourceSpec, ...]
    corpus: tuple[Path, ...]
    hashes: dict[str, str]
    run: Run | None = None


def find_sources(spec: StudySpec, runs: Path) -> Raw:
    """Locate, or write, the raw files.

    Raises:
        BadSpec: sources are listed but no data folder is set.
        MissingFile: a pattern matches no file; says which.
    """
    if spec.world is not None:
        return _write_world(spec, runs)
    if spec.data is None:
        raise BadSpec("the study lists sources but no data folder", where="data", do="add --set data=DIR")
    root = spec.data
    if not root.is_dir():
        raise MissingFile("no such data folder", where=str(root), do="check --set data=DIR")
    hashes: dict[str, str] = {}
    sources = []
    for source in spec.sources:
        found = [path for pattern in source.files for path in _matching(root, pattern)]
        hashes |= {str(p.relative_to(root)): hash_file(p) for p in found}
        sources.append(source.model_copy(update={"files": tuple(map(str, found))}))
    corpus = [path for pattern in spec.pretraining for path in _matching(root, pattern)]
    hashes |= {str(p.relative_to(root)): hash_file(p) for p in corpus}
    if not corpus and any(b.path is None for b in spec.bases):
        raise EmptySplit(
            "a base model is to be made, but there is no text to pretrain it on",
            where="pretraining",
            do="list text files, or give the base a path",
        )
    return Raw(tuple(sources), tuple(corpus), hashes)


def _matching(root: Path, pattern: str) -> list[Path]:
    found = sorted(p for p in root.glob(pattern) if p.is_file())
    if not found:
        raise MissingFile(f"no file matches {pattern!r}", where=str(root), do="check the source's `files`")
    return found


def _write_world(spec: StudySpec, runs: Path) -> Raw:
    from curation.world import PRETRAINING_FILE, write_world

    assert spec.world is not None
    run = Run(runs, "world", spec.world, {})
    if not run.done:
        folder = run.begin()
        written = write_world(folder / "raw", spec.world.seed, spec.world.rows, spec.world.characters)
        listing = [
            {
                "files": [f"raw/{f.path.name}"],
                "format": f.format,
                "ability": f.ability,
                "licence": f.licence,
                "origin": "human",
            }
            for f in written
        ]
        write_atomic(folder / "sources.json", json.dumps(listing, ensure_ascii=False, indent=1))
        run.finish(seed=spec.world.seed, duplicates=sum(f.duplicates for f in written))
    listing = json.loads((run.path / "sources.json").read_text(encoding="utf-8"))
    sources = tuple(
        SourceSpec.model_validate(entry | {"files": [str(run.path / name) for name in entry["files"]]})
        for entry in listing
    )
    return Raw(sources, (run.path / "raw" / PRETRAINING_FILE,), dict(run.manifest().outputs), run)
