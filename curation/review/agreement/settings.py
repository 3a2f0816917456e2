"""How the numbers of a review are taken, and from which counts on they say anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from schemas.instance import Frozen

if TYPE_CHECKING:
    from curation.review.process import Process


class Settings(Frozen):
    """Args:
    level: of every interval.
    draws: resamples of the bootstrap.
    seed: of the bootstrap and of the forecast's draws.
    least_items: instances judged by two or more, below which no agreement is told; of a pair, those that both judged.
    filter_votes, review_votes: votes that a stage asks for at first. Later ones were asked for because the first
        disagreed, so they say nothing about agreement and are left out of it. None counts all.
    idle_minutes: a longer pause ends a session, and is no work where nobody measured the time.
    verdict_minutes, revision_minutes: the most that one verdict and one revision count for.
    recent_days: days, back from now, whose pace the forecast continues.
    least_verdicts: verdicts and least_revisions: revisions below which an ability has no pace of its own.
    least_gold: gold items and least_shared: instances shared with colleagues below which nobody is said to stand out.
    gold_accuracy: what is asked for on gold items.
    margin: difference of two shares that is worth a sentence.
    """

    level: float = Field(default=0.95, gt=0, lt=1)
    draws: int = Field(default=2000, ge=100, le=100_000)
    seed: int = Field(default=0, ge=0)
    least_items: int = Field(default=10, ge=2)
    filter_votes: int | None = Field(default=None, ge=1)
    review_votes: int | None = Field(default=None, ge=1)
    idle_minutes: float = Field(default=10, gt=0)
    verdict_minutes: float = Field(default=10, gt=0)
    revision_minutes: float = Field(default=30, gt=0)
    recent_days: int = Field(default=14, ge=1)
    least_verdicts: int = Field(default=20, ge=2)
    least_revisions: int = Field(default=10, ge=2)
    least_gold: int = Field(default=10, ge=1)
    least_shared: int = Field(default=30, ge=2)
    gold_accuracy: float = Field(default=0.8, ge=0, le=1)
    margin: float = Field(default=0.05, ge=0, lt=1)


def settings_of(process: Process) -> Settings:
    """The settings that fit a review's own rules."""
    return Settings(
        filter_votes=process.filter_votes,
        review_votes=process.review_votes,
        gold_accuracy=process.training_accuracy,
    )
