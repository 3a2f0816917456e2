"""The commands on finished results: `curves`, `forecast`, `recommend`."""

from __future__ import annotations

import json
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from analyze.curves import curves as growth_curves
from analyze.forecast import cheapest_matrix, complexity_feature
from analyze.forecast import forecast as make_forecast
from analyze.recommend.decision import mix_of, mix_toml
from analyze.recommend.decision import recommend as make_recommendation
from analyze.saturation import saturation
from analyze.scores import as_scores
from analyze.table import read_results
from analyze.verdicts import verdicts
from schemas.errors import BadData, BadSpec, MissingFile
from schemas.jsonl import first_reason, write_atomic
from schemas.results import Report
from schemas.study import AnalysisSpec, RecommendSpec, StudySpec
from schemas.text_table import text_table
from schemas.toml import load_spec

if TYPE_CHECKING:
    import pandas as pd


def _settings(arguments: Namespace) -> tuple[AnalysisSpec, RecommendSpec]:
    if arguments.study is None:
        return AnalysisSpec(), RecommendSpec()
    study = load_spec(arguments.study, StudySpec)
    return study.analysis, study.recommend


def _grid(table: pd.DataFrame) -> pd.DataFrame:
    return table[table["mix"].isin(["base", "uniform"])]


def curves(arguments: Namespace) -> None:
    """`python -m analyze curves RESULTS`: curves, verdicts and saturation of the test scores."""
    analysis, _ = _settings(arguments)
    metric = "bits" if arguments.metric == "bits" else "score"
    scores = as_scores(_grid(read_results(arguments.results)), "test", metric)
    drawn = growth_curves(scores, metric, analysis.level)  # type: ignore[arg-type]
    judged = verdicts(scores, analysis, metric)  # type: ignore[arg-type]
    stops = saturation(scores, scores.bases[-1]) if metric == "score" else ()
    if arguments.json:
        parts = {"curves": drawn, "verdicts": judged, "saturation": stops}
        print(json.dumps({k: [r.model_dump(mode="json") for r in v] for k, v in parts.items()}, indent=1))
        return
    sizes = sorted({p.n for c in drawn for p in c.points})
    rows = []
    for curve in drawn:
        at = {p.n: f"{p.mean:.2f} [{p.interval.low:.2f}, {p.interval.high:.2f}]" for p in curve.points}
        rows.append([curve.ability, curve.base, curve.origin, *(at.get(n, "–") for n in sizes), curve.model])
    print(text_table(["ability", "base", "origin", *(f"n={n}" for n in sizes), "form"], rows))
    rows = [
        [
            v.ability,
            v.factor,
            v.base or "all",
            v.verdict,
            f"{v.estimate:+.2f} [{v.interval.low:+.2f}, {v.interval.high:+.2f}]",
            f"{v.p:.3f}" if v.p is not None else "–",
            "; ".join(x for x in (v.decide, *v.notes) if x),
        ]
        for v in judged
    ]
    print(
        "\n" + text_table(["ability", "factor", "base", "verdict", "points", "p", "to decide, notes"], rows)
    )
    if stops:
        rows = [[s.ability, s.verdict, "–" if s.n is None else str(s.n)] for s in stops]
        print("\n" + text_table(["ability", "saturates", "n"], rows))


def forecast(arguments: Namespace) -> None:
    """`python -m analyze forecast RESULTS --report JSON`: leave-one-ability-out forecast of the data slopes."""
    analysis, _ = _settings(arguments)
    report = _report(arguments.report or arguments.results / "report.json")
    matrix = cheapest_matrix(report.transfer)
    if matrix is None or not report.complexity:
        raise BadData(
            "the report holds no Complexity or no Transference", do="run `complexity` and `transference`"
        )
    scores = as_scores(_grid(read_results(arguments.results)), "test")
    base = arguments.base or scores.bases[-1]
    slopes = {v.ability: v.estimate for v in verdicts(scores, analysis, factors=("data",)) if v.base == base}
    if not slopes:
        raise BadData(f"no data slopes of the base model {base!r}", do=f"known: {', '.join(scores.bases)}")
    told, left_out = make_forecast(complexity_feature(report.complexity), matrix, slopes, seed=analysis.seed)
    if arguments.json:
        print(told.model_dump_json(indent=1))
        return
    rows = [
        [a, f"{p:+.2f}", f"{y:+.2f}", f"{y - p:+.2f}"]
        for a, p, y in zip(told.abilities, told.predicted, told.actual, strict=True)
    ]
    print(text_table(["ability", "forecast", "actual", "residual"], rows, right=(1, 2, 3)))
    print(
        f"Q2 {told.q2:.2f} (95 % of permutations below {told.q2_null:.2f}), p {told.p:.3f}, K = {len(told.abilities)}"
    )
    for sentence in left_out:
        print(sentence)


def recommend(arguments: Namespace) -> None:
    """`python -m analyze recommend RESULTS`: the targeted mix, chosen on validation scores."""
    analysis, spec = _settings(arguments)
    if arguments.budget is not None:
        if arguments.budget <= 0:
            raise BadSpec(
                f"a budget of {arguments.budget} instances", where="--budget", do="name a positive number"
            )
        spec = spec.model_copy(update={"budget": arguments.budget})
    table = read_results(arguments.results)
    found = make_recommendation(table, spec, analysis, base=arguments.base)
    if arguments.out is not None:
        write_atomic(arguments.out, mix_toml(mix_of(found, seed=spec.seeds[0] if spec.seeds else 0)))
    if arguments.json:
        print(found.model_dump_json(indent=1))
        return
    rows = [
        [a.ability, a.origin, str(a.n), str(a.uniform), f"{a.n - a.uniform:+d}", f"{a.shadow_price:+.2f}"]
        for a in found.allocations
        if a.n or a.uniform
    ]
    header = ["ability", "origin", "recommended", "uniform", "change", "points per 100 more"]
    print(text_table(header, rows, right=(2, 3, 4, 5)))
    print(found.reason)


def _report(path: Path) -> Report:
    from pydantic import ValidationError

    try:
        return Report.model_validate_json(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise MissingFile("no report here", where=str(path), do="name report.json with --report") from None
    except ValidationError as error:
        raise BadData(first_reason(error), where=str(path), do="write the report again") from None
