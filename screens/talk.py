"""The thread of comments on an item: one's own, and those of colleagues where their verdicts may be seen."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from textual.app import ComposeResult
from textual.widgets import Static

from curation.review.records import Colleague, Comment
from screens.passage import Mark, Passage
from screens.sheet import Page
from screens.shown import shown_line


def when(at: int) -> str:
    """Microseconds since 1970 as a local `11-24 16:40`."""
    return datetime.fromtimestamp(at / 1e6).strftime("%m-%d %H:%M")


class Talk(Page):
    """Hidden while nobody said anything."""

    HELP = "Comments and flags. Those of colleagues appear once your own verdict is in."
    DEFAULT_CSS = """
    Talk { height: auto; max-height: 50%; padding: 0 0 0 2; scrollbar-size-vertical: 1; }
    .-narrow Talk { height: auto; max-height: 4; }
    """

    def compose(self) -> ComposeResult:
        yield Static("comments", classes="head", markup=False)
        yield Passage()

    def show(self, comments: Sequence[Comment], colleagues: Sequence[Colleague] = ()) -> None:
        lines: list[tuple[int, str, str]] = []
        for c in comments:
            mark = "⚑ " if c.kind == "flag" else ""
            lines.append((c.at, f"{mark}{shown_line(c.actor, 64)} {when(c.at)}", c.text or "(flagged)"))
        for v in colleagues:
            verdict = f"{'✓ approved' if v.kept else '✗ rejected'} in {v.stage}" + (
                f" {v.round}" if v.round else ""
            )
            lines.append(
                (
                    v.at,
                    f"{shown_line(v.actor, 64)} {when(v.at)}",
                    verdict + (f": {v.reason}" if v.reason else ""),
                )
            )
        text, marks = "", list[Mark]()
        for _, head, body in sorted(lines, key=lambda line: line[0]):
            marks.append((len(text), len(text) + len(head), "passage--quiet"))
            text += f"{head}\n{body}\n"
        self.query_one(Passage).show(text.rstrip("\n"), marks)
        self.display = bool(lines)
