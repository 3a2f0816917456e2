"""Do the intervals of agreement hold the truth as often as they say? Simulated reviews whose true agreement is known.

    python benchmarks/agreement_coverage.py                          # two annotators, 400 samples a line
    python benchmarks/agreement_coverage.py --people 8 --stages 2

Items pass or don't in truth; annotators see it with errors, or not at all and guess. `pass` is the approval rate, `agree`
the observed agreement that is to be estimated. Beside the intervals that are reported (two pseudo-items among what is
resampled) stand the plain percentile bootstrap's and, of two annotators, those of the bias-corrected and accelerated one
(Efron 1987). Samples in which a measure is undefined are counted and are no part of its coverage.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

import numpy as np
from scipy.special import ndtr, ndtri

from curation.review.agreement import coefficients
from curation.review.agreement.columns import Floats
from curation.review.agreement.measures import _by_cell, _by_shape
from curation.review.agreement.report import NAMES
from curation.review.agreement.resample import resampled, spread
from curation.review.agreement.settings import Settings
from curation.review.agreement.tables import Table, pairs_of, shapes_of
from curation.review.agreement.units import pairings_of, units_of
from curation.review.agreement.votes import Votes

LEVEL = 0.95
# (approval rate, observed agreement)
WORLDS = ((0.5, 0.75), (0.8, 0.85), (0.93, 0.92), (0.93, 0.97), (0.98, 0.97), (0.98, 0.99))


def votes(rng: np.random.Generator, items: int, people: int, stages: int, rate: float, agree: float) -> Votes:
    """Two annotators on every item and stage; whoever they are, they disagree as often. A second stage of an item is as
    hard as its first one: where the first verdicts differ, so do the second ones in half of the cases more."""
    apart = (1 - agree) / 2
    cells = np.array([rate - apart, apart, apart, 1 - rate - apart])
    first = rng.choice(4, items, p=cells)
    cell = np.stack(
        [
            first,
            *(
                np.where(rng.random(items) < 0.5, first, rng.choice(4, items, p=cells))
                for _ in range(stages - 1)
            ),
        ]
    )
    one = rng.integers(0, people, (stages, items))
    other = (one + rng.integers(1, people, (stages, items))) % people
    who = np.stack([one, other], axis=2).ravel()
    kept = np.stack([cell < 2, cell % 2 == 0], axis=2).ravel()
    item = np.repeat(np.tile(np.arange(items), stages), 2)
    stage = np.repeat(np.repeat(["filter", "review"][:stages], items), 2)
    return Votes.from_columns(
        item=item, ability=["math"] * len(item), stage=stage.tolist(), round=np.zeros(len(item), np.int64),
        annotator=[f"a{w}" for w in who], kept=kept, at=np.arange(len(item)), seconds=np.ones(len(item)),
    )  # fmt: skip


def truth(rate: float, agree: float) -> dict[str, float]:
    """In the limit of many items. Annotators approve alike, so the kappas and alpha are one."""
    chance = rate**2 + (1 - rate) ** 2
    kappa = (agree - chance) / (1 - chance)
    ac1 = (agree - (1 - chance)) / chance
    return dict(zip(NAMES, (agree, kappa, kappa, kappa, ac1), strict=True))


def accelerated(
    table: Table, statistics: Callable[[Floats], list[Floats]], draws: list[Floats]
) -> list[tuple[float, float]]:
    """BCa intervals from the plain bootstrap's draws."""
    total, found = table.total(), []
    left = statistics(total - table.features)
    for values, without, whole in zip(draws, left, statistics(total), strict=True):
        values, estimate = values[~np.isnan(values)], float(whole[0])
        if not len(values) or np.isnan(estimate):
            found.append((np.nan, np.nan))
            continue
        below = np.clip(((values < estimate).mean() + (values <= estimate).mean()) / 2, 1e-4, 1 - 1e-4)
        bias = ndtri(below)
        usable = ~np.isnan(without)
        weight, gap = table.counts[usable], np.nan_to_num(without[usable])
        gap = (weight * gap).sum() / weight.sum() - gap
        scale = 6 * (weight * gap**2).sum() ** 1.5
        bend = (weight * gap**3).sum() / scale if scale > 0 else 0.0
        ends = [bias + z for z in ndtri([(1 - LEVEL) / 2, (1 + LEVEL) / 2])]
        low, high = (np.quantile(values, ndtr(bias + z / (1 - bend * z))) for z in ends)
        found.append((float(low), float(high)))
    return found


def one_sample(sample: Votes, draws: int, seed: int) -> dict[str, dict[str, tuple[float, float]]]:
    """measure -> kind of interval -> ends; nothing for a measure that is undefined."""
    units = units_of(sample, Settings())
    pairings = pairings_of(units)
    everything = np.arange(len(units))
    jobs: list[tuple[tuple[str, ...], Table, Callable[[Floats], list[Floats]]]] = []
    if len(sample.annotators) == 2:
        nobody = np.zeros(len(units), np.int64)
        jobs.append((NAMES, pairs_of(units, pairings, everything, nobody, 1, seed), _by_cell))
    else:
        table, shapes = shapes_of(units, everything, seed)
        jobs.append((tuple(n for n in NAMES if "Cohen" not in n), table, lambda c: _by_shape(c, shapes)))
        codes = pairings.first * len(sample.annotators) + pairings.second
        names, place = np.unique(codes, return_inverse=True)
        pooled = pairs_of(units, pairings, everything, place, len(names), seed)
        jobs.append((("Cohen's kappa",), pooled,
                     lambda c: [coefficients.cohen(c.reshape(len(c), len(names), 4))]))  # fmt: skip
    found: dict[str, dict[str, tuple[float, float]]] = {}
    for measures, table, statistics in jobs:
        smooth = resampled(table, statistics, draws=draws, seed=seed)
        plain = resampled(table, statistics, draws=draws, seed=seed, pseudo=False)
        bent = accelerated(table, statistics, plain) if len(sample.annotators) == 2 else None
        for place, name in enumerate(measures):
            estimate = float(statistics(table.total())[place][0])
            if np.isnan(estimate):
                continue
            found[name] = {"ours": _ends(smooth[place], estimate), "plain": _ends(plain[place], estimate)}
            if bent is not None:
                found[name]["BCa"] = bent[place]
    return found


def _ends(values: Floats, estimate: float) -> tuple[float, float]:
    """The percentile interval; all that is possible where it is undefined in most resamples."""
    found = spread(values, estimate, LEVEL)
    return (-1.0, 1.0) if found.low is None or found.high is None else (found.low, found.high)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--items", type=int, nargs="+", default=[20, 50, 200])
    parser.add_argument("--people", type=int, default=2)
    parser.add_argument("--stages", type=int, default=1, choices=(1, 2))
    parser.add_argument("--samples", type=int, default=400)
    parser.add_argument("--draws", type=int, default=1000)
    arguments = parser.parse_args()
    print("| items | pass | agree | measure | undefined | ours | plain | BCa | width ours | width plain |")
    print("|---:|---:|---:|---|---:|---:|---:|---:|---:|---:|")
    rng = np.random.default_rng(1)
    for items in arguments.items:
        for rate, agree in WORLDS:
            known = truth(rate, agree)
            held: dict[str, list[tuple[str, bool, float]]] = {name: [] for name in NAMES}
            defined = dict.fromkeys(NAMES, 0)
            for number in range(arguments.samples):
                sample = votes(rng, items, arguments.people, arguments.stages, rate, agree)
                for name, kinds in one_sample(sample, arguments.draws, number).items():
                    defined[name] += 1
                    for kind, (low, high) in kinds.items():
                        held[name].append((kind, low - 1e-9 <= known[name] <= high + 1e-9, high - low))
            for name in NAMES:
                shown = []
                for kind in ("ours", "plain", "BCa"):
                    hits = [hit for k, hit, _ in held[name] if k == kind]
                    shown.append(f"{np.mean(hits):.3f}" if hits else "")
                wide = [
                    np.mean([w for k, _, w in held[name] if k == kind] or [np.nan])
                    for kind in ("ours", "plain")
                ]
                missing = arguments.samples - defined[name]
                print(f"| {items} | {rate} | {agree} | {name} | {missing} | {' | '.join(shown)} |"
                      f" {wide[0]:.2f} | {wide[1]:.2f} |", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
