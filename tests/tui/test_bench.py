"""From the item to the editor and back: revisions, drafts, and two people at one item."""

from __future__ import annotations

from pathlib import Path

from textual.pilot import Pilot

from curation.review.desk import Desk
from curation.review.process import Process
from curation.review.records import Work
from curation.review.store import ReviewStore
from schemas.instance import Instance, Message
from screens.conflict import ConflictScreen
from screens.revise import ReviseScreen
from tests.tui.annotating import candidate, press, review, said, settle, shown, terminal, write


async def after_the_lease(pilot: Pilot[None], desk: Desk) -> Work:
    """What waits in revision, once the lease of whoever holds it has ended; the terminal renews it now and then."""
    for _ in range(200):
        await pilot.pause(0.05)
        if (work := desk.next(["revise"])) is not None:
            return work
    raise AssertionError("the lease never ended")


async def hand_in(pilot: Pilot[None], store: ReviewStore, name: str, text: str) -> None:
    """A colleague answers what waits in revision."""
    desk = store.desk(name)
    work = await after_the_lease(pilot, desk)
    fields = work.content.model_dump(exclude={"id", "messages"})
    messages = (*work.content.messages, Message(role="assistant", content=text))
    assert desk.revise(work, Instance(**fields, messages=messages)).counted


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
            await hand_in(pilot, store, "wang", "他的诗")
            await press(pilot, "ctrl+s")
            assert "他的诗" in shown(app)
            await press(pilot, "m")
            assert "revision handed in" in said(app)
            content = store.desk("wang").look_at(1).content
            assert isinstance(content, Instance)
            assert content.response == "我的诗"


async def test_what_is_edited_after_two_revisions_met_is_not_thrown_away(tmp_path: Path) -> None:
    process = Process(lease_minutes=0.002, gold_every=0)
    with review(tmp_path, [candidate(1)], process) as (store, path), terminal(path) as app:
        async with app.run_test(size=(110, 40)) as pilot:
            await settle(pilot)
            await press(pilot, "e")
            await pilot.press("tab")
            await write(pilot, "我的诗")
            await hand_in(pilot, store, "wang", "他的诗")
            await press(pilot, "ctrl+s", "e")
            assert "我的诗" in shown(app)
            assert "can't be mended" not in shown(
                app
            )  # a colleague's revision stands: nothing is left to give up
            await press(pilot, "ctrl+r")
            assert isinstance(app.screen, ReviseScreen)
            await pilot.press("tab", "end")
            await write(pilot, "又一句")
            await press(pilot, "escape")
            assert isinstance(app.screen, ConflictScreen)
            assert "又一句" in shown(app)
            await press(pilot, "e")
            assert "我的诗又一句" in shown(app)
            await press(pilot, "escape", "m")
            content = store.desk("wang").look_at(1).content
            assert isinstance(content, Instance)
            assert content.response == "我的诗又一句"


async def test_that_the_lease_was_lost_is_told_where_one_writes(tmp_path: Path) -> None:
    process = Process(lease_minutes=0.002, gold_every=0)
    with review(tmp_path, [candidate(1)], process) as (store, path), terminal(path) as app:
        async with app.run_test(size=(110, 30)) as pilot:
            await settle(pilot)
            await press(pilot, "e")
            await pilot.press("tab")
            await write(pilot, "我的诗")
            await after_the_lease(pilot, store.desk("wang"))
            app.active_at -= 100  # back after a while
            await write(pilot, "！")
            await settle(pilot)
            assert isinstance(app.screen, ReviseScreen)
            assert "somebody else has this item: your draft is kept" in shown(app)
