"""Where the items of a review stand, as counts of each ability."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemas.instance import Frozen

if TYPE_CHECKING:
    from curation.review.dashboard import AbilityProgress
    from curation.review.process import Process


class Outcome(Frozen):
    """Where the items of one ability stand. `items` = `passed` + `rejected` + those waiting in the three stages.

    Args:
        items: that were put under review.
        filtered, filter_kept: decided units of the filter; of them, kept.
        revised: items revised at least once.
        reviewed, review_kept: decided reviews of revisions; of them, kept.
        passed, rejected: items at their end.
        in_filter, in_revise, in_review: items that wait there.
        revise_again: of `in_revise`, those revised before.
        verdicts_left: that undecided units ask for at least.
        revises: whether what is rejected goes to revision.
        review_votes: votes that a revision needs.
        third_vote: whether a disagreement asks for one more vote.
    """

    ability: str
    items: int
    filtered: int = 0
    filter_kept: int = 0
    revised: int = 0
    reviewed: int = 0
    review_kept: int = 0
    passed: int = 0
    rejected: int = 0
    in_filter: int = 0
    in_revise: int = 0
    in_review: int = 0
    revise_again: int = 0
    verdicts_left: int = 0
    revises: bool = False
    review_votes: int = 2
    third_vote: bool = False

    @property
    def pending(self) -> int:
        return self.in_filter + self.in_revise + self.in_review


def outcome_of(
    progress: AbilityProgress, process: Process, *, revised: int | None = None, revise_again: int = 0
) -> Outcome:
    """The outcome as a dashboard counts it.

    Args:
        revised: items revised at least once; with one round it is the number of revisions, which the dashboard has.
    """
    if revised is None:
        assert process.rounds == 1, "with several rounds, count the items that were revised"
        revised = progress.revised
    states = progress.states
    return Outcome(
        ability=progress.ability,
        items=progress.loaded,
        filtered=progress.filtered,
        filter_kept=progress.filter_kept,
        revised=revised,
        reviewed=progress.reviewed,
        review_kept=progress.review_kept,
        passed=states.get("passed", 0),
        rejected=states.get("rejected", 0),
        in_filter=states.get("filter", 0),
        in_revise=states.get("revise", 0),
        in_review=states.get("review", 0),
        revise_again=revise_again,
        verdicts_left=progress.verdicts_left,
        revises=process.revises(progress.ability),
        review_votes=process.review_votes,
        third_vote=process.on_disagreement == "third_vote",
    )
