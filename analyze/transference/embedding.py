"""Transference from embeddings, without training. Definitions: ours.

Input everywhere: ability -> array (items, dimensions), mean-pooled states of one channel; by default the response
channel, which was the only dependable one in small studies. Arrays are centred over all abilities and compared by
an RBF kernel whose width is the median distance between items. In a little world these rankings agreed with trained
Transference to about .5; nothing is known about large models, and what is left after the control (`control.py`) is
what counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from analyze.transference.base import Array, Channel, Evidence, Needs, as_matrix, register
from schemas.canonical import unit_hash
from schemas.errors import BadData
from schemas.results import TransferMatrix

if TYPE_CHECKING:
    from inference.embed import Encoder
    from schemas.instance import Instance

Measure = Literal["mmd", "gp", "knn", "cosine"]
RIDGE = 0.1  # lambda of the GP, as a share of the kernel's diagonal
NEIGHBOURS = 5


def encode_pool(
    encoder: Encoder,
    pool: Mapping[str, Sequence[Instance]],
    items: int = 64,
    channel: Channel = "response",
    seed: int = 0,
) -> dict[str, Array]:
    """Encode up to `items` instances of every ability, the same ones for the same seed.

    Returns ability -> array (items, dimensions). Raises BadData for an ability with fewer than two instances, whose
    spread nothing can be said about.
    """
    chosen: dict[str, list[Instance]] = {a: choose(rows, items, seed) for a, rows in pool.items()}
    for ability, rows in chosen.items():
        if len(rows) < 2:
            raise BadData(f"ability {ability!r} has {len(rows)} instance", do="give it two or more")
    flat = [row for rows in chosen.values() for row in rows]
    encoded = np.asarray(encoder.encode(flat, channel), dtype=np.float64)
    if encoded.shape[0] != len(flat) or not np.isfinite(encoded).all():
        raise BadData(
            "the encoder gave a row too few or a value that is not finite", do="try another encoder"
        )
    bounds = np.cumsum([len(rows) for rows in chosen.values()])[:-1]
    return dict(zip(chosen, np.split(encoded, bounds), strict=True))


def choose(rows: Sequence[Instance], items: int, seed: int = 0) -> list[Instance]:
    """The first `items` in the order that seed and id alone decide; smaller choices nest in larger ones."""
    return sorted(rows, key=lambda r: unit_hash("transference", seed, r.id))[:items]


@dataclass(frozen=True)
class Kernel:
    """The RBF kernel over all items: `values` (N, N), and which rows belong to which ability."""

    abilities: tuple[str, ...]
    values: Array
    rows: tuple[slice, ...]

    def block(self, j: int, i: int) -> Array:
        return self.values[self.rows[j], self.rows[i]]


def rbf(embeddings: Mapping[str, Array]) -> Kernel:
    """exp(-d^2 / (2 m^2)), m the median distance between two different items of any abilities."""
    abilities = tuple(embeddings)
    stacked, rows = _stack(embeddings)
    norms = (stacked**2).sum(1)
    squares = np.maximum(norms[:, None] + norms[None, :] - 2 * stacked @ stacked.T, 0.0)
    upper = squares[np.triu_indices(len(stacked), 1)]
    median = (
        float(np.median(upper)) or float(upper.mean()) or 1.0
    )  # many equal items: the mean still has a scale
    np.fill_diagonal(squares, 0.0)
    return Kernel(abilities, np.exp(-squares / (2 * median)), rows)


def mmd(kernel: Kernel) -> Array:
    """-MMD^2 (Gretton et al. 2012, unbiased), shape (K, K), symmetric; 0 = the same distribution."""
    size = np.array([s.stop - s.start for s in kernel.rows], dtype=np.float64)
    means = _block_sums(kernel) / np.outer(size, size)
    diagonal = np.array([np.trace(kernel.block(k, k)) for k in range(len(size))])
    within = (np.diag(means) * size**2 - diagonal) / (size * (size - 1))
    closeness: Array = 2 * means - within[:, None] - within[None, :]
    return closeness


def gp(kernel: Kernel, draws: int = 0, ridge: float = RIDGE) -> Array:
    """V_ji(n): share of the prior variance at the items of i that n instances of j explain, shape (K, K).

    Mean over x in i of k_xJ (K_JJ + ridge I)^-1 k_Jx. With n beyond the m encoded items each counts n / m times,
    which divides its noise by that; with fewer, the first n are taken. n = 0: all m.
    """
    count = len(kernel.rows)
    out = np.empty((count, count))
    for j in range(count):
        first, stop = kernel.rows[j].start, kernel.rows[j].stop
        encoded = stop - first
        used = min(draws or encoded, encoded)
        noise = ridge * used / max(draws or encoded, 1)
        rows = slice(first, first + used)
        lower = np.linalg.cholesky(kernel.values[rows, rows] + noise * np.eye(used))
        explained = (np.linalg.solve(lower, kernel.values[rows, :]) ** 2).sum(0)
        out[j] = [explained[r].mean() for r in kernel.rows]
    return out


def knn(kernel: Kernel, neighbours: int = NEIGHBOURS) -> Array:
    """Coverage: mean kernel value of an item of i with its nearest `neighbours` items of j, shape (K, K)."""
    count = len(kernel.rows)
    out = np.empty((count, count))
    for j in range(count):
        similar = kernel.values[kernel.rows[j], :]
        k = min(neighbours, len(similar))
        nearest = np.partition(similar, len(similar) - k, axis=0)[len(similar) - k :].mean(0)
        out[j] = [nearest[r].mean() for r in kernel.rows]
    return out


def cosine(embeddings: Mapping[str, Array]) -> Array:
    """Cosine between the abilities' centroids after centring, shape (K, K)."""
    stacked, rows = _stack(embeddings)
    centroids = np.stack([stacked[r].mean(0) for r in rows])
    lengths = np.linalg.norm(centroids, axis=1)
    alike: Array = centroids @ centroids.T / np.maximum(np.outer(lengths, lengths), 1e-30)
    return alike


def _stack(embeddings: Mapping[str, Array]) -> tuple[Array, tuple[slice, ...]]:
    """All items under one another, centred on the mean of the abilities' means, so that sizes don't weigh."""
    centre = np.mean([e.mean(0) for e in embeddings.values()], axis=0)
    stops = np.cumsum([len(e) for e in embeddings.values()])
    rows = tuple(slice(int(b - len(e)), int(b)) for b, e in zip(stops, embeddings.values(), strict=True))
    return np.concatenate([np.asarray(e, np.float64) - centre for e in embeddings.values()]), rows


def _block_sums(kernel: Kernel) -> Array:
    starts = [r.start for r in kernel.rows]
    summed: Array = np.add.reduceat(np.add.reduceat(kernel.values, starts, axis=0), starts, axis=1)
    return summed


_UNITS: dict[Measure, str] = {
    "mmd": "-MMD^2, 0 = indistinguishable",
    "gp": "share of the target's kernel variance explained",
    "knn": "mean kernel similarity to the nearest source items",
    "cosine": "cosine of the centred centroids",
}
_SUMMARIES: dict[Measure, str] = {
    "mmd": "how close the two abilities' texts lie as distributions; symmetric",
    "gp": "how much of the target's spread the source explains; asymmetric, knows n",
    "knn": "how near the target's items are to items of the source; asymmetric",
    "cosine": "direction of the two abilities' centroids; symmetric baseline",
}


@dataclass(frozen=True)
class FromEmbeddings:
    """One measure on one channel, as an `Estimator`."""

    measure: Measure
    channel: Channel = "response"
    needs: Needs = "embeddings"

    @property
    def name(self) -> str:
        return f"{self.channel}-{self.measure}"

    @property
    def summary(self) -> str:
        return f"{self.channel} channel: {_SUMMARIES[self.measure]}"

    def estimate(self, evidence: Evidence) -> TransferMatrix:
        embeddings = evidence.channel(self.channel)
        short = [a for a, e in embeddings.items() if len(e) < 2]
        if len(embeddings) < 2 or short:
            named = f"ability {short[0]!r} has fewer than two items" if short else "there is one ability"
            raise BadData(f"{named}, which leaves nothing to compare", do="encode more of the pool")
        if self.measure == "cosine":
            values = cosine(embeddings)
        else:
            kernel = rbf(embeddings)
            values = (
                mmd(kernel)
                if self.measure == "mmd"
                else knn(kernel)
                if self.measure == "knn"
                else gp(kernel, evidence.draws)
            )
        return as_matrix(self.name, tuple(embeddings), values, _UNITS[self.measure])


for _measure in _UNITS:
    register(FromEmbeddings(_measure))
register(FromEmbeddings("mmd", "instruction"))
register(FromEmbeddings("mmd", "both"))
