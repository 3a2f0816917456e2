"""Scores of one checkpoint per ability, with chance and interval, from predictions alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from analyze.intervals import Estimate, pooled, share_parts, weighted_sum
from analyze.shares import share_interval
from schemas.instance import Frozen
from schemas.results import Interval, Prediction

LEVEL = 0.95
ALL = "mean"


class AbilityScore(Frozen):
    """One ability under one checkpoint.

    Args:
        ability: its name, or `mean` for the mean over abilities.
        score, chance: shares; `interval` is what resampling the items would give (`analyze.intervals`): there is one
            checkpoint, so nothing is known about seeds.
        bits: mean bits per character of the gold responses; `margin` the mean log-PPL margin, None without
            distractors.
    """

    ability: str
    items: int
    score: float
    interval: Interval
    chance: float
    bits: float
    margin: float | None = None


def summarize(predictions: Sequence[Prediction], level: float = LEVEL) -> list[AbilityScore]:
    """Per ability in the order they first appear, and their mean last; empty for no predictions."""
    by_ability: dict[str, list[Prediction]] = {}
    for prediction in predictions:
        by_ability.setdefault(prediction.ability, []).append(prediction)
    if not by_ability:
        return []
    scores = [np.array([[p.score for p in own]]) for own in by_ability.values()]
    estimates = pooled([share_parts(s, fixed=True) for s in scores], list(by_ability))
    out = [
        _row(ability, own, estimate, level)
        for (ability, own), estimate in zip(by_ability.items(), estimates, strict=True)
    ]
    total = weighted_sum(estimates, [1 / len(estimates)] * len(estimates))
    out.append(
        AbilityScore(
            ability=ALL,
            items=len(predictions),
            score=total.estimate,
            interval=share_interval(total, level),
            chance=float(np.mean([r.chance for r in out])),
            bits=float(np.mean([r.bits for r in out])),
        )
    )
    return out


def _row(ability: str, own: Sequence[Prediction], estimate: Estimate, level: float) -> AbilityScore:
    margins = [p.margin for p in own if p.margin is not None]
    return AbilityScore(
        ability=ability,
        items=len(own),
        score=estimate.estimate,
        interval=share_interval(estimate, level),
        chance=float(np.mean([p.chance for p in own])),
        bits=float(np.mean([p.bits_per_character for p in own])),
        margin=float(np.mean(margins)) if margins else None,
    )
