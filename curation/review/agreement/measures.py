"""The measures of groups of units: values, intervals, and sentences where there is no value."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from curation.review.agreement import coefficients
from curation.review.agreement.coefficients import Shapes
from curation.review.agreement.columns import Floats, Ints, different, place_in_run, runs_of
from curation.review.agreement.explain import (
    note,
    one_sided,
    rare_verdict,
    too_few,
    too_few_shared,
    undefined_because,
    undefined_in,
)
from curation.review.agreement.report import NAMES, Agreed, Measure, Name, Rare
from curation.review.agreement.resample import resampled, spread
from curation.review.agreement.settings import Settings
from curation.review.agreement.tables import Table, pairs_of, shapes_of
from curation.review.agreement.units import Pairings, Units

_COHEN: Name = "Cohen's kappa"
_SHAPED: tuple[Name, ...] = tuple(n for n in NAMES if n != _COHEN)
_HALVES = Shapes(np.array([2, 1, 0]), np.array([2, 2, 2]))


class Basis(NamedTuple):
    """What a measure stands on."""

    items: int
    units: int
    people: int


class _Found(NamedTuple):
    """Args: rate: mean share of approvals, None of too few items; shared: see `coefficients.specific`."""

    measures: Sequence[Measure]
    rate: float | None = None
    shared: tuple[float, float] = (np.nan, np.nan)


class Agreements:
    """The agreement of one review, group by group.

    Args:
        annotators: whom the codes in `units` mean.
    """

    def __init__(
        self, units: Units, pairings: Pairings, annotators: tuple[str, ...], settings: Settings
    ) -> None:
        self._units, self._pairings, self._annotators, self._settings = units, pairings, annotators, settings
        self._pair = pairings.first * len(annotators) + pairings.second

    def group(self, chosen: Ints, *, ability: str = "", stage: str = "") -> Agreed:
        """Of some units, given by their places in ascending order, (chosen,)."""
        units = self._units
        inside = np.zeros(len(units), np.bool_)
        inside[chosen] = True
        people = self._people(units.annotator[inside[units.unit]])
        basis = Basis(different(units.item[chosen]), len(chosen), people)
        pairings = np.flatnonzero(inside[self._pairings.unit])
        if basis.items < self._settings.least_items:
            found = self._none(basis, too_few(basis.items, self._settings.least_items))
        elif people == 2:  # so that a pair that is everybody has the same numbers, resamples and all
            found = self._of_two(pairings, basis)
        else:
            found = self._of_many(chosen, pairings, basis)
        return _agreed(basis, int(units.votes[chosen].sum()), found, ability=ability, stage=stage)

    def pairs(self) -> Iterator[Agreed]:
        """Of every two annotators who share a unit, by name."""
        order = np.argsort(self._pair, kind="stable")
        codes, starts = np.unique(self._pair[order], return_index=True)
        for code, chosen in zip(codes, np.split(order, starts[1:]), strict=False):
            basis = Basis(different(self._units.item[self._pairings.unit[chosen]]), len(chosen), 2)
            if basis.items < self._settings.least_items:
                found = self._none(basis, too_few_shared(basis.items, self._settings.least_items))
            else:
                found = self._of_two(chosen, basis)
            yield _agreed(basis, 2 * basis.units, found, pair=self._names(int(code)))

    def _of_many(self, chosen: Ints, pairings: Ints, basis: Basis) -> _Found:
        """From shapes; Cohen's kappa from `pairings`, which are places of them, (pairings,)."""
        table, shapes = shapes_of(self._units, chosen, self._settings.seed)
        total = table.total()
        rate = float(coefficients.approved(total, shapes)[0])
        draws = self._draws(table, lambda counts: _by_shape(counts, shapes))
        found = [
            self._measure(n, float(v[0]), d, rate, basis)
            for n, v, d in zip(_SHAPED, _by_shape(total, shapes), draws, strict=True)
        ]
        found.insert(1, self._cohen(pairings, rate, basis))
        return _Found(found, rate, _shared(total, shapes))

    def _of_two(self, chosen: Ints, basis: Basis) -> _Found:
        """Of one pair, from the cells of its pairings, (chosen,)."""
        nobody = np.zeros(len(chosen), np.int64)
        table = pairs_of(self._units, self._pairings, chosen, nobody, 1, self._settings.seed)
        total = table.total()
        cells = total[0]
        rate = float((2 * cells[0] + cells[1] + cells[2]) / (2 * cells.sum()))
        draws = self._draws(table, _by_cell)
        why = {_COHEN: one_sided(cells[None], self._names(int(self._pair[chosen[0]])))}
        found = [
            self._measure(n, float(v[0]), d, rate, basis, why.get(n, ""))
            for n, v, d in zip(NAMES, _by_cell(total), draws, strict=True)
        ]
        return _Found(found, rate, _shared(_halves(total), _HALVES))

    def _cohen(self, chosen: Ints, rate: float, basis: Basis) -> Measure:
        """Cohen's kappa over the pairs that share enough items; `chosen` are places of pairings."""
        pair, item = self._pair[chosen], self._units.item[self._pairings.unit[chosen]]
        order = np.argsort(pair, kind="stable")
        pair, starts = runs_of(pair[order]), place_in_run(pair[order]) == 0
        starts[1:] |= np.diff(item[order]) != 0
        shared = np.bincount(pair[starts])
        chosen, item = chosen[order], item[order]
        enough = shared >= self._settings.least_items
        if not enough.any():
            why = f"no two annotators share {self._settings.least_items} instances"
            return Measure(measure=_COHEN, explanation=why, **basis._asdict())
        stays = np.sort(chosen[enough[pair]])
        pairs = int(enough.sum())
        codes = np.unique(self._pair[stays])
        places = np.searchsorted(codes, self._pair[stays])
        table = pairs_of(self._units, self._pairings, stays, places, pairs, self._settings.seed)
        people = self._people(np.concatenate([self._pairings.first[stays], self._pairings.second[stays]]))
        unit = self._pairings.unit[stays]
        basis = Basis(different(self._units.item[unit]), different(unit), people)

        def statistic(counts: Floats) -> list[Floats]:
            return [coefficients.cohen(counts.reshape(len(counts), pairs, 4))]

        total = table.total()
        few = ""
        if pairs < len(shared):
            least = self._settings.least_items
            few = f"{len(shared) - pairs} of {len(shared)} pairs share fewer than {least} instances and are left out"
        names = self._names(int(codes[0])) if pairs == 1 else None
        why = one_sided(total.reshape(pairs, 4), names)
        value, draws = float(statistic(total)[0][0]), self._draws(table, statistic)[0]
        return self._measure(_COHEN, value, draws, rate, basis, why, few)

    def _names(self, code: int) -> tuple[str, str]:
        """The two annotators of a pair's code."""
        first, second = divmod(code, len(self._annotators))
        return self._annotators[first], self._annotators[second]

    def _people(self, codes: Ints) -> int:
        return int((np.bincount(codes, minlength=1) > 0).sum())

    def _draws(self, table: Table, statistics: Callable[[Floats], list[Floats]]) -> list[Floats]:
        return resampled(table, statistics, draws=self._settings.draws, seed=self._settings.seed)

    def _none(self, basis: Basis, why: str) -> _Found:
        return _Found([Measure(measure=name, explanation=why, **basis._asdict()) for name in NAMES])

    def _measure(
        self, name: Name, value: float, draws: Floats, rate: float, basis: Basis, *also: str
    ) -> Measure:
        """Args: also: sentences to say beside, empty ones left out."""
        if np.isnan(value):
            said = [undefined_because(rate), *also]
            return Measure(measure=name, explanation=_joined(said), **basis._asdict())
        found = spread(draws, value, self._settings.level)
        often = undefined_in(found.undefined, len(draws))
        why = f"{often}, which are no part of the interval" if found.undefined else ""
        said = [*also, f"no interval: {often}" if found.low is None else why]
        return Measure(
            measure=name,
            value=round(value, 6),
            low=_round(found.low),
            high=_round(found.high),
            undefined=found.undefined,
            explanation=_joined(said),
            **basis._asdict(),
        )


def _agreed(basis: Basis, votes: int, found: _Found, **of: Any) -> Agreed:
    """Args: of: what it is the agreement of."""
    rare: Rare = ""
    remark = ""
    if found.rate is not None:
        rare = rare_verdict(found.rate, found.measures)
        remark = note(found.rate, rare, found.shared[rare == "reject"], found.measures)
    return Agreed(
        items=basis.items,
        units=basis.units,
        votes=votes,
        people=basis.people,
        approved=_round(found.rate),
        approvals_shared=_round(found.shared[0]),
        rejections_shared=_round(found.shared[1]),
        measures=tuple(found.measures),
        rare=rare,
        note=remark,
        **of,
    )


def _by_shape(counts: Floats, shapes: Shapes) -> list[Floats]:
    """The measures that shapes are enough for, in the order of `NAMES`."""
    c = coefficients
    return [measure(counts, shapes) for measure in (c.observed, c.fleiss, c.alpha, c.ac1)]


def _by_cell(cells: Floats) -> list[Floats]:
    """All measures of one pair, in the order of `NAMES`."""
    found = _by_shape(_halves(cells), _HALVES)
    return [found[0], coefficients.cohen(cells[:, None, :]), *found[1:]]


def _halves(cells: Floats) -> Floats:
    """The cells of a pair, (samples, 4), as counts of `_HALVES`, (samples, 3)."""
    return np.stack([cells[:, 0], cells[:, 1] + cells[:, 2], cells[:, 3]], axis=1)


def _shared(total: Floats, shapes: Shapes) -> tuple[float, float]:
    approvals, rejections = coefficients.specific(total, shapes)
    return float(approvals[0]), float(rejections[0])


def _joined(said: Sequence[str]) -> str:
    return "; ".join(filter(None, said))


def _round(value: float | None) -> float | None:
    return None if value is None or np.isnan(value) else round(value, 6)
