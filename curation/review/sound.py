"""Whether a log holds: its chains, and the texts, gold answers and hints that its events tell of by digest."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import islice
from typing import NamedTuple

import orjson
from sqlalchemy import exc

from curation.review.chain import START, Event, chained, rows_digest, text_digest
from curation.review.log import Head, KeptText, Log
from curation.review.reading import parsed
from curation.review.tables import REVISIONS
from curation.review.transaction import STORE
from schemas.errors import BadData
from schemas.instance import Candidate, Instance
from schemas.progress import Progress, Tick, silent

_COPY = "restore the store from a copy"
# What code meets in rows that no review ever wrote. A disk that is full, or a server that went away, is none of these.
_ODD = (LookupError, TypeError, ValueError, ArithmeticError, AttributeError, AssertionError, RecursionError)
_ODD_ROWS = (
    exc.InvalidRequestError,
    exc.IntegrityError,
    exc.DataError,
    exc.InterfaceError,
    exc.ProgrammingError,
)
_ODD_VALUES = (sqlite3.IntegrityError, sqlite3.DataError, sqlite3.InterfaceError, sqlite3.ProgrammingError)
_ODD_NAMES = ("IntegrityError", "UniqueViolation", "NotNullViolation", "DataError", "ProgrammingError")


@contextmanager
def expecting_review(where: str) -> Iterator[None]:
    """Reads what somebody may have tampered with.

    Raises:
        BadData: in place of whatever comes of rows and values that no review wrote.
    """
    try:
        yield
    except Exception as error:
        if not _is_odd(error):
            raise
        what = f"something is in it that no review wrote ({type(error).__name__})"
        raise BadData(what, where=where, do=_COPY) from error


def _is_odd(error: Exception) -> bool:
    if isinstance(error, (*_ODD, *_ODD_ROWS, *_ODD_VALUES)) or type(error) is exc.StatementError:
        return True
    no_such_table = getattr(getattr(error, "orig", error), "sqlite_errorcode", 0) == sqlite3.SQLITE_ERROR
    return no_such_table or type(error).__name__ in _ODD_NAMES


class Loaded(NamedTuple):
    """A block of items as its event tells of it; `answers` of gold items only."""

    first: int
    size: int
    digest: str
    answers: str | None


class Revised(NamedTuple):
    """A revision as its event tells of it: digests of its text and of the text that it began with."""

    digest: str
    parent: str
    actor: str


@dataclass
class Told:
    """What the events of a log tell of the rows beside them.

    Args:
        heads: where every actor's chain ends.
        loads: in the order of the items.
        revisions: of each item that was revised, counted or not, in their order.
        hints: (how many, digest) of each time that some were kept.
    """

    heads: dict[str, Head] = field(default_factory=dict)
    loads: list[Loaded] = field(default_factory=list)
    revisions: dict[int, list[Revised]] = field(default_factory=dict)
    hints: list[tuple[int, str]] = field(default_factory=list)

    @property
    def items(self) -> int:
        return self.loads[-1].first + self.loads[-1].size - 1 if self.loads else 0

    def gold(self) -> set[int]:
        return {
            n for one in self.loads if one.answers is not None for n in range(one.first, one.first + one.size)
        }

    def hear(self, one: Event) -> None:
        """Raises BadData: a load whose items do not come after those before."""
        if one.kind in ("load", "gold") and one.actor == STORE:
            said = one.said
            answers = said["answers"] if one.kind == "gold" else None
            made = Loaded(said["first"], said["count"], said["digest"], answers)
            if made.first != self.items + 1 or made.size < 1:
                raise BadData("the items of this load do not follow on", where=_whose(one), do=_COPY)
            self.loads.append(made)
        elif one.kind == "hints":
            self.hints.append((one.said["count"], one.said["digest"]))
        elif one.kind == "revision":
            said = one.said
            made_by = Revised(said["digest"], said["parent"], one.actor)
            self.revisions.setdefault(one.item, []).append(made_by)


def _whose(one: Event) -> str:
    return f"event {one.number} of {one.actor or 'the store'}"


def require_chains(log: Iterable[Event]) -> Told:
    """Where every chain ends, and what the events tell.

    Raises:
        BadData: an event that was changed, left out, put in or moved within its chain, by its number and whose it is.
    """
    told = Told()
    heads = told.heads
    for place, one in enumerate(log):
        events_before, previous = heads.get(one.actor, Head(0, START))
        if one.number != events_before + 1 or one.previous != previous:
            raise BadData("the log does not follow on here", where=_whose(one), do=_COPY)
        with expecting_review(_whose(one)):
            link = chained(previous, one.actor, one.number, one.kind, one.item, one.body, one.at)
            if link == one.hash:
                told.hear(one)
        if link != one.hash:
            raise BadData("the log was changed here", where=_whose(one), do=_COPY)
        if not place and (one.actor != STORE or one.kind != "settings"):
            raise BadData("a log begins with the settings of its store", where=_whose(one), do=_COPY)
        heads[one.actor] = Head(one.number, one.hash)
    if not heads:
        raise BadData("there is no event in it", where="the log", do=_COPY)
    return told


def require_texts(
    log: Log, told: Told, progress: Progress = silent
) -> Iterator[list[tuple[KeptText, Instance | Candidate]]]:
    """All texts, read, each looked at before it comes: it is what its digest says, and the log tells of it.

    Raises:
        BadData: a text that was changed, put in or left out, by its item; at the end of all, too.
    """
    seen, walk = 0, _Walk(told)
    for block in log.texts():
        found = []
        for row in block:
            with expecting_review(f"item {row.item}"):
                same = text_digest(row.line) == row.digest
                content = parsed(row.line, row.answered) if same else None
            if content is None or content.id != row.id:
                raise BadData("the text was changed", where=f"item {row.item}", do=_COPY)
            walk.step(row)
            found.append((row, content))
        yield found
        seen += len(block)
        progress(Tick("texts", seen))
    walk.end()


class _Walk:
    """Goes through the texts in the order of their numbers, and through what the log tells of them."""

    def __init__(self, told: Told) -> None:
        self._told, self._loads = told, iter(told.loads)
        self._load: Loaded | None = next(self._loads, None)
        self._digest = sha256()
        self._item = 0
        self._numbers: dict[str, int] = {}  # digest -> number, of the item's texts so far
        self._due: list[Revised] = []

    def step(self, row: KeptText) -> None:
        if row.number != row.item * REVISIONS:
            self._revision(row)
            return
        self._leave_item()
        if row.item != self._item + 1:
            self._missing(self._item + 1)
        if self._load is None or row.actor != STORE or row.parent is not None:
            raise BadData("nobody loaded this text", where=f"item {row.item}", do=_COPY)
        self._item, self._numbers = row.item, {row.digest: row.number}
        self._due = list(self._told.revisions.get(row.item, ()))
        self._digest.update(row.digest.encode())
        load = self._load
        if row.item == load.first + load.size - 1:
            if self._digest.hexdigest() != load.digest:
                what = f"items {load.first} to {row.item} are not those that were loaded"
                raise BadData(what, where="the log's load", do=_COPY)
            self._load, self._digest = next(self._loads, None), sha256()

    def _revision(self, row: KeptText) -> None:
        due = self._next_due() if row.item == self._item else None
        if due is None or row.number != self._item * REVISIONS + len(self._numbers):
            raise BadData("nobody wrote this text", where=f"item {row.item}", do=_COPY)
        if (row.digest, row.actor, row.parent) != (due.digest, due.actor, self._numbers.get(due.parent)):
            raise BadData("not the revision that the log tells of", where=f"item {row.item}", do=_COPY)
        self._numbers[row.digest] = row.number

    def _next_due(self) -> Revised | None:
        """The next revision whose text the item did not hold before."""
        while self._due:
            due = self._due.pop(0)
            if due.digest not in self._numbers:
                return due
        return None

    def _leave_item(self) -> None:
        if self._next_due() is not None:
            self._missing(self._item)

    def end(self) -> None:
        self._leave_item()
        if self._item != self._told.items:
            self._missing(self._item + 1)
        later = [number for number in self._told.revisions if number not in range(1, self._item + 1)]
        if later:
            self._missing(later[0])

    def _missing(self, number: int) -> None:
        raise BadData("a text of it is missing", where=f"item {number}", do=_COPY)


def require_gold(log: Log, told: Told) -> dict[int, str]:
    """Number of a gold item -> its right verdict. Raises BadData: not those that were loaded."""
    found = log.gold()
    for one in told.loads:
        if one.answers is None:
            continue
        answers = [found.get(number) for number in range(one.first, one.first + one.size)]
        with expecting_review("gold items"):
            same = sha256(orjson.dumps(answers)).hexdigest() == one.answers
        if not same:
            what = f"the right verdicts of items {one.first} to {one.first + one.size - 1} were changed"
            raise BadData(what, where="gold items", do=_COPY)
    more = sorted(set(found) - told.gold())
    if more:
        raise BadData("nobody loaded it as a gold item", where=f"item {more[0]}", do=_COPY)
    return found


def require_hints(log: Log, told: Told) -> None:
    """Raises BadData: hints that are not those that were found."""
    rows = ((h["item"], h["kind"], h["text"], h["other"]) for h in log.hints())
    for count, digest in told.hints:
        with expecting_review("hints"):
            same = rows_digest(islice(rows, count)) == digest
        if not same:
            raise BadData("not the hints that were found when the pool was loaded", where="hints", do=_COPY)
    if next(rows, None) is not None:
        raise BadData("a hint that nobody found when the pool was loaded", where="hints", do=_COPY)


def require_heads_in(log: Iterable[Event], heads: dict[str, Head]) -> None:
    """Raises BadData: a chain that does not go on from where it once stood."""
    wanted = {(actor, head.events): head.hash for actor, head in heads.items()}
    for one in log:
        if wanted.get((one.actor, one.number)) == one.hash:
            del wanted[one.actor, one.number]
    if wanted:
        actor, number = min(wanted)
        whose = f"event {number} of {actor or 'the store'}"
        raise BadData("not the one that was there when the heads were kept", where=whose, do=_COPY)
