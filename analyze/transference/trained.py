"""Trained Transference: what single-source runs say. The gold standard of the cheap estimators. Ours.

Loss drop of target i under a run on source j alone: the untuned base's mean bits per character of i's gold responses
minus the run's. Much of it is the learning of format and end token, which is why checks standardize per target or
remove row and column means (`check.transform`).

Effective data transferred: d with S_i(d of i alone) = S_i(n of j), tau = d / n, known only up to the grid's rungs.
Here "of i alone" is read off the *uniform* runs, which train every ability with d each, because a grid has no curve of
each ability alone. Where the other abilities help i, the uniform curve lies lower (better) than the curve of i alone,
so d and tau come out too small; a joint fit would separate the two.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analyze.transference.base import Array, Channel, Evidence, Needs, as_matrix, register
from analyze.transference.check import spearman
from schemas.errors import BadData
from schemas.results import TransferMatrix

if TYPE_CHECKING:
    import pandas as pd

PREFIX = "single:"


@dataclass(frozen=True)
class LossDrops:
    """Single-source loss drops, bits per character.

    Args:
        base: name of the base model.
        abilities: K of them: sources first, then abilities that were only ever targets.
        by_seed: seed -> array (K, K), the diagonal being an ability's own gain; NaN where there is no run.
        n: instances of the single source.
    """

    base: str
    abilities: tuple[str, ...]
    by_seed: dict[int, Array]
    n: int

    @property
    def mean(self) -> Array:
        """Over seeds, shape (K, K)."""
        stacked = np.stack(list(self.by_seed.values()))
        known = np.isfinite(stacked)
        total: Array = np.where(known, stacked, 0.0).sum(0)
        return np.where(known.any(0), total / np.maximum(known.sum(0), 1), np.nan)

    @property
    def seed_agreement(self) -> float | None:
        """Mean Spearman between two seeds' directed pairs, over all pairs of seeds; None with one seed."""
        seeds = list(self.by_seed.values())
        apart = ~np.eye(len(self.abilities), dtype=bool)
        found = []
        for k, first in enumerate(seeds):
            for second in seeds[k + 1 :]:
                both = apart & np.isfinite(first) & np.isfinite(second)
                if both.sum() >= 3:
                    found.append(spearman(first[both], second[both]))
        return float(np.mean(found)) if found else None


@dataclass(frozen=True)
class EffectiveData:
    """How many instances of `target` one source's n are worth to it: at least `low`, at most `high` (may be inf).

    `estimate` interpolates between the rungs in log(1 + d); None where the interval is open. `adverse` says that the
    target came out worse than the untuned base.
    """

    source: str
    target: str
    n: int
    low: float
    high: float
    estimate: float | None
    adverse: bool = False


def loss_drops(
    table: pd.DataFrame, base: str = "", split: str = "validation", origin: str = "human"
) -> LossDrops:
    """From a results table with runs whose mix is `single:<ability>` and the untuned base (n = 0).

    Args:
        base: whose runs; empty for the largest base that has single-source runs.

    Raises:
        BadData: no single-source runs, several n among them, or no untuned base.
    """
    rows = table[(table["split"] == split) & table["bits"].notna()]
    single = rows[rows["mix"].str.startswith(PREFIX) & (rows["origin"] == origin) & (rows["n"] > 0)]
    if single.empty:
        raise BadData(
            f"there are no single-source runs with losses on the {split} split",
            do="set grid.single_source_n, or use an estimator that needs no runs",
        )
    base = base or str(single["base"].iloc[int(single["parameters"].to_numpy().argmax())])
    single = single[single["base"] == base]
    untuned = rows[(rows["base"] == base) & (rows["n"] == 0)].groupby("ability")["bits"].mean()
    if single.empty or untuned.empty:
        missing = "single-source runs" if single.empty else "untuned base (n = 0)"
        raise BadData(f"base {base!r} has no {missing} on the {split} split", do="run those cells first")
    counts = sorted(int(n) for n in single["n"].unique())
    if len(counts) > 1:
        raise BadData(f"single-source runs of several n ({', '.join(map(str, counts))})", do="keep one n")
    start = {str(a): float(bits) for a, bits in untuned.items()}
    return _arranged(base, single, start, counts[0])


def _arranged(base: str, single: pd.DataFrame, start: dict[str, float], n: int) -> LossDrops:
    single = single.assign(source=single["mix"].str.removeprefix(PREFIX))
    sources = set(single["source"])
    known = list(dict.fromkeys([*(a for a in start if a in sources), *start]))
    place = {a: k for k, a in enumerate(known)}
    means = single.groupby(["seed", "source", "ability"])["bits"].mean().reset_index()
    by_seed: dict[int, Array] = {}
    for seed, j, i, bits in zip(means["seed"], means["source"], means["ability"], means["bits"], strict=True):
        if j in place and i in place:
            matrix = by_seed.setdefault(int(seed), np.full((len(known), len(known)), np.nan))
            matrix[place[j], place[i]] = start[i] - float(bits)
    return LossDrops(base, tuple(known), by_seed, n)


def own_curves(
    table: pd.DataFrame, base: str, split: str = "validation", origin: str = "human"
) -> dict[str, tuple[Array, Array]]:
    """Ability -> (n rising from 0, mean bits per character made non-increasing), from the uniform runs."""
    from sklearn.isotonic import isotonic_regression

    rows = table[(table["split"] == split) & (table["base"] == base) & table["bits"].notna()]
    rows = rows[(rows["n"] == 0) | ((rows["mix"] == "uniform") & (rows["origin"] == origin))]
    # The instances an ability really had: a capped pool holds fewer than the n that was asked for.
    own = rows["n_ability"].where(rows["n"] > 0, 0)
    out = {}
    for ability, part in rows.assign(own=own).groupby("ability"):
        means = part.groupby("own")["bits"].mean().sort_index()
        n = means.index.to_numpy(dtype=np.float64)
        fitted = isotonic_regression(means.to_numpy(dtype=np.float64), increasing=False)
        out[str(ability)] = (n, np.asarray(fitted, dtype=np.float64))
    return out


def effective_data(drops: LossDrops, curves: dict[str, tuple[Array, Array]]) -> list[EffectiveData]:
    """For every directed pair with a run and a curve of two rungs or more."""
    gains = drops.mean
    out = []
    for j, source in enumerate(drops.abilities):
        for i, target in enumerate(drops.abilities):
            if i == j or target not in curves or not np.isfinite(gains[j, i]):
                continue
            n, bits = curves[target]
            if len(n) >= 2:
                low, high, estimate, adverse = _placed(float(gains[j, i]), n, bits[0] - bits)
                out.append(EffectiveData(source, target, drops.n, low, high, estimate, adverse))
    return out


def _placed(gain: float, n: Array, curve: Array) -> tuple[float, float, float | None, bool]:
    """Where a gain lies on a rising curve of gains over n: (low, high, estimate, adverse)."""
    if gain <= 0:
        return 0.0, 0.0, 0.0, gain < 0
    above = np.nonzero(curve >= gain)[0]
    if not len(above):
        return float(n[-1]), float("inf"), None, False
    k = int(above[0])  # at least 1, since the curve begins at 0
    share = (gain - curve[k - 1]) / (curve[k] - curve[k - 1])
    estimate = np.expm1(np.log1p(n[k - 1]) * (1 - share) + np.log1p(n[k]) * share)
    return float(n[k - 1]), float(n[k]), float(estimate), False


@dataclass(frozen=True)
class Trained:
    """Mean loss drop over seeds."""

    name: str = "trained"
    needs: Needs = "runs"
    channel: Channel | None = None
    summary: str = "loss drop of single-source runs against the untuned base"

    def estimate(self, evidence: Evidence) -> TransferMatrix:
        drops = loss_drops(_table(evidence), evidence.base, evidence.split)
        unit = f"drop in bits per character after {drops.n} of the source"
        return as_matrix(self.name, drops.abilities, drops.mean, unit, drops.seed_agreement)


@dataclass(frozen=True)
class Effective:
    """tau, the low end of its interval where that is open."""

    name: str = "effective-data"
    needs: Needs = "runs"
    channel: Channel | None = None
    summary: str = "instances of the target that one of the source is worth, read off the uniform runs"

    def estimate(self, evidence: Evidence) -> TransferMatrix:
        table = _table(evidence)
        drops = loss_drops(table, evidence.base, evidence.split)
        pairs = effective_data(drops, own_curves(table, drops.base, evidence.split))
        place = {a: k for k, a in enumerate(drops.abilities)}
        values = np.full((len(place), len(place)), np.nan)
        for pair in pairs:
            worth = pair.low if pair.estimate is None else pair.estimate
            values[place[pair.source], place[pair.target]] = worth / pair.n
        return as_matrix(self.name, drops.abilities, values, "instances of the target one is worth")


def _table(evidence: Evidence) -> pd.DataFrame:
    if evidence.table is None:
        raise BadData("trained Transference needs a results table", do="name the folder of the runs")
    return evidence.table


register(Trained())
register(Effective())
