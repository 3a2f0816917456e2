"""Near-duplicates among the rows of a table: bands, candidates, comparisons, and a second look at crowds."""

from __future__ import annotations

import numpy as np

from curation.dedup.bands import Plan, least_agreement
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
    table: Table,
    texts: Texts,
    settings: DedupSettings,
    plan: Plan,
    workers: int | None,
    progress: Progress,
) -> tuple[Pairs, int]:
    """All pairs of stand-ins that are similar enough to be recorded, and how many rows are in crowds.

    In a crowd a row is not compared with all others. After a round, those there who stay and took others out are
    compared again among themselves, until a round takes nobody out.
    """
    rows = stand_ins(table, settings)
    comparer = Comparer(settings.gram, settings.floor)
    least = least_agreement(settings.floor, plan)
    pairs, done, crowds = joined([]), 0, 0
    for turn in range(_ROUNDS):
        crowded = np.zeros(len(table), np.bool_)
        candidates = candidate_pairs(texts.signatures, rows, crowded, least)
        found = [pairs]
        for some, looked_at in compared(candidates, texts, comparer, workers):
            # Keys of bands carry the ability, and two may meet by chance.
            found.append(
                some if settings.across else some.where(table.ability[some.one] == table.ability[some.other])
            )
            done += looked_at
            progress(Tick("dedup: comparing", done))
        pairs = joined(found)
        crowds = crowds if turn else int(crowded.sum())
        left = _heads_of_crowds(table, pairs, settings, rows[crowded[rows]])
        if not len(left) or len(left) == len(rows):
            break
        rows = left
    progress(Tick("dedup: comparing", done, done))
    return pairs, crowds


def _heads_of_crowds(table: Table, pairs: Pairs, settings: DedupSettings, crowded: I64) -> I64:
    if not len(crowded):
        return crowded
    verdicts = judge(table, pairs, settings)
    heads = np.zeros(len(table), np.bool_)
    heads[table.exact[verdicts.head[verdicts.kind == Kind.NEAR]]] = True
    return crowded[heads[crowded]]
