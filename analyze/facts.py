"""What the report's sentences are made of."""

from __future__ import annotations

from dataclasses import dataclass

from analyze.intervals import Estimate
from schemas.results import (
    Comparison,
    Curve,
    Factor,
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
