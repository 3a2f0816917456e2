"""What became of an item tells colleagues' verdicts: it is shown where one's own can't be changed any more, or ends that."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from curation.review import replay
from curation.review.desk import Desk
from curation.review.hints import Hint
from curation.review.kept_draft import restore
from curation.review.load import load_hints
from curation.review.process import Process
from curation.review.records import Work
from curation.review.store import ReviewStore
from schemas.instance import Candidate, Instance
from tests.curation.review.review_rows import candidate, changed, instance, store_of

Opened = Callable[..., ReviewStore]


@pytest.fixture
def opened(database_url: str, tmp_path: Path) -> Iterator[Opened]:
    stores: list[ReviewStore] = []

    def make(rows: list[Instance | Candidate] | None = None, **settings: object) -> ReviewStore:
        process = Process.model_validate(settings)
        stores.append(store_of(database_url, tmp_path, rows or [instance(1)], process=process))
        return stores[0]

    yield make
    for store in stores:
        replay.verify(store)
        store.close()


def work(desk: Desk, *stages: str) -> Work:
    found = desk.next(stages or None)
    assert found is not None, desk.nothing
    return found


def both(store: ReviewStore, lin: bool, wang: bool) -> tuple[Desk, Desk]:
    """lin's and wang's desks after their verdicts on the first item; lin's was the last."""
    desks = store.desk("lin"), store.desk("wang")
    desks[1].judge(work(desks[1]), wang, then_next=False)
    desks[0].judge(work(desks[0]), lin, then_next=False)
    return desks


@pytest.mark.parametrize("theirs", [True, False])
def test_what_became_of_it_is_not_told_while_one_may_change_it(opened: Opened, theirs: bool) -> None:
    store = opened(on_disagreement="third_vote", revise=["*"])
    lin, _ = both(store, True, theirs)
    for _ in range(2):
        view = lin.look_at(1)
        assert (view.state, view.own) == ("judged", (("filter", 0, True),))
        assert [hit.state for hit in store.search("lin", "秦朝").hits] == ["judged"]
    again = lin.undo().work
    assert again is not None
    assert lin.judge(again, False, then_next=False).counted
    assert lin.colleagues(1)
    assert lin.look_at(1).state == ("filter" if theirs else "revise")
    assert "seen" in lin.undo().why


def test_who_sees_the_state_of_what_others_decided_votes_there_no_more(opened: Opened) -> None:
    store = opened()
    lin, _ = both(store, True, True)
    chen = store.desk("chen")
    assert [hit.state for hit in store.search("chen", "秦朝").hits] == ["judged"]
    assert chen.look_at(1).state == "passed"
    assert [hit.state for hit in store.search("chen", "秦朝").hits] == ["passed"]
    again = lin.undo().work
    assert again is not None
    lin.release(again)
    assert chen.next() is None
    assert work(store.desk("zhao")).item == 1


def test_hints_tell_what_became_of_another_item_to_whom_will_not_judge_it(opened: Opened) -> None:
    store = opened([instance(1), instance(2)])
    load_hints(store, [Hint(instance(2).id, "near_duplicate", "much like another one", instance(1).id)])
    lin, _ = both(store, False, True)
    assert lin.take(instance(2).id) is not None
    lin.judge(work(lin), True, then_next=False)
    assert [h.judged for h in lin.hints(2)] == ["you rejected it"]
    chen = store.desk("chen")
    assert chen.hints(2) == []
    chen.judge(work(chen), True, then_next=False)
    assert [h.judged for h in chen.hints(2)] == ["rejected"]
    assert lin.undo().work is not None
    again = lin.undo().work  # the item that chen was told of
    assert again is not None
    lin.release(again)
    assert chen.take(instance(1).id) is None


def test_to_be_given_a_revision_tells_and_is_kept(opened: Opened) -> None:
    store = opened(revise=["*"])
    lin, _ = both(store, False, True)
    chen = store.desk("chen")
    chen.release(work(chen, "revise"))
    again = lin.undo().work
    assert again is not None
    lin.release(again)
    assert chen.next() is None
    lin.judge(work(lin), False, then_next=False)
    mine = work(lin, "revise")
    lin.release(mine)
    assert "seen" in lin.undo().why


def test_a_revision_that_was_taken_back_still_told_whom_it_went_to(opened: Opened) -> None:
    store = opened(revise=["*"])
    lin, wang = both(store, True, False)
    chen = store.desk("chen")
    todo = work(chen, "revise")
    chen.revise(todo, changed(todo.content, "公元前221年。"))
    assert work(lin).stage == "review"  # so that somebody had rejected it
    assert chen.undo().work is not None
    for desk in (lin, wang):
        assert desk.undo().work is None


def test_a_reviser_s_remark_is_not_read_before_a_vote_that_was_opened_again(opened: Opened) -> None:
    store = opened(revise=["*"])
    lin, _ = both(store, False, True)
    chen = store.desk("chen")
    work(chen, "revise")
    chen.comment(1, "the year is missing")
    again = lin.undo().work
    assert again is not None
    assert lin.comments(1) == []
    lin.judge(again, False, then_next=False)
    assert [c.text for c in lin.comments(1)] == ["the year is missing"]
    assert "seen" in lin.undo().why


def test_counts_leave_one_s_last_verdicts_out_and_settle_the_others(opened: Opened) -> None:
    store = opened([instance(n) for n in range(1, 9)], revise=["*"])
    lin, wang = store.desk("lin"), store.desk("wang")
    item = wang.next()
    while item is not None:
        item = wang.judge(item, item.item % 2 == 0).next
    before = lin.dashboard().abilities
    for _ in range(5):
        lin.judge(work(lin), True, then_next=False)
        board = lin.dashboard()
        assert [(a.states, a.filtered) for a in board.abilities] == [(a.states, 0) for a in before]
        assert [(w.stage, w.items) for w in lin.counts()] == [("filter", 8)]
    assert board.lately == 5
    assert store.dashboard("").abilities[0].states["revise"] == 3
    # Looked at after every verdict, each of the five may still be taken back.
    for _ in range(5):
        undone = lin.undo().work
        assert undone is not None
        lin.release(undone)
    for _ in range(7):
        lin.judge(work(lin), True, then_next=False)
    assert sum(a.filtered for a in lin.dashboard().abilities) == 2
    for _ in range(5):
        undone = lin.undo().work
        assert undone is not None
        lin.release(undone)
    assert "counts" in lin.undo().why
    assert "counts" in store.desk("lin").undo().why


def test_counts_settle_nothing_that_no_colleague_voted_on(opened: Opened) -> None:
    store = opened([instance(n) for n in range(1, 8)])
    lin = store.desk("lin")
    for _ in range(7):
        lin.judge(work(lin), True, then_next=False)
    lin.dashboard()
    for _ in range(7):
        undone = lin.undo().work
        assert undone is not None
        lin.release(undone)


@pytest.mark.parametrize("theirs", [True, False])
def test_that_nothing_waits_is_said_alike_whatever_colleagues_said(opened: Opened, theirs: bool) -> None:
    store = opened(on_disagreement="third_vote")
    lin, _ = both(store, True, theirs)
    assert lin.next() is None
    assert lin.nothing == "you are done: you have judged all that waited for you here"


def test_an_undone_revision_is_the_draft_and_may_be_handed_in_again(opened: Opened) -> None:
    store = opened([candidate(1)])
    chen = store.desk("chen")
    todo = work(chen, "revise")
    poem = changed(todo.content, "床前明月光")
    assert chen.revise(todo, poem).counted
    undone = chen.undo().work
    assert undone is not None
    text = chen.draft(undone)
    assert text is not None
    draft = restore(undone.content, text)
    assert draft is not None
    built = draft.build()
    assert isinstance(built, Instance)
    assert (built.id, built.response) == (poem.id, "床前明月光")
    assert chen.revise(undone, built).counted
    assert chen.draft(undone) is None
    assert work(store.desk("lin")).id == poem.id
