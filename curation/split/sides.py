"""Which side every component stands on: what was decided before stays, the rest fills the parts in a fixed order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from curation.split.components import Components, connected
from curation.split.records import Records
from curation.split.sizes import Part
from schemas.canonical import unit_hash
from schemas.errors import EmptySplit, PoolTooSmall

I64 = NDArray[np.int64]
NONE = -1
# Why a row is in no part's file.
USED, NOBODY, CUT, BRIDGE = range(4)


@dataclass
class Before:
    """Where the rows stood.

    Args:
        part: (rows,) number of each row's part; -1 for a row that is new, or had none.
        used: (rows,) whether it was in the part's file.
    """

    part: NDArray[np.int8]
    used: NDArray[np.bool_]


@dataclass
class Sides:
    """Where the rows stand.

    Args:
        part: (rows,) number of the part on whose side a row stands; -1 for none yet.
        state: (rows,) `USED`: in that part's file. `NOBODY`: no part asked for it. `CUT`: its group stands on that
            side, but the part has its count. `BRIDGE`: it ties rows of two sides together.
        notes: what a user should know.
    """

    part: NDArray[np.int8]
    state: NDArray[np.int8]
    notes: list[str] = field(default_factory=list)


def assign(
    records: Records,
    components: Components,
    parts: Sequence[Part],
    before: Before | None = None,
    stratify: bool = True,
    seed: int = 0,
) -> Sides:
    """Give every row a side.

    1. A row that had a side keeps it. A new row whose component has one side takes it; one that ties several sides
       together takes none.
    2. A component without a side goes to the part into whose share its rank falls, if there are shares. Otherwise to
       the first part, in the order given, whose count its home ability (the one it has most rows of) has not filled;
       otherwise to the part that takes what is available. The order among components is by rank, spread so that
       the parts resemble the ability in sources and forms if `stratify` says so. Giants held together by hard links
       go to the last part.
    3. A part with a count has no more rows of an ability than that: of the last component to come, and of new rows
       that join full parts, those first in rank are used and the others cut.

    Args:
        before: where the rows stood in an earlier split; None for a first one.

    Raises:
        PoolTooSmall, EmptySplit: a first split whose count, or any row at all, cannot be had. Later ones note it.
    """
    fresh = before or Before(np.full(len(records), NONE, np.int8), np.zeros(len(records), np.bool_))
    known = fresh.part
    sides = Sides(known.copy(), np.full(len(records), USED, np.int8))
    _join(records, components, sides, known)
    need = _need(records, parts, sides)
    _fill(records, components, parts, sides, need, _order(records, components, stratify, seed))
    sides.state[(sides.part == NONE) & (sides.state == USED)] = NOBODY
    _cut(records, parts, sides, fresh)
    _complain(records, parts, sides, first=before is None)
    return sides


def _join(records: Records, components: Components, sides: Sides, known: NDArray[np.int8]) -> None:
    """New rows take the side of their component, unless it has several: then those that tie them together are out."""
    if (known == NONE).all():
        return
    mixed = _mixed(components.of, known)
    if mixed.any():
        inside = mixed[components.of]
        out = (known == NONE) & inside & _touching_two(records, known)
        if not out.any():
            old = int((inside & (known != NONE)).sum())
            sides.notes.append(
                f"{old} rows that an earlier split put on different sides now belong together; they stay"
            )
        keep = ~out[records.link_rows]
        of = connected(len(records), records.link_rows[keep], records.link_keys[keep])
        # What still ties two sides together is a chain of new rows: all of it is out.
        out |= (known == NONE) & _mixed(of, known)[of] & inside
        sides.state[out] = BRIDGE
        if out.any():
            sides.notes.append(f"{int(out.sum())} new rows tie rows of two sides together and are in no part")
        _take(of, known, sides, inside)
        outside = ~inside
    else:
        outside = np.ones(len(records), np.bool_)
    _take(components.of, known, sides, outside)


def _mixed(of: I64, known: NDArray[np.int8]) -> NDArray[np.bool_]:
    """(components,) whether known rows of several sides are in one."""
    low, high = _range(of, known)
    found: NDArray[np.bool_] = high > low
    return found


def _range(of: I64, known: NDArray[np.int8]) -> tuple[NDArray[np.int16], NDArray[np.int16]]:
    """(components,) the least and the greatest known part; 127 and -1 where none is known."""
    count = int(of.max()) + 1 if len(of) else 0
    low, high = np.full(count, 127, np.int16), np.full(count, NONE, np.int16)
    old = known != NONE
    np.minimum.at(low, of[old], known[old])
    np.maximum.at(high, of[old], known[old])
    return low, high


def _touching_two(records: Records, known: NDArray[np.int8]) -> NDArray[np.bool_]:
    """(rows,) whether a row shares keys with known rows of several sides."""
    keys, places = np.unique(records.link_keys, return_inverse=True)
    low, high = np.full(len(keys), 127, np.int16), np.full(len(keys), NONE, np.int16)
    old = known[records.link_rows] != NONE
    np.minimum.at(low, places[old], known[records.link_rows[old]])
    np.maximum.at(high, places[old], known[records.link_rows[old]])
    row_low, row_high = np.full(len(records), 127, np.int16), np.full(len(records), NONE, np.int16)
    np.minimum.at(row_low, records.link_rows, low[places])
    np.maximum.at(row_high, records.link_rows, high[places])
    found: NDArray[np.bool_] = (row_high > row_low) & (row_high != NONE)
    return found


def _take(of: I64, known: NDArray[np.int8], sides: Sides, where: NDArray[np.bool_]) -> None:
    low, high = _range(of, known)
    side = np.where(low == high, high, NONE)[of].astype(np.int8)
    new = where & (known == NONE) & (sides.state == USED)
    sides.part[new] = side[new]


def _need(records: Records, parts: Sequence[Part], sides: Sides) -> NDArray[np.float64]:
    """(parts, abilities) rows that a part with a count still wants; infinite for `available`, 0 for shares."""
    abilities = len(records.abilities)
    need = np.zeros((len(parts), abilities))
    for number, part in enumerate(parts):
        have = np.bincount(records.ability[sides.part == number], minlength=abilities)
        if part.kind == "count":
            need[number] = np.maximum(0, part.size - have)
        elif part.kind == "available":
            need[number] = np.inf
    return need


def _order(records: Records, components: Components, stratify: bool, seed: int) -> I64:
    """Components in the order in which they fill counts."""
    count = len(components.held)
    if not stratify or not count:
        return np.arange(count)
    stratum, home = _main(components, records.stratum), _main(components, records.ability)
    sizes = np.bincount(components.of, minlength=count)
    width = len(records.strata)
    cell, of_cell = np.unique(home * width + stratum, return_inverse=True)
    # Systematic sampling: a stratum's components stand at equal steps from a start of its own, so that a stratum of
    # one component is as likely to be first as any other row.
    starts = np.array(
        [
            unit_hash(seed, "stratum", records.abilities[c // width], records.strata[c % width])
            for c in cell.tolist()
        ]
    )
    order = np.lexsort((np.arange(count), of_cell))
    before = np.cumsum(sizes[order]) - sizes[order]
    totals = np.bincount(of_cell, weights=sizes)
    base = (np.cumsum(totals) - totals)[of_cell[order]]
    places = np.empty(count)
    places[order] = (before - base + starts[of_cell[order]] * sizes[order]) / totals[of_cell[order]]
    found: I64 = np.lexsort((np.arange(count), places))
    return found


def _main(components: Components, values: NDArray[np.int32]) -> I64:
    """(components,) the value that most rows of each have; the least one of several."""
    width = int(values.max()) + 1
    pairs, counts = np.unique(components.of * width + values, return_counts=True)
    order = np.lexsort((pairs % width, -counts, pairs // width))
    chosen = pairs[order]
    _, at = np.unique(chosen // width, return_index=True)
    found: I64 = chosen[at] % width
    return found


def _fill(
    records: Records,
    components: Components,
    parts: Sequence[Part],
    sides: Sides,
    need: NDArray[np.float64],
    order: I64,
) -> None:
    free = (sides.part == NONE) & (sides.state == USED)
    if not free.any():
        return
    count, abilities = len(components.held), len(records.abilities)
    # A component with rows on a side has no free rows: they took it.
    cells, sizes = np.unique(components.of[free] * abilities + records.ability[free], return_counts=True)
    rows: dict[int, list[tuple[int, int]]] = {}
    for cell, size in zip(cells.tolist(), sizes.tolist(), strict=True):
        rows.setdefault(cell // abilities, []).append((size, cell % abilities))
    bounds = np.cumsum([part.size if part.kind == "share" else 0.0 for part in parts]).tolist()
    shares = [
        (bound, n) for n, (bound, part) in enumerate(zip(bounds, parts, strict=True)) if part.kind == "share"
    ]
    wanted = need.tolist()
    chosen = [NONE] * count
    ranks, held = components.ranks.tolist(), components.held.tolist()
    for component in order.tolist():
        mine = rows.get(component)
        if mine is None:
            continue
        home = max(mine, key=lambda cell: (cell[0], -cell[1]))[1]
        if held[component]:
            part = len(parts) - 1
        else:
            # Whether a rank falls into a share depends on nothing else: no other component can change it.
            part = next((n for bound, n in shares if ranks[component] < bound), NONE)
            if part == NONE:
                part = next((n for n, left in enumerate(wanted) if left[home] > 0), NONE)
        chosen[component] = part
        if part != NONE:
            for size, ability in mine:
                wanted[part][ability] -= size
    sides.part[free] = np.array(chosen, np.int8)[components.of[free]]


def _cut(records: Records, parts: Sequence[Part], sides: Sides, before: Before) -> None:
    """Of a part's rows of an ability, those over its count are cut: never one that was used while another was not."""
    for number, part in enumerate(parts):
        if part.kind == "count":
            mine = np.flatnonzero((sides.part == number) & (sides.state == USED))
            late = np.where(before.used[mine], 0, np.where(before.part[mine] == NONE, 2, 1))
            keys = (records.ids[mine], records.draws[mine], records.ranks[mine], late, records.ability[mine])
            order = mine[np.lexsort(keys)]
            ability = records.ability[order]
            begins = np.searchsorted(ability, ability)
            sides.state[order[np.arange(len(order)) - begins >= part.size]] = CUT


def _complain(records: Records, parts: Sequence[Part], sides: Sides, first: bool) -> None:
    used = sides.state == USED
    have = Counter(zip(sides.part[used].tolist(), records.ability[used].tolist(), strict=True))
    for ability, name in enumerate(records.abilities):
        for number, part in enumerate(parts):
            rows = have[number, ability]
            if (part.kind == "count" and 0 < rows < part.size) or (
                part.kind == "count" and part.size and not rows
            ):
                if first and rows:
                    raise PoolTooSmall(
                        f"{name} has {rows} rows left for the part {part.name}, {int(part.size)} are asked for",
                        do=f"lower --size {part.name}, or add rows",
                    )
                if first:
                    raise EmptySplit(
                        f"{name} has no rows left for the part {part.name}", do="add rows to its sources"
                    )
                sides.notes.append(
                    f"{name}: {part.name} has {rows} of {int(part.size)} rows; the others stand on other sides already"
                )
            elif part.kind == "available" and not rows and first:
                raise EmptySplit(
                    f"{name} has no rows left for the part {part.name}", do="add rows to its sources"
                )
            elif part.kind != "count" and not rows:
                sides.notes.append(f"{name}: {part.name} has no rows")
