"""What took people's time: verdicts, revisions, gold items."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike

from curation.review.agreement.columns import Floats, Ints, coded, require_lengths, sane_seconds, stage_codes
from curation.review.agreement.votes import Votes

WORKED = ("filter", "review", "revise", "gold")  # the codes of an act's stage
REVISE, GOLD = 2, 3


class GoldVote(NamedTuple):
    """A verdict on a gold item; `approve` is the right one."""

    item: int | str
    ability: str
    annotator: str
    kept: bool
    approve: bool
    at: float
    seconds: float = 0.0
    training: bool = False


class Act(NamedTuple):
    """Anything that took an annotator's time: a verdict, counted in a decided unit or not yet, a revision, a gold item.

    Args:
        stage: `filter`, `review`, `revise` or `gold`.
    """

    annotator: str
    ability: str
    stage: str
    at: float
    seconds: float = 0.0


@dataclass(frozen=True, eq=False)
class Acts:
    """Acts in columns, (acts,) each, sorted by annotator and time; stage is a code in `WORKED`."""

    annotator: Ints
    ability: Ints
    stage: Ints
    at: Floats
    seconds: Floats
    abilities: tuple[str, ...]
    annotators: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.at)

    @classmethod
    def of(cls, rows: Iterable[Act]) -> Self:
        columns = list(zip(*rows, strict=True)) or [()] * len(Act._fields)
        return cls.from_columns(**dict(zip(Act._fields, columns, strict=True)))

    @classmethod
    def from_columns(
        cls,
        *,
        annotator: Sequence[str],
        ability: Sequence[str],
        stage: Sequence[str],
        at: ArrayLike,
        seconds: ArrayLike,
    ) -> Self:
        """From columns of equal length, in any order. Raises BadData for an unknown stage."""
        annotators, who = coded(annotator)
        abilities, what = coded(ability)
        found = cls(
            who,
            what,
            stage_codes(stage, WORKED),
            np.asarray(at, np.float64),
            sane_seconds(seconds),
            tuple(map(str, abilities)),
            tuple(map(str, annotators)),
        )
        require_lengths(found)
        return found.sorted()

    @classmethod
    def of_votes(cls, votes: Votes, gold: Sequence[GoldVote] = ()) -> Self:
        """The acts that votes and verdicts on gold items are, where nothing else is known."""
        one = cls(
            votes.annotator,
            votes.ability,
            votes.stage,
            votes.at,
            votes.seconds,
            votes.abilities,
            votes.annotators,
        )
        if not gold:
            return one.sorted()
        other = cls.of(Act(g.annotator, g.ability, "gold", g.at, g.seconds) for g in gold)
        abilities, annotators = (
            tuple(sorted({*a, *b}))
            for a, b in ((one.abilities, other.abilities), (one.annotators, other.annotators))
        )

        def again(codes: Ints, names: tuple[str, ...], known: tuple[str, ...]) -> Ints:
            return np.array([known.index(n) for n in names], np.int64)[codes] if names else codes

        both = [(p, again(p.annotator, p.annotators, annotators), again(p.ability, p.abilities, abilities))
                for p in (one, other)]  # fmt: skip
        return cls(
            np.concatenate([who for _, who, _ in both]),
            np.concatenate([what for _, _, what in both]),
            np.concatenate([one.stage, other.stage]),
            np.concatenate([one.at, other.at]),
            np.concatenate([one.seconds, other.seconds]),
            abilities,
            annotators,
        ).sorted()

    def sorted(self) -> Self:
        order = np.lexsort((self.seconds, self.stage, self.ability, self.at, self.annotator))
        return type(self)(
            self.annotator[order],
            self.ability[order],
            self.stage[order],
            self.at[order],
            self.seconds[order],
            self.abilities,
            self.annotators,
        )
