"""What was under review before a pool is loaded, so that near-duplicates are found across loads."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import select

from curation.review.tables import item, revision
from schemas.jsonl import LineWriter

if TYPE_CHECKING:
    from curation.review.store import ReviewStore

AT_ONCE = 2_000


class Ids:
    """A great many ids in little room: 64 bits of each, which tell a million million pairs apart but for one in 10^7."""

    def __init__(self) -> None:
        self._codes = array("Q")
        self._sorted = True

    def add(self, *ids: str) -> None:
        self._codes.extend([int(one[:16], 16) for one in ids])
        self._sorted = False

    def __len__(self) -> int:
        return len(self._codes)

    def __contains__(self, one: str) -> bool:
        if not self._sorted:
            self._codes, self._sorted = array("Q", sorted(self._codes)), True
        code = int(one[:16], 16)
        place = bisect_left(self._codes, code)
        return place < len(self._codes) and self._codes[place] == code


@dataclass
class Earlier:
    """What a store held before.

    Args:
        path: JSON lines of its items as they are now.
        ids: of these items.
        items: id of a revision that an item holds now -> id of the item.
    """

    path: Path
    ids: Ids = field(default_factory=Ids)
    items: dict[str, str] = field(default_factory=dict)


def earlier(store: ReviewStore, loaded: Ids, path: Path) -> Earlier | None:
    """Write what a store holds besides what was loaded last; None if that is nothing.

    Gold items are left out: they are to be told from others by nothing.
    """
    found, after = Earlier(path), 0
    with LineWriter(path) as to:
        while True:
            rows = select(item.c.number, item.c.id, revision.c.id.label("now"), revision.c.line)
            rows = rows.join(revision, revision.c.number == item.c.head).where(item.c.gold.is_(None))
            with store.database.reading() as connection:
                some = list(
                    connection.execute(
                        rows.where(item.c.number > after).order_by(item.c.number).limit(AT_ONCE)
                    )
                )
            for row in some:
                if row.id in loaded:
                    continue
                found.ids.add(row.id)
                if row.now != row.id:
                    found.items[row.now] = row.id
                to.write(row.line.encode() + b"\n")
            if len(some) < AT_ONCE:
                break
            after = some[-1].number
    return found if len(found.ids) else None
