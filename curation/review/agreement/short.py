"""Agreement for a dashboard: from the counts that are kept while people work, without reading a single verdict."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from curation.review.dashboard import Patterns

_LEAST = 10  # units; fewer say nothing, as in the settings of the whole report


class Short(NamedTuple):
    """Point values; None where undefined, or where fewer than ten units are decided.

    Args:
        percent: observed agreement, 0 to 1; alpha: Krippendorff's; ac1: Gwet's.
    """

    percent: float | None
    alpha: float | None
    ac1: float | None


def short(patterns: Patterns, votes: Mapping[str, int] | None = None) -> dict[str, Short]:
    """Agreement by stage, over all abilities.

    Args:
        patterns: (ability, stage) -> (approvals, votes) -> decided units.
        votes: stage -> votes that it asks for at first; by default the fewest that a decided unit of it has.

    A unit with more votes than that was tied, for nothing else asks for one more; only the tie says something about
    agreement.
    """
    import numpy as np

    from curation.review.agreement import coefficients as c

    by_stage: dict[str, dict[tuple[int, int], int]] = defaultdict(lambda: defaultdict(int))
    for (_, stage), shapes in patterns.items():
        first = (votes or {}).get(stage) or min((n for _, n in shapes), default=0)
        for (kept, count), units in shapes.items():
            shape = (kept, count) if count <= first else (first // 2, first)
            by_stage[stage][shape] += units
    found = {}
    for stage, shapes in by_stage.items():
        several = sorted((shape, units) for shape, units in shapes.items() if shape[1] > 1 and units > 0)
        counts = np.array([[float(units) for _, units in several]])
        if counts.sum() < _LEAST:
            found[stage] = Short(None, None, None)
            continue
        those = c.Shapes(np.array([k for (k, _), _ in several]), np.array([n for (_, n), _ in several]))
        values = (float(f(counts, those)[0]) for f in (c.observed, c.alpha, c.ac1))
        found[stage] = Short(*(None if np.isnan(value) else value for value in values))
    return found
