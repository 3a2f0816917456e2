"""What counts as a leak."""

from __future__ import annotations

from pydantic import Field

from schemas.instance import Frozen

LATIN = 3


class LeakSettings(Frozen):
    """The thresholds, all ours; `docs/decontaminate.md` says what they were chosen on.

    Args:
        n: folded characters a gram.
        threshold: containment, shared grams / grams of the shorter of the two, from which a pair leaks.
        part: containment from which a passage, a question or the options leak by themselves.
        short: a text below so many folded characters is not compared by its grams: it has to stand in the other one
            whole, or to be equal. Of a text in Latin letters it takes three times as many.
        whole: folded characters (Latin: three times as many) that a text needs at least in order to be looked for
            inside another one.
        boilerplate: a gram that more evaluation items than this share is exam language and counts for nothing.
        options: compare options too; off, only passages and questions are.
    """

    n: int = Field(default=10, ge=4, le=200)
    threshold: float = Field(default=0.5, gt=0, le=1)
    part: float = Field(default=0.8, gt=0, le=1)
    short: int = Field(default=39, ge=1)
    whole: int = Field(default=18, ge=1)
    boilerplate: int = Field(default=10, ge=1)
    options: bool = True

    @property
    def least(self) -> int:
        """Grams that a text must have in order to be compared by them."""
        return max(1, max(self.short, self.n) - self.n + 1)

    @property
    def least_latin(self) -> int:
        """The same for a text of Latin letters, three of which say about as much as one Chinese character."""
        return max(1, max(LATIN * self.short, self.n) - self.n + 1)
