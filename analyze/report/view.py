"""What the template shows: figures with their tables, and the legend."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from analyze.report.figures.base import DASHES, MARKERS
from analyze.report.words import base_order, parameters
from schemas.instance import Origin
from schemas.results import Report


@dataclass(frozen=True)
class Table:
    """Rows of text. The first `lead` and last `tail` columns are words, the others numbers, set to the right."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    lead: int = 1
    tail: int = 0

    def is_number(self, column: int) -> bool:
        return self.lead <= column < len(self.head) - self.tail


@dataclass(frozen=True)
class Figure:
    """A figure and the table below it.

    Args:
        id: of the page element; also the name of the exported file.
        label: read aloud in place of the picture.
        drawing: a plotly figure.
    """

    id: str
    label: str
    drawing: Any
    table: Table
    title: str = ""
    note: str = ""


@dataclass(frozen=True)
class LegendEntry:
    base: str
    size: str
    origin: Origin
    dash: str
    marker: str


@dataclass
class Gallery:
    """All figures of a page, in the order in which they were added."""

    figures: list[Figure] = field(default_factory=list)

    def add(
        self, id: str, label: str, drawing: Any, table: Table, *, title: str = "", note: str = ""
    ) -> Figure:
        figure = Figure(id, label, drawing, table, title, note)
        self.figures.append(figure)
        return figure

    def specifications(self) -> dict[str, Any]:
        """Figure id -> plotly JSON without plotly's default template, which our layout replaces."""
        import json

        specifications = {}
        for figure in self.figures:
            specification = json.loads(figure.drawing.to_json())
            specification["layout"].pop("template", None)
            specifications[figure.id] = specification
        return specifications


def legend(report: Report, metric: str) -> Sequence[LegendEntry]:
    """The lines that really occur, base models from small to large."""
    bases = base_order(report)
    present = {(c.base, c.origin) for c in report.curves if c.metric == metric}
    origins: tuple[Origin, ...] = ("human", "synthetic")
    return [
        LegendEntry(
            base=base,
            size=parameters(report.bases[base]) if base in report.bases else "",
            origin=origin,
            dash=DASHES[index % len(DASHES)].replace("px", "").replace("solid", ""),
            marker=MARKERS[index % len(MARKERS)],
        )
        for index, base in enumerate(bases)
        for origin in origins
        if (base, origin) in present
    ]
