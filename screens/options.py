"""The options of a choice item as a form: mark, letter and text of each, with buttons for the mouse."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Static

from schemas.forms.base import LETTERS
from screens.editor import Editor
from screens.press import Press


class OptionEditor(Editor):
    HELP = """\
An option, without its letter: letters, the instruction's `A.text` lines and the gold answer follow by themselves.

- `f3` makes it right, or no longer so. `f5` adds one behind it, `f8` takes it away, `f9` puts back.
- `ctrl+up` and `ctrl+down`, or `ctrl` with the page keys, move it. Enter goes to the next field.
- With the mouse: press `( )`, `↑`, `↓`, `✕`.
"""


class OptionRow(Horizontal):
    """One option: whether it is right, its letter, its text."""

    DEFAULT_CSS = """
    OptionRow { height: auto; width: 1fr;
        & .mark { width: 5; color: $text-muted; }
        & .letter { width: 2; }
        & Editor { width: 1fr; max-height: 6; }
        &.-right .mark, &.-right .letter { color: $text-success; text-style: bold; }
    }
    """

    def __init__(self, place: int, text: str, right: bool, several: bool) -> None:
        super().__init__(classes="-right" if right else "")
        self.place, self._several = place, several
        self.editor = OptionEditor(text, one_line=True, placeholder="text of the option")
        self._mark = Press(self._box(right), "choose", "right or not", classes="mark")

    def compose(self) -> ComposeResult:
        yield self._mark
        yield Static(f"{LETTERS[self.place]}.", classes="letter", markup=False)
        yield self.editor
        yield Press("↑", "up", "move up")
        yield Press("↓", "down", "move down")
        yield Press("✕", "remove", "take away")

    @property
    def text(self) -> str:
        return self.editor.value

    def say(self, text: str, right: bool) -> None:
        self.editor.put(text)
        self.set_class(right, "-right")
        self._mark.update(self._box(right))

    def _box(self, right: bool) -> str:
        return ("[x]" if right else "[ ]") if self._several else ("(•)" if right else "( )")


class Options(Vertical):
    """All options of an item. It says what is asked for (`Edited`, `Asked`) and decides nothing: the draft does."""

    DEFAULT_CSS = "Options { height: auto; }"

    class Edited(Message):
        """The text of an option was edited: ask for `texts`."""

    class Asked(Message):
        """`does` is `choose`, `up`, `down`, `remove` or `add`; `place` the option's."""

        def __init__(self, does: str, place: int) -> None:
            super().__init__()
            self.does, self.place = does, place

    def __init__(self, texts: Sequence[str], right: frozenset[int], several: bool) -> None:
        super().__init__(id="options")
        self.right = right
        self._texts, self._several = texts, several
        self._aim: int | None = None

    def compose(self) -> ComposeResult:
        for place, text in enumerate(self._texts):
            yield OptionRow(place, text, place in self.right, self._several)
        yield from self._spare(len(self._texts))
        yield Press("+ option", "add", "a new option at the end")

    def _spare(self, place: int) -> Iterator[OptionRow]:
        """A hidden row for the next option, so that it can be typed into as soon as it is wanted."""
        if place < len(LETTERS):
            row = OptionRow(place, "", False, self._several)
            row.display = False
            yield row

    @property
    def rows(self) -> list[OptionRow]:
        """The rows in use. A row that was taken away is only hidden, and used again."""
        return [row for row in self.query(OptionRow) if row.display]

    @property
    def texts(self) -> tuple[str, ...]:
        return tuple(row.text for row in self.rows)

    @property
    def place(self) -> int | None:
        """The option that has the focus, or gets it as soon as it is there."""
        if self._aim is not None:
            return self._aim
        return next((row.place for row in self.rows if row.has_focus_within), None)

    def show(self, texts: Sequence[str], right: frozenset[int], focus: int | None = None) -> None:
        """Let the rows say `texts`."""
        self.right = right
        rows = list(self.query(OptionRow))
        for place in range(len(rows), len(texts) + 1):
            for row in self._spare(place):
                rows.append(row)
                self.mount(row, before=self.query_one("Options > Press"))
        for place, text in enumerate(texts):
            rows[place].say(text, place in right)
        for place, row in enumerate(rows):
            row.display = place < len(texts)
        if focus is not None and rows:
            # At once, for the next key may be on its way already.
            self._aim = max(0, min(focus, len(texts) - 1))
            if rows[self._aim].editor.is_mounted:
                self._go()
            else:
                self.call_after_refresh(self._go)

    def _go(self) -> None:
        if self._aim is not None and self._aim < len(self.rows):
            self.screen.set_focus(self.rows[self._aim].editor)
        self._aim = None

    @on(Editor.Changed)
    def _edited(self, event: Editor.Changed) -> None:
        event.stop()
        self.post_message(self.Edited())

    @on(Press.Pressed)
    def _pressed(self, event: Press.Pressed) -> None:
        event.stop()
        row = next((a for a in event.press.ancestors if isinstance(a, OptionRow)), None)
        self.post_message(self.Asked(event.press.does, row.place if row else len(self.rows)))
