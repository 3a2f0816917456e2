"""Planted worlds that several tests share."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from analyze.simulate import World


def world_of(
    start: Sequence[float], ceiling: Sequence[float], kappa: float | Sequence[float], **more: float
) -> World:
    k = len(start)
    return World(
        np.array(start),
        np.array(ceiling),
        np.broadcast_to(np.asarray(kappa, dtype=float), (k,)).copy(),
        np.ones(k),
        np.zeros((k, k)),
        **more,
    )
