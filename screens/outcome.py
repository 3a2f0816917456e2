"""What comes after a verdict: hints of the computer, or in training what was right. Hidden while there is neither."""

from __future__ import annotations

from collections.abc import Callable

from textual.app import ComposeResult
from textual.widgets import Static

from screens.hinted import line_of, others
from screens.passage import Passage
from screens.sheet import Page
from screens.shift import Face

Told = tuple[str, str, bool]  # head, text, whether it is bad news


def outcome_of(face: Face, key: Callable[[str], str]) -> Told | None:
    """What to tell, if anything. Args: key: the key of an action, as printed."""
    mine = f"you {'approved' if face.kept else 'rejected'} it" + (f" as {face.reason}" if face.reason else "")
    if face.phase == "hints":
        lines = [line_of(hint) for hint in face.hints]
        todo = (
            f"{key('item.go_on')} keeps it, another verdict key changes it, {key('item.undo')} takes it back."
        )
        if others(face.hints):
            todo += f" {key('item.hinted')} reads the other item."
        return f"hints · {mine}", "\n".join([*lines, todo]), False
    told = face.feedback
    if face.phase != "taught" or told is None:
        return None
    head = f"training · {'✓ right' if told.right else '✗ wrong'}: {mine}"
    if not told.right:
        head += f", it was to be {'approved' if told.approve else 'rejected'}"
    far = (
        "The training is over: what you judge from now on counts."
        if told.passed
        else f"{told.done} of {told.wanted} judged."
    )
    todo = f"{far} {key('item.go_on')} goes on."
    return head, "\n".join(filter(None, (told.why, todo))), not told.right


class Outcome(Page):
    """Beneath the item, so that it stays to be read."""

    HELP = "Hints about the item, or in training what was right. Both are shown after your own verdict only."
    DEFAULT_CSS = """
    Outcome { height: auto; max-height: 9; padding: 0 0 0 2; scrollbar-size-vertical: 1; background: $surface; border-top: heavy $accent;
        & Static { text-style: bold; height: auto; }
        &.-bad { border-top: heavy $error; }
    }
    """

    def compose(self) -> ComposeResult:
        yield Static(markup=False)
        yield Passage()

    def show(self, told: Told | None) -> None:
        if told is None:
            if self.display:
                self.display = False
            return
        head, text, bad = told
        self.query_one(Static).update(head)
        self.query_one(Passage).show(text)
        self.set_class(bad, "-bad")
        self.display = True
        self.scroll_home(animate=False)
