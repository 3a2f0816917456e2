"""What the numbers carry, and what they cannot carry, in plain sentences."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

from analyze.facts import Facts
from schemas.results import Comparison, Factor, Finding, Recommendation

SMALL_N = 16


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
    step = f"{points(facts.spec.analysis.delta)} per factor of 4"
    meaning = {
        "responsive": ("grows", "grow", f"with data by more than {step}"),
        "resistant": ("resists", "resist", f"data: less than {step}, up or down"),
        "adverse": ("loses", "lose", f"by more data, more than {step}"),
    }
    for verdict, (one, many, words) in meaning.items():
        if names := facts.named("data", verdict):  # type: ignore[arg-type]
            yield Finding(
                kind="finding",
                text=f"On base {facts.base}, {_list(names)} {_verb(names, one, many)} {words}.",
            )
    yield from _separate(facts)
    if open_ones := facts.named("data", "undetermined"):
        yield Finding(
            kind="not concluded",
            text=f"Whether {_list(open_ones)} {_verb(open_ones, 'responds', 'respond')} to data is undetermined "
            f"on base {facts.base}" + _what_decides(facts, "data", open_ones),
        )
        if twin := [a for a in open_ones if a in facts.named("data", "responsive", "bits")]:
            yield Finding(
                kind="finding",
                text=f"Where the score leaves it open, the held-out bits per character of {_list(twin)} do fall with "
                f"data on base {facts.base}.",
            )


def _separate(facts: Facts) -> Iterator[Finding]:
    """For each base: how many abilities end above chance and clearly apart from where they stood at a small n."""
    scored = [c for c in facts.curves if c.metric == "score"]
    origin = "human" if any(c.origin == "human" for c in scored) else "synthetic"
    for base in facts.bases:
        ends, apart, seen = set(), [], 0
        for curve in scored:
            low = next((p for p in curve.points if p.n >= SMALL_N), None)
            last = curve.points[-1]
            if (curve.base, curve.origin) != (base, origin) or low is None or low.n == last.n:
                continue
            seen += 1
            ends.add((low.n, last.n))
            if last.interval.low > curve.chance and last.interval.low > low.interval.high:
                apart.append(curve.ability)
        if not seen:
            continue
        small, large = (sorted({e[k] for e in ends}) for k in (0, 1))
        names = [a for a in facts.abilities if a in apart]
        yield Finding(
            kind="finding" if apart else "not concluded",
            text=f"On base {base}, {len(apart)} of {seen} abilities {_verb(apart, 'stands', 'stand')} above chance at n = "
            f"{' or '.join(map(str, large))} with an interval that lies wholly above the one at n = "
            f"{' or '.join(map(str, small))}{': ' + _list(names) if names else ''}.",
        )


def _size(facts: Facts) -> Iterator[Finding]:
    if len(facts.bases) < 2:
        yield Finding(kind="not concluded", text="One base model: nothing can be said about model size.")
        return
    if names := facts.named("size", "responsive", base=""):
        yield Finding(kind="finding", text=f"A bigger model helps {_list(names)} at equal n.")
    if names := facts.named("size", "adverse", base=""):
        yield Finding(kind="finding", text=f"A bigger model hurts {_list(names)} at equal n.")
    if names := facts.named("size", "resistant", base=""):
        yield Finding(
            kind="finding",
            text=f"Model size makes less than {points(facts.spec.analysis.delta)} of difference per doubling to "
            f"{_list(names)}.",
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
        yield Finding(
            kind="finding",
            text=f"On base {facts.base}, human data is better than synthetic for {_list(names)}.",
        )
    if names := facts.named("synthetic", "adverse"):
        yield Finding(
            kind="finding",
            text=f"On base {facts.base}, synthetic data is better than human for {_list(names)}.",
        )
    if names := facts.named("synthetic", "resistant"):
        delta = points(facts.spec.analysis.delta)
        yield Finding(
            kind="finding",
            text=f"On base {facts.base}, the origin of the data makes less than {delta} of difference for {_list(names)}.",
        )
    if names := facts.named("synthetic", "undetermined"):
        yield Finding(
            kind="not concluded",
            text=f"Human against synthetic is undetermined on base {facts.base} for {_list(names)}"
            + _what_decides(facts, "synthetic", names),
        )


def _saturation(facts: Facts) -> Iterator[Finding]:
    grown = facts.named("data", "responsive")
    full = [s for s in facts.saturation if s.verdict == "at" and s.ability in grown]
    if full:
        listed = ", ".join(f"{s.ability} (n = {s.n})" for s in full)
        yield Finding(
            kind="finding",
            text=f"Saturated on base {facts.base}, more data brings a point at most: {listed}.",
        )
    if names := [s.ability for s in facts.saturation if s.verdict == "beyond"]:
        yield Finding(
            kind="finding", text=f"Still growing at the largest n on base {facts.base}: {_list(names)}."
        )


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
        name = "best other mix found" if mix.abstained else "recommended mix"
        side = "better" if compared.gain > 0 else "worse"
        span = f"[{compared.interval.low:+.1f}, {compared.interval.high:+.1f}]"
        yield Finding(
            kind="finding" if compared.clear else "not concluded",
            text=f"Trained and tested, the {name} scores {compared.recommended:.3f}, the uniform mix of the same "
            f"size {compared.uniform:.3f}: {compared.gain:+.1f} points {span}, "
            f"{f'clearly {side}' if compared.clear else 'no clear gain'}. {reconciled(mix, compared)}"
            f"{compared.reason}".rstrip(),
        )


def reconciled(mix: Recommendation, compared: Comparison) -> str:
    """One sentence where the rule, set before the test, and the test say different things; else nothing."""
    if not compared.clear or (compared.gain > 0) != mix.abstained:
        return ""
    if mix.abstained:
        return (
            "The rule, set before the test, kept the uniform mix; the test says that it was too cautious here: use the "
            "other mix. "
        )
    return "The rule, set before the test, chose this mix; the test says that the uniform one is better: use that. "


def _caveats(facts: Facts) -> Iterator[Finding]:
    slopes = [
        v for v in facts.verdicts if v.factor == "data" and v.metric == "score" and v.base == facts.base
    ]
    if slopes:
        half = median((v.interval.high - v.interval.low) / 2 for v in slopes)
        held = [
            p for c in facts.curves if c.metric == "score" and c.base == facts.base for p in c.points if p.n
        ]
        items, seeds = min(p.items for p in held), min(p.seeds for p in held)
        delta = facts.spec.analysis.delta
        enough = "can" if half < delta else "cannot"
        yield Finding(
            kind="caveat",
            text=f"With {items} items and {seeds} seed{'s' * (seeds != 1)} a slope is known to ±{half:.1f} points per factor "
            f"of 4 (median): {'fine' if half < delta else 'too coarse'} for a difference of {points(delta)}; a slope of "
            f"nothing {enough} be told from it.",
        )
        if seeds < 2:
            yield Finding(
                kind="caveat", text="One seed: seed variance not estimated, every interval is too narrow."
            )
    if facts.spec.world is not None:
        yield Finding(
            kind="caveat",
            text="The abilities are procedurally generated stand-ins in a little world: this shows how the method behaves, "
            "and says nothing about real abilities or big models.",
        )
    yield Finding(
        kind="caveat",
        text="An untuned base does not know the answer formats, so part of what is gained from n = 0 is format.",
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


def points(value: float) -> str:
    """`1 point`, `2 points`."""
    return f"{value:g} point{'s' * (value != 1)}"


def _verb(names: list[str], one: str, many: str) -> str:
    return one if len(names) == 1 else many


def _list(names: list[str]) -> str:
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]
