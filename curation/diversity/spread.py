"""How far texts lie apart for an encoder, on samples of equal size."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curation.diversity.numbers import Number, over_blocks
from curation.diversity.report import Spread
from curation.diversity.rows import Rows
from curation.diversity.settings import Settings
from curation.diversity.views import CHANNELS, Channel, channel_text
from inference.embed import Encoder
from schemas.errors import BadData
from schemas.instance import Instance

_BLOCK = 64  # rows of one block of the Vendi score and the effective rank, which grow with the sample
_DRAWS = 500
Array = NDArray[Any]


def spreads_of(
    rows: Rows, samples: Sequence[NDArray[np.int64]], encoder: Encoder, settings: Settings
) -> dict[tuple[int, Channel], Spread]:
    """The spread of every part and channel, of up to `items` rows of each part.

    Args:
        samples: for each part the places of its sampled rows, in the order of sampling.
        encoder: see `inference.embed`.

    Raises:
        BadData: the encoder gives a value that is not finite.
    """
    found: dict[tuple[int, Channel], Spread] = {}
    for number, places in enumerate(samples):
        drawn: list[Instance] = list(rows.read(places[: settings.items]))
        for channel in CHANNELS:
            instances = [row for row in drawn if channel_text(row, channel)]
            if not instances:
                continue
            vectors = np.asarray(encoder.encode(instances, channel), dtype=np.float64)
            if len(vectors) != len(instances) or not np.isfinite(vectors).all():
                raise BadData(
                    "the encoder gave a row too few or a value that is not finite",
                    where=encoder.name,
                    do="try another encoder",
                )
            trimmed = int(encoder.trimmed)
            found[number, channel] = spread(vectors, encoder.name, settings, trimmed)
    return found


def spread(vectors: Array, encoder: str, settings: Settings, trimmed: int = 0) -> Spread:
    """The spread of some vectors, shape (rows, dimensions); vectors are compared by direction."""
    unit = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    blocks = [unit[i : i + _BLOCK] for i in range(0, len(unit) - _BLOCK + 1, _BLOCK)]
    return Spread(
        encoder=encoder,
        distance=mean_distance(unit, settings),
        vendi=over_blocks([vendi(b) for b in blocks], _BLOCK, settings.level, most=_BLOCK),
        rank=over_blocks([effective_rank(b) for b in blocks], _BLOCK, settings.level, most=_BLOCK),
        trimmed=trimmed,
    )


def mean_distance(unit: Array, settings: Settings) -> Number:
    """Mean cosine distance of two different rows of unit vectors, with a percentile bootstrap over rows.

    Pairs of a row with its own copy in a draw are left out, or every draw would seem less spread than the sample.
    """
    count = len(unit)
    if count < 3:
        return Number(size=count)
    distances = 1 - unit @ unit.T
    np.fill_diagonal(distances, 0.0)
    value = distances.sum() / (count * (count - 1))
    rng = np.random.default_rng(settings.seed)
    draws = rng.multinomial(count, np.full(count, 1 / count), size=_DRAWS).astype(np.float64)
    pairs = count**2 - (draws**2).sum(1)
    means = np.einsum("di,ij,dj->d", draws, distances, draws, optimize=True) / pairs
    tail = (1 - settings.level) / 2
    low, high = np.quantile(means, (tail, 1 - tail))
    return Number(
        value=round(float(value), 6),
        low=round(float(low), 6),
        high=round(float(high), 6),
        blocks=1,
        size=count,
    )


def vendi(unit: Array) -> float:
    """exp of the entropy of the eigenvalues of K / n, K the cosines (Friedman and Dieng 2023)."""
    values = np.linalg.eigvalsh(unit @ unit.T / len(unit))
    return _exp_entropy(values)


def effective_rank(unit: Array) -> float:
    """exp of the entropy of the normalized singular values (Roy and Vetterli 2007)."""
    values = np.linalg.svd(unit, compute_uv=False)
    return _exp_entropy(values / values.sum())


def _exp_entropy(values: Array) -> float:
    positive = values[values > 1e-12]
    return float(np.exp(-(positive * np.log(positive)).sum()))
