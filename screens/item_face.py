"""How the item stands on the screen: what is shown of a `Face`, and which lesson of the tour."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, cast

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.widgets import Static

from screens.bars import KeyBar, Place, Said
from screens.outcome import Outcome, outcome_of
from screens.passage import Passage
from screens.sheet import Page, Part, Sheet, parts_of
from screens.shift import Face
from screens.talk import Talk

if TYPE_CHECKING:
    from screens.app import Terminal


class ItemFace(Screen[None]):
    """Widgets stay; what is in them is replaced, since a new item must be there within the blink of an eye."""

    DEFAULT_CSS = """
    ItemFace {
        & #body { height: 1fr; }
        & #side { width: 36; background: $panel; padding: 1 0 0 0; }
        & #guide { height: 1fr; padding: 0 0 1 2; scrollbar-size-vertical: 1; }
        & #guide Passage { color: $text; }
        & #lesson { background: $accent-muted; color: $text; padding: 0 1; height: auto; max-height: 3; }
        &.-narrow #body { layout: vertical; }
        &.-narrow #side { width: 100%; height: auto; max-height: 7; padding: 0; }
        &.-narrow #guide { height: auto; max-height: 3; padding: 0 0 0 2; }
        &.-narrow #sheet { padding: 0 0 0 2; }
        &.-narrow #sheet .head { margin-top: 0; }
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
        self._since: float | None = None
        self._seconds = 0.0

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
        if _keys_of(face) != _keys_of(before):
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


def _keys_of(face: Face) -> tuple[object, ...]:
    """What decides which keys there are."""
    work = face.work
    return face.phase, work and (work.stage == "revise"), work and work.training
