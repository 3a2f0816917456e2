"""Units with two or more verdicts: what says anything about agreement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from curation.review.agreement.columns import Bools, Ints, place_in_run
from curation.review.agreement.settings import Settings
from curation.review.agreement.votes import Votes


@dataclass(frozen=True, eq=False)
class Units:
    """Units with two or more verdicts, and their verdicts in order of item, unit and annotator.

    Args:
        item, ability, stage, kept, votes: of every unit, (units,); kept and votes are counts.
        unit, annotator, approves: of every verdict, (verdicts,); unit is a place in the columns above.
        alone: units left out because they have one verdict.
        asked_later: verdicts left out because a disagreement had asked for them.
    """

    item: Ints
    ability: Ints
    stage: Ints
    kept: Ints
    votes: Ints
    unit: Ints
    annotator: Ints
    approves: Bools
    alone: int
    asked_later: int

    def __len__(self) -> int:
        return len(self.item)


def units_of(votes: Votes, settings: Settings) -> Units:
    """The units that agreement can be taken from, without the verdicts that a disagreement asked for."""
    code = votes.units()
    order = np.lexsort((votes.annotator, votes.at, votes.vote, code))
    place = place_in_run(code[order])
    first = np.array([settings.filter_votes or len(place), settings.review_votes or len(place)], np.int64)
    stays = place < first[votes.stage[order]]
    asked_later = len(order) - int(stays.sum())
    order = order[stays]
    starts = np.flatnonzero(place_in_run(code[order]) == 0)
    size = np.diff(np.append(starts, len(order)))
    several = np.repeat(size > 1, size)
    alone = int((size == 1).sum())
    order = order[several]
    order = order[np.lexsort((votes.annotator[order], code[order]))]
    starts = np.flatnonzero(place_in_run(code[order]) == 0)
    size = np.diff(np.append(starts, len(order)))
    unit = np.repeat(np.arange(len(starts)), size)
    heads = order[starts]
    approves = votes.kept[order]
    kept = np.bincount(unit[approves], minlength=len(starts)).astype(np.int64)
    return Units(
        votes.item[heads],
        votes.ability[heads],
        votes.stage[heads],
        kept,
        size.astype(np.int64),
        unit,
        votes.annotator[order],
        approves,
        alone,
        asked_later,
    )


class Pairings(NamedTuple):
    """Every two verdicts on one unit: the unit, the two annotators (the first sorts first) and the cell, (pairings,); in order of units."""

    unit: Ints
    first: Ints
    second: Ints
    cell: Ints


def pairings_of(units: Units) -> Pairings:
    """All pairs of verdicts within units."""
    found: list[Ints] = []
    for apart in range(1, int(units.votes.max(initial=1))):
        left = np.flatnonzero(units.unit[apart:] == units.unit[:-apart])
        found.append(np.stack([left, left + apart]))
    left, right = np.concatenate(found, axis=1) if found else np.zeros((2, 0), np.int64)
    order = np.argsort(units.unit[left], kind="stable")
    left, right = left[order], right[order]
    cell = 2 * ~units.approves[left] + 1 * ~units.approves[right]
    return Pairings(units.unit[left], units.annotator[left], units.annotator[right], cell.astype(np.int64))
