"""Who stays and who goes, from exact groups and compared pairs alone: quick to do again with another threshold."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from curation.dedup.guards import BIT
from curation.dedup.pairs import F32, NEAR, Pairs
from curation.dedup.settings import DedupSettings
from curation.dedup.table import I32, Flags, Table, ranks

NOBODY = -1


class Kind(IntEnum):
    """What became of a row."""

    KEPT = 0
    EXACT = 1
    CONFLICT = 2
    NEAR = 3
    SEMANTIC = 4


@dataclass
class Verdicts:
    """One verdict a row; all arrays: (rows).

    Args:
        kind: see `Kind`.
        head: the row whose cluster it is in, as one that goes or as the keeper; itself if alone. A conflict that
            nobody survives has its first row as head.
        via: the row that it was compared with, if that is not the head and went as well; NOBODY otherwise.
        similarity: to `via`, or to the head; 1 for exact duplicates.
        apart_from: the keeper that it is similar to and kept apart from; NOBODY if none.
        reasons: bits of why.
        likeness: similarity to `apart_from`.
    """

    kind: NDArray[np.int8]
    head: I32
    via: I32
    similarity: F32
    apart_from: I32
    reasons: NDArray[np.uint8]
    likeness: F32
    rank: I32


def judge(table: Table, pairs: Pairs, settings: DedupSettings) -> Verdicts:
    """Verdicts on all rows. Exact duplicates first, then pairs among the rows that stand for them."""
    rows = len(table)
    rank = ranks(table, settings.keep)
    verdicts = Verdicts(
        kind=np.zeros(rows, np.int8),
        head=np.arange(rows, dtype=np.int32),
        via=np.full(rows, NOBODY, np.int32),
        similarity=np.ones(rows, np.float32),
        apart_from=np.full(rows, NOBODY, np.int32),
        reasons=np.zeros(rows, np.uint8),
        likeness=np.zeros(rows, np.float32),
        rank=rank,
    )
    keeper = _exact(table, rank, settings, verdicts)
    _similar(keeper, pairs, settings, verdicts)
    _follow(table, keeper, verdicts)
    return verdicts


def _exact(table: Table, rank: I32, settings: DedupSettings, verdicts: Verdicts) -> I32:
    """Judge exact groups; returns for each first row of a group the row that stands for it, NOBODY if none stays."""
    keeper = np.arange(len(table), dtype=np.int32)
    keeper[table.exact != keeper] = NOBODY
    order = np.lexsort((rank, table.exact))
    groups = table.exact[order]
    begins = np.flatnonzero(np.concatenate(([True], groups[1:] != groups[:-1]))) if len(groups) else groups
    sizes = np.diff(np.append(begins, len(groups)))
    for begin, size in zip(begins[sizes > 1].tolist(), sizes[sizes > 1].tolist(), strict=True):
        members = order[begin : begin + size]
        first = int(groups[begin])
        golds = table.gold[members]
        head = int(members[0])
        if (golds != golds[0]).any():
            # A synthetic answer never calls a human one in question.
            human = members[~table.synthetic[members]]
            peers = human if len(human) else members
            head = int(peers[0])
            if settings.conflicts == "none" and (table.gold[peers] != table.gold[head]).any():
                verdicts.kind[members] = Kind.CONFLICT
                verdicts.head[members] = head
                keeper[first] = NOBODY
                continue
        others = members[members != head]
        verdicts.kind[others] = np.where(table.gold[others] == table.gold[head], Kind.EXACT, Kind.CONFLICT)
        verdicts.head[others] = head
        keeper[first] = head
    return keeper


def alike(pairs: Pairs, settings: DedupSettings) -> tuple[Flags, NDArray[np.uint8]]:
    """Which pairs are similar enough, and the bits of the reasons to keep both that were asked for."""
    wanted = np.uint8(sum(BIT[reason] for reason in settings.apart))
    near = np.float32(2 if settings.near is None else settings.near)
    least = np.where(pairs.kind == NEAR, near, np.float32(settings.semantic_threshold))
    return pairs.similarity >= least, pairs.apart & wanted


def _similar(keeper: I32, pairs: Pairs, settings: DedupSettings, verdicts: Verdicts) -> None:
    enough, reasons = alike(pairs, settings)
    mask = enough & (keeper[pairs.one] != NOBODY) & (keeper[pairs.other] != NOBODY)
    found, reasons = pairs.where(mask), reasons[mask]
    one, other = keeper[found.one], keeper[found.other]
    links = _Links(one, other, found, reasons, verdicts.rank)
    if settings.linkage == "single":
        _chained(links, verdicts)
    else:
        _starred(links, verdicts)
    _kept_apart(links, verdicts)


class _Links:
    """Both directions of every pair, by the row they start from, best neighbour first."""

    def __init__(self, one: I32, other: I32, pairs: Pairs, reasons: NDArray[np.uint8], rank: I32) -> None:
        start, end = np.concatenate((one, other)), np.concatenate((other, one))
        similarity, kind = np.tile(pairs.similarity, 2), np.tile(pairs.kind, 2)
        apart = np.tile(reasons, 2)
        order = np.lexsort((kind, rank[end], rank[start]))
        self.start, self.end = start[order], end[order]
        self.similarity, self.kind, self.reasons = similarity[order], kind[order], apart[order]
        begins = (
            np.flatnonzero(np.concatenate(([True], self.start[1:] != self.start[:-1])))
            if len(self.start)
            else np.empty(0, np.int64)
        )
        self.rows: list[int] = self.start[begins].tolist()
        self.bounds: list[int] = np.append(begins, len(self.start)).tolist()


def _starred(links: _Links, verdicts: Verdicts) -> None:
    """In the order of who stays, everyone who is still there takes out those that are similar to it."""
    gone: set[int] = set()
    end, similarity = links.end.tolist(), links.similarity.tolist()
    kind, reasons = links.kind.tolist(), links.reasons.tolist()
    for place, row in enumerate(links.rows):
        if row in gone:
            continue
        for at in range(links.bounds[place], links.bounds[place + 1]):
            # A better row that is still there would have taken this one out.
            if not reasons[at] and end[at] not in gone:
                gone.add(end[at])
                _drop(verdicts, end[at], row, NOBODY, similarity[at], kind[at])


def _chained(links: _Links, verdicts: Verdicts) -> None:
    """In the order of who stays, everyone who is still there takes out whatever a chain of similar rows leads to."""
    place_of = {row: place for place, row in enumerate(links.rows)}
    seen: set[int] = set()
    end, similarity = links.end.tolist(), links.similarity.tolist()
    kind, reasons = links.kind.tolist(), links.reasons.tolist()
    for head in links.rows:
        if head in seen:
            continue
        seen.add(head)
        queue = [head]
        for row in queue:
            place = place_of[row]
            for at in range(links.bounds[place], links.bounds[place + 1]):
                if not reasons[at] and end[at] not in seen:
                    seen.add(end[at])
                    queue.append(end[at])
                    _drop(verdicts, end[at], head, NOBODY if row == head else row, similarity[at], kind[at])


def _drop(verdicts: Verdicts, row: int, head: int, via: int, similarity: float, kind: int) -> None:
    verdicts.kind[row] = Kind.NEAR if kind == NEAR else Kind.SEMANTIC
    verdicts.head[row], verdicts.via[row], verdicts.similarity[row] = head, via, similarity


def _kept_apart(links: _Links, verdicts: Verdicts) -> None:
    """Of every row that stays, the best row that stays too and is similar to it, and why neither goes."""
    stays = verdicts.kind == Kind.KEPT
    rank = verdicts.rank
    mask = (links.reasons > 0) & stays[links.start] & stays[links.end] & (rank[links.end] > rank[links.start])
    at = np.flatnonzero(mask)
    # Links are in the order of who stays: the last one written is the first.
    for column, values in (
        (verdicts.apart_from, links.start),
        (verdicts.reasons, links.reasons),
        (verdicts.likeness, links.similarity),
    ):
        column[links.end[at[::-1]]] = values[at[::-1]]


def _follow(table: Table, keeper: I32, verdicts: Verdicts) -> None:
    """Exact duplicates of a row that went go to where it went."""
    for row in np.flatnonzero(verdicts.kind != Kind.KEPT).tolist():
        own = keeper[table.exact[row]]
        if own in (NOBODY, row) or verdicts.kind[own] == Kind.KEPT:
            continue
        verdicts.head[row], verdicts.via[row] = verdicts.head[own], own
        if verdicts.kind[row] == Kind.EXACT:
            verdicts.similarity[row] = verdicts.similarity[own]
