"""Near-duplicates among the rows of a table: bands, candidates, comparisons, and a second look at crowds."""

from __future__ import annotations

import numpy as np

from curation.dedup.candidates import candidate_pairs
from curation.dedup.compare import Comparer, compared
from curation.dedup.grams import I64
from curation.dedup.judge import Kind, judge
from curation.dedup.pairs import Pairs, joined
from curation.dedup.read import Texts
from curation.dedup.settings import DedupSettings
from curation.dedup.table import Table
from schemas.progress import Progress, Tick

_ROUNDS = 6


def stand_ins(table: Table, settings: DedupSettings) -> I64:
    """The first row of every group of exact duplicates, where its text is long enough to be compared."""
    shortest = max(settings.shortest, settings.gram)
    return np.flatnonzero((table.exact == np.arange(len(table))) & (table.length >= shortest))


def near_pairs(
    table: Table, texts: Texts, settings: DedupSettings, workers: int | None, progress: Progress
) -> tuple[Pairs, int]:
    """All pairs of stand-ins that are similar enough to be recorded, and how many rows are in crowds.

    In a crowd a row is not compared with all others. After a round, those that would stay are compared again among
    themselves, until a round takes nobody out: then what is left of a crowd is not alike, or kept apart.
    """
    rows = stand_ins(table, settings)
    comparer = Comparer(settings.gram, settings.floor)
    pairs, done, crowds = joined([]), 0, 0
    for turn in range(_ROUNDS):
        crowded = np.zeros(len(table), np.bool_)
        found = [pairs]
        for some, looked_at in compared(
            candidate_pairs(texts.bands, rows, crowded), texts, comparer, workers
        ):
            found.append(some)
            done += looked_at
            progress(Tick("dedup: comparing", done))
        pairs = joined(found)
        crowds = crowds if turn else int(crowded.sum())
        staying = (
            np.unique(table.exact[judge(table, pairs, settings).kind == Kind.KEPT])
            if crowded.any()
            else rows[:0]
        )
        left = rows[crowded[rows] & np.isin(rows, staying)]
        if not len(left) or len(left) == len(rows) or (turn and len(left) > 0.9 * len(rows)):
            break
        rows = left
    progress(Tick("dedup: comparing", done, done))
    return pairs, crowds
