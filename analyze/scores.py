"""The long table as arrays: for each ability, one vector of item values per checkpoint, items aligned."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from schemas.errors import BadData

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]


class Key(NamedTuple):
    """One checkpoint."""

    base: str
    origin: str
    mix: str
    n: int
    seed: int


@dataclass(frozen=True)
class Scores:
    """One split and one metric of a study.

    Args:
        values: ability -> checkpoint -> one value per item, shape (items,); the order of items is the same in all.
        drawn: ability -> checkpoint -> instances of the ability in its mix.
        chance: ability -> mean chance score.
        parameters: base -> parameters.
        missing: what could not be aligned, in words.
    """

    abilities: tuple[str, ...]
    values: dict[str, dict[Key, Array]]
    drawn: dict[str, dict[Key, int]]
    chance: dict[str, float]
    parameters: dict[str, int]
    missing: tuple[str, ...] = field(default=())

    @property
    def bases(self) -> list[str]:
        """Base models, smallest first."""
        return sorted(self.parameters, key=lambda b: (self.parameters[b], b))

    def origins(self) -> list[str]:
        """`human` first."""
        return sorted({k.origin for cells in self.values.values() for k in cells if k.mix == "uniform"})

    def runs(self, ability: str, base: str, origin: str, n: int, mix: str = "uniform") -> dict[int, Array]:
        """Seed -> item values. The untuned base (n = 0) is shared by origins and seeds."""
        if n == 0:
            return {k.seed: v for k, v in self.values[ability].items() if k.base == base and k.n == 0}
        wanted = (base, origin, mix, n)
        return {
            k.seed: v for k, v in self.values[ability].items() if (k.base, k.origin, k.mix, k.n) == wanted
        }

    def grid(self, ability: str, base: str, origin: str) -> list[int]:
        """Every n of the uniform grid, 0 included where the untuned base was scored."""
        return sorted(
            {
                k.n
                for k in self.values[ability]
                if k.base == base and (k.n == 0 or (k.origin == origin and k.mix == "uniform"))
            }
        )

    def effective(self, ability: str, base: str, origin: str, n: int) -> float:
        """Instances really drawn at `n`, mean over seeds: a pool may hold less than was asked for.

        Where a mix holds none of the ability by name (an unlabelled arm), `n` itself is all there is to go by.
        """
        if n == 0:
            return 0.0
        wanted = (base, origin, "uniform", n)
        found = [d for k, d in self.drawn[ability].items() if (k.base, k.origin, k.mix, k.n) == wanted]
        return float(np.mean(found)) if any(found) else float(n)


def as_scores(
    table: pd.DataFrame, split: str, metric: str = "score", mixes: Iterable[str] | None = None
) -> Scores:
    """Arrange one split of a long table.

    An item that some checkpoint lacks is left out of all of that ability's vectors, and said so in `missing`;
    a row that appears twice for one checkpoint is an error.

    Raises:
        BadData: no rows of that split, a repeated row, or no item that all checkpoints share.
    """
    rows = table[table["split"] == split]
    if mixes is not None:
        rows = rows[rows["mix"].isin(list(mixes))]
    rows = rows[rows[metric].notna()]
    if rows.empty:
        raise BadData(f"there are no {split} rows with a {metric}", do="evaluate on that split first")
    values: dict[str, dict[Key, Array]] = {}
    drawn: dict[str, dict[Key, int]] = {}
    chance: dict[str, float] = {}
    missing: list[str] = []
    for ability, part in rows.groupby("ability", sort=True):
        name = str(ability)
        if part.duplicated(["item", "base", "origin", "mix", "n", "seed"]).any():
            raise BadData(
                f"an item of {name} appears twice for one checkpoint ({split})", do="remove the repeated rows"
            )
        wide = part.pivot(index="item", columns=["base", "origin", "mix", "n", "seed"], values=metric)
        whole = wide.dropna(axis=0)
        if whole.empty:
            raise BadData(
                f"no item of {name} was scored under every checkpoint", do="evaluate all on the same items"
            )
        if len(whole) < len(wide):
            missing.append(
                f"{name}: {len(wide) - len(whole)} of {len(wide)} items lack a score in some checkpoint"
            )
        keys = [_key(place) for place in whole.columns.to_flat_index()]
        block = np.ascontiguousarray(whole.to_numpy(dtype=np.float64).T)
        values[name] = dict(zip(keys, block, strict=True))
        counts = part.groupby(["base", "origin", "mix", "n", "seed"])["n_ability"].first()
        drawn[name] = {
            _key(place): int(count)
            for place, count in zip(counts.index.to_flat_index(), counts.to_numpy(), strict=True)
        }
        chance[name] = float(part["chance"].mean())
    pairs = rows[["base", "parameters"]].drop_duplicates()
    parameters = {str(b): int(p) for b, p in zip(pairs["base"], pairs["parameters"], strict=True)}
    return Scores(tuple(values), values, drawn, chance, parameters, tuple(missing))


def _key(place: Any) -> Key:
    base, origin, mix, n, seed = place
    return Key(str(base), str(origin), str(mix), int(n), int(seed))
