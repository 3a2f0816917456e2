"""One block of instances into rows of a layout: what a worker process does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import orjson

from curation.canonical import row_key
from curation.export.layouts import find_layout
from curation.export.layouts.base import Layout, Unfit
from curation.export.tally import Tally
from schemas.instance import Decision, Instance
from schemas.jsonl import Block, models_in
from schemas.terminal import one_line

if TYPE_CHECKING:
    from curation.export.columns import Columns


@dataclass
class Bundle:
    """Rows for one file: JSON lines or an Arrow stream, and the ids of the instances in them."""

    data: bytes
    ids: list[str]


@dataclass
class Converted:
    """What became of one block.

    Args:
        part: the part that its rows belong to.
        rows: lines that hold something, counted apart from what was made of them.
        bundles: place -> rows for it.
        unfit: rows that the layout cannot hold.
        first: file, line and reason of the first of them.
        decisions: lines, one for each of them.
        tally: of the rows in the bundles.
    """

    part: str
    rows: int = 0
    bundles: dict[str, Bundle] = field(default_factory=dict)
    unfit: int = 0
    first: tuple[str, str] = ("", "")
    decisions: bytes = b""
    tally: Tally = field(default_factory=Tally)


@dataclass(frozen=True)
class Converter:
    """(part, block) -> Converted. Small, since it is sent to the workers with every block.

    Args:
        layout: its name.
        options: of the layout.
        single: name of the one file that all rows go to; empty for the layout's own files.
        with_source: rows of JSON lines also carry `SOURCE_COLUMNS`.
    """

    layout: str
    options: Mapping[str, str] = field(default_factory=dict)
    single: str = ""
    with_source: bool = False

    @cached_property
    def _layout(self) -> Layout:
        return find_layout(self.layout, self.options)

    def __call__(self, piece: tuple[str, Block]) -> Converted:
        """Raises BadData for a line that is no instance, with file and line."""
        part, block = piece
        layout, found = self._layout, Converted(part)
        found.rows = sum(1 for line in block.data.split(b"\n") if line and not line.isspace())
        tables: dict[str, Columns] = {}
        lines: dict[str, list[bytes]] = {}
        ids: dict[str, list[str]] = {}
        decisions = []
        places: dict[str, str] = {}
        for number, (line, _, instance) in enumerate(models_in(block, Instance)):
            place = places.get(instance.ability)
            if place is None:
                place = self.single or layout.place(part, instance.ability)
                places[instance.ability] = place
                if place not in ids:
                    ids[place], lines[place] = [], []
                    if layout.parquet:
                        from curation.export.columns import Columns

                        tables[place] = Columns()
            try:
                if layout.parquet:
                    tables[place].add(instance)
                else:
                    row = layout.row(instance)
                    if self.with_source:
                        row |= source_columns(instance)
                    lines[place].append(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE))
            except Unfit as reason:
                found.unfit += 1
                found.first = found.first if found.first[0] else (f"{block.path}:{line}", str(reason))
                decisions.append(_left_out(instance, self.layout, str(reason)))
                continue
            ids[place].append(instance.id)
            found.tally.count(part, instance, number)
            if layout.also_loses:
                found.tally.lost.update(layout.also_loses(instance))
        found.decisions = b"".join(decisions)
        for place, named in ids.items():
            if named:
                data = tables[place].to_bytes() if layout.parquet else b"".join(lines[place])
                found.bundles[place] = Bundle(data, named)
        return found


SOURCE_COLUMNS = ("id", "ability", "form", "origin", "source", "row", "licence", "group")


def source_columns(instance: Instance) -> dict[str, str]:
    """What `with_source` adds to a row, whatever the layout."""
    source = instance.source
    values = (
        instance.id,
        instance.ability,
        instance.form,
        instance.origin,
        source.name,
        source.row,
        source.licence,
        source.group,
    )
    return dict(zip(SOURCE_COLUMNS, values, strict=True))


def _left_out(instance: Instance, layout: str, reason: str) -> bytes:
    decision = Decision(
        subject=instance.id,
        stage="export",
        rule=layout,
        kept=False,
        reason=one_line(reason),
        evidence=row_key(instance),
    )
    return decision.line() + b"\n"
