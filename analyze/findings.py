"""What the numbers carry, and what they cannot carry, in plain sentences."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median

from analyze.intervals import Estimate
from schemas.results import (
    Comparison,
    Curve,
    Factor,
    Finding,
    Forecast,
    Recommendation,
    Saturation,
    Verdict,
    VerdictName,
)
from schemas.study import StudySpec


@dataclass(frozen=True)
class Facts:
    """What the sentences are made of; `overall` is human minus synthetic over all abilities, in points."""

    spec: StudySpec
    base: str
    bases: dict[str, int]
    abilities: tuple[str, ...]
    curves: tuple[Curve, ...]
    verdicts: tuple[Verdict, ...]
    saturation: tuple[Saturation, ...]
    forecast: Forecast | None
    recommendation: Recommendation | None
    comparison: Comparison | None
    overall: Estimate | None
    omitted: tuple[str, ...]
    trouble: tuple[str, ...]

    def named(
        self, factor: Factor, verdict: VerdictName, metric: str = "score", base: str | None = None
    ) -> list[str]:
        """Abilities with that verdict, in the report's order."""
        where = self.base if base is None else base
        found = {
            v.ability
            for v in self.verdicts
            if (v.factor, v.verdict, v.metric, v.base) == (factor, verdict, metric, where)
        }
        return [a for a in self.abilities if a in found]


def findings(facts: Facts) -> tuple[Finding, ...]:
    """Every sentence of the report, findings first, then what could not be concluded, then caveats."""
    said = [
        *_data(facts),
        *_size(facts),
        *_origins(facts),
        *_saturation(facts),
        *_forecast(facts),
        *_mix(facts),
        *_caveats(facts),
    ]
    kinds = ("finding", "not concluded", "caveat")
    return tuple(sorted(said, key=lambda f: kinds.index(f.kind)))


def _data(facts: Facts) -> Iterator[Finding]:
    delta = facts.spec.analysis.delta
    meaning = {
        "responsive": f"grow with data by more than {delta:g} point per factor of 4",
        "resistant": f"resist data: their slope lies within {delta:g} point per factor of 4 of nothing",
        "adverse": f"lose by more data, more than {delta:g} point per factor of 4",
    }
    for verdict, words in meaning.items():
        if names := facts.named("data", verdict):  # type: ignore[arg-type]
            yield Finding(kind="finding", text=f"On base {facts.base}, {_list(names)} {words}.")
    if separate := _separate(facts):
        yield Finding(kind="finding", text=separate)
    if open_ones := facts.named("data", "undetermined"):
        yield Finding(
            kind="not concluded",
            text=f"Whether {_list(open_ones)} respond to data is undetermined on base {facts.base}"
            + _what_decides(facts, "data", open_ones),
        )
        if twin := [a for a in open_ones if a in facts.named("data", "responsive", "bits")]:
            yield Finding(
                kind="finding",
                text=f"Where the score leaves it open, the held-out bits per character of {_list(twin)} do fall with data.",
            )


def _separate(facts: Facts) -> str:
    """How many abilities stand above chance and clearly apart between a small and the largest n."""
    apart, small, large = [], 0, 0
    for curve in facts.curves:
        if (curve.metric, curve.base, curve.origin) != ("score", facts.base, "human"):
            continue
        low = next((p for p in curve.points if p.n >= 16), None)
        last = curve.points[-1]
        if low is None or low.n == last.n:
            continue
        small, large = low.n, last.n
        if last.interval.low > curve.chance and last.interval.low > low.interval.high:
            apart.append(curve.ability)
    if not large:
        return ""
    return (
        f"{len(apart)} of {len(facts.abilities)} abilities stand above chance at n = {large} with an interval that does not "
        f"overlap that at n = {small}."
    )


def _size(facts: Facts) -> Iterator[Finding]:
    if len(facts.bases) < 2:
        yield Finding(kind="not concluded", text="One base model: nothing can be said about model size.")
        return
    if names := facts.named("size", "responsive", base=""):
        yield Finding(kind="finding", text=f"A bigger model helps {_list(names)}.")
    if names := facts.named("size", "adverse", base=""):
        yield Finding(kind="finding", text=f"A bigger model hurts {_list(names)}.")
    if names := facts.named("size", "resistant", base=""):
        yield Finding(
            kind="finding", text=f"Model size makes no difference of a point per doubling to {_list(names)}."
        )
    if names := facts.named("size", "undetermined", base=""):
        yield Finding(
            kind="not concluded",
            text=f"The effect of size on {_list(names)} is undetermined"
            + _what_decides(facts, "size", names, ""),
        )
    if len(facts.bases) == 2:
        yield Finding(
            kind="caveat",
            text="Size rests on two base models, each made once: a difference between them need not be one of size.",
        )


def _origins(facts: Facts) -> Iterator[Finding]:
    if facts.overall is not None:
        span = facts.overall.interval(facts.spec.analysis.level)
        side = (
            "human data is better"
            if span.low > 0
            else "synthetic data is better"
            if span.high < 0
            else "no clear difference"
        )
        yield Finding(
            kind="finding" if side != "no clear difference" else "not concluded",
            text=f"Human minus synthetic data at equal n, mean over abilities on base {facts.base}: "
            f"{facts.overall.estimate:+.1f} points [{span.low:+.1f}, {span.high:+.1f}]: {side}.",
        )
    if names := facts.named("synthetic", "responsive"):
        yield Finding(kind="finding", text=f"Human data is better than synthetic for {_list(names)}.")
    if names := facts.named("synthetic", "adverse"):
        yield Finding(kind="finding", text=f"Synthetic data is better than human for {_list(names)}.")
    if names := facts.named("synthetic", "resistant"):
        yield Finding(kind="finding", text=f"For {_list(names)} the origin of the data makes no difference.")
    if names := facts.named("synthetic", "undetermined"):
        yield Finding(
            kind="not concluded",
            text=f"Human against synthetic is undetermined for {_list(names)}"
            + _what_decides(facts, "synthetic", names),
        )


def _saturation(facts: Facts) -> Iterator[Finding]:
    grown = facts.named("data", "responsive")
    full = [s for s in facts.saturation if s.verdict == "at" and s.ability in grown]
    if full:
        listed = ", ".join(f"{s.ability} (n = {s.n})" for s in full)
        yield Finding(kind="finding", text=f"Saturated, another point is not to be had: {listed}.")
    if names := [s.ability for s in facts.saturation if s.verdict == "beyond"]:
        yield Finding(kind="finding", text=f"Still growing at the largest n: {_list(names)}.")


def _forecast(facts: Facts) -> Iterator[Finding]:
    told = facts.forecast
    if told is None:
        yield Finding(kind="not concluded", text="No forecast: too few abilities have every feature.")
        return
    works = told.p <= 0.05 and told.q2 > told.q2_null
    yield Finding(
        kind="finding" if works else "not concluded",
        text=f"Complexity and Transference {'forecast' if works else 'do not forecast'} the data slope of an ability left "
        f"out (Q² = {told.q2:.2f}, 95 % of chance forecasts stay below {told.q2_null:.2f}, p = {told.p:.3f}, "
        f"K = {len(told.abilities)}: with so few abilities little beats chance).",
    )


def _mix(facts: Facts) -> Iterator[Finding]:
    mix, compared = facts.recommendation, facts.comparison
    if mix is None:
        return
    if mix.abstained:
        yield Finding(kind="not concluded", text=f"No mix is recommended over the uniform one. {mix.reason}")
    else:
        yield Finding(
            kind="finding",
            text=f"A targeted mix of {mix.budget} instances is recommended, chosen on validation scores. {mix.reason}",
        )
    if compared is not None:
        yield Finding(
            kind="finding" if compared.clear else "not concluded",
            text=f"Trained and tested, the recommended mix scores {compared.recommended:.3f}, the uniform mix of the same "
            f"size {compared.uniform:.3f}: {compared.gain:+.1f} points; {compared.reason}.",
        )


def _caveats(facts: Facts) -> Iterator[Finding]:
    slopes = [
        v for v in facts.verdicts if v.factor == "data" and v.metric == "score" and v.base == facts.base
    ]
    if slopes:
        half = median((v.interval.high - v.interval.low) / 2 for v in slopes)
        points = [
            p for c in facts.curves if c.metric == "score" and c.base == facts.base for p in c.points if p.n
        ]
        items, seeds = min(p.items for p in points), min(p.seeds for p in points)
        delta = facts.spec.analysis.delta
        enough = "can" if half < delta else "cannot"
        yield Finding(
            kind="caveat",
            text=f"With {items} items and {seeds} seed{'s' * (seeds != 1)} a slope is known to ±{half:.1f} points per factor "
            f"of 4 (median): {'fine' if half < delta else 'too coarse'} for a difference of {delta:g}, a slope of nothing "
            f"{enough} be told from it.",
        )
        if seeds < 2:
            yield Finding(
                kind="caveat", text="One seed: seed variance not estimated, every interval is too narrow."
            )
    yield Finding(
        kind="caveat",
        text="Complexity, Transference, sensitivity and saturation are this project's own definitions, not the paper's.",
    )
    if facts.omitted:
        listed = "; ".join(facts.omitted[:6]) + (
            f"; and {len(facts.omitted) - 6} more" if len(facts.omitted) > 6 else ""
        )
        yield Finding(kind="caveat", text=f"Cells left out: {listed}.")
    for sentence in facts.trouble:
        yield Finding(kind="caveat", text=sentence + ".")


def _what_decides(facts: Facts, factor: Factor, names: list[str], base: str | None = None) -> str:
    where = facts.base if base is None else base
    for v in facts.verdicts:
        if (v.factor, v.metric, v.base, v.verdict) == (
            factor,
            "score",
            where,
            "undetermined",
        ) and v.ability in names:
            return f"; for {v.ability}: {v.decide}." if v.decide else "."
    return "."


def _list(names: list[str]) -> str:
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]
