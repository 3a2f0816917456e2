"""The item before the annotator: one key a verdict, and the next one comes."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.widgets import Static

from schemas.errors import AbilitymixError
from schemas.instance import Instance
from screens.bars import KeyBar, Place, Said
from screens.binds import bindings
from screens.outcome import Outcome, outcome_of
from screens.passage import Passage
from screens.sheet import Page, Part, Sheet, parts_of
from screens.shift import Face
from screens.talk import Talk

if TYPE_CHECKING:
    from screens.app import Terminal

IDLE = 300.0  # seconds without a key after which nobody is taken to be reading


class ItemScreen(Screen[None]):
    """The base of the terminal. What it shows is a `Face`; what it asks goes through the clerk."""

    BINDINGS = bindings("item")
    AUTO_FOCUS = "#sheet"
    HELP = """\
One instance at a time. A verdict is on the disk when the line above the keys says `saved`.
Colleagues' verdicts and comments stay hidden until your own verdict is in; so do the hints of the computer."""
    DEFAULT_CSS = """
    ItemScreen {
        & #body { height: 1fr; }
        & #side { width: 36; background: $panel; padding: 1 0 0 0; }
        & #guide { height: 1fr; padding: 0 2 1 2; scrollbar-size-vertical: 1; }
        & #guide Passage { color: $text; }
        & #lesson { background: $accent-muted; color: $text; padding: 0 1; height: auto; max-height: 3; }
        &.-narrow #body { layout: vertical; }
        &.-narrow #side { width: 100%; height: auto; max-height: 7; padding: 0; }
        &.-narrow #guide { height: auto; max-height: 4; padding: 0 2; }
        &.-narrow #guide .head { display: none; }
        & #guide:focus, & #talk:focus { background-tint: $foreground 5%; }
        &.-narrow.-told #side { display: none; }
        &.-narrow.-guide #guide { max-height: 100%; height: 1fr; }
        &.-narrow.-guide #side { height: 60%; max-height: 60%; }
    }
    """

    @property
    def terminal(self) -> Terminal:
        return cast("Terminal", self.app)

    def compose(self) -> ComposeResult:
        yield Place()
        with Horizontal(id="body"):
            yield Sheet(id="sheet")
            with Vertical(id="side"):
                with Page(id="guide"):
                    yield Static("guidelines", classes="head", markup=False)
                    yield Passage(id="guidelines")
                yield Talk(id="talk")
        yield Outcome(id="outcome")
        yield Static(id="lesson", markup=False)
        yield Said()
        yield KeyBar()

    def __init__(self) -> None:
        super().__init__()
        self._face = Face(None, "nothing")
        self._busy = True
        self._since: float | None = None
        self._seconds, self._renewing = 0.0, 300.0

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

    # Showing

    def show(self, face: Face) -> None:
        """Put a face on the screen, in place."""
        before, self._face = self._face, face
        with self.app.batch_update():
            self.query_one(Place).show(self._words(face))
            if face.work is not before.work or face.work is None:
                self._show_item(face)
            talk = self.query_one(Talk)
            if face.comments != before.comments:
                talk.show(face.comments)
            outcome = outcome_of(face, self.terminal.key_name)
            self.query_one(Outcome).show(outcome)
            self.set_class(outcome is not None, "-told")
            self._show_lesson()
            self.query_one(Said).show(face.said, face.alarm)
        if face.phase != before.phase:
            self.refresh_bindings()

    def _show_item(self, face: Face) -> None:
        self._since, self._seconds = time.monotonic(), 0.0
        work, sheet = face.work, self.query_one(Sheet)
        if work is None:
            why = self.terminal.clerk.shift.desk.nothing
            key = self.terminal.key_name
            todo = f"{key('item.go_on')} looks again, {key('item.queue')} shows what waits, {key('item.quit')} leaves."
            sheet.show([Part("nothing waits for you", f"{why.capitalize() or 'Nothing was found'}. {todo}")])
            return
        sheet.show(list(parts_of(work.content)))
        ability = self.terminal.abilities.get(work.ability)
        guidelines = ability.guidelines if ability else ""
        self.query_one("#guidelines", Passage).show(guidelines or "There are none for this ability.")

    def _words(self, face: Face) -> list[str]:
        work, shift = face.work, self.terminal.clerk.shift
        mine = f"{shift.desk.me.name}: {shift.judged} this time"
        if work is None:
            return ["nothing waits", mine]
        stage = "training" if work.training else work.stage
        if work.training and face.training:
            done, wanted = face.training
            stage += f" {done + 1}/{wanted}"
        turn = f"round {work.round}" if work.round > 1 else ""
        return [stage, self.terminal.title_of(work.ability), work.content.form, turn, mine, work.id[:8]]

    def _now(self) -> set[str]:
        face = self._face
        if face.work is None:
            return set()
        found: set[str] = {face.phase}
        if face.phase == "judge":
            revising = face.work.stage == "revise"
            found |= {"revise"} if revising else set()
            found |= {"open"} if revising and face.work.content.form in ("open", "code") else set()
            if revising:
                return found - {"judge"}
            found |= {"judged"} if self.terminal.clerk.shift.judged else set()
            found |= set() if face.work.training else {"real"}
        return found

    def _show_lesson(self) -> None:
        strip, tour = self.query_one("#lesson", Static), self.terminal.tour
        lesson = tour.lesson(self._now())
        strip.display = lesson is not None
        if lesson is not None:
            key = self.terminal.key_name
            more = f"   ({key('item.lesson')} next lesson, {key('item.tour')} puts the tour away)"
            strip.update(tour.text(lesson, key) + more)

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
        if action in ("skip", "reject"):
            return face.work is not None and face.phase in (
                ("judge", "hints") if action == "reject" else ("judge",)
            )
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

    def _renew(self) -> None:
        idle = time.monotonic() - self.terminal.active_at
        if self._face.work is not None and not self._busy and idle <= self._renewing:
            self.terminal.background(self._renewed(), "renew", exclusive=True)

    async def _renewed(self) -> None:
        before = self._face
        said = self.query_one(Said)
        kept, answered = await self.terminal.ask(self.terminal.clerk.shift.renew, said.show)
        if answered and not kept and self._face is before:
            said.show("the lease ended and somebody else has this item: a verdict now would not count", True)

    def _look_again(self) -> None:
        if self._face.phase == "nothing" and not self._busy and self.is_current:
            self.do(self.terminal.clerk.shift.go_on)
