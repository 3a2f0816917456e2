"""Pairs worth comparing: rows that share a band, each pair once, however crowded a band is."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from curation.dedup.bands import Bands, Signatures
from curation.dedup.grams import I64

Pairs = NDArray[np.int64]

# Where more rows than this share a band (one template, one preamble), it is crowded: each row is then compared with so
# many neighbours there, and with so many in all its crowded bands together.
MOST, NEIGHBOURS, ENOUGH = 100, 32, 100
_CHUNK = 100_000


def candidate_pairs(
    signatures: Signatures, rows: I64, crowded: NDArray[np.bool_], least: int
) -> Iterator[Pairs]:
    """(pairs, 2) arrays of row numbers, the smaller one first.

    A pair comes once, except from crowded bands, where it may come again. In a crowded band, rows stand in the order
    of the next band's key, so that those which share more come together, and each meets its nearest neighbours.

    Args:
        signatures: of all rows.
        rows: the rows that take part, ascending.
        crowded: (all rows); set here for rows of crowded bands.
        least: pairs that agree in fewer marks are left out.
    """
    bands, marks = signatures.bands, signatures.marks
    full = np.zeros(bands.shape, np.bool_)
    met = np.zeros(len(bands), np.int32)
    for band in range(bands.shape[1]):
        ordered, keys = _in_order(bands, rows, band, full)
        places = np.arange(max(0, len(ordered) - 1))
        for step in range(1, MOST + 1):
            places = places[: np.searchsorted(places, len(ordered) - step)]
            places = places[keys[places] == keys[places + step]]
            if step > NEIGHBOURS:
                places = places[~full[ordered[places], band]]
            if not len(places):
                break
            for start in range(0, len(places), _CHUNK):
                at = places[start : start + _CHUNK]
                one, other = ordered[at], ordered[at + step]
                pairs = np.stack((np.minimum(one, other), np.maximum(one, other)), 1)
                fresh = pairs[~_met_before(bands, full, pairs, band)]
                if full[fresh[:, 0], band].any():
                    fresh = _within_reason(fresh, full[fresh[:, 0], band], met)
                fresh = fresh[(marks[fresh[:, 0]] == marks[fresh[:, 1]]).sum(1) >= least]
                if len(fresh):
                    yield fresh
    crowded |= full.any(1)


def _in_order(bands: Bands, rows: I64, band: int, full: NDArray[np.bool_]) -> tuple[I64, NDArray[np.uint32]]:
    """Rows by their key, and the keys; marks crowded ones in `full`."""
    packed = (bands[rows, band].astype(np.uint64) << np.uint64(32)) | rows.astype(np.uint64)
    packed.sort()
    keys = (packed >> np.uint64(32)).astype(np.uint32)
    ordered = (packed & np.uint64(0xFFFFFFFF)).astype(np.int64)
    begins = (
        np.flatnonzero(np.concatenate(([True], keys[1:] != keys[:-1])))
        if len(keys)
        else np.empty(0, np.int64)
    )
    sizes = np.diff(np.append(begins, len(keys)))
    for begin, size in zip(begins[sizes > MOST + 1].tolist(), sizes[sizes > MOST + 1].tolist(), strict=True):
        members = ordered[begin : begin + size]
        full[members, band] = True
        following = bands[members, (band + 1) % bands.shape[1]]
        ordered[begin : begin + size] = members[np.argsort(following, kind="stable")]
    return ordered, keys


def _met_before(bands: Bands, full: NDArray[np.bool_], pairs: Pairs, band: int) -> NDArray[np.bool_]:
    if not band:
        return np.zeros(len(pairs), np.bool_)
    one, other = pairs[:, 0], pairs[:, 1]
    same = bands[one, :band] == bands[other, :band]
    found: NDArray[np.bool_] = (same & ~full[one, :band]).any(1)
    return found


def _within_reason(pairs: Pairs, crowd: NDArray[np.bool_], met: NDArray[np.int32]) -> Pairs:
    """Without pairs of a crowd that both have met enough others of theirs; counts the meetings."""
    kept: Pairs = pairs[~crowd | (met[pairs] < ENOUGH).any(1)]
    np.add.at(met, pairs[crowd].ravel(), 1)
    return kept
