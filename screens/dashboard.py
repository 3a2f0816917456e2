"""How the review stands: progress of each ability, one's own pace, agreement, what blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, cast

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import Screen

from curation.review.agreement.short import Short, short
from curation.review.dashboard import AbilityProgress, Dashboard
from curation.review.process import VOTED
from schemas.text_table import text_table
from screens.bars import KeyBar, Place, Said
from screens.binds import bindings
from screens.lists import padded
from screens.passage import Mark, Passage
from screens.sheet import Page

if TYPE_CHECKING:
    from curation.review.store import ReviewStore
    from screens.app import Terminal

HALVES = " ▏▎▍▌▋▊▉"
HOUR = 3600


class DashboardScreen(Screen[None]):
    BINDINGS = bindings("dashboard")
    AUTO_FOCUS = "#page"
    HELP = """\
Counts of the whole review, kept while people work. Whether verdicts approved is told of decided items only.
`agree` is the share of pairs of verdicts in the filter that say the same; where most are approved, chance agrees often
too, and alpha and AC1 allow for that. `python -m curation agreement` prints them with their intervals.
`left` counts the verdicts and revisions that are missing at least; `ready in` divides them by the pace of the last week."""
    DEFAULT_CSS = """
    DashboardScreen {
        & #page { height: 1fr; padding: 1 2; }
        & Passage { margin-bottom: 1; }
    }
    """

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
        found, answered = await self.terminal.ask(
            lambda: look(clerk.store, clerk.name), self.query_one(Said).show
        )
        if answered and found is not None:
            self._show(found)

    def _show(self, found: Told) -> None:
        d = found.counts
        headed = self._headed
        share = d.decided / d.loaded if d.loaded else 0.0
        waits = f"{d.loaded - d.decided:,} wait"
        lines = [f"{bar(share, 30)} {d.decided:,} of {d.loaded:,} decided ({share:.0%}), {waits}"]
        people = f"{d.annotators} annotator{'s' * (d.annotators != 1)} at work" + (
            f", {d.in_training} in training" if d.in_training else ""
        )
        lines.append(f"{people}; {d.leases} item{'s' * (d.leases != 1)} in somebody's hands now")
        headed("#total", "all", lines)
        wide = self.size.width >= 96
        rows = [self._row(a, found.each.get(a.ability), wide) for a in d.abilities]
        header = [
            "ability",
            "decided",
            "",
            "filter",
            "revise",
            "review",
            "passed",
            "pass rate",
            "agree",
            "left",
        ]
        keep = list(range(len(header))) if wide else [0, 1, 3, 4, 5, 6, 7, 8]
        if not wide:
            header = ["ability", "done", "", "filt.", "rev.", "review", "pass", "rate", "agree", "left"]
        kept = [header[c] for c in keep]
        table = text_table(
            kept,
            [[row[c] for c in keep] for row in rows],
            right=[c for c, name in enumerate(kept) if c and name],
        )
        self.query_one("#table", Passage).show(table)
        own = d.own
        pace = f"{own.verdicts:,} verdicts, {own.revised:,} revisions" + (
            f", {own.late:,} came too late" if own.late else ""
        )
        lines = [pace]
        if own.recent_verdicts:
            each = own.recent_seconds / own.recent_verdicts
            per_hour = f", {HOUR / each:,.0f} in an hour of reading" if each >= 1 else ""
            lines.append(f"last seven days: {own.recent_verdicts:,} verdicts, {each:.0f} s each{per_hour}")
        left = sum(a.verdicts_left for a in d.abilities)
        if left and d.verdicts_recent:
            days = left / (d.verdicts_recent / 7)
            lines.append(
                f"everybody: {d.verdicts_recent:,} in seven days; the {left:,} that are left take {days:,.0f} days at that pace"
            )
        headed("#own", "your own work", lines)
        agree = [told(stage, of) for stage, of in found.all_.items()] or ["nothing is decided yet"]
        headed("#agree", "agreement", agree)
        blocks = [f"{b.what} ({b.items:,})" for b in d.blocking]
        headed("#blocks", "what blocks", blocks or ["nothing"])

    def _headed(self, where: str, head: str, lines: list[str]) -> None:
        marks: list[Mark] = [(0, len(head), "passage--quiet")]
        self.query_one(where, Passage).show("\n".join([head, *lines]), marks)

    def _row(self, a: AbilityProgress, agree: Short | None, wide: bool) -> list[str]:
        share = a.decided / a.loaded if a.loaded else 0.0
        units = a.filtered + a.reviewed
        kept = a.filter_kept + a.review_kept
        title = self.terminal.title_of(a.ability)
        room = 34 if wide else 24
        return [
            padded(title, min(room, cell_len(title))), f"{share:.0%}", bar(share, 10) if wide else "",
            *(f"{a.states.get(s, 0):,}" for s in ("filter", "revise", "review", "passed")),
            f"{kept / units:.0%}" if units else "·", percent(agree.percent if agree else None), f"{a.verdicts_left:,}",
        ]  # fmt: skip

    def action_back(self) -> None:
        self.dismiss()


def bar(share: float, cells: int) -> str:
    """A share of 1 as a bar of so many cells, in eighths of one."""
    eighths = round(min(1.0, max(0.0, share)) * cells * 8)
    full, rest = divmod(eighths, 8)
    return ("█" * full + (HALVES[rest] if rest else "")).ljust(cells, "░")


class Told(NamedTuple):
    """Args: all_: agreement by stage over all abilities; each: of the filter by ability."""

    counts: Dashboard
    all_: dict[str, Short]
    each: dict[str, Short]


def look(store: ReviewStore, viewer: str) -> Told:
    """All that the screen shows, in the store's thread: the first look brings numpy along."""
    found = store.dashboard(viewer)
    votes: dict[str, int] = {stage: store.process.votes(stage) for stage in VOTED}
    each = {}
    for ability in {name for name, _ in found.patterns}:
        own = {unit: shapes for unit, shapes in found.patterns.items() if unit[0] == ability}
        each[ability] = short(own, votes).get("filter", Short(None, None, None))
    return Told(found, short(found.patterns, votes), each)


def percent(value: float | None) -> str:
    return "·" if value is None else f"{value:.0%}"


def told(stage: str, s: Short) -> str:
    """`filter: 92% of pairs agree, alpha 0.41, AC1 0.90`."""
    if s.percent is None:
        return f"{stage}: fewer than ten decided items say nothing yet"
    values = [
        f"{name} {value:.2f}" for name, value in (("alpha", s.alpha), ("AC1", s.ac1)) if value is not None
    ]
    return ", ".join([f"{stage}: {s.percent:.0%} of pairs agree", *values])
