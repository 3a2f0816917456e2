"""The item before the annotator: verdicts, undo, skip, flags, comments, hints, training; and what the store then holds."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual import events

from curation.review.hints import Hint
from curation.review.load import load_gold, load_hints
from curation.review.process import Process
from schemas.errors import Busy
from schemas.instance import Distractor, Instance, Message, Source
from screens.editor import Editor
from screens.shift import Shift
from tests.tui.annotating import candidate, press, review, row, said, settle, shown, terminal, write


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


async def test_hints_come_after_the_verdict_and_it_may_be_changed(tmp_path: Path) -> None:
    rows = [row(n) for n in range(1, 4)]
    with review(tmp_path, rows) as (store, path):
        load_hints(store, [Hint(rows[0].id, "rule", "rule mojibake: odd", None)])
        with terminal(path) as app:
            async with app.run_test(size=(110, 30)) as pilot:
                await settle(pilot)
                assert "mojibake" not in shown(app)
                await press(pilot, "a")
                assert said(app) == "approved, saved"
                assert "mojibake" in shown(app)
                assert "第1问" in shown(app)
                await press(pilot, "1")
                assert said(app) == "changed to rejected as incorrect, saved"
                assert "第2问" in shown(app)
                assert [v.kept for v in store.desk("lin").recent()] == [False]
                await press(pilot, "u")
                await press(pilot, "u", "a")
                assert "mojibake" in shown(app)
                await press(pilot, "enter")
                assert "第2问" in shown(app)
                assert "mojibake" not in shown(app)
                assert [v.kept for v in store.desk("lin").recent()] == [True]


async def test_training_tells_what_was_right_before_it_goes_on(tmp_path: Path) -> None:
    gold = [
        {"instance": row(n).model_dump(mode="json"), "approve": n % 2 == 1, "why": f"因为{n}"}
        for n in (91, 92)
    ]
    with review(tmp_path, process=Process(training_items=2, training_accuracy=0.5)) as (store, path):
        import orjson

        (tmp_path / "gold.jsonl").write_bytes(b"\n".join(orjson.dumps(g) for g in gold))
        load_gold(store, tmp_path / "gold.jsonl")
        store.enrol("chen")
        with terminal(path, "chen") as app:
            async with app.run_test(size=(110, 30)) as pilot:
                await settle(pilot)
                assert "training 1/2" in shown(app)
                await press(pilot, "s")
                assert "can't be skipped" in said(app)
                await press(pilot, "a")
                assert "✓ right" in shown(app)
                assert "因为91" in shown(app)
                await press(pilot, "enter", "a")
                assert "✗ wrong" in shown(app)
                assert "it was to be rejected" in shown(app)
                assert "The training is over" in shown(app)
                await press(pilot, "enter")
                assert "filter ·" in shown(app)
        assert store.desk("chen").me.status == "active"


async def test_nothing_waits_is_said_with_what_to_do(tmp_path: Path) -> None:
    with review(tmp_path, 1) as (_, path), terminal(path) as app:
        async with app.run_test(size=(80, 24)) as pilot:
            await settle(pilot)
            await press(pilot, "a")
            assert "nothing waits for you" in shown(app)
            assert "your colleagues' verdicts are missing" in shown(app)
            await press(pilot, "a", "s", "c", "e")
            assert "nothing waits for you" in shown(app)
            await press(pilot, "u")
            assert "第1问" in shown(app)


HOSTILE = "看\x1b[2J\x1b]0;title\x07\u202etxt\u202c[bold red]红[/] [@click=app.quit]x[/] \r"


async def test_hostile_text_is_shown_not_obeyed(tmp_path: Path) -> None:
    messages = (Message(role="user", content=HOSTILE), Message(role="assistant", content=HOSTILE + "好"))
    made = Instance(
        ability="role_play", form="open", messages=messages, distractors=(Distractor(text=HOSTILE + "坏"),),
        source=Source(name="\x1b[31m", row="1"),
    )  # fmt: skip
    with review(tmp_path, [made]) as (_, path), terminal(path) as app:
        async with app.run_test(size=(120, 30)) as pilot:
            await settle(pilot)
            text = shown(app)
            assert (
                text.count(r"看\x1b[2J\x1b]0;title\x07\u202etxt\u202c[bold red]红[/] [@click=app.quit]x[/]")
                == 3
            )
            await press(pilot, "slash")
            await write(pilot, "看")
            await press(pilot, "enter")
            assert r"source: \x1b[31m" in shown(app)
            assert not set("\x1b\x07\u202e\r") & set(text + shown(app))
            assert app.is_running


async def test_the_mouse_works_on_keys_and_options(tmp_path: Path) -> None:
    made = row(1, "biology", form="choice", choices=("氧气", "氮气"), answer="A", messages=(
        Message(role="user", content="哪个是氧气\nA.氧气\nB.氮气"), Message(role="assistant", content="A"),
    ))  # fmt: skip
    with review(tmp_path, [made, row(2, "biology")]) as (store, path), terminal(path) as app:
        async with app.run_test(size=(110, 30)) as pilot:
            await settle(pilot)
            lines = shown(app).split("\n")
            option = next(n for n, line in enumerate(lines) if "B.氮气" in line)
            await pilot.click(offset=(6, option))
            await settle(pilot)
            assert "incorrect: the answer is B" in shown(app)
            await press(pilot, "escape")
            bar = next(n for n, line in enumerate(shown(app).split("\n")) if "a approve" in line)
            await pilot.click(offset=(4, bar))
            await settle(pilot)
            assert said(app) == "approved, saved"
        assert [v.kept for v in store.desk("lin").recent()] == [True]


async def test_an_item_in_revision_asks_for_a_revision(tmp_path: Path) -> None:
    with review(tmp_path, [candidate(1), candidate(2)]) as (store, path), terminal(path) as app:
        async with app.run_test(size=(110, 30)) as pilot:
            await settle(pilot)
            assert "none yet" in shown(app)
            assert "a approve" not in shown(app)
            await press(pilot, "e")
            await pilot.press("tab")
            await write(pilot, "春风又绿江南岸")
            await press(pilot, "ctrl+s")
            assert "revision handed in, saved" in said(app)
            assert "第2首" in shown(app)
            await press(pilot, "1")
            assert said(app) == "given up and rejected, saved"
            view = store.desk("wang").look_at(1)
            assert view.state == "review"
            assert isinstance(view.content, Instance)
            assert view.content.response == "春风又绿江南岸"
            assert store.desk("wang").look_at(2).state == "rejected"


async def test_a_draft_is_there_again_after_leaving(tmp_path: Path) -> None:
    with review(tmp_path, [candidate(1)]) as (_, path):
        with terminal(path) as app:
            async with app.run_test(size=(110, 30)) as pilot:
                await settle(pilot)
                await press(pilot, "e")
                await pilot.press("tab")
                await write(pilot, "半首诗")
                await press(pilot, "escape")
                assert "your draft is kept" in said(app)
        with terminal(path) as app:
            async with app.run_test(size=(110, 30)) as pilot:
                await settle(pilot)
                await press(pilot, "e")
                assert "半首诗" in shown(app)


async def test_two_revisions_of_one_item_meet_and_both_stay(tmp_path: Path) -> None:
    process = Process(lease_minutes=0.002, gold_every=0)
    with review(tmp_path, [candidate(1)], process) as (store, path), terminal(path) as app:
        async with app.run_test(size=(110, 30)) as pilot:
            await settle(pilot)
            await press(pilot, "e")
            await pilot.press("tab")
            await write(pilot, "我的诗")
            await pilot.pause(0.3)
            desk = store.desk("wang")
            work = desk.next(["revise"])
            assert work is not None
            fields = work.content.model_dump(exclude={"id", "messages"})
            theirs = (*work.content.messages, Message(role="assistant", content="他的诗"))
            assert desk.revise(work, Instance(**fields, messages=theirs)).counted
            await press(pilot, "ctrl+s")
            assert "他的诗" in shown(app)
            await press(pilot, "m")
            assert "revision handed in" in said(app)
            content = desk.look_at(1).content
            assert isinstance(content, Instance)
            assert content.response == "我的诗"


def test_a_shift_gives_back_what_waits_behind_the_item(tmp_path: Path) -> None:
    with review(tmp_path) as (store, _):
        shift = Shift(store.desk("lin"))
        shift.begin()
        shift.judge(True)
        shift.undo()
        assert len(shift.desk.holding()) == 2
        shift.leave()
        assert [w.item for w in shift.desk.holding()] == [1]
