"""What all figures share: quiet layout, how origins and base models look, safe text."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from analyze.report.palette import LIGHT
from schemas.instance import Origin

FONT = (
    'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "PingFang SC", "Microsoft YaHei", '
    '"Noto Sans CJK SC", "Noto Sans SC", sans-serif'
)
# A base model is told by its marker and its line; a synthetic origin by an open marker as well as its colour.
MARKERS = ("circle", "square", "diamond", "triangle-up", "cross")
DASHES = ("solid", "6px 3px 1px 3px", "1.5px 3px", "12px 4px", "3px 5px")
BREAK = 1.0  # distance on the axis between 0 and the least positive n, in steps of a factor of 4


def safe(text: str) -> str:
    """Text from data for plotly, which reads a small HTML of its own in labels."""
    return html.escape(text, quote=False)


def short(text: str, most: int = 22) -> str:
    """A name for an axis: safe, and cut when it would take the plot's room; the table has it whole."""
    return safe(text if len(text) <= most else text[: most - 1] + "…")


def colour(origin: Origin) -> str:
    return LIGHT[origin]


def marker(origin: Origin, base: int) -> str:
    symbol = MARKERS[base % len(MARKERS)]
    return f"{symbol}-open" if origin == "synthetic" else symbol


def axis(**more: Any) -> dict[str, Any]:
    quiet = {
        "showgrid": True,
        "gridcolor": LIGHT["grid"],
        "zeroline": False,
        "showline": False,
        "ticks": "outside",
        "ticklen": 5,
        "tickcolor": "rgba(0,0,0,0)",
        "tickfont": {"size": 11, "color": LIGHT["soft"]},
        "fixedrange": True,
    }
    title = more.pop("title", None)
    if title:
        quiet["title"] = {"text": title, "font": {"size": 11.5, "color": LIGHT["soft"]}, "standoff": 8}
    return quiet | more


def layout(height: int, **more: Any) -> dict[str, Any]:
    quiet = {
        "height": height,
        "margin": {"l": 34, "r": 30, "t": 8, "b": 44},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": FONT, "size": 12, "color": LIGHT["ink"]},
        "showlegend": False,
        "hovermode": "closest",
        "hoverlabel": {
            "bgcolor": LIGHT["panel"],
            "bordercolor": LIGHT["rule"],
            "font": {"family": FONT, "size": 12, "color": LIGHT["ink"]},
            "align": "left",
        },
        "dragmode": False,
    }
    return quiet | more


def figure(traces: Sequence[Any], arrangement: dict[str, Any]) -> go.Figure:
    return go.Figure(list(traces), go.Layout(**arrangement))


def position(n: int, least: int) -> float:
    """Where n stands on the axis: log base 4, with 0 one step left of the least positive n."""
    return math.log(n, 4) if n > 0 else math.log(least, 4) - BREAK


def quantity_axis(
    quantities: Sequence[int], most_labels: int = 8
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The axis of n and the sign of its break: (axis, annotations)."""
    ordered = sorted(set(quantities))
    positive = [n for n in ordered if n > 0]
    least = positive[0] if positive else 1
    places = [position(n, least) for n in ordered]
    step = math.ceil(len(ordered) / most_labels)
    kept = {n for i, n in enumerate(reversed(ordered)) if i % step == 0} | {0}
    low, high = min(places, default=0.0), max(places, default=1.0)
    pad = max(0.06 * (high - low), 0.3)
    spec = axis(
        title="n, instances per ability",
        tickvals=places,
        ticktext=[_brief(n) if n in kept else "" for n in ordered],
        tickangle=0,
        range=[low - pad, high + pad],
        showgrid=False,
    )
    marks = []
    if ordered and ordered[0] == 0 and positive:
        sign = {"x": low + BREAK / 2, "y": 0, "yref": "paper", "text": "//", "showarrow": False}
        marks.append(sign | {"font": {"size": 11, "color": LIGHT["soft"]}, "yanchor": "middle"})
    return spec, marks


def _brief(n: int) -> str:
    """1k for 1000: seven labels stand side by side in a panel of 200 pixels."""
    return f"{n // 1000}k" if n and n % 1000 == 0 else str(n)
