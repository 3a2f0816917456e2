"""The process of review as a state machine: stages, votes, what follows from what. Pure; the store enforces it.

An instance begins in `filter`; a candidate, which has no answer yet, in `revise`. The paper's process (Song et al.,
COLING 2025): two independent annotators filter, and an instance is kept only if both approve; for abilities short of
data one annotator revises, and two further ones decide again. Variants of it are the settings of `Process`.
"""

from __future__ import annotations

from collections.abc import Sequence
from json import dumps
from typing import Literal

from pydantic import Field, field_validator

from schemas.instance import AbilityName, Frozen

Stage = Literal["filter", "revise", "review"]
State = Literal["filter", "revise", "review", "passed", "rejected"]
# Later stages first: an instance that is nearly through is finished before a new one is begun.
VOTED: tuple[Stage, ...] = ("review", "filter")
STAGES: tuple[Stage, ...] = ("filter", "revise", "review")
STATES: tuple[State, ...] = ("filter", "revise", "review", "passed", "rejected")
GOLD = "gold"  # the stage of slots on items whose right verdict is known
EVERY = "*"


class Process(Frozen):
    """How a store reviews; fixed when the store is made, changed only by an event.

    Args:
        filter_votes: independent verdicts that an instance needs in the filter.
        review_votes: verdicts of further annotators that a revision needs.
        on_disagreement: `reject` keeps only what all approve; `third_vote` asks one more annotator until there is a
            majority.
        revise: abilities whose rejected instances go to revision; `*` for all. Candidates always go there.
        rounds: revisions that an instance may go through; after the last a rejection is final.
        fresh_reviewers: whether whoever had a hand in an instance before (as a vote in the filter, too) may not
            review its revision. Its revisers may not in any case.
        lease_minutes: how long an item stays with whom it was shown to; working on it renews the lease.
        gold_every: one in so many items is a gold item, whose right verdict is known; 0 for none.
        training_items: gold items that a new annotator judges first, each explained; 0 for no training.
        training_accuracy: share of the last `training_items` that has to be right before the real work begins.
    """

    filter_votes: int = Field(default=2, ge=1, le=9)
    review_votes: int = Field(default=2, ge=1, le=9)
    on_disagreement: Literal["reject", "third_vote"] = "reject"
    revise: tuple[AbilityName | Literal["*"], ...] = ()
    rounds: int = Field(default=1, ge=1, le=99)
    fresh_reviewers: bool = False
    lease_minutes: float = Field(default=30, gt=0, le=7 * 24 * 60)
    gold_every: int = Field(default=25, ge=0)
    training_items: int = Field(default=10, ge=0)
    training_accuracy: float = Field(default=0.8, ge=0, le=1)

    @field_validator("revise", mode="before")
    @classmethod
    def _a_list(cls, value: object) -> object:
        if isinstance(value, str):
            raise ValueError(f"write a list: [{dumps(value)}]")
        return value

    def votes(self, stage: str) -> int:
        """Votes that a stage asks for at first; a revision is one annotator's."""
        return {"filter": self.filter_votes, "review": self.review_votes}.get(stage, 1)

    def revises(self, ability: str) -> bool:
        return EVERY in self.revise or ability in self.revise


class ReviewSettings(Frozen):
    """A settings file of `review load`: one `[review]` table."""

    review: Process


def decided(process: Process, stage: str, votes: Sequence[bool]) -> bool | None:
    """Whether an item is kept after these votes of one stage; None while votes are missing."""
    kept, count = sum(votes), len(votes)
    if count < process.votes(stage):
        return None
    if kept in (0, count):
        return kept > 0
    if process.on_disagreement == "reject":
        return False
    return None if 2 * kept == count else 2 * kept > count


def slots_wanted(process: Process, stage: str, votes: Sequence[bool]) -> int:
    """How many slots a stage has to have: the votes that it asks for, and one more while a majority is missing."""
    wanted = process.votes(stage)
    undecided = decided(process, stage, votes) is None
    return max(wanted, len(votes) + 1) if undecided else max(wanted, len(votes))


def rank(stage: str, turn: int) -> int:
    """The place of a unit (stage, round) in an item's way: filter, revise 0, review 1, revise 1, review 2, …"""
    return 0 if stage == "filter" else 2 * turn + (stage == "revise")


def first_state(answered: bool) -> State:
    """Where an item begins: an instance in the filter, a candidate without an answer in revision."""
    return "filter" if answered else "revise"


def after_votes(process: Process, ability: str, kept: bool, revisions: int) -> State:
    """Where an item goes when the votes of a stage have decided.

    Args:
        revisions: how many it went through so far.
    """
    if kept:
        return "passed"
    return "revise" if process.revises(ability) and revisions < process.rounds else "rejected"
