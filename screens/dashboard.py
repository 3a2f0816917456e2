"""How the review stands: progress of each ability, one's own pace, agreement, what blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, cast

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import Screen

from curation.review.agreement.short import Short, short
from curation.review.dashboard import Dashboard
from curation.review.process import VOTED
from screens.bars import KeyBar, Place, Said
from screens.binds import bindings
from screens.board import own_work, table, told, whole
from screens.passage import Mark, Passage
from screens.sheet import Page

if TYPE_CHECKING:
    from screens.app import Terminal
    from screens.clerk import Clerk

AROUND = 6  # cells of a line that are padding and scrollbar


class DashboardScreen(Screen[None]):
    BINDINGS = bindings("dashboard")
    AUTO_FOCUS = "#page"
    HELP = """\
Counts of the whole review, kept while people work. Whether verdicts approved is told of decided items only.
Your own last verdicts count as if their items were undecided; those before them can't be taken back once you looked here.
`agree` is the share of pairs of verdicts in the filter that say the same; where most are approved, chance agrees often
too, and alpha and AC1 allow for that. `python -m curation agreement` prints them with their intervals.
`left` counts the verdicts and revisions that are missing at least: of an item to be revised its reviews as well.
The verdicts of your own work are those that stand; gold items are among them and look like any other."""
    DEFAULT_CSS = """
    DashboardScreen {
        & #page { height: 1fr; padding: 1 2; }
        & Passage { margin-bottom: 1; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._found: Told | None = None

    @property
    def terminal(self) -> Terminal:
        return cast("Terminal", self.app)

    def compose(self) -> ComposeResult:
        yield Place()
        with Page(id="page"), Vertical():
            yield Passage(id="total")
            yield Passage(id="table")
            yield Passage(id="own")
            yield Passage(id="agree")
            yield Passage(id="blocks")
        yield Said()
        yield KeyBar()

    def on_mount(self) -> None:
        self.query_one(Place).show(["dashboard"])
        self.query_one("#page Vertical").styles.height = "auto"
        self.action_refresh_counts()

    def action_refresh_counts(self) -> None:
        self.terminal.background(self._fetch(), "dashboard", exclusive=True)

    async def _fetch(self) -> None:
        clerk = self.terminal.clerk
        found, answered = await self.terminal.ask(lambda: look(clerk), self.query_one(Said).show)
        if answered and found is not None:
            self._show(found)

    def on_resize(self) -> None:
        if self._found is not None:
            self._show(self._found)

    def _show(self, found: Told) -> None:
        self._found = found
        d = found.counts
        room = self.size.width - AROUND
        self._headed("#total", "all", whole(d, min(30, room)))
        titles = [self.terminal.title_of(a.ability) for a in d.abilities]
        self.query_one("#table", Passage).show(table(d.abilities, titles, found.each, room))
        self._headed("#own", "your own work", own_work(d))
        agree = [told(stage, of) for stage, of in found.all_.items()] or ["nothing is decided yet"]
        self._headed("#agree", "agreement", agree)
        self._headed("#blocks", "what blocks", [f"{b.what} ({b.items:,})" for b in d.blocking] or ["nothing"])

    def _headed(self, where: str, head: str, lines: list[str]) -> None:
        marks: list[Mark] = [(0, len(head), "passage--quiet")]
        self.query_one(where, Passage).show("\n".join([head, *lines]), marks)

    def action_back(self) -> None:
        self.dismiss()


class Told(NamedTuple):
    """Args: all_: agreement by stage over all abilities; each: of the filter by ability."""

    counts: Dashboard
    all_: dict[str, Short]
    each: dict[str, Short]


def look(clerk: Clerk) -> Told:
    """All that the screen shows, in the store's thread: the first look brings numpy along."""
    found = clerk.shift.desk.dashboard()
    votes: dict[str, int] = {stage: clerk.store.process.votes(stage) for stage in VOTED}
    each = {}
    for ability in {name for name, _ in found.patterns}:
        own = {unit: shapes for unit, shapes in found.patterns.items() if unit[0] == ability}
        each[ability] = short(own, votes).get("filter", Short(None, None, None))
    return Told(found, short(found.patterns, votes), each)
