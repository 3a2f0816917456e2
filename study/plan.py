"""Which checkpoints a study trains, in the order in which they matter."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from finetune.mix import Key
from schemas.errors import PoolTooSmall
from schemas.even import spread_evenly
from schemas.instance import UNLABELLED, Origin
from schemas.results import Cell
from schemas.specs import Draw, MixSpec, TrainSpec
from schemas.study import StudySpec

Pools = Mapping[Key, int]


@dataclass(frozen=True)
class PlannedCell:
    """One checkpoint to make and score; `mix` and `train` are None for an untuned base."""

    cell: Cell
    mix: MixSpec | None
    train: TrainSpec | None

    @property
    def name(self) -> str:
        c = self.cell
        return f"{c.base} {c.origin} {c.mix} n={c.n} seed={c.seed}" if self.mix else f"{c.base} untuned"

    @property
    def rows(self) -> int:
        return sum(self.cell.counts.values())

    @property
    def examples(self) -> int:
        """Examples seen in training: what the time of a cell is roughly proportional to."""
        if self.train is None:
            return 0
        steps = self.train.steps or math.ceil(self.rows / self.train.batch_size) * self.train.epochs
        return steps * self.train.batch_size


@dataclass(frozen=True)
class Plan:
    """Cells in the order in which a time limit keeps them, and what was left out, each with its reason."""

    cells: tuple[PlannedCell, ...]
    omitted: tuple[str, ...]


def plan_cells(
    spec: StudySpec,
    pools: Pools,
    abilities: Sequence[str],
    parameters: Mapping[str, int],
    origins: Sequence[Origin] | None = None,
) -> Plan:
    """All cells of the grid and the single-source runs.

    The order is that of a time limit, which drops from the end: untuned bases; then for each seed the human arm of
    the largest base, the other bases, the synthetic arm; the single-source runs go with the seed of their rank.

    Args:
        pools: (ability, origin) -> rows available for training; `unlabelled` rows are a pool of their own.
        abilities: names in the report's order.
        parameters: base name -> number of weights.
        origins: only these; those of the grid if missing.

    Raises:
        PoolTooSmall: n is larger than a pool and `grid.cap` is `error`.
    """
    planner = _Planner(spec, pools, abilities, parameters)
    cells: list[PlannedCell] = []
    omitted: list[str] = []
    for entry in planner.everything(spec.grid.origins if origins is None else origins):
        if isinstance(entry, str):
            omitted.append(entry)
        else:
            cells.append(entry)
    return Plan(tuple(cells), tuple(omitted))


def plan_comparison(
    spec: StudySpec,
    pools: Pools,
    abilities: Sequence[str],
    parameters: Mapping[str, int],
    recommended: Mapping[Key, int] | None = None,
) -> list[PlannedCell]:
    """The recommended and the uniform mix of the same size, once per seed of `recommend.seeds`.

    Before anything is recommended (None) the uniform mix stands in, so that the time can be forecast.
    """
    planner = _Planner(spec, pools, abilities, parameters)
    base = spec.base(spec.recommend.base).name
    limits: dict[Key, int] = {(a, "human"): pools.get((a, "human"), 0) for a in abilities}
    asked = spec.recommend.budget if recommended is None else sum(recommended.values())
    uniform = spread_evenly(limits, asked)
    mixes = {"recommended": recommended or uniform, "uniform_budget": uniform}
    return [
        planner.budgeted(base, name, counts, seed)
        for seed in spec.recommend.seeds
        for name, counts in mixes.items()
    ]


class _Planner:
    def __init__(
        self, spec: StudySpec, pools: Pools, abilities: Sequence[str], parameters: Mapping[str, int]
    ) -> None:
        self.spec, self.pools, self.abilities, self.parameters = spec, pools, abilities, parameters
        self.bases = list(spec.grid.bases) or [b.name for b in spec.bases]

    def everything(self, origins: Sequence[Origin]) -> Iterator[PlannedCell | str]:
        grid = self.spec.grid
        for base in self.bases:
            yield PlannedCell(self._cell(base, "human", "base", 0, 0, {}), None, None)
        single_base = self.spec.base(grid.single_source_base).name
        for rank in range(max(len(grid.seeds), len(grid.single_source_seeds))):
            if rank < len(grid.seeds):
                for origin in origins:
                    for base in reversed(self.bases):
                        yield from self._column(base, origin, grid.seeds[rank])
            if grid.single_source_n and rank < len(grid.single_source_seeds):
                for ability in self.abilities:
                    yield self._single(single_base, ability, grid.single_source_seeds[rank])

    def _column(self, base: str, origin: Origin, seed: int) -> Iterator[PlannedCell | str]:
        """Every n of one base, origin and seed; an n that adds no row to any ability is named, not trained."""
        before: dict[str, int] = {}
        for n in self.spec.grid.n[1:]:
            counts = self._counts(origin, n)
            if counts == before:
                yield f"{base} {origin} uniform n={n} seed={seed}: every pool is exhausted at a smaller n"
                continue
            before = counts
            draws = tuple(Draw(ability=a, origin=origin, count=c) for a, c in counts.items())
            mix = MixSpec(name=f"{origin}-{n}", draws=draws, seed=seed)
            yield PlannedCell(
                self._cell(base, origin, "uniform", n, seed, counts),
                mix,
                self._train(base, seed, self._steps(n)),
            )

    def _counts(self, origin: Origin, n: int) -> dict[str, int]:
        if (UNLABELLED, origin) in self.pools:
            return {UNLABELLED: self._available(UNLABELLED, origin, n * len(self.abilities))}
        counts = {a: self._available(a, origin, n) for a in self.abilities}
        return {a: c for a, c in counts.items() if c}

    def _available(self, ability: str, origin: Origin, wanted: int, where: str = "grid.n") -> int:
        have = self.pools.get((ability, origin), 0)
        if have < wanted and self.spec.grid.cap == "error":
            raise PoolTooSmall(
                f"{wanted} {origin} instances of {ability!r} asked for, the pool holds {have}",
                where=where,
                do='lower it, add rows, or set grid.cap = "available"'
                if origin == "human"
                else "give the teacher more rows or steps, or more prompts, see splits and synthetic",
            )
        return min(have, wanted)

    def _single(self, base: str, ability: str, seed: int) -> PlannedCell:
        grid = self.spec.grid
        count = self._available(ability, "human", grid.single_source_n, "grid.single_source_n")
        mix = MixSpec(name=f"single-{ability}", draws=(Draw(ability=ability, count=count),), seed=seed)
        cell = self._cell(base, "human", f"single:{ability}", grid.single_source_n, seed, {ability: count})
        return PlannedCell(cell, mix, self._train(base, seed, grid.single_source_steps))

    def budgeted(self, base: str, name: str, counts: Mapping[Key, int], seed: int) -> PlannedCell:
        draws = tuple(Draw(ability=a, origin=o, count=c) for (a, o), c in counts.items() if c)
        per_ability: dict[str, int] = {}
        for (ability, _), count in counts.items():
            per_ability[ability] = per_ability.get(ability, 0) + count
        cell = self._cell(base, "human", name, sum(per_ability.values()), seed, per_ability)
        return PlannedCell(
            cell,
            MixSpec(name=name, draws=draws, seed=seed),
            self._train(base, seed, self.spec.recommend.steps),
        )

    def _cell(self, base: str, origin: Origin, mix: str, n: int, seed: int, counts: dict[str, int]) -> Cell:
        return Cell(
            base=base,
            parameters=self.parameters.get(base, 0),
            origin=origin,
            mix=mix,
            n=n,
            seed=seed,
            counts=counts,
        )

    def _steps(self, n: int) -> int | None:
        return self.spec.grid.steps.get(str(n))

    def _train(self, base: str, seed: int, steps: int | None) -> TrainSpec:
        spec = self.spec.train.get(base, TrainSpec())
        return spec.model_copy(update={"seed": seed, "steps": steps or spec.steps})
