"""Sentences about measures that are undefined or mislead."""

from __future__ import annotations

from collections.abc import Sequence

from curation.review.agreement.columns import Floats
from curation.review.agreement.report import NAMES, Measure

# Where kappa and AC1 part so far, at rates so high or low, the difference is prevalence and wants a sentence.
_RARE, _APART = 0.15, 0.2


def too_few(items: int, least: int) -> str:
    if not items:
        return "no instance was judged by two annotators"
    those = "one instance was" if items == 1 else f"{items} instances were"
    return f"{those} judged by two annotators; fewer than {least} say nothing about agreement"


def undefined_because(rate: float) -> str:
    """Why a kappa or alpha is 0/0, from the mean share of approvals."""
    what = "in every pair both gave one and the same verdict throughout"
    if rate in (0.0, 1.0):
        what = f"every verdict {'approves' if rate else 'rejects'}"
    return f"{what}, which is as likely by chance, so it is 0/0; read observed agreement and AC1"


def note(rate: float, measures: Sequence[Measure]) -> str:
    """Whether kappa is low only because one verdict is rare."""
    by_name = {m.measure: m for m in measures}
    agreed, kappa, ac1 = (by_name[n].value for n in (NAMES[0], NAMES[2], NAMES[4]))
    if agreed is None or kappa is None or ac1 is None or ac1 - kappa < _APART:
        return ""
    if _RARE < rate < 1 - _RARE:
        return ""
    what, often = ("approve", rate) if rate > 0.5 else ("reject", 1 - rate)
    chance = rate**2 + (1 - rate) ** 2
    return (
        f"{often:.0%} of the verdicts {what}, so kappa and alpha take {chance:.0%} agreement for chance and fall to"
        f" {kappa:.2f} although {agreed:.0%} agree; read Gwet's AC1 ({ac1:.2f}) beside them"
    )


def one_sided(cells: Floats, names: tuple[str, str]) -> str:
    """Cohen's kappa of somebody who gave one verdict throughout is 0, whatever the other did."""
    both, first, second, neither = cells
    throughout = ((names[0], second + neither, both + first), (names[1], first + neither, both + second))
    for who, rejections, approvals in throughout:
        if rejections == 0 or approvals == 0:
            what = "approved" if rejections == 0 else "rejected"
            return f"{who} {what} every shared instance, so Cohen's kappa is 0 whatever the agreement"
    return ""
