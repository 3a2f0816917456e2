"""MinHash signatures cut into bands: two texts that share a band are worth comparing."""

from __future__ import annotations

import math

import numpy as np
import rensa  # type: ignore[import-untyped]
from numpy.typing import NDArray

from curation.dedup.grams import Grams
from schemas.instance import Frozen

Bands = NDArray[np.uint32]

SEED = 20231030
_SLOTS = 128
_BASIS, _PRIME = np.uint64(0xCBF29CE484222325), np.uint64(0x9E3779B97F4A7C15)


class Plan(Frozen):
    """How a signature is cut.

    Args:
        bands: how many.
        slots: MinHash values in each; two texts share a band if they agree in all of them.
    """

    bands: int
    slots: int

    def recall(self, similarity: float) -> float:
        """Expected share of the pairs of this Jaccard similarity that share a band: 1 - (1 - s^slots)^bands."""
        return float(1 - (1 - similarity**self.slots) ** self.bands)


def plan_for(similarity: float, recall: float) -> Plan:
    """The plan with the longest bands, which has the fewest useless candidates, that finds `recall` of the pairs of
    this similarity with 128 values; single values as bands where none does."""
    for slots in range(_SLOTS, 0, -1):
        hit = similarity**slots
        need = (
            1
            if hit >= 1
            else math.ceil(math.log(1 - recall) / math.log1p(-hit))
            if hit > 1e-9
            else _SLOTS + 1
        )
        if need * slots <= _SLOTS:
            return Plan(bands=need, slots=slots)
    return Plan(bands=_SLOTS, slots=1)


def band_keys(grams: Grams, plan: Plan) -> Bands:
    """(texts, bands): a key for each band of each text. Of a text without grams they mean nothing.

    Two texts with different bands have the same key with a probability of 2^-32; whoever compares them finds out.
    """
    texts = len(grams.offsets) - 1
    if not texts:
        return np.empty((0, plan.bands), np.uint32)
    matrix = rensa.RMinHash.digest_matrix_from_flat_token_hashes(
        grams.hashes, grams.offsets.astype(np.uint64), plan.bands * plan.slots, SEED
    )
    values = np.array(matrix.to_rows(), np.uint64).reshape(texts, plan.bands, plan.slots)
    keys = np.full((texts, plan.bands), _BASIS)
    for slot in range(plan.slots):
        keys = (keys ^ values[:, :, slot]) * _PRIME
        keys ^= keys >> np.uint64(31)
    return (keys >> np.uint64(32)).astype(np.uint32)
