"""Transference as a heat map: row = source, column = target."""

from __future__ import annotations

import math

import plotly.graph_objects as go

from analyze.report.figures.base import axis, figure, layout, safe, short
from analyze.report.palette import DIVERGING, LIGHT
from analyze.report.words import number
from schemas.results import TransferMatrix


def centre_of(matrix: TransferMatrix) -> float:
    """The middle of the colour scale: 0, or the mean where 0 is far outside of the values.

    Of some estimators (a negative squared distance, a cosine) only the order of the values means anything;
    around 0 their map would be of one colour.
    """
    known = known_values(matrix)
    if not known or min(known) < 0 < max(known):
        return 0.0
    narrow = max(map(abs, known)) < 3 * min(map(abs, known))
    return sum(known) / len(known) if max(known) < 0 or narrow else 0.0


def known_values(matrix: TransferMatrix) -> list[float]:
    return [v for row in matrix.values for v in row if v is not None and math.isfinite(v)]


def transfer_figure(matrix: TransferMatrix) -> go.Figure:
    names = [safe(a) for a in matrix.abilities]
    centre = centre_of(matrix)
    known = known_values(matrix)
    reach = max((abs(v - centre) for v in known), default=1.0) or 1.0
    hover = [
        [
            "" if v is None else f"{safe(j)} → {safe(i)}: {number(v, 3, signed=True)}"
            for i, v in zip(matrix.abilities, row, strict=True)
        ]
        for j, row in zip(matrix.abilities, matrix.values, strict=True)
    ]
    cells = go.Heatmap(
        x=names,
        y=names,
        z=[list(row) for row in matrix.values],
        zmin=centre - reach,
        zmax=centre + reach,
        zmid=centre,
        colorscale=DIVERGING,
        xgap=1.5,
        ygap=1.5,
        hoverongaps=False,
        text=hover,
        hovertemplate="%{text}<extra></extra>",
        colorbar={
            "thickness": 9,
            "len": 1,
            "outlinewidth": 0,
            "nticks": 5,
            "tickfont": {"size": 10.5, "color": LIGHT["soft"]},
            "x": 1.02,
            "xpad": 2,
        },
    )
    labels = {
        "type": "category",
        "tickvals": names,
        "ticktext": [short(a) for a in matrix.abilities],
        "automargin": True,
        "showgrid": False,
        "tickfont": {"size": 11, "color": LIGHT["ink"]},
    }
    return figure(
        [cells],
        layout(
            420,
            margin={"l": 10, "r": 10, "t": 8, "b": 10},
            xaxis=axis(title="target", tickangle=-55, **labels),
            yaxis=axis(title="source", autorange="reversed", **labels),
        ),
    )
