"""The item before the annotator: verdicts, undo, skip, flags, comments; and what the store then holds."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual import events

from curation.review.process import Process
from schemas.errors import Busy
from screens.editor import Editor
from screens.shift import Shift
from tests.tui.annotating import press, review, said, settle, shown, terminal, write


async def test_a_verdict_is_in_the_store_before_the_screen_says_so(tmp_path: Path) -> None:
    with review(tmp_path) as (store, path), terminal(path) as app:
        async with app.run_test(size=(110, 30)) as pilot:
            await settle(pilot)
            assert "第1问" in shown(app)
            assert "公元前221年" in shown(app)
            assert "a approve" in shown(app)
            await press(pilot, "a")
            assert said(app) == "approved, saved"
            assert "第2问" in shown(app)
            assert [v.kept for v in store.desk("lin").recent()] == [True]
            await press(pilot, "2")
            assert said(app) == "rejected as not diverse, saved"
            assert [v.kept for v in store.desk("lin").recent()] == [False, True]
            await press(pilot, "u")
            assert said(app) == "your rejection is taken back, saved"
            assert "第2问" in shown(app)
            assert [v.kept for v in store.desk("lin").recent()] == [True]
            await press(pilot, "a")
            assert "第3问" in shown(app)


async def test_undo_reaches_back_to_an_earlier_session(tmp_path: Path) -> None:
    with review(tmp_path) as (store, path):
        for _ in range(2):
            with terminal(path) as app:
                async with app.run_test(size=(110, 30)) as pilot:
                    await settle(pilot)
                    await press(pilot, "a")
        with terminal(path) as app:
            async with app.run_test(size=(110, 30)) as pilot:
                await settle(pilot)
                assert "第3问" in shown(app)
                await press(pilot, "u")
                assert "第2问" in shown(app)
                await press(pilot, "u", "u")
                assert said(app) == "there is nothing to undo"
        assert store.desk("lin").recent() == []


async def test_a_reason_in_words_and_an_escape_that_judges_nothing(tmp_path: Path) -> None:
    with review(tmp_path) as (store, path), terminal(path) as app:
        async with app.run_test(size=(110, 30)) as pilot:
            await settle(pilot)
            await press(pilot, "r")
            await write(pilot, "年份不对")
            await press(pilot, "escape")
            assert store.desk("lin").recent() == []
            await press(pilot, "r")
            await write(pilot, "年份不对")
            await press(pilot, "enter")
            assert said(app) == "rejected as 年份不对, saved"
            one = store.desk("lin").recent()[0]
            assert one.kept is False
            work = store.desk("wang").next()
            assert work is not None
            store.desk("wang").judge(work, False, then_next=False)
            assert [c.reason for c in store.desk("wang").colleagues(one.item)] == ["年份不对"]


class Slow:
    """Stands before a method of the desk and lets the store be busy so many times."""

    def __init__(self, call: object, error: Exception, times: int = 1) -> None:
        self.call, self.error, self.times = call, error, times

    def __call__(self, *args: object, **kwargs: object) -> object:
        if self.times:
            self.times -= 1
            raise self.error
        return self.call(*args, **kwargs)  # type: ignore[operator]


@pytest.mark.parametrize("error", [Busy("others are writing", do="try again"), OSError(28, "No space left")])
async def test_what_cannot_be_saved_is_not_acknowledged_and_nothing_is_lost(
    tmp_path: Path, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    with review(tmp_path) as (store, path), terminal(path) as app:
        desk = app.clerk.shift.desk
        monkeypatch.setattr(desk, "judge", Slow(desk.judge, error))
        async with app.run_test(size=(110, 30)) as pilot:
            await settle(pilot)
            await press(pilot, "a")
            assert said(app).startswith("! NOT SAVED: ")
            assert "第1问" in shown(app)
            assert store.desk("lin").recent() == []
            await press(pilot, "a")
            assert said(app) == "approved, saved"
            assert len(store.desk("lin").recent()) == 1


async def test_a_verdict_is_kept_though_the_next_item_cannot_be_had(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with review(tmp_path) as (store, path), terminal(path) as app:
        async with app.run_test(size=(110, 30)) as pilot:
            await settle(pilot)
            desk = app.clerk.shift.desk
            monkeypatch.setattr(desk, "comments", Slow(desk.comments, Busy("gone"), 1))
            await press(pilot, "a")
            assert len(store.desk("lin").recent()) == 1
            assert "第1问" not in shown(app)
            await press(pilot, "enter")
            assert "第2问" in shown(app)


async def test_a_late_verdict_is_said_not_to_count(tmp_path: Path) -> None:
    process = Process(filter_votes=1, lease_minutes=0.002, gold_every=0)
    with review(tmp_path, process=process) as (store, path), terminal(path) as app:
        async with app.run_test(size=(110, 30)) as pilot:
            await settle(pilot)
            first = app.item._face.work
            assert first is not None
            await pilot.pause(0.3)
            other = store.desk("wang").take(first.id)
            assert other is not None
            await press(pilot, "a")
            assert "NOT COUNTED" in said(app)
            assert "第1问" not in shown(app)
        assert store.desk("lin").recent() == []


async def test_a_lost_lease_is_said(tmp_path: Path) -> None:
    process = Process(filter_votes=1, lease_minutes=0.002, gold_every=0)
    with review(tmp_path, process=process) as (store, path), terminal(path) as app:
        async with app.run_test(size=(110, 30)) as pilot:
            await settle(pilot)
            first = app.item._face.work
            assert first is not None
            await pilot.pause(0.3)
            assert store.desk("wang").take(first.id) is not None
            await app.item._renewed()
            assert "somebody else has this item" in said(app)
            assert "第1问" in shown(app)


async def test_skipping_flagging_commenting_judge_nothing(tmp_path: Path) -> None:
    with review(tmp_path) as (store, path), terminal(path) as app:
        async with app.run_test(size=(110, 30)) as pilot:
            await settle(pilot)
            await press(pilot, "c")
            app.screen.query_one(Editor).post_message(events.Paste("[b]看[/b]\u202e这里"))
            await settle(pilot)
            await press(pilot, "enter")
            assert said(app) == "comment saved"
            assert r"[b]看[/b]\u202e这里" in shown(app)
            await press(pilot, "f", "enter")
            assert said(app) == "flagged for whoever leads the review, saved"
            assert "(flagged)" in shown(app)
            await press(pilot, "s")
            assert "第2问" in shown(app)
            assert "[b]看" not in shown(app)
            desk = store.desk("lin")
            assert desk.recent() == []
            assert [s.title[:3] for s in desk.skipped()] == ["第1问"]
            assert [f.flags for f in store.dashboard("lin").flagged] == [1]
            # Blind: wang has no verdict on it yet.
            assert store.desk("wang").comments(1) == []


def test_a_shift_gives_back_what_waits_behind_the_item(tmp_path: Path) -> None:
    with review(tmp_path) as (store, _):
        shift = Shift(store.desk("lin"))
        shift.begin()
        shift.judge(True)
        shift.undo()
        assert len(shift.desk.holding()) == 2
        shift.leave()
        assert [w.item for w in shift.desk.holding()] == [1]
