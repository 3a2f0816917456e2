"""The measures of groups of units: values, intervals, and sentences where there is no value."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from curation.review.agreement import coefficients
from curation.review.agreement.coefficients import Shapes
from curation.review.agreement.columns import Floats, Ints, different, place_in_run, runs_of
from curation.review.agreement.explain import note, one_sided, too_few, undefined_because
from curation.review.agreement.report import NAMES, Agreed, Measure, Name
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
        rate = None
        remark = ""
        if basis.items < self._settings.least_items:
            found = self._none(basis)
        else:
            table, shapes = shapes_of(units, chosen, self._settings.seed)
            rate = float(coefficients.approved(table.total(), shapes)[0])
            draws = self._draws(table, lambda c: _by_shape(c, shapes))
            values = _by_shape(table.total(), shapes)
            found = [
                self._measure(n, float(v[0]), d, rate, basis)
                for n, v, d in zip(_SHAPED, values, draws, strict=True)
            ]
            found.insert(1, self._cohen(np.flatnonzero(inside[self._pairings.unit]), rate, basis))
            remark = note(rate, found)
        return Agreed(
            ability=ability,
            stage=stage,
            items=basis.items,
            units=basis.units,
            votes=int(units.votes[chosen].sum()),
            people=people,
            approved=_round(rate),
            measures=tuple(found),
            note=remark,
        )

    def pairs(self) -> Iterator[Agreed]:
        """Of every two annotators who share a unit, by name."""
        order = np.argsort(self._pair, kind="stable")
        codes, starts = np.unique(self._pair[order], return_index=True)
        for code, chosen in zip(codes, np.split(order, starts[1:]), strict=False):
            first, second = divmod(int(code), len(self._annotators))
            yield self._one_pair(chosen, (self._annotators[first], self._annotators[second]))

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
        places = np.searchsorted(np.unique(self._pair[stays]), self._pair[stays])
        table = pairs_of(self._units, self._pairings, stays, places, pairs, self._settings.seed)
        people = self._people(np.concatenate([self._pairings.first[stays], self._pairings.second[stays]]))
        unit = self._pairings.unit[stays]
        basis = Basis(different(self._units.item[unit]), different(unit), people)

        def statistic(counts: Floats) -> list[Floats]:
            return [coefficients.cohen(counts.reshape(len(counts), pairs, 4))]

        value = float(statistic(table.total())[0][0])
        found = self._measure(_COHEN, value, self._draws(table, statistic)[0], rate, basis)
        if pairs == len(shared):
            return found
        few = f"{len(shared) - pairs} of {len(shared)} pairs share fewer than {self._settings.least_items} instances"
        said = "; ".join(filter(None, (found.explanation, f"{few} and are left out")))
        return found.model_copy(update={"explanation": said})

    def _one_pair(self, chosen: Ints, names: tuple[str, str]) -> Agreed:
        items = different(self._units.item[self._pairings.unit[chosen]])
        basis = Basis(items, len(chosen), 2)
        rate = None
        remark = ""
        if items < self._settings.least_items:
            found = self._none(basis)
        else:
            nobody = np.zeros(len(chosen), np.int64)
            table = pairs_of(self._units, self._pairings, chosen, nobody, 1, self._settings.seed)
            cells = table.total()[0]
            rate = float((2 * cells[0] + cells[1] + cells[2]) / (2 * cells.sum()))
            draws = self._draws(table, _by_cell)
            found = [
                self._measure(n, float(v[0]), d, rate, basis)
                for n, v, d in zip(NAMES, _by_cell(table.total()), draws, strict=True)
            ]
            remark = note(rate, found) or one_sided(cells, names)
        return Agreed(
            pair=names,
            items=items,
            units=basis.units,
            votes=2 * basis.units,
            people=2,
            approved=_round(rate),
            measures=tuple(found),
            note=remark,
        )

    def _people(self, codes: Ints) -> int:
        return int((np.bincount(codes, minlength=1) > 0).sum())

    def _draws(self, table: Table, statistics: Callable[[Floats], list[Floats]]) -> list[Floats]:
        return resampled(table, statistics, draws=self._settings.draws, seed=self._settings.seed)

    def _none(self, basis: Basis) -> list[Measure]:
        why = too_few(basis.items, self._settings.least_items)
        return [Measure(measure=name, explanation=why, **basis._asdict()) for name in NAMES]

    def _measure(self, name: Name, value: float, draws: Floats, rate: float, basis: Basis) -> Measure:
        if np.isnan(value):
            return Measure(measure=name, explanation=undefined_because(rate), **basis._asdict())
        found = spread(draws, value, self._settings.level)
        often = f"undefined in {found.undefined:,} of {len(draws):,} resamples"
        why = f"{often}, which are no part of the interval" if found.undefined else ""
        return Measure(
            measure=name,
            value=round(value, 6),
            low=_round(found.low),
            high=_round(found.high),
            undefined=found.undefined,
            explanation=f"no interval: {often}" if found.low is None else why,
            **basis._asdict(),
        )


def _by_shape(counts: Floats, shapes: Shapes) -> list[Floats]:
    """The measures that shapes are enough for, in the order of `NAMES`."""
    c = coefficients
    return [measure(counts, shapes) for measure in (c.observed, c.fleiss, c.alpha, c.ac1)]


def _by_cell(cells: Floats) -> list[Floats]:
    """All measures of one pair, in the order of `NAMES`."""
    shaped = np.stack([cells[:, 0], cells[:, 1] + cells[:, 2], cells[:, 3]], axis=1)
    found = _by_shape(shaped, _HALVES)
    return [found[0], coefficients.cohen(cells[:, None, :]), *found[1:]]


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 6)
