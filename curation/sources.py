"""From a study's settings to raw files on the disk."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from curation.standardize import RawSource
from schemas.errors import BadSpec, MissingFile
from schemas.study import SourceSpec, StudySpec


class WorldFile(Protocol):
    """What `curation.world.write_world` says of each file it wrote."""

    @property
    def path(self) -> Path: ...
    @property
    def format(self) -> str: ...
    @property
    def ability(self) -> str: ...
    @property
    def licence(self) -> str: ...
    @property
    def form(self) -> str: ...


def study_sources(spec: StudySpec) -> list[RawSource]:
    """The raw sources of a study on real data, with their patterns resolved under `spec.data`.

    Raises:
        BadSpec: the study does not say where its data is.
        MissingFile: the folder is not there, or a pattern matches no file.
    """
    if spec.data is None:
        raise BadSpec("the study has sources but no data folder", do="set it with --set data=DIR")
    if not spec.data.is_dir():
        raise MissingFile("no such data folder", where=str(spec.data), do="set it with --set data=DIR")
    return [_resolved(source, spec.data) for source in spec.sources]


def world_sources(files: Iterable[WorldFile]) -> list[RawSource]:
    """The little world's files as raw sources; the world knows the form of its rows."""
    return [
        RawSource((f.path,), f.format, f.ability, licence=f.licence, options={"form": f.form}) for f in files
    ]


def matching_files(data: Path, pattern: str) -> list[Path]:
    """Files under `data` that match a glob, sorted. Raises MissingFile if there are none."""
    try:
        found = sorted(p for p in data.glob(pattern) if p.is_file())
    except (NotImplementedError, ValueError):
        raise BadSpec(
            f"not a pattern under the data folder: {pattern!r}", do="write a relative path"
        ) from None
    if not found:
        raise MissingFile(f"nothing matches {pattern!r}", where=str(data), do="check the path or the pattern")
    return found


def _resolved(source: SourceSpec, data: Path) -> RawSource:
    files = dict.fromkeys(path for pattern in source.files for path in matching_files(data, pattern))
    return RawSource(
        tuple(files),
        source.format,
        source.ability,
        source.origin,
        source.licence,
        source.limit,
        dict(source.options),
    )
