"""Near-duplicates among texts in memory, as groups; for whoever has to keep them together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from curation.dedup.bands import empty_signatures, least_agreement, plan_for, signatures
from curation.dedup.candidates import candidate_pairs
from curation.dedup.grams import I64, gram_hashes
from curation.dedup.jaccard import jaccard

_RECALL = 0.999
_TEXTS = 5000


def near_groups(texts: Sequence[str], threshold: float, n: int = 5) -> list[list[int]]:
    """Groups of two or more texts, as places in `texts`; each place is in one group at most.

    Two texts are linked if they are equal, or if the Jaccard similarity of their sets of character grams is
    `threshold` or more; a group is what a chain of links leads to. Links are looked for by MinHash, which finds 99.9 %
    of those at the threshold and more above it, and verified, so that none is wrong. Texts are compared as they are:
    make them canonical first. The result depends on the texts and their order alone.

    Args:
        threshold: in (0, 1].
        n: characters of a gram; texts shorter than that are only compared for equality.
    """
    places: dict[str, list[int]] = {}
    for place, text in enumerate(texts):
        places.setdefault(text, []).append(place)
    distinct, found = list(places), list(places.values())
    one, other = _links(distinct, threshold, n)
    count = len(distinct)
    links = coo_array((np.ones(len(one), np.int8), (one, other)), shape=(count, count))
    _, label = connected_components(links, directed=False) if count else (0, np.empty(0, np.int32))
    groups: dict[int, list[int]] = {}
    for number, name in enumerate(label.tolist()):
        groups.setdefault(name, []).extend(found[number])
    return sorted(sorted(group) for group in groups.values() if len(group) > 1)


def _links(texts: Sequence[str], threshold: float, n: int) -> tuple[I64, I64]:
    plan = plan_for(threshold, _RECALL)
    whole = empty_signatures(len(texts), plan)
    for start in range(0, len(texts), _TEXTS):
        some = signatures(gram_hashes(texts[start : start + _TEXTS], n), plan)
        whole.bands[start : start + _TEXTS], whole.marks[start : start + _TEXTS] = some.bands, some.marks
    long = np.flatnonzero(np.fromiter(map(len, texts), np.int64, len(texts)) >= n)
    linked = [np.empty((0, 2), np.int64)]
    for pairs in candidate_pairs(
        whole, long, np.zeros(len(texts), np.bool_), least_agreement(threshold, plan)
    ):
        rows, at = np.unique(pairs, return_inverse=True)
        at = at.reshape(pairs.shape)
        grams = gram_hashes([texts[row] for row in rows.tolist()], n)
        linked.append(pairs[jaccard(grams, at[:, 0], at[:, 1]) >= np.float32(threshold)])
    pairs = np.concatenate(linked)
    return pairs[:, 0], pairs[:, 1]
