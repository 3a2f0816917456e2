"""An item to read, without a lease: from a search, the queue, or the flagged ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, cast

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.widgets import Static

from curation.review.records import Colleague, Comment, ShownHint, View
from curation.review.telling import JUDGED
from screens.bars import KeyBar, Place, Said
from screens.binds import bindings
from screens.hinted import line_of, others, reading_of
from screens.passage import Passage
from screens.sheet import Page, Sheet, parts_of
from screens.talk import Talk

if TYPE_CHECKING:
    from screens.app import Terminal


class Seen(NamedTuple):
    """Args: comments, colleagues: only where they were asked for."""

    view: View
    hints: list[ShownHint]
    comments: list[Comment]
    colleagues: list[Colleague]


class ViewScreen(Screen[None]):
    """Args: item: its number."""

    BINDINGS = bindings("view")
    AUTO_FOCUS = "#sheet"
    HELP = """\
An item to read. Nothing here is a verdict. Your colleagues' verdicts and comments can be shown once your own is in;
after that your own can't be taken back, so that nobody looks first and judges then."""
    DEFAULT_CSS = """
    ViewScreen {
        & #body { height: 1fr; }
        & #side { width: 40; background: $panel; padding: 1 0 0 0; }
        & #about { height: auto; max-height: 60%; padding: 0 0 1 2; }
        &.-narrow #body { layout: vertical; }
        &.-narrow #side { width: 100%; height: auto; max-height: 10; padding: 0; }
        &.-narrow #about { max-height: 5; padding: 0 0 0 2; }
        &.-narrow #about .head { display: none; }
    }
    """

    def __init__(self, item: int) -> None:
        super().__init__()
        self._item, self._first, self._sure = item, False, False
        self._seen: Seen | None = None

    def compose(self) -> ComposeResult:
        yield Place()
        with Horizontal(id="body"):
            yield Sheet(id="sheet")
            with Vertical(id="side"):
                with Page(id="about"):
                    yield Static("about it", classes="head", markup=False)
                    yield Passage(id="known")
                yield Talk(id="talk")
        yield Said()
        yield KeyBar()

    @property
    def terminal(self) -> Terminal:
        return cast("Terminal", self.app)

    def on_mount(self) -> None:
        self.query_one(Talk).display = False
        self.terminal.background(self._fetch())

    async def _fetch(self, told: bool = False, after: str = "") -> None:
        desk, number = self.terminal.clerk.shift.desk, self._item

        def look() -> Seen:
            comments = desk.comments(number) if told else []
            colleagues = desk.colleagues(number) if told else []
            return Seen(desk.look_at(number), desk.hints(number), comments, colleagues)

        said = self.query_one(Said)
        found, answered = await self.terminal.ask(look, said.show)
        if answered and found is not None:
            self._seen = found
            self._show()
            self.refresh_bindings()
            if told:
                self.query_one(Talk).show(found.comments, found.colleagues)
                after = after or (
                    "" if found.comments or found.colleagues else "nobody else has said anything"
                )
            said.show(after)

    def _show(self) -> None:
        seen = self._seen
        if seen is None:
            return
        view = seen.view
        content = view.first if self._first and view.first is not None else view.content
        words = ["to read", self.terminal.title_of(view.ability), content.form, view.id[:8]]
        self.query_one(Place).show([*words, "as it was loaded" if self._first else ""])
        self.query_one(Sheet).show(list(parts_of(content)))
        self.query_one("#known", Passage).show("\n".join(_known(seen)))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        view = self._seen.view if self._seen else None
        if action == "first":
            return view is not None and view.first is not None
        if action == "unflag":
            return view is not None and view.flags > 0
        if action == "hinted":
            return self._seen is not None and bool(others(self._seen.hints))
        if action == "colleagues":
            return view is not None and bool(view.own)
        if action == "take":
            return view is not None and view.state in ("filter", "revise", "review")
        return True

    def action_first(self) -> None:
        self._first = not self._first
        self._show()

    def action_hinted(self) -> None:
        if self._seen is not None:
            self.app.push_screen(reading_of(self._seen.hints))

    def action_colleagues(self) -> None:
        if not self._sure:
            self._sure = True
            key = self.terminal.key_name("view.colleagues")
            self.query_one(Said).show(
                f"your own verdict can't be taken back after that; {key} again shows them"
            )
            return
        self.terminal.background(self._fetch(told=True))

    def action_take(self) -> None:
        if self._seen is not None:
            item, found = self.terminal.item, self._seen.view.id
            while self.app.screen is not item:
                self.app.pop_screen()
            item.take(found)

    def action_flag(self) -> None:
        self._remark("Flag: what should be looked at?", "flag", True)

    def action_comment(self) -> None:
        self._remark("Comment", "comment", False)

    def _remark(self, title: str, kind: str, empty: bool) -> None:
        from screens.line import Line

        def done(text: str | None) -> None:
            if text is not None:
                self.terminal.background(self._say(kind, text))

        self.app.push_screen(Line(title, empty=empty), done)

    async def _say(self, kind: str, text: str) -> None:
        desk, number = self.terminal.clerk.shift.desk, self._item
        call = desk.flag if kind == "flag" else desk.comment
        _, answered = await self.terminal.ask(lambda: call(number, text), self.query_one(Said).show)
        if answered:
            await self._fetch(after=f"{kind} saved")

    def action_unflag(self) -> None:
        self.terminal.background(self._unflag())

    async def _unflag(self) -> None:
        desk, number = self.terminal.clerk.shift.desk, self._item
        count, answered = await self.terminal.ask(lambda: desk.unflag(number), self.query_one(Said).show)
        if answered:
            await self._fetch(after=f"{count} flags taken off, saved")

    def action_back(self) -> None:
        self.dismiss()


def _known(seen: Seen) -> list[str]:
    view = seen.view
    states = {
        "passed": "it passed",
        "rejected": "it was rejected",
        JUDGED: "it is judged, by you and by others",
    }
    lines = [states.get(view.state, f"it waits in {view.state}")]
    for stage, turn, kept in view.own:
        what = {True: "approved", False: "rejected", None: "revised"}[kept]
        lines.append(f"you {what} it in {stage}" + (f" {turn}" if turn else ""))
    if view.flags:
        lines.append(f"⚑ flagged {view.flags} time{'s' if view.flags > 1 else ''}")
    if view.first is not None:
        lines.append("it was revised since it was loaded")
    source = view.content.source
    lines.append(f"source: {source.name} {source.row}" + (f", {source.licence}" if source.licence else ""))
    lines += [line_of(hint) for hint in seen.hints]
    return lines
