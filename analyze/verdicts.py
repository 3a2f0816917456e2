"""Verdicts: does an ability respond to data, to size, to the origin of its data? (science notes, section 3; ours)

*responsive* if the interval's low end > delta, *adverse* if its high end < -delta, *resistant* if it lies inside
(-delta, delta), else *undetermined*. The interval at `level` 0.9 makes each of these a test at 5 %: two one-sided
tests and an equivalence test. The p-values that decide are corrected by Benjamini-Hochberg over the abilities and
bases of one factor; a verdict that does not survive becomes *undetermined*.
"""

from __future__ import annotations

from dataclasses import dataclass

from scipy.special import stdtrit
from scipy.stats import false_discovery_control

from analyze.contrasts import Contrast, data_slope, human_minus_synthetic, size_slope
from analyze.curves import Metric, point_parts, seed_power
from analyze.intervals import Estimate, pooled, weighted_sum
from analyze.scores import Scores
from schemas.results import Factor, Verdict, VerdictName
from schemas.study import AnalysisSpec

POWER = 0.8
MOST_ITEMS = 20_000
MOST_SEEDS = 20
FACTORS: tuple[Factor, ...] = ("data", "size", "synthetic")


@dataclass(frozen=True)
class Case:
    """One question: ability, base (empty where all bases enter) and its contrast."""

    ability: str
    base: str
    contrast: Contrast


def cases(scores: Scores, factor: Factor, metric: Metric = "score") -> list[Case]:
    """Every question of one factor that the cells can be asked."""
    sign = 1.0 if metric == "score" else -1.0  # fewer bits are better
    origins = scores.origins()
    origin = "human" if "human" in origins or not origins else origins[0]
    out = []
    for ability in scores.abilities:
        if factor == "size":
            found = [("", size_slope(scores, ability, origin, sign))]
        elif factor == "data":
            found = [(b, data_slope(scores, ability, b, origin, sign)) for b in scores.bases]
        else:
            found = [(b, human_minus_synthetic(scores, ability, b, sign)) for b in scores.bases]
        out += [Case(ability, base, c) for base, c in found if c is not None]
    return out


def verdicts(
    scores: Scores, spec: AnalysisSpec, metric: Metric = "score", factors: tuple[Factor, ...] = FACTORS
) -> tuple[Verdict, ...]:
    """Verdicts of one metric. Estimates in points; for bits in hundredths of a bit per character, fewer = positive."""
    power = seed_power(point_parts(scores, "score")) if metric == "score" else None
    out: list[Verdict] = []
    for factor in factors:
        asked = cases(scores, factor, metric)
        if not asked:
            continue
        estimates = pooled([c.contrast.parts(power) for c in asked], [c.ability for c in asked])
        out += judge(asked, estimates, factor, metric, spec)
    return tuple(out)


def judge(
    asked: list[Case], estimates: list[Estimate], factor: Factor, metric: Metric, spec: AnalysisSpec
) -> list[Verdict]:
    """Turn one family of estimates into verdicts."""
    alpha = (1 - spec.level) / 2
    raw = [deciding_p(e, spec.delta) for e in estimates]
    adjusted = [float(p) for p in false_discovery_control(raw, method="bh")]
    out = []
    for case, estimate, own, p in zip(asked, estimates, raw, adjusted, strict=True):
        alone = name_of(estimate, spec.delta, spec.level)
        kept = alone if p <= alpha else "undetermined"
        notes = list(case.contrast.notes)
        if estimate.seed_variance is None:
            notes.append("seed variance not estimated (one seed)")
        if metric == "bits":
            notes.append("hundredths of a bit per character, positive = fewer bits")
        if kept != alone:
            notes.append(f"its own interval says {alone}, but not after correction for {len(asked)} verdicts")
        out.append(
            Verdict(
                ability=case.ability,
                factor=factor,
                metric=metric,
                base=case.base,
                verdict=kept,
                estimate=estimate.estimate,
                interval=estimate.interval(spec.level),
                p=p,
                decide=what_decides(estimate, spec.delta, alpha * own / p if p > 0 else alpha)
                if kept == "undetermined"
                else "",
                notes=tuple(notes),
            )
        )
    return out


def deciding_p(estimate: Estimate, delta: float) -> float:
    """Smallest p-value of: more than delta, less than -delta, within (-delta, delta) by two one-sided tests."""
    within = max(estimate.p_above(-delta), estimate.p_below(delta))
    return min(estimate.p_above(delta), estimate.p_below(-delta), within)


def name_of(estimate: Estimate, delta: float, level: float) -> VerdictName:
    """The verdict by the interval alone, without correction."""
    interval = estimate.interval(level)
    if interval.low > delta:
        return "responsive"
    if interval.high < -delta:
        return "adverse"
    return "resistant" if -delta < interval.low and interval.high < delta else "undetermined"


def what_decides(estimate: Estimate, delta: float, alpha: float) -> str:
    """Items and seeds that would decide in four studies of five, if the truth is where the estimate stands.

    The differences between items shrink with the items, what neither items nor seeds explain with both, the seeds'
    part with the seeds.

    Args:
        alpha: what the p-value has to stay below, after what the correction for several verdicts took.
    """
    value = estimate.estimate
    room, name = max(
        (value - delta, "responsive"), (-delta - value, "adverse"), (delta - abs(value), "resistant")
    )
    seed = estimate.seed_variance or 0.0
    between_items = max(estimate.item * estimate.items - estimate.rest / max(estimate.seeds, 1), 0.0)
    for seeds in (1, 2, 3, 5, 10, MOST_SEEDS):
        df = estimate.df * max(seeds - 1, 1) / max(estimate.seeds - 1, 1)
        reach = float(stdtrit(df, 1 - alpha)) + float(stdtrit(1e6, POWER))
        left = (room / reach) ** 2 - seed / seeds
        if seeds < estimate.seeds or left <= 0:
            continue
        items = max(_round_up(int((between_items + estimate.rest / seeds) / left) + 1), estimate.items)
        if items <= MOST_ITEMS:
            runs = "1 seed" if seeds == 1 else f"{seeds} seeds"
            return f"about {items} items and {runs} would show it {name}, if the truth is where the estimate stands"
    scarce = "seeds" if (room / reach) ** 2 <= seed / MOST_SEEDS else "items"
    most = f"{MOST_SEEDS} seeds" if scarce == "seeds" else f"{MOST_ITEMS} items"
    return f"more than {most} would be needed to show it {name}: the estimate is too close to the border"


def _round_up(items: int) -> int:
    size = int(10 ** max(len(str(items)) - 2, 1))
    return -(-items // size) * size


def mean_human_minus_synthetic(scores: Scores, base: str) -> Estimate | None:
    """Human minus synthetic over all abilities, equal weights, points; None if there is one origin only."""
    asked = [c for c in cases(scores, "synthetic") if c.base == base]
    if not asked:
        return None
    power = seed_power(point_parts(scores, "score"))
    estimates = pooled([c.contrast.parts(power) for c in asked], [c.ability for c in asked])
    return weighted_sum(estimates, [1 / len(estimates)] * len(estimates))
