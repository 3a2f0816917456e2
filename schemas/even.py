"""The uniform mix: a total spread as evenly as the pools allow. Mixes draw it, the recommendation is measured by it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

Key = TypeVar("Key", bound=Any)


def spread_evenly(limits: Mapping[Key, int], total: int) -> dict[Key, int]:
    """Share `total`, or all there is, evenly: nobody over its limit, everybody below it equal.

    What does not divide goes one by one to the first keys in sorted order among those that can still take it.
    """
    shares = dict.fromkeys(limits, 0)
    left = min(total, sum(limits.values()))
    open_keys = [k for k in sorted(limits) if limits[k] > 0]
    while left and open_keys:
        each = left // len(open_keys)
        step = min([each, *(limits[k] - shares[k] for k in open_keys)]) if each else 0
        for key in open_keys if step else open_keys[:left]:
            shares[key] += step or 1
            left -= step or 1
        open_keys = [k for k in open_keys if shares[k] < limits[k]]
    return shares
