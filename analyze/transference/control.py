"""The mandatory control: estimators that see only form, length and words. Ours.

Two abilities with one-letter answers look alike to any encoder, and training on one teaches the other's format. What
an embedding knows beyond that is its partial correlation given these four (`check.py`); form and words are never
removed inside the embedding, which made things worse where it was tried. All are higher for more alike, shape (K, K).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analyze.transference.base import Array, Channel, Evidence, Needs, as_matrix, register
from schemas.errors import BadData
from schemas.results import TransferMatrix

if TYPE_CHECKING:
    from schemas.instance import Instance

Pool = Mapping[str, Sequence["Instance"]]
SMOOTHING = 0.5  # pseudo-counts a character, so that a character unknown to the source costs much but not all


def form(pool: Pool) -> Array:
    """Minus the total variation distance between the two abilities' shares of answer forms."""
    shares = _shares([Counter(r.form for r in rows) for rows in pool.values()])
    distance: Array = np.abs(shares[:, None, :] - shares[None, :, :]).sum(-1) / 2
    return -distance


def length(pool: Pool) -> Array:
    """Minus the Wasserstein distance between the two abilities' log lengths of response, in characters."""
    grid = (np.arange(64) + 0.5) / 64
    quantiles = np.stack(
        [np.quantile(np.log([len(r.response) for r in rows]), grid) for rows in pool.values()]
    )
    distance: Array = np.abs(quantiles[:, None, :] - quantiles[None, :, :]).mean(-1)
    return -distance


def unigram(pool: Pool) -> Array:
    """Minus the bits per character of the target's responses under the source's character frequencies."""
    counts = _counts([Counter("".join(r.response for r in rows)) for rows in pool.values()])
    smooth = counts + SMOOTHING
    bits = -np.log2(smooth / smooth.sum(1, keepdims=True))
    cost: Array = bits @ (counts / counts.sum(1, keepdims=True)).T
    return -cost


def characters(pool: Pool) -> Array:
    """Cosine between the two abilities' character counts over instructions and responses."""
    counts = _counts([Counter("".join(r.instruction + r.response for r in rows)) for rows in pool.values()])
    unit = counts / np.linalg.norm(counts, axis=1, keepdims=True)
    alike: Array = unit @ unit.T
    return alike


CONTROLS: dict[str, tuple[Callable[[Pool], Array], str, str]] = {
    "control-form": (form, "-total variation of answer forms", "sees only the answer forms"),
    "control-length": (length, "-Wasserstein distance of log lengths", "sees only the responses' lengths"),
    "control-unigram": (unigram, "-bits per character under the source's unigrams", "sees only characters"),
    "control-characters": (characters, "cosine of character counts", "sees only the bag of characters"),
}


@dataclass(frozen=True)
class OneControl:
    """One of the four, as an `Estimator`."""

    name: str
    needs: Needs = "texts"
    channel: Channel | None = None

    @property
    def summary(self) -> str:
        return CONTROLS[self.name][2]

    def estimate(self, evidence: Evidence) -> TransferMatrix:
        function, unit, _ = CONTROLS[self.name]
        return as_matrix(self.name, tuple(evidence.items), function(_checked(evidence)), unit)


@dataclass(frozen=True)
class Control:
    """The mean of the four, each standardized over its pairs: one matrix to show. Checks use the four."""

    name: str = "control"
    needs: Needs = "texts"
    channel: Channel | None = None
    summary: str = "sees only form, length and words (the mean of the four control-* matrices)"

    def estimate(self, evidence: Evidence) -> TransferMatrix:
        pool = _checked(evidence)
        apart = ~np.eye(len(pool), dtype=bool)
        total = np.zeros((len(pool), len(pool)))
        for function, _, _ in CONTROLS.values():
            values = function(pool)
            spread = values[apart].std()
            if spread > 1e-12:  # all abilities of one form: that control says nothing
                total += (values - values[apart].mean()) / spread
        return as_matrix(self.name, tuple(pool), total / len(CONTROLS), "standard deviations over the pairs")


def control_matrices(evidence: Evidence) -> list[TransferMatrix]:
    """The four, for the partial correlation of `check.check`."""
    return [OneControl(name).estimate(evidence) for name in CONTROLS]


def _checked(evidence: Evidence) -> Pool:
    empty = [a for a, rows in evidence.items.items() if not rows]
    if len(evidence.items) < 2 or empty:
        named = f"ability {empty[0]!r} has no items" if empty else "there are fewer than two abilities"
        raise BadData(f"{named}, which leaves nothing to compare", do="give more of the pool")
    return evidence.items


def _counts(counters: Sequence[Counter[str]]) -> Array:
    symbols = sorted(set().union(*counters))
    return np.array([[c[s] for s in symbols] for c in counters], dtype=np.float64)


def _shares(counters: Sequence[Counter[str]]) -> Array:
    counts = _counts(counters)
    shares: Array = counts / counts.sum(1, keepdims=True)
    return shares


register(Control())
for _name in CONTROLS:
    register(OneControl(_name))
