"""What a review does, on SQLite and on a real PostgreSQL alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from curation.review import replay
from curation.review.desk import Desk
from curation.review.load import load
from curation.review.process import Process
from curation.review.reading import searchable, states, texts
from curation.review.records import Work
from curation.review.store import ReviewStore
from schemas.errors import BadData, BadSpec
from schemas.instance import Candidate, Distractor, Instance
from schemas.jsonl import write_jsonl
from tests.curation.review.review_rows import Clock, candidate, changed, instance, store_of

Opened = Callable[..., ReviewStore]


@pytest.fixture
def opened(database_url: str, tmp_path: Path) -> Iterator[Opened]:
    stores: list[ReviewStore] = []

    def make(rows: list[Instance | Candidate] | None = None, **settings: object) -> ReviewStore:
        clock = settings.pop("clock", None)
        process = Process.model_validate(settings)
        made = store_of(database_url, tmp_path, rows or [instance(1)], process=process, clock=clock)  # type: ignore[arg-type]
        stores.append(made)
        return made

    yield make
    for store in stores:
        replay.verify(store)  # after whatever a test did, the store is what its log says
        store.close()


def state_of(store: ReviewStore) -> dict[str, int]:
    with store.database.reading() as connection:
        found: dict[str, int] = {}
        for (_, state), count in states(connection).items():
            found[state] = found.get(state, 0) + count
    return {state: count for state, count in found.items() if count}


def work(desk: Desk, *stages: str) -> Work:
    found = desk.next(stages or None)
    assert found is not None, desk.nothing
    return found


def test_an_instance_passes_only_if_both_approve(opened: Opened) -> None:
    store = opened([instance(1), instance(2)])
    lin, wang = store.desk("lin"), store.desk("wang")
    for desk, second in ((lin, True), (wang, False)):
        first = work(desk)
        after = desk.judge(first, True)
        assert after.counted
        assert after.next is not None
        assert desk.judge(after.next, second, "wrong").next is None
    assert state_of(store) == {"passed": 1, "rejected": 1}
    assert lin.next() is None
    assert "done" in lin.nothing


def test_nobody_judges_twice_and_nobody_sees_before_judging(opened: Opened) -> None:
    store = opened()
    lin, wang = store.desk("lin"), store.desk("wang")
    first = work(lin)
    lin.judge(first, False, "the year is wrong")
    lin.comment(first.item, "look it up")
    assert lin.next() is None
    assert lin.take(first.id) is None
    theirs = work(wang)
    assert theirs.slot != first.slot
    assert wang.colleagues(theirs.item) == []
    assert wang.comments(theirs.item) == []
    assert wang.look(theirs.id).own == ()
    wang.judge(theirs, True)
    (seen,) = wang.colleagues(theirs.item)
    assert (seen.actor, seen.kept, seen.reason) == ("lin", False, "the year is wrong")
    assert [c.text for c in wang.comments(theirs.item)] == ["look it up"]


def test_a_verdict_that_saw_others_cannot_be_taken_back(opened: Opened) -> None:
    store = opened()
    lin, wang = store.desk("lin"), store.desk("wang")
    lin.judge(work(lin), True)
    wang.judge(work(wang), True)
    again = wang.undo()
    assert again.work is not None
    assert again.was == "approved"
    assert state_of(store) == {"filter": 1}
    assert wang.colleagues(again.work.item) == []
    wang.judge(again.work, False)
    assert wang.colleagues(again.work.item)
    assert "seen" in wang.undo().why
    assert state_of(store) == {"rejected": 1}


def test_a_verdict_taken_back_at_another_screen_hides_the_others_again(
    opened: Opened, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = opened()
    lin, wang = store.desk("lin"), store.desk("wang")
    lin.judge(work(lin), False, "wrong")
    mine = work(wang)
    wang.judge(mine, True)
    read = wang._may_see

    def late(*words: Any) -> Any:
        found = read(*words)
        monkeypatch.setattr(wang, "_may_see", read)
        with ReviewStore.open(database_url) as elsewhere:
            assert elsewhere.desk("wang").undo().work is not None  # between looking and being shown
        return found

    monkeypatch.setattr(wang, "_may_see", late)
    assert wang.colleagues(mine.item) == []


def test_search_reads_a_line_as_it_reads_an_instance(opened: Opened) -> None:
    full = Instance(
        ability="code",
        form="open",
        messages=instance(1).messages,
        distractors=(Distractor(text="错的一句", kind="fine"),),
        source=instance(1).source,
    )
    store = opened([full, candidate(2)])
    with store.database.reading() as connection:
        assert texts(connection, [1, 2]) == {1: searchable(full), 2: searchable(candidate(2))}


def test_undo_goes_back_across_restarts(opened: Opened) -> None:
    store = opened([instance(n) for n in range(3)])
    lin = store.desk("lin")
    judged = []
    item = lin.next()
    while item is not None:
        judged.append(item.item)
        item = lin.judge(item, True).next
    for expected in reversed(judged):
        fresh = store.desk("lin")  # as after a restart
        undone = fresh.undo()
        assert undone.work is not None
        assert undone.work.item == expected
        fresh.release(undone.work)
    assert store.desk("lin").undo().work is None
    assert state_of(store) == {"filter": 3}


def test_a_third_vote_decides_where_two_disagree(opened: Opened) -> None:
    store = opened(on_disagreement="third_vote")
    desks = [store.desk(name) for name in ("lin", "wang", "chen")]
    desks[0].judge(work(desks[0]), True)
    assert desks[2].counts()[0].items == 1
    desks[1].judge(work(desks[1]), False)
    assert state_of(store) == {"filter": 1}
    third = work(desks[2])
    assert "third" not in repr(third)
    undone = desks[0].undo()  # nobody has cast the third vote, so the first may still be taken back
    assert undone.work is not None
    assert not desks[2].judge(third, True).counted
    desks[0].judge(undone.work, False)
    assert state_of(store) == {"rejected": 1}


def test_a_third_vote_holds_the_first_two(opened: Opened) -> None:
    store = opened(on_disagreement="third_vote")
    desks = [store.desk(name) for name in ("lin", "wang", "chen")]
    for desk, kept in zip(desks, (True, False, True), strict=True):
        desk.judge(work(desk), kept)
    assert state_of(store) == {"passed": 1}
    assert "since" in desks[0].undo().why


def test_revision_goes_to_two_further_reviewers(opened: Opened) -> None:
    store = opened(revise=["history"])
    lin, wang, chen, zhao = (store.desk(name) for name in ("lin", "wang", "chen", "zhao"))
    for desk in (lin, wang):
        desk.judge(work(desk), False, "no date")
    assert state_of(store) == {"revise": 1}
    todo = work(chen, "revise")
    assert {c.reason for c in chen.colleagues(todo.item)} == {"no date"}
    chen.save_draft(todo, "公元前")
    assert chen.draft(todo) == "公元前"
    better = changed(todo.content, "公元前221年，嬴政称帝。")
    assert chen.revise(todo, better, "added who").counted
    assert chen.draft(todo) is None
    assert chen.next() is None
    assert chen.take(better.id) is None
    assert [v.id for v in store.search("zhao", "嬴政").hits] == [better.id]
    for desk in (zhao, lin):
        shown = work(desk)
        assert (shown.stage, shown.id) == ("review", better.id)
        assert desk.colleagues(shown.item) == [] or desk is lin
        desk.judge(shown, True)
    assert state_of(store) == {"passed": 1}
    assert store.desk("wang").look(better.id).content.id == better.id


def test_fresh_reviewers_had_no_hand_in_it(opened: Opened) -> None:
    store = opened(revise=["*"], fresh_reviewers=True)
    lin, wang, chen = (store.desk(name) for name in ("lin", "wang", "chen"))
    lin.judge(work(lin), False)
    wang.judge(work(wang), False)
    todo = work(chen, "revise")
    chen.revise(todo, changed(todo.content, "公元前221年。"))
    assert lin.next() is None
    assert wang.next() is None
    assert work(store.desk("zhao")).stage == "review"


def test_a_candidate_is_answered_first_and_a_rejected_revision_ends_after_its_rounds(opened: Opened) -> None:
    store = opened([candidate(1)], revise=["history"], rounds=2)
    chen, lin, wang = (store.desk(name) for name in ("chen", "lin", "wang"))
    for words in ("床前明月光", "疑是地上霜"):
        todo = work(chen, "revise")
        assert chen.revise(todo, changed(todo.content, words)).counted
        for desk in (lin, wang):
            desk.judge(work(desk), False)
    assert state_of(store) == {"rejected": 1}


def test_declining_and_undoing_it(opened: Opened) -> None:
    store = opened([candidate(1)])
    chen = store.desk("chen")
    chen.decline(work(chen, "revise"), "no answer is known")
    assert state_of(store) == {"rejected": 1}
    undone = chen.undo()
    assert undone.was == "declined"
    assert undone.work is not None
    assert chen.revise(undone.work, changed(undone.work.content, "疑是地上霜")).counted
    assert chen.undo().was == "revised"
    assert state_of(store) == {"revise": 1}


def test_a_lease_ends_by_itself_and_a_late_verdict_does_not_count(opened: Opened) -> None:
    clock = Clock()
    store = opened(filter_votes=1, lease_minutes=30, clock=clock)
    lin, wang = store.desk("lin"), store.desk("wang")
    held = work(lin)
    assert wang.next() is None
    clock.forward(31)
    assert lin.renew(held)  # nobody took it up
    clock.forward(31)
    taken = work(wang)
    assert (taken.slot, taken.token > held.token) == (held.slot, True)
    assert not lin.renew(held)
    late = lin.judge(held, False)
    assert not late.counted
    assert "somebody else" in late.why
    assert state_of(store) == {"filter": 1}
    assert wang.judge(taken, True).counted
    assert state_of(store) == {"passed": 1}
    assert store.dashboard("lin").own.late == 1


def test_an_ended_lease_that_nobody_took_still_counts(opened: Opened) -> None:
    clock = Clock()
    store = opened(filter_votes=1, clock=clock)
    lin = store.desk("lin")
    held = work(lin)
    clock.forward(600)
    assert lin.judge(held, True).counted


def test_a_conflict_keeps_both_revisions_and_asks(opened: Opened) -> None:
    clock = Clock()
    store = opened([candidate(1)], clock=clock)
    lin, wang, chen = (store.desk(name) for name in ("lin", "wang", "chen"))
    mine = work(lin, "revise")
    clock.forward(60)
    theirs = work(wang, "revise")
    first = changed(theirs.content, "床前明月光")
    assert wang.revise(theirs, first).counted
    second = changed(mine.content, "疑是地上霜")
    answer = lin.revise(mine, second)
    assert not answer.counted
    assert answer.theirs == first
    assert answer.by == "wang"
    assert answer.can_offer
    assert lin.offer(mine.item, second, answer.theirs.id).counted
    shown = work(chen)
    assert shown.id == second.id
    assert wang.next() is None  # he revised it, too
    assert lin.next() is None
    chen.judge(shown, True)
    assert not lin.offer(mine.item, first, second.id).counted


def test_a_verdict_on_a_replaced_revision_is_late(opened: Opened) -> None:
    clock = Clock()
    store = opened([candidate(1)], clock=clock)
    lin, wang, chen = (store.desk(name) for name in ("lin", "wang", "chen"))
    mine = work(lin, "revise")
    clock.forward(60)
    wang.revise(work(wang, "revise"), changed(mine.content, "床前明月光"))
    reviewing = work(chen)
    second = changed(mine.content, "疑是地上霜")
    answer = lin.revise(mine, second)
    assert answer.theirs is not None
    assert lin.offer(mine.item, second, answer.theirs.id).counted
    assert not chen.judge(reviewing, True).counted
    assert work(chen).id == second.id


def test_skipping_leaves_it_to_others(opened: Opened) -> None:
    store = opened()
    lin, wang = store.desk("lin"), store.desk("wang")
    assert lin.skip(work(lin)) is None
    assert "skipped" in lin.nothing
    assert [s.item for s in lin.skipped()] == [1]
    wang.judge(work(wang), True)
    assert lin.return_skipped("filter") == 1
    lin.judge(work(lin), True)
    assert state_of(store) == {"passed": 1}


def test_skills_decide_what_comes(opened: Opened) -> None:
    store = opened([instance(1), instance(2, "math")])
    store.enrol("lin", abilities=["math"], stages=["filter"])
    lin = store.desk("lin")
    assert work(lin).ability == "math"
    assert lin.take(instance(1).id) is None
    with pytest.raises(BadSpec, match="did you mean"):
        store.enrol("lin", abilities=["maths"])
    with pytest.raises(BadSpec, match="did you mean"):
        store.desk("linn")
    store.enrol("lin", status="paused")
    with pytest.raises(BadSpec, match="paused"):
        store.desk("lin")


def test_a_flag_shows_on_the_dashboard(opened: Opened) -> None:
    store = opened()
    lin = store.desk("lin")
    item = work(lin)
    lin.flag(item.item, "is this a copy?")
    assert [f.id for f in store.dashboard("wang").flagged] == [item.id]
    assert lin.unflag(item.item) == 1
    assert store.dashboard("wang").flagged == ()


def test_what_is_loaded_twice_is_counted_and_a_bad_line_loads_nothing(opened: Opened, tmp_path: Path) -> None:
    store = opened([instance(1)])
    path = tmp_path / "more.jsonl"
    write_jsonl(path, [instance(1), instance(2)])
    counts = load(store, [path], workers=1)
    assert (counts.accepted, counts.rejected, counts.reasons) == (1, 1, {"review/already": 1})
    path.write_text(path.read_text() + '{"ability": "history"}\n')
    with pytest.raises(BadData, match=r"more\.jsonl:3"):
        load(store, [path], workers=1)
    assert state_of(store) == {"filter": 2}


def test_a_paused_or_unknown_stage_is_said(opened: Opened) -> None:
    store = opened()
    with pytest.raises(BadSpec, match="there is no stage"):
        store.enrol("lin", stages=["fliter"])
    lin = store.desk("lin")
    with pytest.raises(BadSpec, match="not in revision"):
        lin.revise(work(lin), instance(9))


def test_counts_of_the_dashboard_add_up(opened: Opened) -> None:
    store = opened([instance(n) for n in range(4)], revise=["*"])
    lin, wang = store.desk("lin"), store.desk("wang")
    for desk in (lin, wang):
        item = desk.next()
        number = 0
        while item is not None:
            number += 1
            item = desk.judge(item, number % 2 == 0, seconds=3).next
    board = store.dashboard("lin")
    assert board.loaded == 4
    assert board.own.verdicts == 4
    assert board.own.seconds == 12
    board = store.dashboard("")  # lin could still take his verdicts back, and is not told what came of them
    (history,) = board.abilities
    assert history.filtered == 4
    assert sum(history.states.values()) == 4
    assert sum(board.patterns["history", "filter"].values()) == 4
    assert board.verdicts_recent == 8
