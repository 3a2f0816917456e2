"""What a review consists of: events and texts, in a store or in the `log` folder of an export; and whether they hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import orjson
from sqlalchemy import Connection, Table, select

from curation.review import tables as t
from curation.review.chain import START, Event, chained, text_digest
from curation.review.reading import parsed
from schemas.errors import BadData, MissingFile
from schemas.jsonl import LineWriter, line_blocks
from schemas.progress import Progress, Tick, silent

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


class StoreLog:
    """The log in a store, read through one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def events(self) -> Iterator[Event]:
        return events(self._connection)

    def texts(self) -> Iterator[list[KeptText]]:
        for block in row_blocks(self._connection, t.revision, t.revision.c.number):
            yield [KeptText._make(row) for row in block]

    def gold(self) -> dict[int, str]:
        rows = select(t.item.c.number, t.item.c.gold).where(t.item.c.gold.is_not(None))
        return dict(self._connection.execute(rows).tuples().all())

    def hints(self) -> Iterator[dict[str, Any]]:
        for row in self._connection.execute(select(t.hint).order_by(t.hint.c.number)):
            yield row._asdict()


def row_blocks(connection: Connection, table: Table, key: Any) -> Iterator[list[Any]]:
    after = -1
    while block := list(connection.execute(select(table).where(key > after).order_by(key).limit(AT_ONCE))):
        yield block
        after = block[-1].number


EVENTS, TEXTS, GOLD, HINTS = "events.jsonl", "texts.jsonl", "gold.jsonl", "hints.jsonl"


class FolderLog:
    """The log in a folder of an export.

    Raises:
        MissingFile: a file of it is not there. BadData: a line that is none of it, by file and line.
    """

    def __init__(self, folder: Path) -> None:
        for name in (EVENTS, TEXTS, GOLD, HINTS):
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
        return {number: answer for _, (number, answer) in self._rows(GOLD, ("number", "gold"))}

    def hints(self) -> Iterator[dict[str, Any]]:
        names = ("item", "kind", "text", "other")
        for _, row in self._rows(HINTS, names):
            yield dict(zip(names, row, strict=True))

    def _rows(self, name: str, fields: tuple[str, ...]) -> Iterator[tuple[int, list[Any]]]:
        place, path = 0, self._folder / name
        for block in line_blocks(path):
            for line in block.data.splitlines():
                place += 1
                try:
                    row = orjson.loads(line)
                except orjson.JSONDecodeError:
                    row = None
                if not isinstance(row, list) or len(row) != len(fields):
                    what = f"not {', '.join(fields)}"
                    raise BadData(what, where=f"{path}:{place}", do="restore the export") from None
                yield place, row


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


def require_chains(log: Iterable[Event]) -> dict[str, Head]:
    """The head of every actor's chain.

    Raises:
        BadData: an event that was changed, left out, put in or moved, by its number and whose it is.
    """
    heads: dict[str, Head] = {}
    for one in log:
        events_before, previous = heads.get(one.actor, Head(0, START))
        whose = f"event {one.number} of {one.actor or 'the store'}"
        if one.number != events_before + 1 or one.previous != previous:
            raise BadData("the log does not follow on here", where=whose, do="restore the store from a copy")
        if chained(previous, one.actor, one.number, one.kind, one.item, one.body, one.at) != one.hash:
            raise BadData("the log was changed here", where=whose, do="restore the store from a copy")
        heads[one.actor] = Head(one.number, one.hash)
    return heads


def require_texts(log: Log, progress: Progress = silent) -> None:
    """Look whether every text is what its digest says, and what was loaded is what the log says was loaded.

    Raises:
        BadData: which text, or which load.
    """
    seen, digests, gold = 0, list[str](), log.gold()
    for block in log.texts():
        for row in block:
            if text_digest(row.line) != row.digest or parsed(row.line, row.answered).id != row.id:
                raise BadData(
                    "the text was changed", where=f"item {row.item}", do="restore the store from a copy"
                )
            if row.number % t.REVISIONS == 0:
                digests.append(row.digest)
        seen += len(block)
        progress(Tick("texts", seen))
    for one in log.events():
        if one.kind not in ("load", "gold"):
            continue
        said = one.said
        first, count = said["first"], said["count"]
        same = sha256("".join(digests[first - 1 : first - 1 + count]).encode()).hexdigest() == said["digest"]
        if one.kind == "gold":
            answers = [gold.get(number) for number in range(first, first + count)]
            same = same and sha256(orjson.dumps(answers)).hexdigest() == said["answers"]
        if not same:
            what = f"items {first} to {first + count - 1} are not those that were loaded"
            raise BadData(what, where="the log's load", do="restore the store from a copy")
