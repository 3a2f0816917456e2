"""Near-duplicates among the rows of a table: bands, candidates, comparisons, and a second look at crowds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from curation.dedup.bands import Plan, least_agreement
from curation.dedup.candidates import candidate_pairs
from curation.dedup.compare import Comparer, compared
from curation.dedup.grams import I64
from curation.dedup.judge import alike
from curation.dedup.pairs import Pairs, joined
from curation.dedup.read import Texts
from curation.dedup.settings import DedupSettings
from curation.dedup.table import I32, Flags, Table, ranks
from schemas.progress import Progress, Tick

# Rows of one set of linked rows that get to meet all others of it.
_LEADERS = 64


def stand_ins(table: Table, settings: DedupSettings) -> I64:
    """The first row of every group of exact duplicates, where its text is long enough to be compared."""
    shortest = max(settings.shortest, settings.gram)
    return np.flatnonzero((table.exact == np.arange(len(table))) & (table.length >= shortest))


@dataclass
class Search:
    """What a search for near-duplicates goes through.

    Args:
        least: marks in which candidates have to agree.
        workers: as for `curation.workers.in_order`.
        done: pairs compared so far.
    """

    table: Table
    texts: Texts
    settings: DedupSettings
    least: int
    workers: int | None
    progress: Progress
    done: int = 0

    def pairs(self, candidates: Iterator[I64]) -> list[Pairs]:
        comparer = Comparer(self.settings.gram, self.settings.floor)
        found = []
        for some, looked_at in compared(candidates, self.texts, comparer, self.workers):
            if not self.settings.across:
                # Keys of bands carry the ability, and two may meet by chance.
                some = some.where(self.table.ability[some.one] == self.table.ability[some.other])
            found.append(some)
            self.done += looked_at
            self.progress(Tick("dedup: comparing", self.done))
        return found


def near_pairs(
    table: Table,
    texts: Texts,
    settings: DedupSettings,
    plan: Plan,
    workers: int | None,
    progress: Progress,
) -> tuple[Pairs, int]:
    """All pairs of stand-ins that are similar enough to be recorded, and how many rows are in crowds.

    In a crowd a row is compared with its neighbours only, which links those that are alike. Of each set of linked
    rows, the one that stays before all others is then compared with all of them, of those that are not like it again
    the first one, and so on.
    """
    search = Search(table, texts, settings, least_agreement(settings.floor, plan), workers, progress)
    crowded = np.zeros(len(table), np.bool_)
    rows = stand_ins(table, settings)
    pairs = joined(search.pairs(candidate_pairs(texts.signatures, rows, crowded, search.least)))
    if crowded.any():
        pairs = joined([pairs, *_led(search, pairs, crowded)])
    progress(Tick("dedup: comparing", search.done, search.done))
    return pairs, int(crowded.sum())


def _led(search: Search, pairs: Pairs, crowded: Flags) -> Iterator[Pairs]:
    """Pairs of leaders and all who are linked with them, one leader of each set after the other."""
    rank = ranks(search.table, search.settings.keep)
    best = np.full(len(rank), len(rank), np.int32)
    np.minimum.at(best, search.table.exact, rank)
    pool = _linked(pairs, search.settings, crowded, best)
    for _ in range(_LEADERS):
        # Sets of one have nobody left to meet.
        pool = [members for members in pool if len(members) > 1]
        if not pool:
            return
        led = [np.stack((np.full(len(m) - 1, m[0]), m[1:]), 1) for m in pool]
        found = joined(search.pairs(iter([np.sort(np.concatenate(led), axis=1)])))
        yield found
        enough, reasons = alike(found, search.settings)
        gone = np.zeros(len(rank), np.bool_)
        links = found.where(enough & (reasons == 0))
        gone[links.one] = gone[links.other] = True
        for members in pool:
            gone[members[0]] = True
        pool = [members[~gone[members]] for members in pool]


def _linked(pairs: Pairs, settings: DedupSettings, crowded: Flags, best: I32) -> list[I64]:
    """Sets of rows that links lead through, where they go through a crowd; in the order of who stays."""
    enough, reasons = alike(pairs, settings)
    links = pairs.where(enough & (reasons == 0))
    count = len(crowded)
    graph = coo_array((np.ones(len(links), np.int8), (links.one, links.other)), shape=(count, count))
    _, label = connected_components(graph, directed=False)
    in_crowd = np.zeros(count, np.bool_)
    in_crowd[label[crowded]] = True
    sizes = np.bincount(label, minlength=count)
    rows = np.flatnonzero(in_crowd[label] & (sizes[label] > 2))
    rows = rows[np.lexsort((best[rows], label[rows]))]
    begins = np.flatnonzero(np.diff(label[rows], prepend=-1))
    return np.split(rows, begins[1:]) if len(rows) else []
