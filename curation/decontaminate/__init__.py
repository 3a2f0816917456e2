"""Training instances that an evaluation set already holds: found by whole texts, by their parts and by shared grams.

`decontaminate` works on instances in memory, `curation.decontaminate.files` on files of any size. How leaks are
judged, and how the finder fares on real files, is written down in `docs/decontaminate.md`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from curation.canonical import row_key
from curation.decontaminate.items import Item, item_of
from curation.decontaminate.search import LeakFinder, Pair, Rule
from curation.decontaminate.settings import LeakSettings
from schemas.instance import Decision, Instance
from schemas.progress import Progress, Tick, silent
from schemas.terminal import one_line

__all__ = ["Item", "LeakFinder", "LeakSettings", "Pair", "Rule", "decision", "decontaminate", "item_of"]

_BATCH = 1000
_REASONS: dict[Rule, str] = {
    "same_prompt": "has the same prompt",
    "same_question": "asks the same question",
    "contained": "stands in this row, or this row in it",
    "overlap": "shares {0:.0%} of the shorter text",
    "same_passage": "stands over the same passage",
    "same_options": "has the same options",
}


def decontaminate(
    train: Iterable[Instance],
    test: Sequence[Instance],
    settings: LeakSettings | None = None,
    progress: Progress = silent,
) -> tuple[list[Instance], list[Decision]]:
    """Training instances that repeat no evaluation instance, and a decision for each that does.

    Args:
        train: any instances; their order is kept.
        test: the evaluation set.
        settings: what counts as a leak.
        progress: told every thousand instances.
    """
    finder = LeakFinder([item_of(row) for row in test], settings)
    kept: list[Instance] = []
    decisions: list[Decision] = []
    number = 0
    for batch in _batches(train):
        for row, pairs in zip(batch, finder.find(batch), strict=True):
            if pairs:
                decisions.append(decision(row, pairs, finder.items))
            else:
                kept.append(row)
        number += len(batch)
        progress(Tick("decontaminate", number))
    progress(Tick("decontaminate", number, number))
    return kept, decisions


def decision(row: Instance, pairs: Sequence[Pair], items: Sequence[Item]) -> Decision:
    """Why a training row goes: its strongest pair, and how many there are besides."""
    best = pairs[0]
    item = items[best.item]
    name = f"evaluation instance {item.id[:12]} ({item.row})" if item.id else f"evaluation row {item.row}"
    more = f", and {len(pairs) - 1} more leak too" if len(pairs) > 1 else ""
    return Decision(
        subject=row.id,
        stage="decontaminate",
        rule=best.rule,
        kept=False,
        reason=one_line(f"{name} {_REASONS[best.rule].format(best.containment)}{more}"),
        evidence=row_key(row),
    )


def _batches(rows: Iterable[Instance]) -> Iterator[list[Instance]]:
    waiting = iter(rows)
    while batch := list(islice(waiting, _BATCH)):
        yield batch
