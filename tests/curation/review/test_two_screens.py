"""One annotator at two screens at once, in transactions that overlap."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from curation.review.desk import Desk
from curation.review.queue import Queue
from curation.review.records import Work
from curation.review.store import ReviewStore
from tests.curation.review.review_rows import instance, store_of


@pytest.mark.parametrize("second", ["next", "judge"])
def test_two_screens_never_get_two_votes_of_one_unit(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, second: str
) -> None:
    with (
        store_of(postgres_url, tmp_path, [instance(1), instance(2)], ("lin",)) as here,
        ReviewStore.open(postgres_url) as there,
    ):
        first, other = here.desk("lin"), there.desk("lin")
        held = other.next() if second == "judge" else None
        found, got = threading.Event(), threading.Event()
        take = Queue.next

        def slow(self: Queue, *words: object, **more: object) -> object:
            """The first screen has found its item, and does not commit before the second had time to look."""
            slot = take(self, *words, **more)  # type: ignore[arg-type]
            if threading.current_thread() is one:
                found.set()
                got.wait(1.5)
            return slot

        monkeypatch.setattr(Queue, "next", slow)
        works: dict[str, Work | None] = {}

        def look(desk: Desk) -> None:
            works["first"] = desk.next(["filter"])

        one = threading.Thread(target=look, args=(first,))
        if held is not None:
            first.release(held)  # so that the first screen may find the same item again
            held = other.next()
            assert held is not None
        one.start()
        assert found.wait(20)
        if held is not None:
            works["second"] = other.judge(held, True).next
        else:
            works["second"] = other.next()
        got.set()
        one.join(20)
        assert not one.is_alive()
        assert works["first"] is not None
        mine = [(w.item, w.stage, w.round) for w in first.holding()]
        assert len(mine) == len(set(mine)), "two votes of one unit"
        judged = [(v.item, v.stage, v.round) for v in first.recent()]
        assert not set(mine) & set(judged), "a vote of a unit that is judged"
