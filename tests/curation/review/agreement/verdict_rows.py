"""Verdicts for tests: from tables of characters, and from a world in which the truth is known."""

from __future__ import annotations

import numpy as np

from curation.review.agreement.acts import GoldVote
from curation.review.agreement.measures import Agreements
from curation.review.agreement.report import Agreed
from curation.review.agreement.settings import Settings
from curation.review.agreement.units import pairings_of, units_of
from curation.review.agreement.votes import Vote, Votes

NAMES = ("chen", "lin", "wang", "zhao", "zhou", "zhu")
HOUR = 3600.0
PEOPLE = ("chen", "lin", "wang", "zhao")


def from_table(table: str) -> list[Vote]:
    """One word an item, one character an annotator: 1 approves, 0 rejects, . is no verdict."""
    return [
        Vote(item, "math", "filter", 0, NAMES[person], char == "1", 1e9 + 60 * item + person)
        for item, word in enumerate(table.split())
        for person, char in enumerate(word)
        if char != "."
    ]


def agreed(rows: list[Vote], **settings: int) -> Agreed:
    """All measures on all units, however few items there are."""
    chosen = Settings.model_validate({"least_items": 2, "draws": 100, **settings})
    votes = Votes.of(rows)
    units = units_of(votes, chosen)
    made = Agreements(units, pairings_of(units), votes.annotators, chosen)
    return made.group(np.arange(len(units)))


def pairs(rows: list[Vote], **settings: int) -> list[Agreed]:
    chosen = Settings.model_validate({"least_items": 2, "draws": 100, **settings})
    votes = Votes.of(rows)
    units = units_of(votes, chosen)
    return list(Agreements(units, pairings_of(units), votes.annotators, chosen).pairs())


def values(found: Agreed) -> dict[str, float | None]:
    return {m.measure: m.value for m in found.measures}


def review(items: int, seed: int, *, lax: float = 0.0, guesses: float = 0.0, fast: float = 1.0) -> list[Vote]:
    """Two of four annotators an item. `zhao` approves so much of what is wrong, guesses so often, is so fast."""
    rng = np.random.default_rng(seed)
    rows = []
    for item in range(items):
        true = bool(rng.random() < 0.6)
        for who in rng.choice(4, 2, replace=False):
            kept = true ^ bool(rng.random() < 0.08)
            seconds = float(rng.lognormal(3, 0.5))
            if who == 3:
                kept = kept or bool(rng.random() < lax)
                kept = bool(rng.random() < 0.5) if rng.random() < guesses else kept
                seconds *= fast
            rows.append(Vote(item, "math", "filter", 0, PEOPLE[who], kept, 1e9 + 300.0 * len(rows), seconds))
    return rows


def golden(
    name: str, *, right: int, passed_wrong: int = 0, missed: int = 0, training: bool = False
) -> list[GoldVote]:
    verdicts = [(True, True)] * right + [(True, False)] * passed_wrong + [(False, True)] * missed
    return [
        GoldVote(i, "math", name, kept, approve, 1e9 + i, 20, training)
        for i, (kept, approve) in enumerate(verdicts)
    ]
