"""What an ability hands to the raw writers: rows as dicts in the source's own field names, without a duplicate."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from schemas.errors import BadSpec

Row = dict[str, Any]

# Draws in a row that bring nothing new before an ability counts as exhausted.
PATIENCE = 2000


@dataclass(frozen=True)
class Source:
    """One raw file to be: its stem, its format (a key of ``files.FORMATS``), the form of its items, its clean rows."""

    stem: str
    format: str
    form: str
    rows: list[Row]


def pick(rng: Random, pool: str, count: int) -> list[str]:
    """``count`` different characters of ``pool``, in random order."""
    return rng.sample(pool, count)


def shuffled(rng: Random, things: Sequence[Any]) -> list[Any]:
    """The things in random order, as a new list."""
    return rng.sample(list(things), len(things))


def choose(rng: Random, ability: str, available: Sequence[Any], count: int) -> list[Any]:
    """``count`` of the available rows in random order.

    Raises BadSpec, naming the ability and the most it can give, when that many different rows do not exist.
    """
    if count > len(available):
        raise _too_many(ability, count, len(available))
    return rng.sample(list(available), count)


def distinct(make: Iterator[tuple[str, Row]], ability: str, count: int) -> list[Row]:
    """The first ``count`` rows whose key was not seen before; ``make`` yields (key, row) without end.

    Raises BadSpec when a long run of draws brought nothing new: the ability has too few different rows.
    """
    seen: dict[str, Row] = {}
    in_vain = 0
    while len(seen) < count:
        key, row = next(make)
        in_vain = in_vain + 1 if key in seen else 0
        seen.setdefault(key, row)
        if in_vain == PATIENCE:
            raise _too_many(ability, count, len(seen))
    return list(seen.values())


def _too_many(ability: str, asked: int, most: int) -> BadSpec:
    return BadSpec(
        f"{asked} different rows of {ability} asked for, the little world can make about {most}",
        where="rows",
        do="ask for fewer",
    )


def open_row(ability: str, instruction: str, gold: str, fine: str, coarse: str) -> Row:
    """A chat row with two distractors, in the field names of DoIT's evaluation files."""
    return {
        "messages": [{"role": "user", "content": instruction}, {"role": "assistant", "content": gold}],
        "type": ability,
        "question_format": 1,
        "choices": [gold, fine, coarse],
    }
