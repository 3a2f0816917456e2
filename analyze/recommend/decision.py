"""From validation scores to a recommended mix, or to the honest answer that the uniform one should stay (ours)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from analyze.curves import in_unit, point_parts, seed_power
from analyze.recommend.holdout import held_out_gain
from analyze.recommend.inputs import Fold, SeedNoise, fit, whole
from analyze.recommend.solver import Integers, Problem, solve
from analyze.recommend.words import explain
from analyze.scores import Array, Scores, as_scores
from analyze.seeds import ratios
from schemas.errors import BadData, BadSpec
from schemas.even import spread_evenly
from schemas.results import Allocation, Interval, Recommendation
from schemas.specs import Draw, MixSpec
from schemas.study import AnalysisSpec, RecommendSpec

if TYPE_CHECKING:
    import pandas as pd

Source = tuple[str, str]

# The number of optimizer steps belongs to the mix, not to an ability: an ability that lost nearly all its rows would
# also lose its steps, which no run of the grid has measured. So none falls below a quarter of its uniform share.
LEAST_SHARE = 0.25
HELD_OUT_DRAWS = 24


def recommend(
    table: pd.DataFrame,
    spec: RecommendSpec,
    analysis: AnalysisSpec | None = None,
    available: Mapping[Source, int] | None = None,
    *,
    base: str = "",
    costs: Mapping[Source, float] | None = None,
    least_share: float = LEAST_SHARE,
) -> Recommendation:
    """The targeted mix of `spec.budget` instances for one base, chosen on validation scores only.

    Args:
        table: long table; only its validation rows are read.
        available: (ability, origin) -> instances in the pool; what is missing counts as the largest n of the grid.
        base: the base model; `spec.base` or the largest of the table if empty.
        costs: of one instance of a source, 1 if missing.
        least_share: of its uniform allocation that every ability keeps.

    Returns:
        the recommendation; `abstained` with the uniform mix unless Pr(gain > 0), judged on items and seeds that the
        allocation was not chosen on, reaches `spec.confidence`. Predicted gain in points.

    Raises:
        BadData: there are no validation scores of that base.
        BadSpec: no budget, or floors that cost more than the budget.
    """
    analysis = analysis or AnalysisSpec()
    if spec.budget <= 0:
        raise BadSpec("the budget is 0", where="recommend.budget", do="set the instances of the whole mix")
    scores = as_scores(table, "validation")
    base = base or spec.base or scores.bases[-1]
    if base not in scores.parameters:
        raise BadData(
            f"no validation scores of the base model {base!r}", do=f"known: {', '.join(scores.bases)}"
        )
    sources = _sources(scores, base)
    largest = {a: _largest(scores, a, base) for a in scores.abilities}
    room = {s: (available or {}).get(s, largest[s[0]]) for s in sources}
    human = [s for s in sources if s[1] == "human"]
    uniform = np.zeros(len(sources), dtype=np.int64)
    uniform[: len(human)] = list(
        spread_evenly({i: room[s] for i, s in enumerate(human)}, spec.budget).values()
    )
    weights = np.array([spec.weights.get(a, 1.0) for a in scores.abilities])
    if weights.sum() <= 0:
        raise BadSpec("every weight is 0", where="recommend.weights", do="weigh at least one ability")
    weights = weights / weights.sum()
    cost = np.array([(costs or {}).get(s, 1.0) for s in sources])
    floor, cap = _bounds(sources, spec, uniform, room, largest, least_share)
    budget = float(uniform @ cost)
    if float(floor @ cost) > budget + 1e-9:
        raise BadSpec(
            f"the floors cost {float(floor @ cost):.0f} of a budget of {budget:.0f}",
            where="recommend.floors",
            do="lower them or raise the budget",
        )
    noise = _seed_noise(scores, base)

    def problem_for(fold: Fold, draws: int) -> Problem:
        surfaces = fit(scores, base, sources, fold, noise=noise, draws=draws, seed=analysis.seed)
        return Problem(surfaces, weights, cost, floor, cap, uniform, budget)

    def own_rows(fold: Fold) -> Integers:
        return solve(problem_for(fold, HELD_OUT_DRAWS))[: len(human)]

    problem = problem_for(whole(scores, base), analysis.draws)
    chosen = solve(problem)
    draws = 100 * problem.gains(chosen[None, :].astype(np.float64))[0]
    tail = (1 - analysis.level) / 2
    interval = Interval(
        low=float(np.quantile(draws, tail)), high=float(np.quantile(draws, 1 - tail)), level=analysis.level
    )
    held = held_out_gain(scores, base, weights, uniform[: len(human)], own_rows, analysis.seed)
    probability = held.p_below(0.0) if not np.array_equal(chosen, uniform) else 0.0
    probability = min(probability, float((draws > 0).mean()))
    abstained = probability < spec.confidence
    final = uniform if abstained else chosen
    prices = _prices(problem, final)
    return Recommendation(
        budget=int(uniform.sum()),
        base=base,
        allocations=tuple(
            Allocation(
                ability=ability,
                origin="synthetic" if origin == "synthetic" else "human",
                n=int(final[i]),
                best=int(chosen[i]),
                uniform=int(uniform[i]),
                shadow_price=float(prices[i]),
                available=int(room[ability, origin]),
            )
            for i, (ability, origin) in enumerate(sources)
        ),
        predicted_gain=float(draws.mean()),
        interval=interval,
        probability=probability,
        abstained=abstained,
        reason=explain(
            sources,
            chosen,
            uniform,
            prices,
            draws,
            held,
            probability,
            spec.confidence,
            abstained,
            problem.surfaces,
        ),
    )


def mix_of(recommendation: Recommendation, *, seed: int, uniform: bool = False) -> MixSpec:
    """The settings of the recommended mix, or of the uniform one of the same size, as `finetune mix` reads them."""
    draws = [
        Draw(ability=a.ability, origin=a.origin, count=a.uniform if uniform else a.n)
        for a in recommendation.allocations
    ]
    kept = tuple(d for d in draws if d.count)
    return MixSpec(name="uniform" if uniform else "recommended", draws=kept, seed=seed)


def mix_toml(mix: MixSpec) -> str:
    """`MIX.toml` as `finetune mix` reads it. Names are plain words, so no escapes are needed."""
    lines = [f'name = "{mix.name}"', f"seed = {mix.seed}"]
    for draw in mix.draws:
        lines += [
            "",
            "[[draws]]",
            f'ability = "{draw.ability}"',
            f'origin = "{draw.origin}"',
            f"count = {draw.count}",
        ]
    return "\n".join(lines) + "\n"


def _sources(scores: Scores, base: str) -> list[Source]:
    origins = {k.origin for v in scores.values.values() for k in v if k.base == base and k.mix == "uniform"}
    if "human" not in origins:
        raise BadData(f"no human runs of the base model {base!r}", do="a mix is recommended from human data")
    order: Sequence[str] = ("human", "synthetic") if "synthetic" in origins else ("human",)
    return [(a, o) for o in order for a in scores.abilities]


def _largest(scores: Scores, ability: str, base: str) -> int:
    grid = scores.grid(ability, base, "human")
    return int(max(scores.effective(ability, base, "human", n) for n in grid))


def _bounds(
    sources: Sequence[Source],
    spec: RecommendSpec,
    uniform: Integers,
    room: Mapping[Source, int],
    largest: Mapping[str, int],
    least_share: float,
) -> tuple[Integers, Integers]:
    """Floors and caps of every source: nothing beyond the pool or beyond the largest n that was measured."""
    cap = np.array([min(room[s], max(largest[s[0]], int(u))) for s, u in zip(sources, uniform, strict=True)])
    floor = np.zeros(len(sources), dtype=np.int64)
    for i, (ability, origin) in enumerate(sources):
        if origin == "human":
            asked = max(spec.floors.get(ability, 0), int(least_share * uniform[i]))
            if spec.floors.get(ability, 0) > cap[i]:
                raise BadSpec(
                    f"the floor of {ability} is {spec.floors[ability]}, but only {cap[i]} can be had or were measured",
                    where="recommend.floors",
                    do="lower it",
                )
            floor[i] = min(asked, int(cap[i]))
    return floor, cap


def _seed_noise(scores: Scores, base: str) -> SeedNoise:
    """How much a run's mean score varies, pooled over the cells of each ability; 0 where there is one seed only."""
    family = {place: one for place, one in point_parts(scores, "score").items() if place[1] == base}
    power = seed_power(family)
    found = ratios(list(in_unit(family, power).values()), [place[0] for place in family])
    return SeedNoise({a: r.value for a, r in (found or {}).items()}, power)


def _prices(problem: Problem, mix: Integers, rows: int = 100) -> Array:
    """Points of the weighted mean that 100 more instances of each source would add, mean over the draws."""
    more = mix[None, :].astype(np.float64) + rows * np.eye(len(mix))
    scores = (
        problem.surfaces.scores(np.concatenate([mix[None, :].astype(np.float64), more])) @ problem.weights
    )
    return np.asarray(100 * (scores[1:] - scores[:1]).mean(axis=1))
