"""The raw row behind an instance, read again from the raw file as the step that standardized it read it."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path

from curation.explain.story import RawRow
from curation.step import Step
from schemas.errors import AbilitymixError


def raw_rows(
    rows: Sequence[str], steps: Sequence[tuple[Path, Step]], seen: AbstractSet[Path]
) -> list[RawRow]:
    """One for every row whose source a step of the chain read; a row that no step speaks of is not told.

    Args:
        rows: `source:row`.
        steps: of the chain, each with its folder.
        seen: folders that hold something of the story: where several steps read a source of one name, theirs counts.
    """
    ordered = sorted(
        (pair for pair in steps if pair[1].stage == "standardize"), key=lambda p: p[0] not in seen
    )
    return [found for found in (_raw_row(row, [step for _, step in ordered]) for row in rows) if found]


def _raw_row(row: str, steps: Sequence[Step]) -> RawRow | None:
    from curation.standardize import source_names

    for step in steps:
        files = [Path(file) for file in step.inputs]
        named = zip(source_names(files), files, strict=True)
        # A name may begin another one and end in its colon: the longest is meant.
        for name, path in sorted(named, key=lambda pair: -len(pair[0])):
            if row.startswith(f"{name}:"):
                return _read(row, row.removeprefix(f"{name}:"), path, step)
    return None


def _read(row: str, key: str, path: Path, step: Step) -> RawRow:
    from curation.formats import find_format
    from curation.formats.base import Tally
    from curation.formats.reading import is_hub

    format, options = str(step.settings.get("format", "")), step.settings.get("options") or {}
    if not is_hub(path) and not path.exists():
        return RawRow(row, path, format, problem="the file is not there any more")
    try:
        reader = find_format(format, options)
        for raw in reader.read(path, options, Tally()):
            if raw.key == key:
                return RawRow(row, path, format, raw.value, raw.problem)
    except (AbilitymixError, OSError) as error:
        return RawRow(row, path, format, problem=f"the file cannot be read as it was ({error})")
    return RawRow(row, path, format, problem="the file has no such row now")
