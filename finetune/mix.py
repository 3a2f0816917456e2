"""Mixes: which instances of the pools make up a training set.

A draw says how much to take of one ability and origin: an exact count, all there is, or an even share of the mix's
total. Within a pool the order is `curation.split.nested`'s, so the rows of a smaller count are always among the rows of
a larger one, whatever else the mix holds and whatever rows are added to the pool later.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Generic

from curation.split import Row, nested
from schemas.canonical import sha256_of
from schemas.errors import BadData, BadSpec, PoolTooSmall
from schemas.even import spread_evenly
from schemas.instance import Origin
from schemas.specs import Draw, MixSpec

Key = tuple[str, Origin]  # (ability, origin)


@dataclass(frozen=True)
class Mix(Generic[Row]):
    """What was drawn.

    Args:
        name: of the mix.
        rows: ability by ability in the order of the draws.
        counts: (ability, origin) -> rows drawn, zeros included.
        available: (ability, origin) -> rows the pool holds.
        hash: of the ids in order; equal mixes have equal hashes.
    """

    name: str
    rows: tuple[Row, ...]
    counts: dict[Key, int]
    available: dict[Key, int]
    hash: str

    @property
    def by_ability(self) -> dict[str, int]:
        """Ability -> rows of any origin."""
        totals: dict[str, int] = {}
        for (ability, _), count in self.counts.items():
            totals[ability] = totals.get(ability, 0) + count
        return totals


def draw(spec: MixSpec, pools: Mapping[Key, Sequence[Row]]) -> Mix[Row]:
    """Draw a mix.

    Args:
        pools: (ability, origin) -> rows; every row needs an `id` only.

    Raises:
        BadSpec: two draws name the same pool, or nothing says how much to take.
        PoolTooSmall: a count, or the total, is more than there is; names the ability, what it has, what is needed.
        BadData: a pool holds the same id twice.
    """
    draws = _expand(spec, pools)
    available = {key: len(pools.get(key, ())) for key in draws}
    counts = _counts(spec, draws, available)
    rows: list[Row] = []
    for key, count in counts.items():
        pool = pools.get(key, ())
        if len({row.id for row in pool}) != len(pool):
            raise BadData(
                "the pool holds an instance twice", where=" ".join(key), do="run curation's dedup on it first"
            )
        rows += nested(pool, spec.seed)[:count]
    return Mix(spec.name, tuple(rows), counts, available, sha256_of([row.id for row in rows]))


def _expand(spec: MixSpec, pools: Mapping[Key, Sequence[Row]]) -> dict[Key, Draw]:
    """One draw per pool, in the order of the draws; `*` stands for the rest of its origin, by name."""
    named = [(d.ability, d.origin) for d in spec.draws if d.ability != "*"]
    expanded: dict[Key, Draw] = {}
    for entry in spec.draws:
        keys: list[Key] = [(entry.ability, entry.origin)]
        if entry.ability == "*":
            keys = sorted(k for k in pools if k[1] == entry.origin and k not in named)
            if not keys:
                raise BadSpec(
                    f"`*` finds no {entry.origin} ability that is not named already",
                    where=f"mix {spec.name}",
                    do=f"give a pool with --pool {entry.origin}=FILE, or remove the draw",
                )
        for key in keys:
            if key in expanded:
                raise BadSpec(f"two draws take {' '.join(key)}", where=f"mix {spec.name}", do="keep one")
            expanded[key] = entry
    return expanded


def _counts(spec: MixSpec, draws: Mapping[Key, Draw], available: Mapping[Key, int]) -> dict[Key, int]:
    counts: dict[Key, int] = {}
    limits: dict[Key, int] = {}  # the draws that share what the total leaves
    for key, entry in draws.items():
        have = available[key]
        most = have if entry.cap is None else min(have, entry.cap)
        if isinstance(entry.count, int):
            if entry.cap is not None:
                raise BadSpec("a draw has both a count and a cap", where=" ".join(key), do="keep one")
            if entry.count > have:
                raise _too_small(" ".join(key), have, entry.count)
            counts[key] = entry.count
        elif entry.count == "available" or (spec.total is None and entry.cap is not None):
            counts[key] = most
        elif spec.total is None:
            raise BadSpec(
                "nothing says how much to take",
                where=" ".join(key),
                do="give the draw a count or a cap, or the mix a total",
            )
        else:
            counts[key], limits[key] = 0, most
    if spec.total is not None:
        left = spec.total - sum(counts.values())
        if left < 0:
            raise BadSpec(
                f"the counts add up to {spec.total - left}, more than the total {spec.total}",
                where=f"mix {spec.name}",
                do="raise the total or lower a count",
            )
        if left > sum(limits.values()):
            short = ", ".join(f"{' '.join(k)} {v}" for k, v in limits.items()) or "no draw is without a count"
            have = spec.total - left + sum(limits.values())
            raise _too_small(f"mix {spec.name} ({short})", have, spec.total)
        counts |= spread_evenly(limits, left)
    return counts


def _too_small(where: str, have: int, need: int) -> PoolTooSmall:
    return PoolTooSmall(
        f"the pool has {have} instances, {need} are asked for",
        where=where,
        do='ask for fewer, or write count = "available"',
    )
