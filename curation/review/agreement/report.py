"""What is known of a review's agreement, pass rates, pace and people: the types of its numbers."""

from __future__ import annotations

from typing import Literal

from curation.diversity.numbers import Portion
from curation.review.agreement.settings import Settings
from schemas.instance import Frozen

Name = Literal["observed agreement", "Cohen's kappa", "Fleiss' kappa", "Krippendorff's alpha", "Gwet's AC1"]
Rare = Literal["", "approve", "reject"]
NAMES: tuple[Name, ...] = (
    "observed agreement",
    "Cohen's kappa",
    "Fleiss' kappa",
    "Krippendorff's alpha",
    "Gwet's AC1",
)


class Measure(Frozen):
    """One measure of agreement.

    Args:
        value: None where it is undefined or the sample too small; `explanation` says why.
        low, high: bootstrap interval over items.
        items: instances that it is taken from; units: stages of them that two or more judged; people: who judged.
        undefined: resamples in which it is undefined; they are no part of the interval, and `explanation` says so.
    """

    measure: Name
    value: float | None = None
    low: float | None = None
    high: float | None = None
    items: int
    units: int
    people: int
    undefined: int = 0
    explanation: str = ""


class Agreed(Frozen):
    """Agreement on one group of units.

    Args:
        ability: its name; empty for all together.
        stage: `filter` or `review`; empty for both.
        pair: two annotators; empty for all.
        items, units, votes, people: what it stands on.
        approved: mean share of approvals of a unit; None of too few items.
        approvals_shared: of the approvals, the share that another verdict on the same unit is one too; rejections_shared:
            the same of rejections. None of none of them.
        rare: the verdict that is so rare that kappa and alpha are low though people agree; `note` says it in words.
    """

    ability: str = ""
    stage: str = ""
    pair: tuple[str, ...] = ()
    items: int
    units: int
    votes: int
    people: int
    approved: float | None = None
    approvals_shared: float | None = None
    rejections_shared: float | None = None
    measures: tuple[Measure, ...]
    rare: Rare = ""
    note: str = ""

    def of(self, name: Name) -> Measure:
        """The measure of that name."""
        return next(m for m in self.measures if m.measure == name)


class Estimate(Frozen):
    """A number with its interval, where there is one."""

    value: float | None = None
    low: float | None = None
    high: float | None = None


class Pace(Frozen):
    """Time spent and verdicts given.

    Args:
        verdicts: in filter and review; revisions; gold: items.
        hours: of labour, all of it; verdict_hours: on verdicts alone.
        an_hour: verdicts in an hour of labour on verdicts, with an interval over sessions.
        median_seconds: of a verdict.
        revision_minutes: mean of a revision.
        sessions: of work.
        capped: acts that counted for less than was measured, for they held a pause; guessed: acts whose time nobody
            measured, counted as their annotator's median.
    """

    verdicts: int = 0
    revisions: int = 0
    gold: int = 0
    hours: float = 0.0
    verdict_hours: float = 0.0
    an_hour: Estimate = Estimate()
    median_seconds: float | None = None
    revision_minutes: float | None = None
    sessions: int = 0
    capped: int = 0
    guessed: int = 0


class Forecast(Frozen):
    """What is left.

    Args:
        verdicts_least: that undecided units ask for.
        verdicts, revisions: with those that follow if rejections go on as before.
        hours: of labour.
        first, last: dates (UTC) between which the end is expected; last is None if it cannot be said.
        assumes: in sentences.
    """

    verdicts_least: int = 0
    verdicts: Estimate = Estimate()
    revisions: Estimate = Estimate()
    hours: Estimate = Estimate()
    date: str | None = None
    first: str | None = None
    last: str | None = None
    assumes: tuple[str, ...] = ()


class AbilityReport(Frozen):
    """One line of the table; the total has an empty name.

    Args:
        items: put under review; passed, rejected, pending: they add up to it.
        filter_pass: of decided units of the filter; revision: instances revised, of those that left the filter and do
            not wait for a revision, None where nothing is ever revised; review_pass: of decided reviews of revisions.
            None of nothing.
    """

    ability: str
    items: int
    passed: int
    rejected: int
    pending: int
    filter_pass: Portion | None = None
    revision: Portion | None = None
    review_pass: Portion | None = None
    agreement: Agreed
    stages: tuple[Agreed, ...] = ()
    pace: Pace = Pace()
    forecast: Forecast = Forecast()


class Person(Frozen):
    """One annotator.

    Args:
        verdicts: that count, in decided units.
        gold: right ones of the gold items after training; false_approvals, false_rejections: the wrong ones.
        training: the same of the training.
        with_colleagues: units on which the verdict is that of most colleagues, one's own left out; ties are no part.
        others: the same of pairs of others in the same abilities and stages, weighted alike; None if there are none.
        approves: own share of approvals on units judged with colleagues; colleagues_approve: theirs on the same.
        more: the difference, with its interval.
        slower: median of own seconds over the colleagues' median in the same ability and stage, with its interval.
        remarks: what stands out, in sentences.
    """

    name: str
    verdicts: int
    gold: Portion | None = None
    false_approvals: int = 0
    false_rejections: int = 0
    training: Portion | None = None
    with_colleagues: Portion | None = None
    others: float | None = None
    shared: int = 0
    approves: float | None = None
    colleagues_approve: float | None = None
    more: Estimate = Estimate()
    slower: Estimate = Estimate()
    pace: Pace = Pace()
    remarks: tuple[str, ...] = ()


class AgreementReport(Frozen):
    """Everything.

    Args:
        abilities: sorted by name; total: all of them together.
        pairs: every two annotators with a unit in common, the least agreement first.
        people: by name.
        votes: verdicts read; alone: units with one verdict; asked_later: verdicts that a disagreement asked for. The
            last two say nothing about agreement and are no part of it.
        at: the time that the forecast starts from, seconds since 1970.
    """

    settings: Settings
    abilities: tuple[AbilityReport, ...]
    total: AbilityReport
    pairs: tuple[Agreed, ...]
    people: tuple[Person, ...]
    votes: int
    alone: int
    asked_later: int
    at: float
