"""Items by the patterns of their verdicts: a million items show some dozens of patterns, and only those are resampled."""

from __future__ import annotations

from math import comb
from typing import NamedTuple

import numpy as np

from curation.review.agreement.coefficients import Shapes
from curation.review.agreement.columns import Floats, Ints, place_in_run, runs_of
from curation.review.agreement.units import Pairings, Units

# More different patterns than that are summed up in so many groups of items, drawn by chance, and groups are resampled.
_MOST, _GROUPS = 1024, 512
PSEUDO = 2.0  # pseudo-items, see `curation.review.agreement.resample`


class Table(NamedTuple):
    """What is resampled.

    Args:
        counts: items that show a pattern, (patterns,); or ones, if each stands for a group of items.
        features: units that one of them adds to each count, (patterns, features).
        pseudo: weights of the pseudo-items, (pseudo,); and their `pseudo_features`, (pseudo, features).
    """

    counts: Floats
    features: Floats
    pseudo: Floats
    pseudo_features: Floats

    def total(self) -> Floats:
        """The counts of the sample itself, (1, features)."""
        return np.asarray(self.counts @ self.features)[None]


def shapes_of(units: Units, chosen: Ints, seed: int) -> tuple[Table, Shapes]:
    """The table of some units (their places, (chosen,)) by shape, and the shapes. Needs one unit at least.

    Pseudo-items have as many verdicts as most units, each of them a coin.
    """
    kept, votes = units.kept[chosen], units.votes[chosen]
    usual = int(np.bincount(votes).argmax())
    base = int(votes.max()) + 1
    coin = np.arange(usual + 1)
    code = votes * base + kept
    known = np.union1d(code, usual * base + coin)
    feature = np.searchsorted(known, code)
    counts, features = _patterns(units.item[chosen], feature, len(known), seed)
    pseudo = np.array([PSEUDO * comb(usual, int(k)) / 2**usual for k in coin])
    pseudo_features = np.eye(len(known))[np.searchsorted(known, usual * base + coin)]
    shapes = Shapes((known % base).astype(np.int64), (known // base).astype(np.int64))
    return Table(counts, features, pseudo, pseudo_features), shapes


def pairs_of(units: Units, pairings: Pairings, chosen: Ints, pair: Ints, pairs: int, seed: int) -> Table:
    """The table of some pairings (their places, (chosen,)) by pair and cell.

    Args:
        pair: which pair each one is of, 0 to `pairs` - 1, (chosen,).

    A pseudo-item is in one cell, of all pairs in parts, as they share the units.
    """
    feature = pair * 4 + pairings.cell[chosen]
    counts, features = _patterns(units.item[pairings.unit[chosen]], feature, pairs * 4, seed)
    share = np.bincount(pair, minlength=pairs) / len(pair)
    pseudo_features = np.zeros((4, pairs, 4))
    for cell in range(4):
        pseudo_features[cell, :, cell] = share
    return Table(counts, features, np.full(4, PSEUDO / 4), pseudo_features.reshape(4, pairs * 4))


def _patterns(item: Ints, feature: Ints, features: int, seed: int) -> tuple[Floats, Floats]:
    """Counts and features of the patterns of items; each row adds one to one feature of its item; rows of one item lie
    together."""
    item = runs_of(item)
    items = int(item[-1]) + 1
    if len(item) > items:  # the order within an item is no part of its pattern
        order = np.lexsort((feature, item))
        item, feature = item[order], feature[order]
    place = place_in_run(item)
    pattern = np.zeros(items, np.int64)
    for turn in range(int(place.max()) + 1):
        here = place == turn
        more = np.zeros(items, np.int64)
        more[item[here]] = feature[here] + 1
        pattern = np.unique(pattern * (features + 1) + more, return_inverse=True)[1].astype(np.int64)
    count = int(pattern.max()) + 1
    if count > _MOST:
        pattern = np.random.default_rng(seed).permutation(items) % _GROUPS
        sums = np.bincount(pattern[item] * features + feature, minlength=_GROUPS * features)
        return np.ones(_GROUPS), sums.reshape(_GROUPS, features).astype(np.float64)
    example = np.zeros(count, np.int64)
    example[pattern] = np.arange(items)
    shown = example[pattern[item]] == item
    rows = pattern[item[shown]] * features + feature[shown]
    sums = np.bincount(rows, minlength=count * features).reshape(count, features)
    return np.bincount(pattern, minlength=count).astype(np.float64), sums.astype(np.float64)
