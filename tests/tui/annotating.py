"""What the tests of the terminal share: a small review, the terminal on it, and what it shows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from textual.pilot import Pilot

from curation.review.load import load
from curation.review.process import Process
from curation.review.store import ReviewStore
from schemas.instance import Candidate, Instance, Message, Source
from schemas.jsonl import write_jsonl
from screens.app import Terminal
from screens.bars import Said
from screens.clerk import Clerk
from screens.keys import OwnKeys


class Clock:
    """Goes a millisecond on at every look, so that what is shown of times is always the same."""

    def __init__(self) -> None:
        self.time = 1_800_000_000.0

    def __call__(self) -> float:
        self.time += 0.001
        return self.time


def row(number: int, ability: str = "history", **fields: Any) -> Instance:
    question, answer = f"第{number}问：秦朝建立于哪一年？", "公元前221年"
    messages = (Message(role="user", content=question), Message(role="assistant", content=answer))
    values = {"ability": ability, "form": "open", "messages": messages, **fields}
    return Instance(source=Source(name="made", row=str(number)), **values)


def candidate(number: int) -> Candidate:
    asked = (Message(role="user", content=f"请写第{number}首诗"),)
    return Candidate(
        ability="creative_writing", form="open", messages=asked, source=Source(name="m", row=str(number))
    )


@contextmanager
def review(
    folder: Path, rows: int | list[Any] = 5, process: Process | None = None
) -> Iterator[tuple[ReviewStore, str]]:
    """(a store of its own on a new review with lin and wang enrolled, the path of the review)."""
    path = str(folder / "review.db")
    pool = [row(n) for n in range(1, rows + 1)] if isinstance(rows, int) else rows
    write_jsonl(folder / "pool.jsonl", pool)
    with ReviewStore.open(path, create=True, process=process or Process(gold_every=0)) as store:
        load(store, [folder / "pool.jsonl"], workers=1)
        for name in ("lin", "wang"):
            store.enrol(name)
        yield store, path


@contextmanager
def terminal(path: str, name: str = "lin", keys: OwnKeys | None = None, **options: Any) -> Iterator[Terminal]:
    clerk = Clerk(ReviewStore.open(path), name)
    try:
        yield Terminal(clerk, None, keys, **options)
    finally:
        clerk.close()


async def settle(pilot: Pilot[None]) -> None:
    """Until the store has answered and what it said is on the screen."""
    app = pilot.app
    assert isinstance(app, Terminal)
    for _ in range(3):
        await pilot.pause()
        await app.workers.wait_for_complete()
    while app.item._busy:
        await pilot.pause(0.01)
    await pilot.pause()


async def press(pilot: Pilot[None], *keys: str) -> None:
    for key in keys:
        await pilot.press(key)
        await settle(pilot)


async def write(pilot: Pilot[None], text: str) -> None:
    for char in text:
        await pilot.press(char)


def shown(app: Terminal) -> str:
    """What a terminal would show, cell by cell."""
    return "\n".join(strip.text.rstrip() for strip in app.screen._compositor.render_strips())


def said(app: Terminal) -> str:
    return str(app.screen.query_one(Said).render())
