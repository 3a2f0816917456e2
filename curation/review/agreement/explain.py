"""Sentences about measures that are undefined or mislead."""

from __future__ import annotations

from collections.abc import Sequence

from curation.review.agreement.columns import Floats
from curation.review.agreement.report import NAMES, Measure, Rare
from curation.review.agreement.shown import share, two

OBSERVED, ALPHA, AC1 = NAMES[0], NAMES[3], NAMES[4]
UNDEFINED = "undefined in"  # how the sentence about resamples begins

# Where alpha and AC1 part so far, at rates so high or low, the difference is prevalence and wants a sentence.
_RARE, _APART = 0.15, 0.2


def too_few(items: int, least: int) -> str:
    if not items:
        return "no instance was judged by two annotators"
    those = "one instance was" if items == 1 else f"{items} instances were"
    return f"{those} judged by two annotators; fewer than {least} say nothing about agreement"


def too_few_shared(items: int, least: int) -> str:
    """Of a pair."""
    those = "one instance" if items == 1 else f"{items} instances"
    return f"the two share {those}; fewer than {least} say nothing about agreement"


def undefined_because(rate: float) -> str:
    """Why a kappa or alpha is 0/0, from the mean share of approvals."""
    what = "in every pair that counts both gave one and the same verdict throughout, and by chance they would"
    if rate in (0.0, 1.0):
        what = f"every verdict {'approves' if rate else 'rejects'}, and by chance every one would"
    return f"{what}, so it is 0/0; read observed agreement and AC1"


def undefined_in(count: int, draws: int) -> str:
    """In how many resamples a measure is undefined."""
    return f"{UNDEFINED} {count:,} of {draws:,} resamples"


def rare_verdict(rate: float, measures: Sequence[Measure]) -> Rare:
    """The verdict that is so rare that kappa and alpha are low though people agree; empty without one."""
    by_name = {m.measure: m for m in measures}
    alpha, ac1 = by_name[ALPHA].value, by_name[AC1].value
    if alpha is None or ac1 is None or ac1 - alpha < _APART or _RARE < rate < 1 - _RARE:
        return ""
    return "reject" if rate > 0.5 else "approve"


def note(rate: float, rare: Rare, again: float | None, measures: Sequence[Measure]) -> str:
    """What a rare verdict does to the measures, and how far people agree on *it*.

    Args:
        again: of the verdicts like the rare one, the share that a colleague on the same unit gave too.
    """
    by_name = {m.measure: m.value for m in measures}
    alpha, ac1 = by_name[ALPHA], by_name[AC1]
    if not rare or alpha is None or ac1 is None:
        return ""
    what, often = ("approve", rate) if rare == "reject" else ("reject", 1 - rate)
    chance = rate**2 + (1 - rate) ** 2
    return (
        f"{share(often)} of the verdicts {what}, so kappa and alpha take {share(chance)} agreement for chance, and"
        f" with {share(by_name[OBSERVED])} alpha is {two(alpha)}; AC1, which takes less for chance, is {two(ac1)};"
        f" read both: of the {'rejections' if rare == 'reject' else 'approvals'}, a colleague shares {share(again)}"
    )


def one_sided(cells: Floats, names: tuple[str, str] | None) -> str:
    """Whether Cohen's kappa is 0 because somebody of every pair gave one verdict throughout, whatever the other did.

    Args:
        cells: tables of pairs, (pairs, 4).
        names: of the pair, if it is one.
    """
    both, first, second, neither = cells.T
    one = (both + first == 0) | (second + neither == 0)
    other = (both + second == 0) | (first + neither == 0)
    alike = (first + second == 0) & one  # that is 0/0 and adds nothing
    if not (one | other).all() or alike.all():
        return ""
    if names is None:
        return "in every pair somebody gave one verdict throughout, so it is 0 whatever the agreement"
    said = [
        f"{who} {'rejected' if approvals == 0 else 'approved'}"
        for who, there, approvals in ((names[0], one[0], both + first), (names[1], other[0], both + second))
        if there
    ]
    return f"{' and '.join(said)} every shared instance, so it is 0 whatever the agreement"
