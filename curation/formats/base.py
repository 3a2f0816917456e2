"""What a reader of a raw format is, and the words in which it says that a row is no good."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

from schemas.ability import Ability
from schemas.instance import UNLABELLED, Candidate, Instance, Origin
from schemas.terminal import one_line

# Options that every format understands; `distractors = "borrow"` is the pool's business, the readers pass it over.
COMMON_OPTIONS: Mapping[str, str] = {
    "form": "the answer form of every row, where the reader would have to guess",
    "match": "a regular expression; rows whose instruction does not match are rejected",
    "distractors": "`borrow`: open items get coarse distractors from other rows' answers when they reach the pool",
    "rows": "path of the key that holds the rows of a JSON object, e.g. data.items",
    "container": "`lines`, `array`, `object`, `table` or `parquet`, where a file does not show what it is",
    "delimiter": "of a table: a character, or tab, comma, semicolon, pipe",
    "json": "columns whose cells hold JSON, with commas between",
    "split": "the split of a dataset to read, or `all`",
    "config": "the configuration of a dataset to read",
}


class Rejected(Exception):
    """A row cannot become an instance; the message says why and is safe to print."""

    def __init__(self, reason: str) -> None:
        super().__init__(one_line(reason, 200))


@dataclass(slots=True)
class Raw:
    """One row as it stands in its file.

    Args:
        key: names the row in its file, e.g. a line number; unique there and safe to print.
        value: the row's content, in the format's own shape.
        problem: why the row could not even be read; empty if it could.
    """

    key: str
    value: Any = None
    problem: str = ""


@dataclass
class Tally:
    """How many rows a file turned out to hold, counted where they are cut out of it and before anything is made of
    them: what comes out of the reader has to add up to it.

    Args:
        rows: so far.
    """

    rows: int = 0


@dataclass(frozen=True)
class Target:
    """What the rows of a file are to become.

    Args:
        source: the source's name.
        ability: an ability's name or `unlabelled`.
        origin: human or synthetic.
        licence: as the source states it.
        options: settings of the reader.
        abilities: the known abilities.
    """

    source: str
    ability: str = UNLABELLED
    origin: Origin = "human"
    licence: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    abilities: Mapping[str, Ability] = field(default_factory=dict)

    def allows(self, form: str) -> bool:
        """Whether instances of the ability may take `form`; an unlabelled row may take any."""
        known = self.abilities.get(self.ability)
        return known is None or form in known.forms

    @cached_property
    def free_form(self) -> str:
        """The form of a row whose response is any text: `open`, or `code` where the ability has code and no open items."""
        return "code" if self.allows("code") and not self.allows("open") else "open"


class Format(Protocol):
    """One raw format: one small module of `curation.formats` that ends in `FORMAT = ...`.

    `read` yields every row, also those it cannot read, and only raises `schemas.errors.BadData` when the file as a
    whole is not of the format. It counts rows in `tally` as it comes by them (the readers of `formats.reading` do so
    themselves), not as it yields them: so a row that gets lost between the two is noticed. `convert` makes one row into one instance or candidate, or raises `Rejected`.
    """

    about: str
    options: Mapping[str, str]

    def read(self, path: Path, options: Mapping[str, str], tally: Tally) -> Iterator[Raw]: ...

    def convert(self, raw: Raw, target: Target) -> Instance | Candidate: ...
