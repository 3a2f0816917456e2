"""Columns of names and numbers as the numbers of a review want them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields
from itertools import repeat
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from schemas.errors import BadData
from schemas.terminal import one_line

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


def coded(values: Sequence[Any] | NDArray[Any]) -> tuple[Any, Ints]:
    """Different values, sorted, and for each one its place among them, shape (values,)."""
    if len(values) and isinstance(values[0], int | np.integer):
        found, codes = np.unique(np.asarray(values, np.int64), return_inverse=True)
        return found, codes.astype(np.int64)
    names = sorted(set(values))
    places = {name: place for place, name in enumerate(names)}
    return names, np.fromiter(map(places.__getitem__, values), np.int64, len(values))


def sane_seconds(seconds: ArrayLike) -> Floats:
    """What is no time at all counts as not measured."""
    found = np.asarray(seconds, np.float64)
    return np.where(np.isfinite(found) & (found > 0), found, 0.0)


def require_lengths(columns: Any) -> None:
    """Raises ValueError for columns of different lengths."""
    lengths = {f.name: len(v) for f in fields(columns) if isinstance(v := getattr(columns, f.name), np.ndarray)
               and f.name != "items"}  # fmt: skip
    if len(set(lengths.values())) > 1:
        raise ValueError(f"columns of different lengths: {lengths}")


def stage_codes(stages: Sequence[str], known: tuple[str, ...]) -> Ints:
    """Raises BadData for a stage that there is none of."""
    codes = {name: code for code, name in enumerate(known)}
    get: Callable[[str, int], int] = codes.get
    found = np.fromiter(map(get, stages, repeat(-1)), np.int64, len(stages))
    if len(found) and found.min() < 0:
        wrong = stages[int(np.argmin(found))]
        raise BadData(
            f"there is no stage {one_line(str(wrong), 40)!r}", where="votes", do=f"known: {', '.join(known)}"
        )
    return found


def place_in_run(codes: Ints) -> Ints:
    """Of codes of which equal ones lie together, the place of each in its run, from 0, (codes,)."""
    starts = np.flatnonzero(_begins(codes))
    return np.arange(len(codes)) - np.repeat(starts, np.diff(np.append(starts, len(codes))))


def runs_of(codes: Ints) -> Ints:
    """Of codes of which equal ones lie together, the number of each one's run, from 0, (codes,)."""
    return np.cumsum(_begins(codes)) - 1


def different(codes: Ints) -> int:
    """How many different codes, equal ones lying together. `np.unique` would take many times as long."""
    return int(_begins(codes).sum())


def _begins(codes: Ints) -> Bools:
    return np.append(True, codes[1:] != codes[:-1])[: len(codes)]
