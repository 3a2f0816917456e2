"""Standing verdicts of decided units, as rows and in columns: what agreement is taken from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike

from curation.review.agreement.columns import (
    Bools,
    Floats,
    Ints,
    coded,
    require_lengths,
    sane_seconds,
    stage_codes,
)
from schemas.errors import BadData
from schemas.terminal import one_line

JUDGED = ("filter", "review")  # the codes of a vote's stage


class Vote(NamedTuple):
    """A standing verdict of a decided unit; a unit is one stage of one round of one item.

    Args:
        stage: `filter` or `review`.
        at: when it was given, seconds since 1970.
        seconds: that it took; 0 where nobody measured.
        vote: its place in the unit, from 1; 0 where that is not known, and then it follows from the time.
    """

    item: int | str
    ability: str
    stage: str
    round: int
    annotator: str
    kept: bool
    at: float
    seconds: float = 0.0
    vote: int = 0


@dataclass(frozen=True, eq=False)
class Votes:
    """Votes in columns, (votes,) each; names are codes into sorted tuples, so that no number depends on the row order.

    Args:
        item, ability, annotator: codes.
        stage: code in `JUDGED`.
    """

    item: Ints
    ability: Ints
    stage: Ints
    round: Ints
    annotator: Ints
    kept: Bools
    at: Floats
    seconds: Floats
    vote: Ints
    items: Sequence[Any]
    abilities: tuple[str, ...]
    annotators: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.item)

    @classmethod
    def of(cls, rows: Iterable[Vote]) -> Self:
        """From rows. Raises as `from_columns`."""
        columns = list(zip(*rows, strict=True)) or [()] * len(Vote._fields)
        return cls.from_columns(**dict(zip(Vote._fields, columns, strict=True)))

    @classmethod
    def from_columns(
        cls,
        *,
        item: Sequence[int] | Sequence[str] | Ints,
        ability: Sequence[str],
        stage: Sequence[str],
        round: Sequence[int] | Ints,
        annotator: Sequence[str],
        kept: ArrayLike,
        at: ArrayLike,
        seconds: ArrayLike,
        vote: ArrayLike | None = None,
    ) -> Self:
        """From columns of equal length.

        Raises:
            BadData: an unknown stage, or two votes of one annotator in one unit.
        """
        items, item_codes = coded(item)
        abilities, ability_codes = coded(ability)
        annotators, annotator_codes = coded(annotator)
        found = cls(
            item_codes,
            ability_codes,
            stage_codes(stage, JUDGED),
            np.asarray(round, np.int64),
            annotator_codes,
            np.asarray(kept, np.bool_),
            np.asarray(at, np.float64),
            sane_seconds(seconds),
            np.zeros(len(item_codes), np.int64) if vote is None else np.asarray(vote, np.int64),
            items,
            tuple(map(str, abilities)),
            tuple(map(str, annotators)),
        )
        require_lengths(found)
        found._require_one_each()
        return found

    def units(self) -> Ints:
        """A code of the unit of every vote, (votes,); units of one item lie next to each other, by stage and round."""
        rounds = int(self.round.max(initial=0)) + 1
        return (self.item * len(JUDGED) + self.stage) * rounds + self.round

    def _require_one_each(self) -> None:
        code = self.units() * max(len(self.annotators), 1) + self.annotator
        order = np.argsort(code, kind="stable")
        twice = np.flatnonzero(np.diff(code[order]) == 0)
        if len(twice):
            row = int(order[twice[0]])
            who = one_line(self.annotators[int(self.annotator[row])], 60)
            what = f"{who} has two standing votes in one {JUDGED[int(self.stage[row])]}"
            raise BadData(
                what, where=f"item {one_line(str(self.items[int(self.item[row])]), 80)}", do="count one"
            )
