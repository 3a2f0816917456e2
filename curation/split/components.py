"""Rows that belong together: connected components of their links, and what is done about components too large."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from curation.split.records import SOFT, Records

I64 = NDArray[np.int64]


@dataclass
class Giant:
    """A component that holds more of an ability than one side should.

    Args:
        ability: its ability.
        rows: rows of that ability in it.
        of: rows of that ability.
        links: what kind of link holds it together: `soft` (wording) or `hard` (groups, prompts, parents).
    """

    ability: str
    rows: int
    of: int
    links: str


@dataclass
class Components:
    """Which rows belong together.

    Args:
        of: (rows,) number of each row's component, in the order of `ranks`.
        ranks: (components,) place in the order that fills parts, in [0, 1): the rank of the row with the least id,
            which favours neither large components nor small ones.
        giants: those that were too large.
        held: (components,) whether one is a giant that its hard links hold together, which goes to the last part.
    """

    of: I64
    ranks: NDArray[np.float64]
    giants: list[Giant]
    held: NDArray[np.bool_]


def components_of(records: Records, largest: float = 0.2, least: int = 50) -> Components:
    """Find the components.

    A component with more than `largest` of an ability's rows, and more than `least` rows, is a giant: one template or
    one passage-like preamble chains what is no item of one kind. Its soft links (wording alone: near-duplicates,
    guessed passages) are cut. If its hard links (groups, equal prompts, parents, given clusters) still make it a
    giant, it stays whole and is held for the last part: training.

    Args:
        largest: share of an ability's rows that one component may hold.
        least: rows that it may hold in any case.
    """
    of = connected(len(records), records.link_rows, records.link_keys)
    large = _large(of, records, largest, least)
    giants: list[Giant] = []
    if large:
        soft = np.isin(records.link_kinds, SOFT)
        inside = np.isin(of, list(large))
        keep = ~(soft & inside[records.link_rows])
        giants += [Giant(*found, "soft") for _, found in sorted(large.items())]
        of = connected(len(records), records.link_rows[keep], records.link_keys[keep])
        large = _large(of, records, largest, least)
        giants += [Giant(*found, "hard") for _, found in sorted(large.items())]
    ranks, order = _ranked(of, records)
    held = np.zeros(len(ranks), np.bool_)
    held[[order[c] for c in large]] = True
    still = {(g.ability, g.rows, g.of) for g in giants if g.links == "hard"}
    giants = [g for g in giants if g.links == "hard" or (g.ability, g.rows, g.of) not in still]
    return Components(order[of], ranks, giants, held)


def connected(rows: int, link_rows: I64, link_keys: NDArray[np.uint64]) -> I64:
    """Component number of each row, where rows that share a key are neighbours."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    if not rows:
        return np.empty(0, np.int64)
    keys, places = np.unique(link_keys, return_inverse=True)
    size = rows + len(keys)
    graph = coo_array(
        (np.ones(len(link_rows), np.int8), (link_rows, places + rows)), shape=(size, size)
    ).tocsr()
    _, labels = connected_components(graph, directed=False)
    _, of = np.unique(labels[:rows], return_inverse=True)
    return of.astype(np.int64)


def _large(of: I64, records: Records, largest: float, least: int) -> dict[int, tuple[str, int, int]]:
    """Component -> (ability, its rows of it, all rows of it) where that is too large a share."""
    if not len(of):
        return {}
    abilities = len(records.abilities)
    pairs, counts = np.unique(of * abilities + records.ability, return_counts=True)
    totals = np.bincount(records.ability, minlength=abilities)
    found: dict[int, tuple[str, int, int]] = {}
    for pair, count in zip(pairs.tolist(), counts.tolist(), strict=True):
        component, ability = divmod(pair, abilities)
        if count > max(least, largest * totals[ability]) and count > found.get(component, ("", 0, 0))[1]:
            found[component] = (records.abilities[ability], count, int(totals[ability]))
    return found


def _ranked(of: I64, records: Records) -> tuple[NDArray[np.float64], I64]:
    """Ranks of the components, ascending, and the number that each old one gets by it."""
    order = np.lexsort((records.ids, of))
    _, first = np.unique(of[order], return_index=True)
    ranks = records.ranks[order[first]]
    by_rank = np.argsort(ranks, kind="stable")
    numbers = np.empty(len(ranks), np.int64)
    numbers[by_rank] = np.arange(len(ranks))
    return ranks[by_rank], numbers
