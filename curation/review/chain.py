"""Events, each bound to the one before it of the same actor: a log that was tampered with says so."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import orjson

START = "0" * 64


class Event(NamedTuple):
    """One event as it stands in the log.

    Args:
        seq: its place among all events.
        actor: who acted; empty for the store itself.
        number: its place among the actor's events, from 1.
        kind: `verdict`, `undo`, `revision`, …: see `curation.review.follow`.
        item: number of the item; 0 for none.
        body: what happened, as canonical JSON.
        at: microseconds since 1970.
        previous, hash: of the chain.
    """

    seq: int
    actor: str
    number: int
    kind: str
    item: int
    body: str
    at: int
    previous: str
    hash: str

    @property
    def said(self) -> dict[str, Any]:
        """The body, read."""
        found: dict[str, Any] = orjson.loads(self.body)
        return found


def body_of(values: dict[str, Any]) -> str:
    return orjson.dumps(values, option=orjson.OPT_SORT_KEYS).decode()


def chained(previous: str, actor: str, number: int, kind: str, item: int, body: str, at: int) -> str:
    """sha256 over the hash before and all that the event says. Its `seq` is no part of it: a copied store has others."""
    return hashlib.sha256(orjson.dumps([previous, actor, number, kind, item, body, at])).hexdigest()


def text_digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def rows_digest(rows: Iterable[Sequence[Any]]) -> str:
    """Of rows that an event tells of without repeating them, in their order."""
    found = hashlib.sha256()
    for row in rows:
        found.update(orjson.dumps(list(row)) + b"\n")
    return found.hexdigest()
