"""Planted worlds that several tests share."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from analyze.simulate import World


def border_world(rho: float = 0.02, seed_sd: float = 0.0) -> World:
    """Abilities that stand still near 0, at .05, .5 and .95, and two that jump from near 0 to near 1."""
    low = 0.002 if rho else 0.02  # a normal error would leave [0, 1] at .002
    start = np.array([low, 0.05, 0.05, 0.5, 0.5, 0.95, 0.95, low, 0.05])
    end = np.array([low, 0.05, 0.05, 0.5, 0.5, 0.95, 0.95, 0.95, 0.95])
    k = len(start)
    return World(
        start, end, np.full(k, 300.0), np.full(k, 1.5), np.zeros((k, k)), 0.0, 0.1, seed_sd=seed_sd, rho=rho
    )


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
