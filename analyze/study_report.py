"""The glue: from the long table and the other rooms' results to one `Report`, and the table for the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from analyze.curves import curves
from analyze.facts import Facts
from analyze.findings import findings
from analyze.forecast import cheapest_matrix, complexity_feature, forecast, shots_known
from analyze.order import (
    comparison_in_order,
    forecast_in_order,
    matrix_in_order,
    order_of,
    recommendation_in_order,
    rows_in_order,
)
from analyze.saturation import saturation
from analyze.scores import as_scores
from analyze.verdicts import mean_human_minus_synthetic, verdicts
from schemas.errors import BadData
from schemas.progress import Progress, Tick, silent
from schemas.results import (
    Comparison,
    Complexity,
    Forecast,
    Recommendation,
    Report,
    TransferCheck,
    TransferMatrix,
    Verdict,
)
from schemas.runs import code_revision, package_versions
from schemas.study import StudySpec
from schemas.text_table import text_table

if TYPE_CHECKING:
    import pandas as pd

STEPS = 5
ORIGINS = {"responsive": "human better", "adverse": "synthetic better", "resistant": "no difference"}


def analyze_study(
    spec: StudySpec,
    table: pd.DataFrame,
    *,
    complexity: Sequence[Complexity] = (),
    transfer: Sequence[TransferMatrix] = (),
    checks: Sequence[TransferCheck] = (),
    recommendation: Recommendation | None = None,
    comparison: Comparison | None = None,
    counts: Mapping[str, Mapping[str, int]] | None = None,
    omitted: Sequence[str] = (),
    runs: Mapping[str, str] | None = None,
    titles: Mapping[str, str] | None = None,
    command: str = "",
    seconds: float = 0.0,
    progress: Progress = silent,
) -> Report:
    """Everything a study concludes from its test scores.

    Everything about several abilities follows the titles' order.

    Args:
        table: long table; the uniform cells and the untuned bases of its test split are analysed. Rows of other mixes
            may be in it.
        complexity, transfer, checks, recommendation, comparison: what the other parts found.
        counts, omitted, runs, titles, command, seconds: handed through to the report.

    Raises:
        BadData: there are no test rows.
    """
    done = iter(range(1, STEPS + 1))

    def tick(note: str) -> None:
        progress(Tick("analysis", next(done), STEPS, note))

    level = spec.analysis.level
    grid = table[table["mix"].isin(["base", "uniform"])]
    scores = as_scores(grid, "test")
    order = order_of(scores.abilities, titles)
    scores = replace(scores, abilities=order)
    tick("growth curves")
    drawn = curves(scores, "score", level)
    judged = verdicts(scores, spec.analysis)
    bits = None
    if grid.loc[grid["split"] == "test", "bits"].notna().any():
        bits = as_scores(grid, "test", "bits")
        bits = replace(bits, abilities=order_of(bits.abilities, titles))
        drawn += curves(bits, "bits", level)
        judged += verdicts(bits, spec.analysis, "bits")
    tick("verdicts")
    base = spec.recommend.base or scores.bases[-1]
    if base not in scores.parameters:
        base = scores.bases[-1]
    filled = saturation(scores, base, next(iter(scores.origins()), "human"))
    tick("saturation")
    told, left_out = _forecast(complexity, transfer, judged, base, spec)
    tick("forecast")
    told = forecast_in_order(told, order) if told else None
    recommendation = recommendation_in_order(recommendation, order) if recommendation else None
    comparison = comparison_in_order(comparison, order) if comparison else None
    facts = Facts(
        spec=spec,
        base=base,
        bases=scores.parameters,
        abilities=order,
        curves=drawn,
        verdicts=judged,
        saturation=filled,
        forecast=told,
        recommendation=recommendation,
        comparison=comparison,
        overall=mean_human_minus_synthetic(scores, base),
        omitted=tuple(omitted),
        trouble=(*scores.missing, *(bits.missing if bits else ()), *left_out),
    )
    report = Report(
        name=spec.name,
        command=command,
        revision=code_revision(),
        packages=package_versions(),
        seconds=seconds,
        abilities=order,
        titles=dict(titles or {}),
        bases=scores.parameters,
        counts={part: dict(values) for part, values in (counts or {}).items()},
        cells=int(table.drop_duplicates(["base", "origin", "mix", "n", "seed"]).shape[0]),
        omitted=tuple(omitted),
        delta=spec.analysis.delta,
        curves=drawn,
        verdicts=judged,
        saturation=filled,
        complexity=rows_in_order(complexity, order),
        transfer=tuple(matrix_in_order(m, order) for m in transfer),
        checks=tuple(checks),
        forecast=told,
        recommendation=recommendation,
        comparison=comparison,
        findings=findings(facts),
        runs=dict(runs or {}),
    )
    tick("findings")
    return report


def _forecast(
    complexity: Sequence[Complexity],
    transfer: Sequence[TransferMatrix],
    judged: Sequence[Verdict],
    base: str,
    spec: StudySpec,
) -> tuple[Forecast | None, tuple[str, ...]]:
    matrix = cheapest_matrix(transfer)
    kept = [v for v in judged if v.factor == "data" and v.metric == "score" and v.base == base]
    # By name, so that the permutations drawn, and p with them, do not hang on the order of the report.
    slopes = {v.ability: v.estimate for v in sorted(kept, key=lambda v: v.ability)}
    if matrix is None or not complexity or not slopes:
        return None, ()
    shots = " after 4 shots" if shots_known(complexity) else ""
    try:
        return forecast(
            complexity_feature(complexity),
            matrix,
            slopes,
            seed=spec.analysis.seed,
            names=(f"Complexity C1{shots}, bits per character", f"Transference, {matrix.estimator}"),
        )
    except BadData as error:
        return None, (f"no forecast: {error.what}",)


def verdict_table(report: Report) -> str:
    """The verdicts of the largest base as plain text, one row an ability, followed by what the columns mean."""
    base = max(report.bases, key=lambda b: report.bases[b]) if report.bases else ""
    if report.recommendation:
        base = report.recommendation.base
    shown = {
        c.ability: c for c in report.curves if c.metric == "score" and c.base == base and c.origin == "human"
    }
    if not shown:
        shown = {c.ability: c for c in report.curves if c.metric == "score" and c.base == base}
    stops = {s.ability: s for s in report.saturation}
    rows = []
    for ability in report.abilities:
        curve = shown.get(ability)
        ends = f"{_share(curve.points[0].mean)} → {_share(curve.points[-1].mean)}" if curve else "–"
        stop = stops.get(ability)
        rows.append(
            [
                ability,
                _share(curve.chance) if curve else "–",
                ends,
                _cell(report, ability, "data", base),
                _cell(report, ability, "size", ""),
                _cell(report, ability, "synthetic", base),
                {"at": f"at {stop.n}", "beyond": "beyond"}.get(stop.verdict, "undetermined") if stop else "–",
            ]
        )
    first, last = ("", "")
    if shown:
        points = next(iter(shown.values())).points
        first, last = str(points[0].n), str(points[-1].n)
    header = ["ability", "chance", f"n={first} → {last}", "data", "size", "human - synthetic", "saturates"]
    factors = {v.factor for v in report.verdicts}
    used = [0, 1, 2, 3, *([4] if "size" in factors else []), *([5] if "synthetic" in factors else []), 6]
    table = text_table([header[c] for c in used], [[row[c] for c in used] for row in rows], right=(1, 2))
    level = next((f"{100 * v.interval.level:.0f} %" for v in report.verdicts), "")
    explained = {"data": "points per factor of 4 in n", "size": "points per doubling of parameters"}
    meaning = [f"{name}: {words}" for name, words in explained.items() if name in factors]
    meaning += [f"± half the interval ({level})"] if level else ["no verdicts: too few n above 0"]
    return f"base model {base}, test scores\n{table}\n{'; '.join(meaning)}"


def _cell(report: Report, ability: str, factor: str, base: str) -> str:
    for v in report.verdicts:
        if (v.ability, v.factor, v.metric, v.base) == (ability, factor, "score", base):
            half = (v.interval.high - v.interval.low) / 2
            word = ORIGINS.get(v.verdict, v.verdict) if factor == "synthetic" else v.verdict
            return f"{v.estimate:+.1f} ±{half:.1f} {word}"
    return "–"


def _share(value: float) -> str:
    return f"{value:.2f}".replace("0.", ".", 1)
