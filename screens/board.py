"""What the dashboard says, as plain text: progress, the table of abilities, one's own work, agreement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from rich.cells import cell_len

from curation.review.agreement.short import Short
from curation.review.dashboard import AbilityProgress, Dashboard
from schemas.text_table import text_table
from screens.lists import padded

HOUR = 3600
BAR = 10  # cells of a bar in the table
GAP = 2  # cells between two columns
ROOMY, LEAST = 24, 12  # cells of a title before columns get shorter heads, and before columns are left away


class Column(NamedTuple):
    """Args: brief: its head where there is little room; goes: where there is none, the highest goes first, 0 never."""

    head: str
    brief: str
    goes: int = 0


COLUMNS = (
    Column("decided", "done"),
    Column("progress", "progress", 3),
    Column("filter", "filt."),
    Column("revise", "rev."),
    Column("review", "review"),
    Column("passed", "pass"),
    Column("pass rate", "rate", 1),
    Column("agree", "agree", 2),
    Column("left", "left"),
)


def whole(d: Dashboard, cells: int) -> list[str]:
    """The review as a whole. Args: cells: of its bar."""
    share = d.decided / d.loaded if d.loaded else 0.0
    left = sum(a.left for a in d.abilities)
    lines = [bar(share, cells)]
    lines.append(
        f"{d.decided:,} of {d.loaded:,} decided ({share:.0%}), {number(d.loaded - d.decided, 'item')} left"
        + (f": {left:,} verdicts and revisions at least" if left else "")
    )
    people = f"{number(d.annotators, 'annotator')} at work"
    people += f", {d.in_training:,} in training" if d.in_training else ""
    lines.append(f"{people}; {number(d.leases, 'item')} in somebody's hands now")
    if d.lately:
        those, they = ("one", "it") if d.lately == 1 else (f"{d.lately}", "they")
        lines.append(
            f"What came of {those} of your last verdicts is not told yet: {they} can still be taken back."
        )
    return lines


def table(
    abilities: Sequence[AbilityProgress], titles: Sequence[str], agree: Mapping[str, Short], room: int
) -> str:
    """One line an ability, no wider than `room` cells. Columns that there is no room for are left away."""
    rows = [_row(a, agree.get(a.ability)) for a in abilities]
    columns, brief, title = _fitting(rows, room)
    wide = min(max(LEAST, title), max((cell_len(name) for name in titles), default=0))
    heads = [COLUMNS[c].brief if brief else COLUMNS[c].head for c in columns]
    lines = [
        [padded(name, min(wide, cell_len(name))), *(row[c] for c in columns)]
        for name, row in zip(titles, rows, strict=True)
    ]
    return text_table(["ability", *heads], lines, right=range(1, len(heads) + 1))


def _fitting(rows: Sequence[Sequence[str]], room: int) -> tuple[list[int], bool, int]:
    """(columns, whether with their short heads, cells that are left for a title)."""
    for brief, least, goes in (
        (False, ROOMY, 9),
        (False, ROOMY, 3),
        (True, ROOMY, 3),
        (True, LEAST, 2),
        (True, 0, 1),
    ):
        columns = [c for c, column in enumerate(COLUMNS) if column.goes < goes]
        title = room - sum(_wide(rows, c, brief) + GAP for c in columns)
        if title >= least:
            break
    return columns, brief, title


def _wide(rows: Sequence[Sequence[str]], column: int, brief: bool) -> int:
    head = COLUMNS[column].brief if brief else COLUMNS[column].head
    return max(cell_len(head), *(cell_len(row[column]) for row in rows), 0)


def _row(a: AbilityProgress, agree: Short | None) -> list[str]:
    share = a.decided / a.loaded if a.loaded else 0.0
    units, kept = a.filtered + a.reviewed, a.filter_kept + a.review_kept
    return [
        f"{share:.0%}", bar(share, BAR), *(f"{a.states.get(s, 0):,}" for s in ("filter", "revise", "review", "passed")),
        f"{kept / units:.0%}" if units else "·", percent(agree.percent if agree else None), f"{a.left:,}",
    ]  # fmt: skip


def own_work(d: Dashboard) -> list[str]:
    own = d.own
    lines = [
        f"{number(own.verdicts, 'verdict')}, {number(own.revised, 'revision')}"
        + (f", {own.late:,} came too late" if own.late else "")
    ]
    if own.recent_verdicts:
        each = own.recent_seconds / own.recent_verdicts
        speed = f", {each:.0f} s each: {HOUR / each:,.0f} in an hour of reading" if each >= 1 else ""
        lines.append(f"last seven days: {number(own.recent_verdicts, 'verdict')}{speed}")
    verdicts = sum(a.verdicts_left + a.reviews_to_come for a in d.abilities)
    if verdicts and d.verdicts_recent:
        days = verdicts / (d.verdicts_recent / 7)
        takes = number(round(days), "day") if days >= 1 else "less than a day"
        lines.append(
            f"everybody: {number(d.verdicts_recent, 'verdict')} in seven days; the {verdicts:,} that are left take"
            f" {takes} at that pace" + _revisions(sum(a.states.get("revise", 0) for a in d.abilities))
        )
    return lines


def _revisions(count: int) -> str:
    return f", and {number(count, 'revision')} before {'it' if count == 1 else 'them'}" if count else ""


def number(count: int, of: str) -> str:
    """`1 verdict`, `2 verdicts`."""
    return f"{count:,} {of}{'s' * (count != 1)}"


def bar(share: float, cells: int) -> str:
    """A share of 1 as a bar of so many cells, in halves of one. A line, so that the bars of two rows stay apart."""
    full, half = divmod(round(min(1.0, max(0.0, share)) * cells * 2), 2)
    return ("━" * full + "╸" * half).ljust(cells, "·")


def percent(value: float | None) -> str:
    return "·" if value is None else f"{value:.0%}"


def told(stage: str, s: Short) -> str:
    """`filter: 92% of pairs agree, alpha 0.41, AC1 0.90`."""
    if s.percent is None:
        return f"{stage}: fewer than ten decided items say nothing yet"
    values = [
        f"{name} {value:.2f}" for name, value in (("alpha", s.alpha), ("AC1", s.ac1)) if value is not None
    ]
    return ", ".join([f"{stage}: {s.percent:.0%} of pairs agree", *values])
