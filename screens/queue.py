"""What waits, what to work on, and what is one's own: held, skipped, flagged, judged lately."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple, cast

from rich.cells import cell_len
from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from curation.review.dashboard import Flagged
from curation.review.records import OwnVerdict, Waiting, Work
from screens.bars import KeyBar, Place, Said
from screens.binds import bindings
from screens.lists import Lines, heading, padded
from screens.shown import shown_line
from screens.talk import when

if TYPE_CHECKING:
    from screens.app import Terminal

MARKS = {True: "✓", False: "✗", None: "✎"}
STAGES = ("review", "filter", "revise")


class Mine(NamedTuple):
    """All that the queue shows, in one visit to the store."""

    counts: list[Waiting]
    held: list[Work]
    skipped: list[OwnVerdict]
    flagged: tuple[Flagged, ...]
    recent: list[OwnVerdict]


class QueueScreen(Screen[None]):
    BINDINGS = bindings("queue")
    AUTO_FOCUS = "#waiting"
    HELP = """\
On the left what waits: choose stages and abilities, then open one to work on what is chosen.
On the right what is yours; tab goes there. Opening an item that you hold or skipped puts it before you."""
    DEFAULT_CSS = """
    QueueScreen {
        & #lists { height: 1fr; }
        & Vertical { width: 3fr; padding: 1 0 0 0; }
        & .head { padding: 0 1; height: 1; margin-bottom: 1; }
        & #mine-side { width: 2fr; background: $panel; }
        &.-narrow #lists { layout: vertical; }
        &.-narrow #lists > Vertical { width: 100%; height: 1fr; padding: 0; }
        &.-narrow .head { margin-bottom: 0; }
    }
    """

    def compose(self) -> ComposeResult:
        yield Place()
        with Horizontal(id="lists"):
            with Vertical():
                yield Static("what waits for you", classes="head", markup=False)
                yield Lines(id="waiting")
            with Vertical(id="mine-side"):
                yield Static("what is yours", classes="head", markup=False)
                yield Lines(id="mine")
        yield Said()
        yield KeyBar()

    def __init__(self) -> None:
        super().__init__()
        self._stages: set[str] = set()
        self._abilities: set[str] = set()
        self._found: Mine | None = None

    @property
    def terminal(self) -> Terminal:
        return cast("Terminal", self.app)

    def on_mount(self) -> None:
        shift = self.terminal.clerk.shift
        self.query_one(Place).show(["queue", shift.desk.me.name])
        self._stages = set(shift.own_stages)
        self._abilities = set(shift.abilities or ())
        self.terminal.background(self._fetch())

    async def _fetch(self) -> None:
        clerk, said = self.terminal.clerk, self.query_one(Said)
        desk = clerk.shift.desk

        def look() -> Mine:
            flagged = clerk.store.dashboard(clerk.name).flagged
            return Mine(desk.counts(), desk.holding(), desk.skipped(50), flagged, desk.recent(30))

        found, answered = await self.terminal.ask(look, said.show)
        if answered and found is not None:
            self._found = found
            if not self._abilities:
                self._abilities = {w.ability for w in found.counts if w.assigned}
            self._fill()

    def _fill(self) -> None:
        if self._found is None:
            return
        self.query_one("#waiting", Lines).fill(self._waiting(self._found.counts))
        self.query_one("#mine", Lines).fill(self._mine(self._found))

    def _waiting(self, counts: list[Waiting]) -> list[Option]:
        left: dict[tuple[str, str], int] = defaultdict(int)
        for w in counts:
            if w.assigned:
                left[w.stage, w.ability] = w.items - w.mine
        own = self.terminal.clerk.shift.desk.me.stages
        stages = [s for s in STAGES if s in own]
        numbers = 2 + max((len(s) for s in stages), default=0)
        numbers = max(numbers, 2 + len(f"{max(left.values(), default=0):,}"))
        # What is left of the line beside the box, the numbers and the scroll bar, but no more than a title takes.
        most = max((cell_len(self.terminal.title_of(a)) for _, a in left), default=0)
        room = self.query_one("#waiting").size.width - 4 - numbers * len(stages) - 3
        room = max(16, min(room, most))
        out = [heading("stages")]
        for stage in stages:
            total = sum(count for (s, _), count in left.items() if s == stage)
            out.append(
                Option(f"{self._box(stage in self._stages)} {padded(stage, 7)}{total:>9,}", f"stage:{stage}")
            )
        out.append(heading(padded("abilities", 4 + room) + "".join(f"{s:>{numbers}}" for s in stages)))
        for ability in sorted({a for _, a in left}):
            counted = "".join(f"{left[s, ability]:>{numbers},}" for s in stages)
            title = padded(self.terminal.title_of(ability, room), room)
            box = self._box(ability in self._abilities)
            out.append(Option(f"{box} {title}{counted}", f"ability:{ability}"))
        return out

    def _box(self, chosen: bool) -> str:
        return "[x]" if chosen else "[ ]"

    def _mine(self, found: Mine) -> list[Option]:
        out = [heading(f"held ({len(found.held)})")]
        for work in found.held:
            title = next(m.content for m in reversed(work.content.messages) if m.role == "user")
            out.append(Option(f"· {padded(work.stage, 7)} {shown_line(title, 80)}", f"held:{work.id}"))
        out.append(heading(f"skipped ({len(found.skipped)})"))
        out += [
            Option(f"· {padded(s.stage, 7)} {shown_line(s.title)}", f"skipped:{s.id}") for s in found.skipped
        ]
        out.append(heading(f"flagged ({len(found.flagged)})"))
        for f in found.flagged:
            out.append(
                Option(f"⚑ {padded(f.id[:8], 9)} {self.terminal.title_of(f.ability)}", f"flagged:{f.item}")
            )
        out.append(heading("judged lately"))
        for number, r in enumerate(found.recent):
            mark = "✗" if r.stage == "revise" and r.kept is False else MARKS[r.kept]
            out.append(
                Option(
                    f"{mark} {padded(r.stage, 7)} {when(r.at)} {shown_line(r.title)}",
                    f"recent:{r.item}:{number}",
                )
            )
        return out

    # Keys

    @property
    def _line(self) -> tuple[str, str]:
        lines = self.focused if isinstance(self.focused, Lines) else self.query_one("#waiting", Lines)
        kind, _, rest = (lines.chosen or "").partition(":")
        return kind, rest

    def action_choose_line(self) -> None:
        kind, name = self._line
        chosen = {"stage": self._stages, "ability": self._abilities}.get(kind)
        if chosen is not None:
            chosen ^= {name}
            self._fill()

    def action_only(self) -> None:
        kind, name = self._line
        counts = self._found.counts if self._found else []
        if kind == "stage":
            every = set(self.terminal.clerk.shift.desk.me.stages)
            self._stages = every if self._stages == {name} else {name}
        elif kind == "ability":
            every = {w.ability for w in counts if w.assigned}
            self._abilities = every if self._abilities == {name} else {name}
        self._fill()

    def action_start(self) -> None:
        kind, rest = self._line
        if kind in ("stage", "ability"):
            self._work()
        elif kind in ("held", "skipped"):
            self.terminal.item.take(rest)
            self.dismiss()
        elif kind in ("flagged", "recent"):
            from screens.view import ViewScreen

            self.app.push_screen(ViewScreen(int(rest.split(":")[0])))

    @on(OptionList.OptionSelected)
    def _clicked(self, event: OptionList.OptionSelected) -> None:
        event.option_list.focus()
        self.action_choose_line() if self._line[0] in ("stage", "ability") else self.action_start()

    def _work(self) -> None:
        if not self._stages or not self._abilities:
            what = "stage" if not self._stages else "ability"
            self.query_one(Said).show(f"choose at least one {what}", True)
            return
        there = {w.ability for w in (self._found.counts if self._found else []) if w.assigned}
        abilities = None if there <= self._abilities else tuple(sorted(self._abilities))
        self.terminal.item.choose(tuple(s for s in STAGES if s in self._stages), abilities)
        self.dismiss()

    def action_return_skipped(self) -> None:
        self.terminal.background(self._return_skipped())

    async def _return_skipped(self) -> None:
        desk, said = self.terminal.clerk.shift.desk, self.query_one(Said)
        count, answered = await self.terminal.ask(
            lambda: sum(desk.return_skipped(stage) for stage in STAGES), said.show
        )
        if answered:
            said.show(f"{count} skipped will come again" if count else "you skipped nothing that still waits")
            await self._fetch()

    def action_undo(self) -> None:
        self.terminal.item.action_undo()
        self.dismiss()

    def action_back(self) -> None:
        self.dismiss()

    def on_resize(self) -> None:
        self.call_after_refresh(self._fill)

    def on_screen_resume(self) -> None:
        if self._found is not None:
            self.terminal.background(self._fetch())
