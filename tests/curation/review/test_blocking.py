"""What the dashboard says is left, and who is missing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from curation.review import replay
from curation.review.dashboard import Dashboard
from curation.review.process import Process
from curation.review.store import ReviewStore
from tests.curation.review.review_rows import candidate, changed, instance, store_of


def review(url: str, folder: Path, count: int, people: Sequence[str], **settings: object) -> ReviewStore:
    rows = [instance(n) for n in range(1, count + 1)]
    return store_of(url, folder, rows, people, Process.model_validate(settings))


def judge_all(store: ReviewStore, name: str, kept: bool) -> None:
    desk = store.desk(name)
    work = desk.next()
    while work is not None:
        work = desk.judge(work, kept, seconds=2).next


def blocks(board: Dashboard) -> list[tuple[str, int]]:
    return [(b.what, b.items) for b in board.blocking]


def test_a_third_vote_that_nobody_is_there_for_is_told(database_url: str, tmp_path: Path) -> None:
    with review(database_url, tmp_path, 3, ("lin", "wang"), on_disagreement="third_vote") as store:
        assert blocks(store.dashboard("")) == []
        judge_all(store, "lin", True)
        judge_all(store, "wang", False)
        board = store.dashboard("")
        assert board.decided == 0
        assert [a.left for a in board.abilities] == [3]
        assert blocks(board) == [("history in filter: 2 of the 3 annotators that a further vote takes", 3)]
        assert blocks(store.dashboard("wang")) == []  # as long as each could take his verdicts back
        store.enrol("chen")
        assert blocks(store.dashboard("")) == []
        judge_all(store, "chen", True)
        board = store.dashboard("")
        assert (board.decided, [a.left for a in board.abilities], blocks(board)) == (3, [0], [])
        replay.verify(store)


def test_a_third_vote_that_is_taken_back_is_asked_for_no_more(database_url: str, tmp_path: Path) -> None:
    with review(database_url, tmp_path, 1, ("lin", "wang"), on_disagreement="third_vote") as store:
        judge_all(store, "lin", True)
        judge_all(store, "wang", False)
        assert store.desk("wang").undo().work is not None
        (history,) = store.dashboard("").abilities
        assert (history.left, history.further["filter"]) == (1, 0)
        replay.verify(store)


def test_reviewers_who_all_had_a_hand_in_it_are_told(database_url: str, tmp_path: Path) -> None:
    people = ("lin", "wang", "chen", "zhao")
    with review(database_url, tmp_path, 1, people, revise=["*"], fresh_reviewers=True) as store:
        for name in ("lin", "wang"):
            judge_all(store, name, False)
        (history,) = store.dashboard("").abilities
        assert (history.left, history.verdicts_left, history.reviews_to_come) == (3, 0, 2)
        chen = store.desk("chen")
        todo = chen.next(["revise"])
        assert todo is not None
        chen.revise(todo, changed(todo.content, "公元前221年。"))
        assert blocks(store.dashboard("")) == []
        judge_all(store, "zhao", True)
        assert blocks(store.dashboard("")) == [
            ("history in review: 1 that nobody at work may judge any more", 1)
        ]
        store.enrol("you")
        assert blocks(store.dashboard("")) == []


def test_revisers_who_do_not_review_are_not_counted_against_reviewers(tmp_path: Path) -> None:
    process = Process()
    with store_of(str(tmp_path / "r.db"), tmp_path, [candidate(1)], (), process) as store:
        store.enrol("lin", stages=["revise"])
        for name in ("wang", "chen"):
            store.enrol(name, stages=["review"])
        lin = store.desk("lin")
        todo = lin.next(["revise"])
        assert todo is not None
        lin.revise(todo, changed(todo.content, "床前明月光"))
        assert blocks(store.dashboard("")) == []
        store.enrol("chen", status="paused")
        assert blocks(store.dashboard("")) == [
            ("history in review: 1 of the 2 annotators beside a reviser that it takes", 1)
        ]
        store.enrol("chen", status="active")
        for name in ("wang", "chen"):
            store.enrol(name, stages=["filter"])
        assert blocks(store.dashboard("")) == [
            ("history in review: 0 of the 2 annotators beside a reviser that it takes", 1)
        ]


def test_nobody_to_revise_is_told(tmp_path: Path) -> None:
    with store_of(str(tmp_path / "r.db"), tmp_path, [candidate(1)], ()) as store:
        for name in ("wang", "chen"):
            store.enrol(name, stages=["review"])
        assert blocks(store.dashboard("")) == [("history in revise: nobody at work revises it", 1)]


def test_verdicts_of_late_are_never_more_than_all(database_url: str, tmp_path: Path) -> None:
    with review(database_url, tmp_path, 3, ("lin",)) as store:
        judge_all(store, "lin", True)
        assert store.desk("lin").undo().work is not None
        own = store.dashboard("lin").own
        assert (own.verdicts, own.recent_verdicts, own.seconds, own.recent_seconds) == (2, 2, 4, 4)
        replay.verify(store)
