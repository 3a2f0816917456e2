"""What a review consists of: events and texts, in a store or in the `log` folder of an export."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import orjson
from sqlalchemy import Connection, Table, select

from curation.review import tables as t
from curation.review.chain import Event
from schemas.errors import BadData, MissingFile
from schemas.jsonl import LineWriter, line_blocks

if TYPE_CHECKING:
    from curation.review.sound import Told

AT_ONCE = 5_000


class Head(NamedTuple):
    """Where an actor's chain ends: how many events, and the hash of the last one."""

    events: int
    hash: str


class KeptText(NamedTuple):
    """A revision's row."""

    number: int
    item: int
    id: str
    digest: str
    parent: int | None
    actor: str
    answered: bool
    line: str


def events(connection: Connection, after: int = 0) -> Iterator[Event]:
    """The log in its order."""
    while True:
        rows = select(t.event).where(t.event.c.seq > after).order_by(t.event.c.seq).limit(AT_ONCE)
        block = [Event._make(row) for row in connection.execute(rows)]
        if not block:
            return
        yield from block
        after = block[-1].seq


class Log(Protocol):
    """Where a review can be played from: a store, or the `log` folder of an export."""

    def events(self) -> Iterator[Event]: ...

    def texts(self) -> Iterator[list[KeptText]]:
        """In blocks, in the order of their numbers."""

    def gold(self) -> dict[int, str]:
        """Number of a gold item -> its right verdict, as the store keeps it."""

    def hints(self) -> Iterator[dict[str, Any]]: ...

    def drafts(self) -> Iterator[tuple[Any, ...]]:
        """Unfinished texts, in the order of the columns: of a store only, they are nobody else's business."""


class StoreLog:
    """The log in a store, read through one connection."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def events(self) -> Iterator[Event]:
        return events(self.connection)

    def texts(self) -> Iterator[list[KeptText]]:
        for block in row_blocks(self.connection, t.revision, t.revision.c.number):
            yield [KeptText._make(row) for row in block]

    def gold(self) -> dict[int, str]:
        rows = select(t.item.c.number, t.item.c.gold).where(t.item.c.gold.is_not(None))
        return dict(self.connection.execute(rows).tuples().all())

    def hints(self) -> Iterator[dict[str, Any]]:
        for row in self.connection.execute(select(t.hint).order_by(t.hint.c.number)):
            yield row._asdict()

    def drafts(self) -> Iterator[tuple[Any, ...]]:
        rows = select(t.draft).order_by(t.draft.c.item, t.draft.c.actor)
        yield from self.connection.execute(rows).tuples()


class PrefixLog(StoreLog):
    """The log in a store as it was when its chains ended at `heads`.

    Args:
        told: what the events up to there tell, as `sound.require_chains` gives it; None while that is being asked.
    """

    def __init__(self, connection: Connection, heads: Mapping[str, Head], told: Told | None = None) -> None:
        super().__init__(connection)
        self._heads, self._told = heads, told

    def events(self) -> Iterator[Event]:
        for one in super().events():
            if one.actor in self._heads and one.number <= self._heads[one.actor].events:
                yield one

    def texts(self) -> Iterator[list[KeptText]]:
        assert self._told is not None
        last, revisions = self._told.items, self._told.revisions
        for block in super().texts():
            there = [row for row in block if row.item <= last]
            yield [
                row
                for row in there
                if row.number == row.item * t.REVISIONS
                or any(row.digest == made.digest for made in revisions.get(row.item, ()))
            ]

    def gold(self) -> dict[int, str]:
        assert self._told is not None
        return {number: answer for number, answer in super().gold().items() if number <= self._told.items}

    def hints(self) -> Iterator[dict[str, Any]]:
        assert self._told is not None
        return islice(super().hints(), sum(count for count, _ in self._told.hints))

    def drafts(self) -> Iterator[tuple[Any, ...]]:
        return iter(())


def row_blocks(connection: Connection, table: Table, key: Any) -> Iterator[list[Any]]:
    after = -1
    while block := list(connection.execute(select(table).where(key > after).order_by(key).limit(AT_ONCE))):
        yield block
        after = block[-1].number


EVENTS, TEXTS, GOLD, HINTS = "events.jsonl", "texts.jsonl", "gold.jsonl", "hints.jsonl"
LOG_FILES = (EVENTS, TEXTS, GOLD, HINTS)
# Of the columns of these files, in their order. Numbers are no larger than a database takes.
_TEXT, _NUMBER, _MAYBE = (str,), (int,), (int, type(None))
_TYPES: dict[str, tuple[tuple[type, ...], ...]] = {
    EVENTS: (_TEXT, _NUMBER, _TEXT, _NUMBER, _TEXT, _NUMBER, _TEXT, _TEXT),
    TEXTS: (_NUMBER, _NUMBER, _TEXT, _TEXT, _MAYBE, _TEXT, (bool,), _TEXT),
    GOLD: (_NUMBER, _TEXT),
    HINTS: (_NUMBER, _TEXT, _TEXT, _MAYBE),
}
_LARGEST = (1 << 63) - 1


class FolderLog:
    """The log in a folder of an export.

    Raises:
        MissingFile: a file of it is not there. BadData: a line that is none of it, by file and line.
    """

    def __init__(self, folder: Path) -> None:
        for name in LOG_FILES:
            if not (folder / name).is_file():
                raise MissingFile(
                    "no log of a review", where=str(folder / name), do="name the folder of an export"
                )
        self._folder = folder

    def events(self) -> Iterator[Event]:
        for place, row in self._rows(EVENTS, Event._fields[1:]):
            yield Event(place, *row)

    def texts(self) -> Iterator[list[KeptText]]:
        block = []
        for _, row in self._rows(TEXTS, KeptText._fields):
            block.append(KeptText._make(row))
            if len(block) == AT_ONCE:
                yield block
                block = []
        if block:
            yield block

    def gold(self) -> dict[int, str]:
        found: dict[int, str] = {}
        for place, (number, answer) in self._rows(GOLD, ("number", "gold")):
            if number in found:
                where = f"{self._folder / GOLD}:{place}"
                raise BadData("this item has an answer already", where=where, do="restore the export")
            found[number] = answer
        return found

    def hints(self) -> Iterator[dict[str, Any]]:
        names = ("item", "kind", "text", "other")
        for _, row in self._rows(HINTS, names):
            yield dict(zip(names, row, strict=True))

    def drafts(self) -> Iterator[tuple[Any, ...]]:
        return iter(())

    def _rows(self, name: str, fields: tuple[str, ...]) -> Iterator[tuple[int, list[Any]]]:
        place, path = 0, self._folder / name
        for block in line_blocks(path):
            for line in block.data.split(b"\n")[: block.data.count(b"\n") or 1]:
                place += 1
                try:
                    row = orjson.loads(line)
                except orjson.JSONDecodeError:
                    row = None
                if not _is_row(row, _TYPES[name]):
                    what = f"not {', '.join(fields)}"
                    raise BadData(what, where=f"{path}:{place}", do="restore the export") from None
                yield place, row


def _is_row(row: Any, types: tuple[tuple[type, ...], ...]) -> bool:
    if not isinstance(row, list) or len(row) != len(types):
        return False
    return all(
        type(value) in allowed and (type(value) is not int or abs(value) <= _LARGEST)
        for value, allowed in zip(row, types, strict=True)
    )


def write_log(log: Log, folder: Path) -> None:
    """Write the `log` folder of an export: JSON lines of lists, in the order of `FolderLog`'s fields."""
    folder.mkdir(parents=True, exist_ok=True)

    def write(name: str, rows: Iterable[Iterable[Any]]) -> None:
        with LineWriter(folder / name) as file:
            for row in rows:
                file.write(orjson.dumps(list(row)) + b"\n")

    write(EVENTS, (one[1:] for one in log.events()))
    write(TEXTS, (row for block in log.texts() for row in block))
    write(GOLD, sorted(log.gold().items()))
    write(HINTS, ((h["item"], h["kind"], h["text"], h["other"]) for h in log.hints()))
