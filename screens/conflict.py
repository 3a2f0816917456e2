"""Two people revised one item: both texts, what differs, and whose it shall be."""

from __future__ import annotations

from enum import Enum

from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.screen import Screen
from textual.widgets import Button, Static

from schemas.instance import Instance
from screens.bars import KeyBar, Place
from screens.diff import Difference
from screens.edit_keys import edit_bindings
from screens.passage import Passage
from screens.shown import shown_line


class Choice(Enum):
    KEEP_THEIRS = "keep_theirs"
    OFFER_MINE = "offer_mine"
    GO_ON = "go_on"


class ConflictScreen(Screen[Choice]):
    """Shown when a colleague's revision was first; both are kept in the log whatever is chosen.

    Args:
        mine: the revision that came second.
        theirs: what the item holds now.
        by: whose that is.
        can_offer: False once somebody judged theirs: mine can't take its place any more.
    """

    CSS = """
    ConflictScreen {
        & #sides { height: 1fr; }
        & .side { width: 1fr; padding: 0 0 0 1; scrollbar-size-vertical: 1; }
        & .side:focus { background: $boost; }
        & .head { color: $text-muted; text-style: bold; margin-top: 1; }
        & #question { height: auto; padding: 0 1; background: $boost; }
        & Button { margin: 0 1; min-width: 12; }
        &.-narrow #sides { layout: vertical; }
        & #buttons { height: auto; }
    }
    """
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (96, "-wide")]
    BINDINGS = edit_bindings("conflict")
    AUTO_FOCUS = "#differs"
    HELP = """\
A colleague handed in a revision of this item before yours arrived. Nothing is lost: both are in the log.

On the left is what your revision changes in theirs, on the right theirs as it stands.
"""

    def __init__(self, mine: Instance, theirs: Instance | None, by: str, can_offer: bool = True) -> None:
        super().__init__()
        self._mine, self._theirs, self._by = mine, theirs, by
        self._can_offer = can_offer and theirs is not None

    def compose(self) -> ComposeResult:
        by = shown_line(self._by, 40)
        yield Place()
        with Horizontal(id="sides"):
            with VerticalScroll(classes="side", id="differs"):
                yield Static("what yours changes in theirs", classes="head", markup=False)
                yield Difference(id="difference")
            with VerticalScroll(classes="side", id="theirs"):
                yield Static(f"theirs, by {by}", classes="head", markup=False)
                yield Passage(
                    text_of(self._theirs) if self._theirs else "The item is rejected or has no text."
                )
        said = f"{by} was first. Keep theirs, offer yours as a new revision, or go on editing?"
        if not self._can_offer:
            said = f"{by} was first, and theirs is judged already. Keep theirs, or go on editing?"
        yield Static(said, id="question", markup=False)
        with Horizontal(id="buttons"):
            yield Button("keep theirs", id="keep_theirs", compact=True)
            yield Button("offer mine", id="offer_mine", compact=True, disabled=not self._can_offer)
            yield Button("go on editing", id="go_on", compact=True)
        yield KeyBar()

    def on_mount(self) -> None:
        self.query_one(Place).show(["two revisions of one item", self._mine.ability, self._mine.form])
        theirs = text_of(self._theirs) if self._theirs else ""
        self.query_one(Difference).compare(
            theirs, text_of(self._mine), whole=True, same="Both are the same word for word."
        )

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return self._can_offer if parameters == ("offer_mine",) else True

    def action_answer(self, name: str) -> None:
        self.dismiss(Choice(name))

    def on_button_pressed(self, event: Button.Pressed) -> None:
        self.dismiss(Choice(event.button.id))


def text_of(instance: Instance) -> str:
    """All that may differ between two revisions, as one text."""
    parts = [message.content for message in instance.prompt]
    parts.append(f"→ {instance.answer}\n{instance.response}" if instance.answer else f"→ {instance.response}")
    parts += [f"✗ {d.kind or ''}: {d.text}" for d in instance.distractors]
    return "\n\n".join(parts)
