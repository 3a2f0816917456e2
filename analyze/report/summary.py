"""The top of the report: what was found, the verdict of every ability, the mix."""

from __future__ import annotations

from collections import Counter
from typing import Any

from analyze.findings import reconciled
from analyze.report.figures.rows import mix_figure
from analyze.report.view import Gallery, Table
from analyze.report.words import (
    GLYPHS,
    NONE,
    ability_order,
    badge,
    base_order,
    listed,
    named,
    number,
    percent,
    probability,
    relation,
    saturation_words,
    span,
    whole,
)
from schemas.results import Factor, Recommendation, Report, Verdict

COLUMNS: dict[Factor, str] = {
    "data": "more data",
    "size": "bigger model",
    "synthetic": "human minus synthetic",
}


OTHER = "best other mix found"


def findings(report: Report) -> dict[str, Any]:
    """The sentences, and a count of the data verdicts for every base model."""
    return {
        "lead": [f.text for f in report.findings if f.kind == "finding"],
        "caveats": [f.text for f in report.findings if f.kind == "caveat"],
        "counts": _counts(report),
        "glyphs": GLYPHS,
    }


def _of(report: Report, factor: Factor, ability: str | None = None) -> list[Verdict]:
    order = base_order(report)
    chosen = [
        v
        for v in report.verdicts
        if v.factor == factor and v.metric == "score" and (ability is None or v.ability == ability)
    ]
    return sorted(chosen, key=lambda v: order.index(v.base) if v.base in order else -1)


def _counts(report: Report) -> list[dict[str, Any]]:
    verdicts = _of(report, "data")
    rows = []
    for base in dict.fromkeys(v.base for v in verdicts):
        tally = Counter(v.verdict for v in verdicts if v.base == base)
        rows.append({"base": base, "items": [(name, GLYPHS[name], tally[name]) for name in GLYPHS]})
    return rows


def verdict_table(report: Report) -> dict[str, Any]:
    """One row an ability, with a line for every base model where verdicts are per base."""
    saturation = {s.ability: s for s in report.saturation}
    largest = max((p.n for c in report.curves if c.metric == "score" for p in c.points), default=None)
    per_base = [f for f in COLUMNS if any(v.base for v in _of(report, f))]
    bases = [b for b in base_order(report) if any(v.base == b for f in COLUMNS for v in _of(report, f))]
    rows = []
    for ability in ability_order(report):
        cells = {f: _of(report, f, ability) for f in COLUMNS}
        lines = [
            {
                "base": base,
                "cells": {f: [badge(v) for v in cells[f] if v.base in ("", base)] for f in per_base},
            }
            for base in bases or [""]
        ]
        rows.append(
            {
                "ability": named(report, ability),
                "lines": lines,
                "cells": {f: [badge(v) for v in cells[f]] for f in COLUMNS if f not in per_base},
                "saturation": saturation_words(saturation.get(ability), largest),
            }
        )
    shown = [v for v in report.verdicts if v.metric == "score"]
    levels = sorted({v.interval.level for v in shown})
    return {
        "columns": COLUMNS,
        "rows": rows,
        "levels": listed(percent(level) for level in levels),
        "delta": f"{report.delta:g}",
        "any": bool(shown),
        "name_base": len(bases) > 1,
        "per_base": per_base,
    }


def mix(report: Report, gallery: Gallery) -> dict[str, Any] | None:
    """The best mix found against the uniform one: what it was predicted to bring and what it brought."""
    recommendation = report.recommendation
    if recommendation is None:
        comparison = _comparison(report, "best mix found")
        return {"comparison": comparison, "figure": None} if comparison else None
    # Of two mixes of one size, the other has more of something; a report without `best` has 0 everywhere.
    other = recommendation.abstained and any(a.best not in (0, a.uniform) for a in recommendation.allocations)
    name = OTHER if other else "recommended mix"
    abilities = [a for a in ability_order(report) if any(x.ability == a for x in recommendation.allocations)]
    shown = {(a.ability, a.origin): a.best if other else a.n for a in recommendation.allocations}
    uniform = {a: sum(x.uniform for x in recommendation.allocations if x.ability == a) for a in abilities}
    figure = gallery.add(
        "mix",
        f"Instances per ability in the {name} and in the uniform mix",
        mix_figure(shown, uniform, name),
        _mix_table(report, recommendation, abilities, name),
    )
    return {
        "figure": figure,
        "name": name,
        "other": other,
        "synthetic": any(n for (_, origin), n in shown.items() if origin == "synthetic"),
        "budget": whole(recommendation.budget),
        "base": recommendation.base,
        "abstained": recommendation.abstained,
        "reason": recommendation.reason.removeprefix("The uniform mix is kept.").strip(),
        "predicted": number(recommendation.predicted_gain, 2, signed=True),
        "interval": span(recommendation.interval, 2),
        "level": percent(recommendation.interval.level),
        "probability": relation(probability(recommendation.probability)),
        "comparison": _comparison(report, name),
    }


def _mix_table(report: Report, recommendation: Recommendation, abilities: list[str], name: str) -> Table:
    measured = report.comparison.by_ability if report.comparison else {}
    rows = []
    for ability in abilities:
        for index, a in enumerate(x for x in recommendation.allocations if x.ability == ability):
            gain = number(measured.get(ability), 1, signed=True) if index == 0 else ""
            counts = (whole(a.best if name == OTHER else a.n), whole(a.uniform), whole(a.available))
            rows.append((ability, a.origin, *counts, number(a.shadow_price, 3, signed=True), gain))
    head = (
        "ability",
        "origin",
        name,
        "uniform mix, kept" if recommendation.abstained else "uniform mix",
        "available",
        "100 more would bring, points",
        "measured gain, points",
    )
    return Table(head, tuple(rows), lead=2)


def _comparison(report: Report, name: str) -> dict[str, Any] | None:
    c = report.comparison
    if c is None:
        return None
    told = reconciled(report.recommendation, c) if report.recommendation else ""
    return {
        "name": name,
        "is_clear": c.clear,
        "gain": number(c.gain, 2, signed=True),
        "interval": span(c.interval, 2),
        "level": percent(c.interval.level),
        "found": number(c.recommended, 3),
        "uniform": number(c.uniform, 3),
        "seeds": c.seeds,
        "better": c.gain > 0,
        "reason": f"{told}{c.reason}".strip(),
        "by_ability": Table(
            ("ability", f"{name} minus uniform, points"),
            tuple((a, number(g, 1, signed=True) or NONE) for a, g in c.by_ability.items()),
        ),
    }
