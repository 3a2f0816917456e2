"""Parts of a pool in memory: whole groups on one side, in an order that only the rows themselves decide.

A study fills its parts with these. Files of any size, with memory of earlier splits, go through
`curation.split.files`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeVar

from schemas.canonical import unit_hash
from schemas.errors import EmptySplit, PoolTooSmall
from schemas.instance import Instance

Size = int | Literal["available"]
Groups = list[list[Instance]]
UNUSED = "unused"


@dataclass(frozen=True)
class Filled:
    """What filling parts came to: the rows of each part, rows of cut groups that no part may have, groups left."""

    parts: dict[str, list[Instance]]
    unused: list[Instance]
    rest: Groups


def split(
    instances: Iterable[Instance], sizes: Mapping[str, Size], seed: int = 0
) -> dict[str, list[Instance]]:
    """Fill the parts of every ability in the order of `sizes`, whole groups at a time.

    The last group of a part is cut to fit. What is cut off, or asked for by nobody, comes back as part `unused`:
    its group stands on one side already. Groups are ordered by `unit_hash` of ability and group, so that rows added
    later only move rows at the edge of a part.

    Args:
        instances: of any number of abilities.
        sizes: part -> rows per ability, or `available` for all that is left; in the order of filling.
        seed: another seed, another split.

    Raises:
        PoolTooSmall: an ability has fewer rows left than a part asks for.
        EmptySplit: an ability has no row at all for a part.
    """
    by_ability: dict[str, list[Instance]] = {}
    for instance in instances:
        by_ability.setdefault(instance.ability, []).append(instance)
    found: dict[str, list[Instance]] = {part: [] for part in [*sizes, UNUSED]}
    for ability, rows in by_ability.items():
        filled = fill(ability, ordered_groups(rows, seed), sizes)
        for part, taken in filled.parts.items():
            found[part] += taken
        found[UNUSED] += filled.unused + [row for group in filled.rest for row in group]
    return found


def fill(ability: str, groups: Groups, sizes: Mapping[str, Size]) -> Filled:
    """Fill the parts of one ability from its ordered groups. Raises as `split`."""
    rest, unused = list(groups), list[Instance]()
    parts: dict[str, list[Instance]] = {}
    for part, size in sizes.items():
        left = sum(map(len, rest))
        if size != "available" and size > left > 0:
            raise PoolTooSmall(
                f"{ability} has {left} rows left for the part {part}, {size} are asked for",
                do=f'lower splits.{part}, add rows, or set grid.cap = "available"',
            )
        if left == 0 and size != 0:
            raise EmptySplit(f"{ability} has no rows left for the part {part}", do="add rows to its sources")
        taken: list[Instance] = []
        while rest and (size == "available" or len(taken) < size):
            taken += rest.pop(0)
        end = len(taken) if size == "available" else size
        parts[part], unused = taken[:end], unused + taken[end:]
    return Filled(parts, unused, rest)


def ordered_groups(instances: Iterable[Instance], seed: int = 0) -> Groups:
    """Rows of each ability that belong together, groups and the rows in them in the order of their hashes.

    Rows belong together by their source's group, by an equal canonical prompt, and with their parents and siblings
    (the hard links of `curation.split.records`). A row without any of these is its own group.
    """
    from curation.split.records import links_of

    rows = list(instances)
    first = list(range(len(rows)))  # of each row one that it belongs to, in the end the least

    def leader(place: int) -> int:
        while first[place] != place:
            first[place] = first[first[place]]
            place = first[place]
        return place

    seen: dict[tuple[str, int], int] = {}
    for place, row in enumerate(rows):
        for _, key in links_of(row, passages=False):
            one, other = leader(seen.setdefault((row.ability, key), place)), leader(place)
            first[max(one, other)] = min(one, other)
    groups: dict[int, list[Instance]] = {}
    for place, row in enumerate(rows):
        groups.setdefault(leader(place), []).append(row)
    # The row with the least id stands for its group: of several hashes the least would favour large groups.
    keys = {at: _key(min(group, key=lambda row: row.id)) for at, group in groups.items()}
    order = sorted(groups, key=lambda at: (unit_hash(seed, "split", *keys[at]), keys[at]))
    return [nested(groups[at], seed) for at in order]


def _key(row: Instance) -> tuple[str, str]:
    # The mark keeps a group's name from being mistaken for an id.
    return row.ability, f"group {row.source.group}" if row.source.group else row.id


class HasId(Protocol):
    """An instance, or as much of one as drawing looks at."""

    @property
    def id(self) -> str: ...


Row = TypeVar("Row", bound=HasId)


def nested(instances: Sequence[Row], seed: int = 0) -> list[Row]:
    """All instances in an order whose first n are the nested subset of n."""
    return sorted(instances, key=lambda i: (unit_hash(seed, i.id), i.id))
