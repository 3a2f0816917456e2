"""The raw row behind an instance, read again from the raw file as the step that standardized it read it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from curation.explain.story import RawRow
from curation.step import Step
from schemas.errors import AbilitymixError


def raw_rows(rows: Sequence[str], steps: Sequence[Step]) -> list[RawRow]:
    """One for every row whose source a step of the chain read; a row that no step speaks of is not told."""
    return [found for found in (_raw_row(row, steps) for row in rows) if found is not None]


def _raw_row(row: str, steps: Sequence[Step]) -> RawRow | None:
    from curation.standardize import source_names

    for step in steps:
        if step.stage != "standardize":
            continue
        files = [Path(file) for file in step.inputs]
        named = step.settings.get("names")
        names = list(named) if isinstance(named, list) and len(named) == len(files) else source_names(files)
        for name, path in zip(names, files, strict=True):
            if row.startswith(f"{name}:"):
                return _read(row, row.removeprefix(f"{name}:"), path, step)
    return None


def _read(row: str, key: str, path: Path, step: Step) -> RawRow:
    from curation.formats import find_format
    from curation.formats.base import Tally

    format, options = str(step.settings.get("format", "")), step.settings.get("options") or {}
    if not path.exists():
        return RawRow(row, path, format, problem="the file is not there any more")
    try:
        reader = find_format(format, options)
        for raw in reader.read(path, options, Tally()):
            if raw.key == key:
                return RawRow(row, path, format, raw.value, raw.problem)
    except (AbilitymixError, OSError) as error:
        return RawRow(row, path, format, problem=f"the file cannot be read as it was ({error})")
    return RawRow(row, path, format, problem="the file has no such row now")
