"""The sum that every step owes: rows in = accepted + rejected + pending."""

from __future__ import annotations

from collections.abc import Iterable

from schemas.errors import Failed
from schemas.instance import Frozen


class Counts(Frozen):
    """What became of rows.

    Args:
        rows: rows in.
        accepted: instances out.
        rejected: rows with a decision that says why not.
        pending: rows that wait for a gold answer.
        unused: accepted rows that no part asked for.
        reasons: rejections by `stage/rule`.
        examples: `stage/rule` -> the first reason it gave, where that was kept.
    """

    rows: int = 0
    accepted: int = 0
    rejected: int = 0
    pending: int = 0
    unused: int = 0
    reasons: dict[str, int] = {}
    examples: dict[str, str] = {}

    def checked(self, where: str) -> Counts:
        """These counts. Raises Failed if rows got lost, which is a defect of this program and never of the data."""
        if self.rows != self.accepted + self.rejected + self.pending:
            raise Failed(f"rows got lost: {self.line()}", where=where, do="please report this")
        return self

    def line(self) -> str:
        unused = f" ({self.unused} of them unused)" if self.unused else ""
        return (
            f"rows in {self.rows} = accepted {self.accepted}{unused} + rejected {self.rejected}"
            f" + pending {self.pending}"
        )


def total(counts: Iterable[Counts]) -> Counts:
    """The sum over sources."""
    listed = list(counts)
    reasons: dict[str, int] = {}
    for one in listed:
        for name, number in one.reasons.items():
            reasons[name] = reasons.get(name, 0) + number
    return Counts(
        rows=sum(c.rows for c in listed),
        accepted=sum(c.accepted for c in listed),
        rejected=sum(c.rejected for c in listed),
        pending=sum(c.pending for c in listed),
        unused=sum(c.unused for c in listed),
        reasons=reasons,
    )
