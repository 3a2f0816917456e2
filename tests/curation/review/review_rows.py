"""A small pool and how to act upon it, for the tests of the review."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from curation.review.load import load
from curation.review.process import Process
from curation.review.store import ReviewStore
from schemas.instance import Candidate, Instance, Message, Source
from schemas.jsonl import write_jsonl


class Clock:
    """A clock that is put forward by hand."""

    def __init__(self) -> None:
        self.time = 1_800_000_000.0

    def __call__(self) -> float:
        self.time += 0.001  # events are never at the same moment
        return self.time

    def forward(self, minutes: float) -> None:
        self.time += 60 * minutes


def instance(number: int, ability: str = "history") -> Instance:
    messages = (
        Message(role="user", content=f"第{number}问：秦朝建立于哪一年？"),
        Message(role="assistant", content="公元前221年"),
    )
    return Instance(
        ability=ability, form="open", messages=messages, source=Source(name="made", row=str(number))
    )


def candidate(number: int, ability: str = "history") -> Candidate:
    messages = (Message(role="user", content=f"请写第{number}首诗"),)
    return Candidate(
        ability=ability, form="open", messages=messages, source=Source(name="asked", row=str(number))
    )


def changed(content: Instance | Candidate, words: str) -> Instance:
    """A revision of an item, or an answer to a candidate."""
    kept = content.model_dump(exclude={"id", "messages"})
    prompt = tuple(content.messages[:-1] if isinstance(content, Instance) else content.messages)
    parents = {"parents": (content.id,)} if isinstance(content, Instance) else {}
    return Instance(**{**kept, **parents}, messages=(*prompt, Message(role="assistant", content=words)))


def store_of(
    url: str,
    folder: Path,
    rows: Sequence[Instance | Candidate],
    people: Sequence[str] = ("lin", "wang", "chen", "zhao"),
    process: Process | None = None,
    clock: Clock | None = None,
) -> ReviewStore:
    """A new store with `rows` under review and everybody enrolled."""
    store = ReviewStore.open(url, create=True, process=process, clock=clock)
    write_jsonl(folder / "pool.jsonl", rows)
    load(store, [folder / "pool.jsonl"], workers=1)
    for name in people:
        store.enrol(name)
    return store
