"""What an estimator of Transference is, where they are registered, and the matrices they hand around.

A matrix of K abilities is a float array of shape (K, K), row j the source, column i the target, NaN where unknown;
the diagonal is always NaN. `schemas.results.TransferMatrix` is the same thing on disk, with None for NaN.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from schemas.errors import BadData
from schemas.results import TransferMatrix

if TYPE_CHECKING:
    import pandas as pd

    from schemas.instance import Instance

Array = NDArray[np.float64]
Channel = Literal["response", "instruction", "both"]
Needs = Literal["texts", "embeddings", "runs"]


@dataclass(frozen=True)
class Evidence:
    """All that an estimator may look at; it uses what it needs.

    Args:
        items: ability -> instances, the texts.
        embeddings: channel -> ability -> (items, dimensions) array.
        table: the results table (`schemas.results`, one row a prediction); None without any run.
        base: name of the base model whose runs count; empty for the largest in the table.
        split: whose predictions count.
        draws: source instances that size-aware estimators assume; 0 for as many as are encoded.
        seed: of whatever is drawn at random.
    """

    items: Mapping[str, Sequence[Instance]] = field(default_factory=dict)
    embeddings: Mapping[str, Mapping[str, Array]] = field(default_factory=dict)
    table: pd.DataFrame | None = None
    base: str = ""
    split: str = "validation"
    draws: int = 0
    seed: int = 0

    def channel(self, name: Channel) -> dict[str, Array]:
        """The embeddings of one channel. Raises BadData if nothing was encoded for it."""
        if name not in self.embeddings:
            raise BadData(f"no embeddings of the {name} channel", do="encode the pool for it first")
        return {a: np.asarray(e, dtype=np.float64) for a, e in self.embeddings[name].items()}


class Estimator(Protocol):
    """One way to estimate Transference.

    Attributes:
        name: the word on the command line and in tables.
        needs: `texts` (items), `embeddings` (items encoded in `channel`) or `runs` (a results table).
        channel: the channel it reads, None if it reads no embeddings.
        summary: one line of help.
    """

    @property
    def name(self) -> str: ...

    @property
    def needs(self) -> Needs: ...

    @property
    def channel(self) -> Channel | None: ...

    @property
    def summary(self) -> str: ...

    def estimate(self, evidence: Evidence) -> TransferMatrix:
        """Raises BadData, saying what is missing, if the evidence does not carry it."""


_REGISTERED: dict[str, Estimator] = {}


def register(estimator: Estimator) -> Estimator:
    """Add an estimator under its name; ValueError if another one already has that name."""
    known = _REGISTERED.get(estimator.name)
    if known is not None and type(known) is not type(estimator):
        raise ValueError(f"two estimators are called {estimator.name!r}")
    _REGISTERED[estimator.name] = estimator
    return estimator


def estimators() -> dict[str, Estimator]:
    """Every estimator by name: those of all files of this folder, the default ranking first."""
    package = importlib.import_module(__package__ or "analyze.transference")
    for module in sorted(m.name for m in pkgutil.iter_modules(package.__path__)):
        importlib.import_module(f"{package.__name__}.{module}")
    return dict(sorted(_REGISTERED.items(), key=lambda pair: (pair[0] != DEFAULT, pair[0])))


def find_estimator(name: str) -> Estimator:
    """Raises BadData naming the known ones."""
    known = estimators()
    if name not in known:
        raise BadData(f"unknown estimator {name!r}", do=f"known: {', '.join(known)}")
    return known[name]


DEFAULT = "response-mmd"


def as_matrix(
    estimator: str, abilities: Sequence[str], values: Array, unit: str, seed_agreement: float | None = None
) -> TransferMatrix:
    """An array of shape (K, K) as a result; the diagonal and what is not finite become None."""
    known = np.isfinite(values) & ~np.eye(len(abilities), dtype=bool)
    rows = tuple(
        tuple(float(v) if ok else None for v, ok in zip(row, mask, strict=True))
        for row, mask in zip(values, known, strict=True)
    )
    return TransferMatrix(
        estimator=estimator, abilities=tuple(abilities), values=rows, unit=unit, seed_agreement=seed_agreement
    )


def as_array(matrix: TransferMatrix, abilities: Sequence[str] | None = None) -> Array:
    """The values as an array, reordered to `abilities` (all must be in the matrix); NaN for None."""
    values = np.array(
        [[np.nan if v is None else v for v in row] for row in matrix.values], dtype=np.float64
    ).reshape(len(matrix.abilities), len(matrix.abilities))
    if abilities is None:
        return values
    index = np.array([matrix.abilities.index(a) for a in abilities], dtype=np.intp)
    return values[index][:, index]


def top_pairs(matrix: TransferMatrix, count: int = 5) -> list[tuple[str, str, float]]:
    """The (source, target, value) of the largest known values, largest first."""
    pairs = [
        (matrix.abilities[j], matrix.abilities[i], value)
        for j, row in enumerate(matrix.values)
        for i, value in enumerate(row)
        if value is not None
    ]
    return sorted(pairs, key=lambda pair: -pair[2])[:count]
