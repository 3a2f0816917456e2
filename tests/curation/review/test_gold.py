"""Gold items: they train, they measure, and they look like any other item."""

from __future__ import annotations

from pathlib import Path

import pytest

from curation.review import replay
from curation.review.gold import GoldItem
from curation.review.load import load_gold
from curation.review.process import Process
from curation.review.store import ReviewStore
from schemas.errors import BadData
from schemas.jsonl import write_jsonl
from tests.curation.review.review_rows import instance, store_of


def with_gold(url: str, folder: Path, gold: int, **settings: object) -> ReviewStore:
    rows = [instance(n) for n in range(1, 31)]
    store = store_of(url, folder, rows, people=(), process=Process.model_validate(settings))
    items = [
        GoldItem(instance=instance(100 + n), approve=n % 2 == 0, why=f"because {n}") for n in range(gold)
    ]
    write_jsonl(folder / "gold.jsonl", items)
    assert load_gold(store, folder / "gold.jsonl").accepted == gold
    store.enrol("lin")
    return store


def test_training_tells_what_was_right_until_enough_was(database_url: str, tmp_path: Path) -> None:
    with with_gold(database_url, tmp_path, 6, training_items=4, training_accuracy=0.75) as store:
        lin = store.desk("lin")
        assert lin.me.status == "training"
        work = lin.next()
        # Wrong, wrong, and then right: the last four of six have to hold three right ones.
        for number, right in enumerate((False, False, True, True, True)):
            assert work is not None
            assert work.training
            judged = lin.judge(work, (number % 2 == 0) == right)
            assert judged.feedback is not None
            assert (judged.feedback.right, judged.feedback.why) == (right, f"because {number}")
            assert lin.undo().why == "the right answer was shown to you already"
            work = judged.next
        assert judged.feedback.passed
        assert work is not None
        assert not work.training
        assert store.desk("lin").me.status == "active"
        replay.verify(store)


def test_who_fails_the_training_waits_for_the_lead(database_url: str, tmp_path: Path) -> None:
    with with_gold(database_url, tmp_path, 2, training_items=2, training_accuracy=1) as store:
        lin = store.desk("lin")
        work = lin.next()
        while work is not None:
            work = lin.judge(work, True).next
        assert "training is over" in lin.nothing
        store.enrol("lin", status="active")
        assert store.desk("lin").next() is not None


def test_gold_items_come_among_the_others_and_cannot_be_told_apart(database_url: str, tmp_path: Path) -> None:
    with with_gold(database_url, tmp_path, 8, training_items=0, gold_every=2, filter_votes=1) as store:
        lin = store.desk("lin")
        work, met = lin.next(), []
        while work is not None:
            gold = work.item > 30
            met.append(gold)
            assert (work.stage, work.training, work.round) == ("filter", False, 0)
            assert lin.look(work.id).state == "filter"
            judged = lin.judge(work, True)
            assert judged.feedback is None
            work = judged.next
        assert sum(met) == 8
        assert met != sorted(met)
        board = store.dashboard("lin")
        assert (board.loaded, board.decided) == (30, 30)
        replay.verify(store)


def test_a_gold_verdict_can_be_taken_back(database_url: str, tmp_path: Path) -> None:
    with with_gold(database_url, tmp_path, 30, training_items=0, gold_every=1) as store:
        lin = store.desk("lin")
        work = lin.next()
        assert work is not None
        assert work.item > 30
        lin.judge(work, False, then_next=False)
        undone = lin.undo()
        assert undone.work is not None
        assert undone.work.item == work.item
        assert lin.judge(undone.work, True, then_next=False).counted
        replay.verify(store)


def test_a_gold_file_that_is_none_loads_nothing(tmp_path: Path) -> None:
    with with_gold(str(tmp_path / "r.db"), tmp_path, 1) as store:
        (tmp_path / "gold.jsonl").write_text('{"approve": true}\n')
        with pytest.raises(BadData, match=r"gold\.jsonl:1"):
            load_gold(store, tmp_path / "gold.jsonl")


def test_training_comes_before_revision(database_url: str, tmp_path: Path) -> None:
    with with_gold(database_url, tmp_path, 2, training_items=2, training_accuracy=1, revise=["*"]) as store:
        for name in ("wang", "chen"):
            store.enrol(name, status="active")
            desk = store.desk(name)
            work = desk.next()
            assert work is not None
            desk.judge(work, False, then_next=False)
        store.enrol("lin", stages=["revise"])  # who would never be trained if only those of a stage were
        lin = store.desk("lin")
        given = lin.next(["revise"])
        assert given is not None
        assert given.training
        assert lin.next(["revise"]) == lin.next()
        lin.judge(given, True, then_next=False)
        following = lin.next(["revise"])
        assert following is not None
        assert lin.judge(following, False, then_next=False).feedback is not None
        assert store.desk("lin").me.status == "active"
        revision = store.desk("lin").next(["revise"])
        assert revision is not None
        assert (revision.stage, revision.training) == ("revise", False)
        store.enrol("lin", status="training")
        assert store.desk("lin").next(["revise"]) is None  # not even what he holds
