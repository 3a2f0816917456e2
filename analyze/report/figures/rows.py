"""Figures with one row an ability: human against synthetic, Complexity, the mix, the forecast."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from analyze.report.figures.base import MARKERS, axis, figure, layout, safe, short
from analyze.report.figures.labels import place_labels
from analyze.report.palette import LIGHT
from analyze.report.words import number, percent, span, whole
from schemas.instance import Origin
from schemas.results import Forecast, Verdict

ROW = 26  # pixels
UNTITLED = {"l": 34, "r": 14, "t": 8, "b": 28}


def _height(rows: int, extra: int = 66) -> int:
    return max(rows, 3) * ROW + extra


def _names(abilities: Sequence[str]) -> dict[str, object]:
    return axis(
        type="category",
        categoryorder="array",
        categoryarray=[safe(a) for a in abilities],
        tickvals=[safe(a) for a in abilities],
        ticktext=[short(a) for a in abilities],
        autorange="reversed",
        automargin=True,
        showgrid=True,
        tickfont={"size": 11.5, "color": LIGHT["ink"]},
    )


def _zero(color: str = LIGHT["chance"]) -> dict[str, object]:
    line = {"color": color, "width": 1.2}
    return {"type": "line", "yref": "paper", "y0": 0, "y1": 1, "x0": 0, "x1": 0, "line": line}


def difference_figure(
    verdicts: Sequence[Verdict], abilities: Sequence[str], bases: Sequence[str]
) -> go.Figure:
    """Human minus synthetic at equal n, points with intervals, one marker a base model."""
    seen = [b for b in [*bases, ""] if any(v.base == b for v in verdicts)]
    rows = {ability: index for index, ability in enumerate(abilities)}
    traces = []
    for order, base in enumerate(seen):
        chosen = [v for v in verdicts if v.base == base]
        shift = 0.0 if len(seen) == 1 else 0.34 * (order / (len(seen) - 1) - 0.5)
        traces.append(
            go.Scatter(
                x=[v.estimate for v in chosen],
                y=[rows[v.ability] + shift for v in chosen],
                mode="markers",
                marker={"symbol": MARKERS[order % len(MARKERS)], "size": 8, "color": LIGHT["mark"]},
                error_x={
                    "array": [v.interval.high - v.estimate for v in chosen],
                    "arrayminus": [v.estimate - v.interval.low for v in chosen],
                    "color": LIGHT["mark"],
                    "thickness": 1.3,
                    "width": 3,
                },
                text=[
                    f"{safe(v.ability)} {safe(v.base)}<br>{number(v.estimate, 1, signed=True)} {span(v.interval)} "
                    f"({percent(v.interval.level)})"
                    for v in chosen
                ],
                hovertemplate="%{text}<extra></extra>",
            )
        )
    y_axis = axis(
        tickvals=list(rows.values()),
        ticktext=[short(a) for a in abilities],
        range=[len(abilities) - 0.5, -0.5],
        automargin=True,
        tickfont={"size": 11.5, "color": LIGHT["ink"]},
    )
    x_axis = axis(title="human minus synthetic, points", zeroline=False)
    return figure(traces, layout(_height(len(abilities)), xaxis=x_axis, yaxis=y_axis, shapes=[_zero()]))


def profile_figure(values: dict[str, float], reference: float | None = None) -> go.Figure:
    """One measure of the Complexity profile, a dot an ability; `reference` is where the measure is neutral."""
    abilities = list(values)
    dots = go.Scatter(
        x=list(values.values()),
        y=[safe(a) for a in abilities],
        mode="markers",
        marker={"size": 9, "color": LIGHT["mark"]},
        text=[f"{safe(a)}: {number(v, 3)}" for a, v in values.items()],
        hovertemplate="%{text}<extra></extra>",
    )
    shapes = []
    if reference is not None:
        shapes.append(_zero() | {"x0": reference, "x1": reference})
    x_axis = axis(nticks=5)
    return figure(
        [dots],
        layout(
            _height(len(abilities), 40), xaxis=x_axis, yaxis=_names(abilities), shapes=shapes, margin=UNTITLED
        ),
    )


def mix_figure(shown: dict[tuple[str, Origin], int], uniform: dict[str, int], name: str) -> go.Figure:
    """Instances per ability: the uniform mix above, the one called `name` below, synthetic after human."""
    abilities = list(uniform)
    labels = [safe(a) for a in abilities]
    traces = [
        go.Bar(
            y=labels,
            x=list(uniform.values()),
            orientation="h",
            offsetgroup="uniform",
            marker={"color": LIGHT["neutral"]},
            text=[f"{safe(a)}: uniform mix {whole(n)}" for a, n in uniform.items()],
            textposition="none",
            hovertemplate="%{text}<extra></extra>",
        )
    ]
    start = dict.fromkeys(abilities, 0)
    origins: tuple[Origin, ...] = ("human", "synthetic")
    for origin in origins:
        counts = {a: shown.get((a, origin), 0) for a in abilities}
        if not any(counts.values()):
            continue
        traces.append(
            go.Bar(
                y=labels,
                x=list(counts.values()),
                base=[start[a] for a in abilities],
                orientation="h",
                offsetgroup="shown",
                marker={
                    "color": LIGHT[origin],
                    "pattern": {"shape": "/" if origin == "synthetic" else "", "solidity": 0.3},
                },
                text=[f"{safe(a)}: {name} {whole(n)} {origin}" for a, n in counts.items()],
                textposition="none",
                hovertemplate="%{text}<extra></extra>",
            )
        )
        start = {a: start[a] + counts[a] for a in abilities}
    x_axis = axis(title="instances", rangemode="tozero")
    arrangement = layout(_height(len(abilities)) + 6 * len(abilities), xaxis=x_axis, yaxis=_names(abilities))
    return figure(traces, arrangement | {"barmode": "group", "bargap": 0.3, "bargroupgap": 0.08})


def forecast_figure(forecast: Forecast) -> go.Figure:
    """Predicted against actual sensitivity; the upright line from the diagonal to a dot is its residual."""
    pairs = list(zip(forecast.predicted, forecast.actual, strict=True))
    flat = [v for pair in pairs for v in pair] or [0.0, 1.0]
    pad = 0.12 * (max(flat) - min(flat) or 1.0)
    low, high = min(flat) - pad, max(flat) + pad
    residuals = go.Scatter(
        x=[v for p, _ in pairs for v in (p, p, None)],
        y=[v for p, a in pairs for v in (p, a, None)],
        mode="lines",
        line={"color": LIGHT["neutral"], "width": 1.2},
        hoverinfo="skip",
    )
    dots = go.Scatter(
        x=[p for p, _ in pairs],
        y=[a for _, a in pairs],
        mode="markers+text",
        marker={"size": 8, "color": LIGHT["mark"]},
        text=[short(a) for a in forecast.abilities],
        textposition=place_labels(forecast.abilities, pairs, (low, high), stems=True),
        textfont={"size": 11, "color": LIGHT["soft"]},
        cliponaxis=False,
        customdata=[
            f"predicted {number(p, 1, signed=True)}, actual {number(a, 1, signed=True)}" for p, a in pairs
        ],
        hovertemplate="%{text}: %{customdata}<extra></extra>",
    )
    diagonal = {"type": "line", "x0": low, "y0": low, "x1": high, "y1": high}
    shapes = [diagonal | {"line": {"color": LIGHT["chance"], "width": 1.2, "dash": "4px 4px"}}]
    return figure(
        [residuals, dots],
        layout(
            440,
            margin={"l": 46, "r": 14, "t": 12, "b": 42},
            xaxis=axis(title="predicted, points per fourfold n", range=[low, high]),
            yaxis=axis(title="actual, points per fourfold n", range=[low, high]),
            shapes=shapes,
        ),
    )
