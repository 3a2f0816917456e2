"""Numbers that don't grow with the pool: measured on blocks of equal size, whose spread gives the interval."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, fsum, log, sqrt

import numpy as np

from curation.diversity.settings import Settings
from schemas.instance import Frozen


class Number(Frozen):
    """One measured number.

    Args:
        value: None where the sample is too small to say anything: *undetermined*.
        low, high: interval; None with fewer than two blocks.
        blocks: samples that it is the mean of.
        size: what each of them held, in `unit`.
    """

    value: float | None = None
    low: float | None = None
    high: float | None = None
    blocks: int = 0
    size: int = 0
    unit: str = "rows"


class Portion(Frozen):
    """A share of rows with its Wilson interval (Wilson 1927)."""

    count: int
    of: int
    share: float
    low: float
    high: float


def share_of(count: int, of: int, level: float) -> Portion:
    """The share `count / of` with its interval; of nothing, everything is possible."""
    if of == 0:
        return Portion(count=0, of=0, share=0.0, low=0.0, high=1.0)
    low, high = wilson(count, of, level)
    return Portion(count=count, of=of, share=_round(count / of), low=_round(low), high=_round(high))


def wilson(count: int, of: int, level: float) -> tuple[float, float]:
    """Wilson's score interval for a share."""
    from scipy.special import ndtri

    z2 = float(ndtri(0.5 + level / 2)) ** 2
    share = count / of
    centre = (share + z2 / (2 * of)) / (1 + z2 / of)
    half = sqrt(z2 * (share * (1 - share) / of + z2 / (4 * of * of))) / (1 + z2 / of)
    return max(0.0, centre - half), min(1.0, centre + half)


def over_blocks(
    values: Sequence[float], size: int, level: float, unit: str = "rows", most: float = 1.0
) -> Number:
    """Mean over disjoint blocks with Student's t interval, cut to 0 to `most`; undetermined without a block."""
    from scipy.special import stdtrit

    count = len(values)
    if count == 0:
        return Number(size=size, unit=unit)
    mean = fsum(values) / count
    if count == 1:
        return Number(value=_round(mean), blocks=1, size=size, unit=unit)
    deviation = sqrt(fsum((v - mean) ** 2 for v in values) / (count - 1))
    half = float(stdtrit(count - 1, 0.5 + level / 2)) * deviation / sqrt(count)
    return Number(
        value=_round(mean),
        low=_round(max(0.0, mean - half)),
        high=_round(min(most, mean + half)),
        blocks=count,
        size=size,
        unit=unit,
    )


def distinct(texts: Sequence[str], settings: Settings) -> dict[int, Number]:
    """n -> share of different character n-grams among all (distinct-n, Li et al. 2016), n = 1 to 4.

    Distinct-n falls as text is added, so pools are compared at equal length (this basis is ours): every row gives
    its first `window` characters, rows are strung into blocks of `characters`, and a block is one measurement.

    Args:
        texts: canonical, in the order of sampling.
    """
    blocks: list[list[str]] = [[]]
    filled = 0
    for text in texts:
        piece = text[: settings.window][: settings.characters - filled]
        if piece:
            blocks[-1].append(piece)
        filled += len(piece)
        if filled >= settings.characters:
            blocks.append([])
            filled = 0
    whole = blocks[:-1]
    found = {}
    for n in range(1, 5):
        values = []
        for block in whole:
            grams = [text[i : i + n] for text in block for i in range(len(text) - n + 1)]
            if grams:
                values.append(len(set(grams)) / len(grams))
        found[n] = over_blocks(values, settings.characters, settings.level, "characters")
    return found


def alikeness(texts: Sequence[str], settings: Settings, gram: int = 3) -> Number:
    """Mean over rows of the greatest Jaccard similarity to another row of the same block (ours).

    Similarity of two rows is that of their sets of character 3-grams. The greatest of many grows with their number,
    so every row is held against `block` - 1 others, whatever the pool's size.

    Args:
        texts: canonical, in the order of sampling, empty ones left out.
    """
    values = []
    for block in blocks_of(texts, settings.block):
        values.append(float(nearest(block, gram).mean()))
    return over_blocks(values, settings.block, settings.level)


def nearest(texts: Sequence[str], gram: int = 3) -> np.ndarray:
    """For each of some texts the greatest Jaccard similarity to another; shape (texts,)."""
    from scipy.sparse import csr_array

    vocabulary: dict[str, int] = {}
    columns: list[int] = []
    bounds = [0]
    for text in texts:
        grams = sorted({text[i : i + gram] for i in range(max(1, len(text) - gram + 1))})
        columns += [vocabulary.setdefault(g, len(vocabulary)) for g in grams]
        bounds.append(len(columns))
    data = np.ones(len(columns), dtype=np.float32)
    matrix = csr_array((data, np.array(columns), np.array(bounds)), shape=(len(texts), len(vocabulary)))
    shared = (matrix @ matrix.T).toarray()
    sizes = np.diff(bounds)
    similar = shared / (sizes[:, None] + sizes[None, :] - shared)
    np.fill_diagonal(similar, 0.0)
    best: np.ndarray = similar.max(axis=1)
    return best


def effective(counts: Sequence[int], alone: int = 0) -> float:
    """exp of the entropy of counts (Hill number of order 1): that many equally common kinds would be as various.

    Args:
        counts: rows of each kind.
        alone: rows beyond these, each of a kind of its own.
    """
    total = sum(counts) + alone
    if total == 0:
        return 0.0
    return exp(alone / total * log(total) - fsum(c / total * log(c / total) for c in counts if c))


def effective_number(kinds: np.ndarray, settings: Settings) -> Number:
    """The effective number of kinds among `block` rows. It grows with rows, so it too is measured on equal blocks.

    Args:
        kinds: one hash a row, in the order of sampling, shape (rows,).
    """
    values = []
    for block in range(len(kinds) // settings.block):
        piece = kinds[block * settings.block : (block + 1) * settings.block]
        values.append(effective(np.unique(piece, return_counts=True)[1].tolist()))
    return over_blocks(values, settings.block, settings.level, most=settings.block)


def blocks_of(rows: Sequence[str], size: int) -> list[Sequence[str]]:
    """Disjoint blocks of `size`; what is left over is not looked at."""
    return [rows[i * size : (i + 1) * size] for i in range(len(rows) // size)]


def _round(value: float) -> float:
    return round(value, 6)
