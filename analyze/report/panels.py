"""Growth curves as small multiples: one panel an ability, in scores or in bits per character."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from analyze.report.figures.growth import growth_figure
from analyze.report.view import Gallery, Table, legend
from analyze.report.words import (
    NONE,
    ability_order,
    badge,
    base_order,
    named,
    percent,
    share,
    span,
    whole,
)
from schemas.results import Curve, Report


def growth(report: Report, gallery: Gallery, metric: str) -> dict[str, Any]:
    """One panel an ability; `metric` is `score` or its continuous twin, `bits`."""
    bases = base_order(report)
    curves = [c for c in report.curves if c.metric == metric and c.points]
    quantities = sorted({p.n for c in curves for p in c.points})
    panels = []
    for index, ability in enumerate(ability_order(report)):
        mine = [c for c in curves if c.ability == ability]
        verdicts = [
            v for v in report.verdicts if v.ability == ability and v.factor == "data" and v.metric == metric
        ]
        if not mine:
            panels.append({"ability": named(report, ability), "badges": [], "figure": None})
            continue
        kind = "growth" if metric == "score" else "twin"
        figure = gallery.add(
            f"{kind}-{index + 1}",
            f"Growth curve of {ability}",
            growth_figure(mine, bases, quantities),
            _curve_table(mine),
        )
        panels.append(
            {"ability": named(report, ability), "badges": [badge(v) for v in verdicts], "figure": figure}
        )
    levels = sorted({p.interval.level for c in curves for p in c.points})
    return {
        "panels": panels,
        "any": bool(curves),
        "legend": legend(report, metric),
        "levels": ", ".join(map(percent, levels)),
        "several": len({v.base for v in report.verdicts if v.factor == "data"}) > 1,
        "single": any(p.seeds < 2 for c in curves for p in c.points if p.n > 0),
    }


def _curve_table(curves: Sequence[Curve]) -> Table:
    rows = []
    for curve in curves:
        for index, p in enumerate(curve.points):
            fitted = share(curve.fitted[index]) if index < len(curve.fitted) else NONE
            interval = span(p.interval, 3, signed=False)
            rows.append(
                (
                    curve.base,
                    curve.origin,
                    whole(p.n),
                    share(p.mean),
                    interval,
                    fitted,
                    str(p.seeds),
                    whole(p.items),
                )
            )
    measure = "score" if all(c.metric == "score" for c in curves) else "bits per character"
    models = "; ".join(sorted({c.model for c in curves if c.model}))
    head = (
        "base",
        "origin",
        "n",
        measure,
        "interval",
        f"fitted ({models})" if models else "fitted",
        "seeds",
        "items",
    )
    return Table(head, tuple(rows), lead=2)
