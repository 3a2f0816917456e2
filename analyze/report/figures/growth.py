"""Growth curves: one small panel an ability, one line for every base model and origin."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from analyze.report.figures.base import (
    DASHES,
    axis,
    colour,
    figure,
    layout,
    marker,
    position,
    quantity_axis,
    safe,
)
from analyze.report.palette import LIGHT
from analyze.report.words import number, percent
from schemas.results import Curve


def growth_figure(curves: Sequence[Curve], bases: Sequence[str], quantities: Sequence[int]) -> go.Figure:
    """One panel.

    Args:
        curves: of one ability and one metric.
        bases: all base models of the report, in order, so that a base looks the same in every panel.
        quantities: every n of the report, so that all panels share their axis.
    """
    least = min((n for n in quantities if n > 0), default=1)
    x_axis, notes = quantity_axis(quantities)
    is_score = all(c.metric == "score" for c in curves)
    bands = [_band(c, least) for c in curves if len(c.points) > 1]
    lines = [_line(c, bases.index(c.base), least) for c in curves]
    shapes = []
    if is_score and curves:
        chance = curves[0].chance
        shapes.append(
            {
                "type": "line",
                "xref": "paper",
                "x0": 0,
                "x1": 1,
                "y0": chance,
                "y1": chance,
                "line": {"color": LIGHT["chance"], "width": 1.2, "dash": "4px 4px"},
            }
        )
        notes.append(
            {
                "xref": "paper",
                "x": 1,
                "xanchor": "left",
                "xshift": 3,
                "y": chance,
                "yanchor": "middle",
                "text": number(chance, 2).removeprefix("0"),
                "showarrow": False,
                "font": {"size": 10.5, "color": LIGHT["soft"]},
            }
        )
    y_axis = (
        axis(range=[-0.02, 1.02], tickvals=[0, 0.25, 0.5, 0.75, 1], ticktext=["0", ".25", ".5", ".75", "1"])
        if is_score
        else axis(rangemode="normal", nticks=5)
    )
    return figure(bands + lines, layout(246, xaxis=x_axis, yaxis=y_axis, shapes=shapes, annotations=notes))


def _band(curve: Curve, least: int) -> go.Scatter:
    places = [position(p.n, least) for p in curve.points]
    highs, lows = [p.interval.high for p in curve.points], [p.interval.low for p in curve.points]
    return go.Scatter(
        x=places + places[::-1],
        y=highs + lows[::-1],
        fill="toself",
        fillcolor=LIGHT[f"{curve.origin}-band"],
        line={"width": 0},
        mode="lines",
        hoverinfo="skip",
    )


def _line(curve: Curve, base: int, least: int) -> go.Scatter:
    alone = len(curve.points) == 1
    return go.Scatter(
        x=[position(p.n, least) for p in curve.points],
        y=[p.mean for p in curve.points],
        mode="markers" if alone else "lines+markers",
        line={"color": colour(curve.origin), "width": 1.8, "dash": DASHES[base % len(DASHES)]},
        marker={"symbol": marker(curve.origin, base), "size": 6.5, "color": colour(curve.origin)},
        error_y=_error_bars(curve) if alone else None,
        text=[_hover(curve, i) for i in range(len(curve.points))],
        hovertemplate="%{text}<extra></extra>",
    )


def _error_bars(curve: Curve) -> dict[str, Any]:
    # A band needs two points; a single one shows its interval as a bar.
    point = curve.points[0]
    return {
        "array": [point.interval.high - point.mean],
        "arrayminus": [point.mean - point.interval.low],
        "color": colour(curve.origin),
        "thickness": 1.4,
        "width": 4,
    }


def _hover(curve: Curve, index: int) -> str:
    point = curve.points[index]
    low, high = number(point.interval.low, 3), number(point.interval.high, 3)
    unit = "score" if curve.metric == "score" else "bits per character"
    return (
        f"{safe(curve.base)}, {curve.origin}, n = {point.n}<br>"
        f"{unit} {number(point.mean, 3)} [{low}, {high}] ({percent(point.interval.level)})<br>"
        f"{point.seeds} seeds, {point.items} items"
    )
