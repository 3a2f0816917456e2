"""The item on the screen: what is asked, answered and offered, from top to bottom, replaced in place.

Widgets stay when the next item comes, since making new ones costs more than a verdict does.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.message import Message
from textual.widgets import Static

from schemas.forms.base import lettered
from schemas.instance import LETTERS, Candidate, Instance
from screens.binds import bindings
from screens.passage import Passage
from screens.shown import shown_line

HEADS = {"system": "system", "user": "instruction", "assistant": "earlier reply"}


class Part(NamedTuple):
    """Args: head: a line above, or nothing; kind: `plain`, `gold`, `wrong`, `quiet`; letter: of an option;
    lead: a mark before the text; hang: cells by which its further lines are indented."""

    head: str
    text: str
    kind: str = "plain"
    letter: str = ""
    lead: str = ""
    hang: int = 0


def parts_of(content: Instance | Candidate) -> Iterator[Part]:
    """An item from top to bottom. Options are taken out of the instruction's end, where forms render them."""
    answered = isinstance(content, Instance)
    tail = "\n".join(["", *lettered(content.choices)]) if content.choices else ""
    for message in content.prompt:
        yield Part(HEADS[message.role], message.content.removesuffix(tail) if tail else message.content)
    gold = content.answer if isinstance(content, Instance) else ""
    for letter, line in zip(LETTERS, lettered(content.choices), strict=False):
        right = letter in gold
        head = "options" if letter == "A" else ""
        # Further lines begin under the text, behind the tick and the letter.
        yield Part(head, line, "gold" if right else "plain", letter, "✓ " if right else "  ", 4)
    if not isinstance(content, Instance):
        yield Part("gold answer", "none yet: it is to be written", "quiet")
        return
    head = "gold answer" + (f": {shown_line(gold, 40)}" if gold and answered else "")
    yield Part(head, content.response, "gold")
    for number, distractor in enumerate(content.distractors, 1):
        kind = f", {distractor.kind}-grained" if distractor.kind else ""
        yield Part(f"distractor {number}{kind}", distractor.text, "wrong")


class Block(Vertical):
    """One part: its head and its text."""

    def __init__(self) -> None:
        super().__init__()
        self.head, self.body = Static(classes="head", markup=False), Passage()
        self._part: Part | None = None

    def compose(self) -> ComposeResult:
        yield self.head
        yield self.body

    def show(self, part: Part) -> None:
        if part == self._part:
            return
        before, self._part = self._part, part
        if before is None or before.head != part.head:
            self.head.display = bool(part.head)
            self.head.update(part.head)
        if before is None or before.kind != part.kind:
            self.set_classes(f"-{part.kind}")
        self.body.show(part.text, lead=part.lead, hang=part.hang)

    @property
    def letter(self) -> str:
        return self._part.letter if self._part else ""


class Page(VerticalScroll, inherit_bindings=False):
    """What is read and scrolled, with the keys for it."""

    BINDINGS = bindings("reading")


class Sheet(Page):
    """An item to read, with the keyboard or the mouse. A click on an option says which one.

    Args: parts: how many widgets are made in advance.
    """

    HELP = """\
The item: what is asked, the options, the gold answer, the distractors. ✓ stands at what is held to be right.
A click on an option that is not held to be right begins a rejection with its letter as the reason.
Characters that would move the cursor, hide or reorder text stand as escapes such as \\x1b, in reverse.
Drag the mouse to select text, ctrl+c copies it."""
    DEFAULT_CSS = """
    Sheet {
        padding: 1 0 1 2; width: 1fr; scrollbar-size-vertical: 1;
        & > Block { height: auto; }
        & .head { color: $text-muted; text-style: bold; height: 1; margin-top: 1; width: auto; }
        & > Block:first-child > .head { margin-top: 0; }
        & .-gold Passage { color: $text-success; }
        & .-quiet Passage { color: $text-muted; text-style: italic; }
    }
    """

    class OptionClicked(Message):
        def __init__(self, letter: str) -> None:
            super().__init__()
            self.letter = letter

    def __init__(self, parts: int = 8, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._blocks = [Block() for _ in range(parts)]
        self._used = parts

    def compose(self) -> ComposeResult:
        yield from self._blocks

    def show(self, parts: list[Part]) -> None:
        """Replace what is shown, from the top."""
        for block, part in zip(self._blocks, parts, strict=False):
            block.show(part)
        if len(parts) > len(self._blocks):
            more = [Block() for _ in parts[len(self._blocks) :]]
            for block, part in zip(more, parts[len(self._blocks) :], strict=True):
                block.show(part)
            self._blocks += more
            self.mount(*more)
        for place in range(min(self._used, len(parts)), max(self._used, len(parts))):
            self._blocks[place].display = place < len(parts)
        self._used = len(parts)
        self.scroll_home(animate=False, immediate=True)

    def on_click(self, event: events.Click) -> None:
        # Where text can be selected the event itself names the whole screen.
        widget, _ = self.screen.get_widget_at(event.screen_x, event.screen_y)
        for node in widget.ancestors_with_self:
            if isinstance(node, Block) and node.letter and not self.screen.get_selected_text():
                self.post_message(self.OptionClicked(node.letter))
                event.stop()
                return
