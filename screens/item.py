"""The item before the annotator: one key a verdict, and the next one comes."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from typing import Any

from textual.screen import Screen

from schemas.errors import AbilitymixError
from schemas.instance import Instance
from screens.bars import Said
from screens.binds import bindings
from screens.hinted import others, reading_of
from screens.item_face import ItemFace
from screens.sheet import Sheet
from screens.shift import Face

IDLE = 300.0  # seconds without a key after which nobody is taken to be reading


class ItemScreen(ItemFace):
    """The base of the terminal. What it shows is a `Face`; what it asks goes through the clerk."""

    BINDINGS = bindings("item")
    AUTO_FOCUS = "#sheet"
    HELP = """\
One instance at a time. A verdict is on the disk when the line above the keys says `saved`.
Colleagues' verdicts and comments stay hidden until your own verdict is in; so do the hints of the computer."""

    def __init__(self) -> None:
        super().__init__()
        self._busy, self._renewing = True, 300.0

    def on_mount(self) -> None:
        for part in ("#outcome", "#lesson", "#talk"):
            self.query_one(part).display = False
        self.query_one(Said).show("looking for the first item …")
        self.terminal.background(self._first())
        minutes = self.terminal.clerk.store.process.lease_minutes
        self._renewing = min(300.0, max(1.0, minutes * 60 / 6))
        self.set_interval(self._renewing, self._renew)
        self.set_interval(15, self._look_again)

    async def _first(self) -> None:
        try:
            face = await self.terminal.clerk.first()
        except AbilitymixError as error:
            return self._arrived(None, error.line())
        return self._arrived(face, self.terminal.greeting)

    # To the store and back

    def do(self, call: Callable[[], Face | None], lesson: str = "") -> None:
        """Let the shift do something, and show what came of it. While it is at it, further keys wait for nothing."""
        if self._busy:
            self.query_one(Said).show("still saving the last one; press the key again")
            return
        self._busy = True
        self.terminal.background(self._ask(call, lesson))

    async def _ask(self, call: Callable[[], Face | None], lesson: str) -> None:
        try:
            face = await self.terminal.clerk.ask(call)
        except AbilitymixError as error:
            return self._arrived(None, f"NOT SAVED: {error.line()}")
        if lesson:
            self.terminal.tour.did(lesson)
        return self._arrived(face)

    def _arrived(self, face: Face | None, said: str = "") -> None:
        self._busy = False
        if not gc.isenabled():
            gc.freeze()
            gc.enable()
        trouble = face is None
        face = face or self.terminal.clerk.shift.face
        self.show(face)
        if said:
            self.query_one(Said).show(said, trouble)

    # Keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Which keys the bar shows: those that mean something now."""
        face = self._face
        revising = face.work is not None and face.work.stage == "revise" and face.phase == "judge"
        if action in ("revise", "distractors"):
            return revising
        if action == "verdict":
            return (
                face.work is not None
                and face.phase in ("judge", "hints")
                and not (revising and parameters == (True,))
            )
        if action == "go_on":
            return face.phase != "judge"
        if action == "hinted":
            return face.phase == "hints" and bool(others(face.hints))
        if action == "skip":
            return face.work is not None and face.phase == "judge" and not face.work.training
        if action == "reject":
            return face.work is not None and face.phase in ("judge", "hints")
        if action in ("flag", "comment"):
            return face.work is not None
        return True

    def action_verdict(self, kept: bool, reason: str = "") -> None:
        seconds, shift = self._spent(), self.terminal.clerk.shift
        name = "approve" if kept else {"": "reject", "incorrect": "incorrect"}.get(reason, "incorrect")
        self.do(lambda: shift.judge(kept, reason, seconds), name)

    def action_reject(self, begin: str = "") -> None:
        self._line("Why is it not kept?", "reject", begin, lambda text: self._rejected(text))

    def _rejected(self, reason: str) -> None:
        seconds, shift = self._spent(), self.terminal.clerk.shift
        self.do(lambda: shift.judge(False, reason, seconds), "reject")

    def action_comment(self) -> None:
        shift = self.terminal.clerk.shift
        self._line("Comment", "comment", "", lambda text: self.do(lambda: shift.comment(text), "comment"))

    def action_flag(self) -> None:
        shift = self.terminal.clerk.shift
        self._line(
            "Flag: what should be looked at?",
            "flag",
            "",
            lambda text: self.do(lambda: shift.flag(text), "flag"),
        )

    def _line(self, title: str, action: str, begin: str, then: Callable[[str], None]) -> None:
        if self._busy or self._face.work is None:
            return
        from screens.line import Line

        # An item may be rejected or flagged without a word; a comment is one.
        self.app.push_screen(
            Line(title, begin, empty=action != "comment"), lambda text: None if text is None else then(text)
        )

    def on_sheet_option_clicked(self, event: Sheet.OptionClicked) -> None:
        content = self._face.work.content if self._face.work else None
        if (
            isinstance(content, Instance)
            and self._face.phase == "judge"
            and event.letter not in content.answer
        ):
            self.action_reject(f"incorrect: the answer is {event.letter}")

    def action_undo(self) -> None:
        self.do(self.terminal.clerk.shift.undo, "undo")

    def action_skip(self) -> None:
        self.do(self.terminal.clerk.shift.skip, "skip")

    def action_go_on(self) -> None:
        if self._face.phase != "judge":
            self.do(self.terminal.clerk.shift.go_on, self._face.phase)

    def action_lesson(self) -> None:
        lesson = self.terminal.tour.lesson(self._now())
        if lesson is not None:
            self.terminal.tour.did(lesson.name)
        self._show_lesson()

    def action_tour(self) -> None:
        self.terminal.tour.on = not self.terminal.tour.on
        self._show_lesson()

    async def action_quit(self) -> None:
        await self.app.action_quit()

    def choose(self, stages: tuple[str, ...] | None, abilities: tuple[str, ...] | None) -> None:
        """Work on these stages and abilities; None for all."""
        shift = self.terminal.clerk.shift
        self.do(lambda: shift.choose(stages, abilities))

    def take(self, item_id: str) -> None:
        """Work on that very item, if one may."""
        shift = self.terminal.clerk.shift
        self.do(lambda: shift.take(item_id))

    def _open(self, lesson: str) -> None:
        self.terminal.tour.did(lesson)

    def action_guidelines(self) -> None:
        """All of the guidelines, or a part of them beside the comments."""
        self.toggle_class("-guide")
        self.query_one("#guide" if self.has_class("-guide") else "#sheet").focus()

    def action_queue(self) -> None:
        from screens.queue import QueueScreen

        self._open("queue")
        self.app.push_screen(QueueScreen())

    def action_dashboard(self) -> None:
        from screens.dashboard import DashboardScreen

        self._open("dashboard")
        self.app.push_screen(DashboardScreen())

    def action_hinted(self) -> None:
        self.app.push_screen(reading_of(self._face.hints))

    def action_search(self) -> None:
        from screens.search import SearchScreen

        self._open("search")
        self.app.push_screen(SearchScreen())

    def action_revise(self) -> None:
        self._workbench("revise")

    def action_distractors(self) -> None:
        self._workbench("distractors")

    def _workbench(self, which: str) -> None:
        work = self._face.work
        if work is not None and work.stage == "revise" and not self._busy:
            from screens.benches import Bench

            self._open(which)
            bench = Bench(self, work, self._spent())
            self.terminal.background(bench.open(which == "distractors"), "bench", exclusive=True)

    # Time

    def _spent(self) -> float:
        """Seconds that the item was before one's eyes: not those in other screens, nor long absences."""
        return self._seconds + (0.0 if self._since is None else min(IDLE, time.monotonic() - self._since))

    def on_screen_suspend(self) -> None:
        self._seconds, self._since = self._spent(), None

    def on_screen_resume(self) -> None:
        self._since = time.monotonic()
        if self.is_mounted:
            self._show_lesson()

    def back_again(self) -> None:
        """The first key after a long absence: whether the lease is still there is told at once."""
        if self.is_mounted:
            self._renew()

    def _renew(self) -> None:
        idle = time.monotonic() - self.terminal.active_at
        if self._face.work is not None and not self._busy and idle <= self._renewing:
            self.terminal.background(self._renewed(), "renew", exclusive=True)

    async def _renewed(self) -> None:
        before = self._face
        kept, answered = await self.terminal.ask(self.terminal.clerk.shift.renew, self._tell)
        if answered and not kept and self._face is before:
            lost = "the lease ended and somebody else has this item"
            if before.work is not None and before.work.stage == "revise":
                self._tell(f"{lost}: your draft is kept, and handed in it is set beside theirs", True)
            else:
                self._tell(f"{lost}: a verdict now would not count", True)

    def _tell(self, text: str, alarm: bool = False) -> None:
        """Here, and on the screen that lies over this one, if it has a line for it."""
        over: list[Screen[Any]] = [self, *({self.terminal.screen} - {self})]
        for screen in over:
            for said in screen.query(Said):
                said.show(text, alarm)

    def _look_again(self) -> None:
        if self._face.phase == "nothing" and not self._busy and self.is_current:
            self.do(self.terminal.clerk.shift.go_on)
