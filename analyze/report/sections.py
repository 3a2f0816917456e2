"""The body of the report, from human against synthetic to where the numbers come from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from analyze.report.figures.rows import difference_figure, forecast_figure, profile_figure
from analyze.report.view import Gallery, Table
from analyze.report.words import (
    NONE,
    ability_order,
    badge,
    base_order,
    duration,
    number,
    p_value,
    parameters,
    percent,
    relation,
    span,
    whole,
)
from schemas.results import Complexity, Report

# Field of Complexity -> (title of its figure, head of its column, where the measure is neutral).
PROFILE = {
    "bits_per_character": ("C1: bits per character", "C1 bits per character", None),
    "few_shot_bits_per_character": ("C1 after 4 shots: bits per character", "C1 after 4 shots", None),
    "instruction_following_difficulty": ("C2: PPL(y|x) / PPL(y)", "C2 PPL(y|x) / PPL(y)", 1.0),
    "gap": ("C3: room above the untuned base", "C3 gap", None),
    "low_resource_area": ("C4: gain at n ≤ 64, share", "C4 gain at n ≤ 64", 0.0),
}


def difference(report: Report, gallery: Gallery) -> dict[str, Any] | None:
    """Human against synthetic at equal n."""
    verdicts = [v for v in report.verdicts if v.factor == "synthetic" and v.metric == "score"]
    if not verdicts:
        return None
    abilities = [a for a in ability_order(report) if any(v.ability == a for v in verdicts)]
    order = base_order(report)
    verdicts.sort(key=lambda v: (abilities.index(v.ability), order.index(v.base) if v.base in order else -1))
    badges = [badge(v) for v in verdicts]
    rows = tuple(
        (v.ability, b.base or "all", b.word, b.estimate, b.interval, b.p)
        for v, b in zip(verdicts, badges, strict=True)
    )
    table = Table(("ability", "base", "verdict", "human minus synthetic", "interval", "p"), rows, lead=3)
    figure = gallery.add(
        "human-synthetic",
        "Human minus synthetic, points with intervals, per ability",
        difference_figure(verdicts, abilities, order),
        table,
    )
    bases = [b for b in [*order, ""] if any(v.base == b for v in verdicts)]
    return {
        "figure": figure,
        "level": percent(verdicts[0].interval.level),
        "markers": bases if len(bases) > 1 else [],
    }


def complexity(report: Report, gallery: Gallery) -> dict[str, Any] | None:
    """The profile: one small figure a measure, one table for all."""
    if not report.complexity:
        return None
    order = ability_order(report)
    rows = sorted(report.complexity, key=lambda c: order.index(c.ability))
    measured = [f for f in PROFILE if any(getattr(c, f) is not None for c in rows)]
    figures = []
    for name in measured:
        title, head, neutral = PROFILE[name]
        values = {c.ability: getattr(c, name) for c in rows if getattr(c, name) is not None}
        table = Table(("ability", head), tuple((a, number(v, 3)) for a, v in values.items()))
        drawing = profile_figure(values, neutral)
        figures.append(
            gallery.add(f"complexity-{name.replace('_', '-')}", title, drawing, table, title=title)
        )
    return {"figures": figures, "table": _profile_table(rows, measured)}


def _profile_table(rows: Sequence[Complexity], measured: Sequence[str]) -> Table:
    body = tuple((c.ability, *(number(getattr(c, f), 3) for f in measured)) for c in rows)
    return Table(("ability", *(PROFILE[f][1] for f in measured)), body)


def forecast(report: Report, gallery: Gallery) -> dict[str, Any] | None:
    """Leave-one-ability-out forecast, with every residual."""
    f = report.forecast
    if f is None:
        return None
    rows = tuple(
        (a, *(number(v, 2, signed=True) for v in (p, y, y - p)))
        for a, p, y in zip(f.abilities, f.predicted, f.actual, strict=True)
    )
    table = Table(("ability", "predicted", "actual", "residual"), rows)
    label = "Predicted against actual data sensitivity"
    return {
        "figure": gallery.add("forecast", label, forecast_figure(f), table),
        "k": len(f.abilities),
        "features": ", ".join(f.features),
        "q2": number(f.q2, 2, signed=True),
        "null": number(f.q2_null, 2, signed=True),
        "p": relation(p_value(f.p)),
        "beats": f.q2 > f.q2_null,
    }


def open_questions(report: Report) -> dict[str, Any]:
    """What could not be concluded: sentences, and for each undetermined verdict what would decide it."""
    words = {
        "data": "more data",
        "size": "a bigger model",
        "synthetic": "human against synthetic",
    }
    order = ability_order(report)
    undecided = [v for v in report.verdicts if v.verdict == "undetermined"]
    undecided.sort(key=lambda v: (v.metric == "bits", list(words).index(v.factor), order.index(v.ability)))
    rows = tuple(
        (
            v.ability,
            words[v.factor] + (" (bits per character)" if v.metric == "bits" else ""),
            v.base or "all",
            number(v.estimate, 1, signed=True),
            span(v.interval),
            v.decide or NONE,
        )
        for v in undecided
    )
    head = ("ability", "question", "base", "estimate", "interval", "what would decide it")
    return {
        "sentences": [f.text for f in report.findings if f.kind == "not concluded"],
        "table": Table(head, rows, lead=3, tail=1) if rows else None,
    }


def origins(report: Report) -> dict[str, Any]:
    """Where the numbers come from."""
    by_ability = _by_ability(report)
    splits = list(dict.fromkeys(split for counts in by_ability.values() for split in counts))
    counted = tuple((a, *(whole(c[s]) if s in c else NONE for s in splits)) for a, c in by_ability.items())
    seeds = sorted({p.seeds for c in report.curves for p in c.points})
    return {
        "command": report.command,
        "revision": report.revision,
        "seconds": duration(report.seconds) if report.seconds else "",
        "cells": whole(report.cells),
        "seeds": ", ".join(map(str, seeds)),
        "split": report.split,
        "bases": [(base, parameters(count)) for base, count in report.bases.items()],
        "counts": Table(("ability", *splits), counted) if counted else None,
        "packages": sorted(report.packages.items()),
        "runs": list(report.runs.items()),
        "omitted": list(report.omitted),
    }


def _by_ability(report: Report) -> dict[str, dict[str, int]]:
    """Counts with abilities as rows, whichever of ability and part the report has outside."""
    known = set(ability_order(report))
    if known & set(report.counts) or not report.counts:
        return report.counts
    abilities = dict.fromkeys(a for part in report.counts.values() for a in part)
    return {a: {part: counts[a] for part, counts in report.counts.items() if a in counts} for a in abilities}
