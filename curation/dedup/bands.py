"""MinHash signatures cut into bands: two texts that share a band are worth comparing."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import rensa  # type: ignore[import-untyped]
from numpy.typing import NDArray

from curation.dedup.grams import Grams
from schemas.instance import Frozen

Bands = NDArray[np.uint32]
Marks = NDArray[np.uint8]

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


@dataclass
class Signatures:
    """What is kept of the signatures of texts. Of a text without grams they mean nothing.

    Args:
        bands: (texts, bands) a key for each band. Texts with different bands have the same key with a probability of
            2^-32; whoever compares them finds out.
        marks: (texts, values) the last byte of each MinHash value, which tells at a glance about how alike two are.
    """

    bands: Bands
    marks: Marks


def empty_signatures(texts: int, plan: Plan | None) -> Signatures:
    bands, values = (plan.bands, plan.bands * plan.slots) if plan else (0, 0)
    return Signatures(np.empty((texts, bands), np.uint32), np.empty((texts, values), np.uint8))


def signatures(grams: Grams, plan: Plan) -> Signatures:
    """The signatures of texts, by their grams."""
    texts = len(grams.offsets) - 1
    if not texts:
        return empty_signatures(0, plan)
    matrix = rensa.RMinHash.digest_matrix_from_flat_token_hashes(
        grams.hashes, grams.offsets.astype(np.uint64), plan.bands * plan.slots, SEED
    )
    flat = np.array(matrix.to_rows(), np.uint64)
    values = flat.reshape(texts, plan.bands, plan.slots)
    keys = np.full((texts, plan.bands), _BASIS)
    for slot in range(plan.slots):
        keys = (keys ^ values[:, :, slot]) * _PRIME
        keys ^= keys >> np.uint64(31)
    return Signatures((keys >> np.uint64(32)).astype(np.uint32), flat.astype(np.uint8))


def least_agreement(similarity: float, plan: Plan) -> int:
    """In how many last bytes two texts of this similarity agree at least, but for one pair in 30,000.

    Each agrees with the probability s + (1 - s) / 256; four standard deviations below the mean; ours.
    """
    values = plan.bands * plan.slots
    share = similarity + (1 - similarity) / 256
    return math.floor(values * share - 4 * math.sqrt(values * share * (1 - share)))
