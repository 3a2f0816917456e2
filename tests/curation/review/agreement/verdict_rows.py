"""Verdicts for tests: from tables of characters, and from a world in which the truth is known."""

from __future__ import annotations

import numpy as np

from curation.review.agreement.measures import Agreements
from curation.review.agreement.report import Agreed
from curation.review.agreement.settings import Settings
from curation.review.agreement.units import pairings_of, units_of
from curation.review.agreement.votes import Vote, Votes

NAMES = ("chen", "lin", "wang", "zhao", "zhou", "zhu")
HOUR = 3600.0


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
