"""One order of abilities for a whole report: the abilities' file's, whatever order the parts came in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol, TypeVar

from schemas.results import Comparison, Forecast, Recommendation, TransferMatrix


class _Named(Protocol):
    @property
    def ability(self) -> str: ...


T = TypeVar("T", bound=_Named)


def order_of(abilities: Sequence[str], titles: Mapping[str, str] | None) -> tuple[str, ...]:
    """The order of the titles handed over (the abilities' file), then whatever else was tested."""
    known = [a for a in (titles or {}) if a in abilities]
    return (*known, *(a for a in abilities if a not in known))


def permutation(names: Sequence[str], order: Sequence[str]) -> list[int]:
    """Places of `names` in the order wanted; names that are not in it stay behind, as they were."""
    at = {name: k for k, name in enumerate(order)}
    return sorted(range(len(names)), key=lambda k: at.get(names[k], len(at)))


def rows_in_order(rows: Sequence[T], order: Sequence[str]) -> tuple[T, ...]:
    """Rows about one ability each."""
    return tuple(rows[k] for k in permutation([row.ability for row in rows], order))


def matrix_in_order(matrix: TransferMatrix, order: Sequence[str]) -> TransferMatrix:
    """Rows and columns moved together."""
    at = permutation(matrix.abilities, order)
    return matrix.model_copy(
        update={
            "abilities": tuple(matrix.abilities[k] for k in at),
            "values": tuple(tuple(matrix.values[j][i] for i in at) for j in at),
        }
    )


def forecast_in_order(forecast: Forecast, order: Sequence[str]) -> Forecast:
    """All three lists moved together."""
    at = permutation(forecast.abilities, order)
    lists = ("abilities", "predicted", "actual")
    return forecast.model_copy(update={name: tuple(getattr(forecast, name)[k] for k in at) for name in lists})


def recommendation_in_order(mix: Recommendation, order: Sequence[str]) -> Recommendation:
    """Origins stay together, abilities follow the order within each."""
    origins = list(dict.fromkeys(a.origin for a in mix.allocations))
    moved = rows_in_order(mix.allocations, order)
    return mix.model_copy(update={"allocations": tuple(sorted(moved, key=lambda a: origins.index(a.origin)))})


def comparison_in_order(comparison: Comparison, order: Sequence[str]) -> Comparison:
    """The gains by ability."""
    names = list(comparison.by_ability)
    moved = {names[k]: comparison.by_ability[names[k]] for k in permutation(names, order)}
    return comparison.model_copy(update={"by_ability": moved})
