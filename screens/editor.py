"""The editor: Textual's text area for Chinese, for hostile text, and for the editor of one's own."""

from __future__ import annotations

import unicodedata

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding
from textual.document._document import EditResult, Location
from textual.document._document_navigator import DocumentNavigator
from textual.document._edit import Edit
from textual.document._wrapped_document import WrappedDocument
from textual.expand_tabs import get_tab_widths
from textual.strip import Strip
from textual.widgets import TextArea
from uniseg.graphemecluster import grapheme_clusters

from screens.linebreak import section_starts
from screens.pastes import ESCAPE
from screens.shown import name_of
from screens.standins import StandIns


class _Wrapped(WrappedDocument):
    """A document wrapped as `Passage` breaks its lines, so that a text does not jump when it is edited."""

    def wrap(self, width: int, tab_width: int | None = None) -> None:
        self._width = width
        self._tab_width = tab_width or self._tab_width
        self._wrap_offsets, self._tab_width_cache = [], []
        self._offset_to_line_info, self._line_index_to_offsets = [], []
        for index, line in enumerate(self.document.lines):
            starts = list(section_starts(line, width)) if width else []
            self._wrap_offsets.append(starts)
            self._tab_width_cache.append([taken for _, taken in get_tab_widths(line, self._tab_width)])
            top = len(self._offset_to_line_info)
            self._line_index_to_offsets.append(list(range(top, top + len(starts) + 1)))
            self._offset_to_line_info += [(index, section) for section in range(len(starts) + 1)]

    def wrap_range(self, start: Location, old_end: Location, new_end: Location) -> None:
        self.wrap(self._width)  # lines that did not change are remembered


class Editor(TextArea):
    """A text area whose text is kept exactly and whose lines break by Unicode's rules.

    Characters that can't be shown are kept as they are and painted in reverse, as their control picture (`␛`) or `?`;
    `hides` names them. A grapheme cluster is one step of the cursor and one deletion. What an input method composes
    arrives as ordinary characters; what is pasted is data, whatever it holds.

    Args:
        text: what to edit; `value` gives it back.
        one_line: Enter goes to the next field; a pasted newline stays a part of the text.
    """

    DEFAULT_CSS = """
    Editor {
        height: auto; min-height: 1; max-height: 14; padding: 0 1; border: none; border-left: outer $surface-lighten-2;
        scrollbar-size-vertical: 1;
        & .editor--hidden { color: $text-warning; text-style: bold reverse; }
    }
    Editor:focus { border: none; border-left: outer $accent; }
    """
    COMPONENT_CLASSES = {"editor--hidden"}
    BINDINGS = [
        Binding("ctrl+home", "to_start", "To the start of the text", show=False),
        Binding("ctrl+end", "to_end", "To the end of the text", show=False),
    ]
    HELP = """\
Write here. Chinese is typed with your input method as anywhere else.

- `ctrl+z` takes back, `ctrl+y` does it again; `shift` with the arrows or the mouse selects; `ctrl+c`, `ctrl+x`, `ctrl+v`.
- `ctrl+o` opens the text in the editor of your own (`$VISUAL` or `$EDITOR`).
- `tab` and `shift+tab` go to the next and the previous field.
- Characters that can't be shown are in reverse; the line below the form names them. They stay in the text until you delete them.
"""

    def __init__(
        self,
        text: str = "",
        *,
        one_line: bool = False,
        placeholder: str = "",
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        self._stand_ins = StandIns()
        self.one_line = one_line
        super().__init__(
            self._stand_ins.encode(text),
            id=id,
            classes=classes,
            placeholder=placeholder,
            highlight_cursor_line=False,
        )
        self.cursor_blink = False

    @property
    def value(self) -> str:
        """The text, exactly."""
        return self._stand_ins.decode(self.text)

    @property
    def hides(self) -> list[str]:
        """Names of the characters in the text that can't be shown: `U+202E RIGHT-TO-LEFT OVERRIDE`."""
        return [name_of(char) for char in self._stand_ins.named(self.text)]

    def put(self, text: str) -> None:
        """Replace the whole text; it can be taken back."""
        if text != self.value:
            self.replace(text, (0, 0), self.document.end, maintain_selection_offset=False)
            self.history.checkpoint()

    def load_text(self, text: str) -> None:
        super().load_text(self._stand_ins.encode(text))

    def edit(self, edit: Edit) -> EditResult:
        row, column = edit.top
        text = edit.text
        # What clings to the character before it becomes one with it.
        while (
            text
            and column
            and self._clings(before := self._stand_ins.decode(self.document[row][column - 1]), text)
        ):
            text, column = before + text, column - 1
        if (row, column) != edit.top:
            edit = Edit(text, (row, column), edit.bottom, edit.maintain_selection_offset)
        edit.text = self._stand_ins.encode(text)
        return super().edit(edit)

    @staticmethod
    def _clings(before: str, text: str) -> bool:
        """Whether the first character of `text` belongs to the grapheme cluster of what stands before it."""
        return next(grapheme_clusters(before + text[:1])) == before + text[0] or before[-1] == "\u200d"

    @property
    def selected_text(self) -> str:
        return self._stand_ins.decode(super().selected_text)

    def action_to_start(self) -> None:
        self.move_cursor((0, 0))

    def action_to_end(self) -> None:
        self.move_cursor(self.document.end)

    def action_cut(self) -> None:
        super().action_cut()
        cut = self._stand_ins.decode(self.app.clipboard)
        if cut != self.app.clipboard:
            self.app.copy_to_clipboard(cut)

    async def _on_key(self, event: events.Key) -> None:
        """Keys in the order in which they came.

        Textual types characters at once but lets every other key bubble up to the application first: of a burst (a slow
        line, an input method that corrects itself) `a`, `b`, backspace, `c` it makes `ab`. So bindings are looked up here.
        """
        if self.app.focused is not self:  # an earlier key of the burst moved on
            event.stop()
            event.prevent_default()
            again = events.Key(event.key, event.character)
            again._set_forwarded()
            (self.app.focused or self.app.screen).post_message(again)
        elif event.key == "enter" and self.one_line:
            event.stop()
            event.prevent_default()
            self.screen.focus_next()
        elif event.character and unicodedata.category(event.character[0]) == "Cf":
            # The joiner of an emoji: an input method sends it as a key of its own, which Textual holds to be none.
            event.stop()
            event.prevent_default()
            self._replace_via_keyboard(event.character, *self.selection)
        elif not (event.is_printable or event.key == "enter") and await self.app._check_bindings(event.key):
            event.stop()
            event.prevent_default()

    async def _on_paste(self, event: events.Paste) -> None:
        # A terminal sends the newlines of a paste as carriage returns.
        event.stop()
        event.prevent_default()
        text = event.text.replace("\r\n", "\n").replace("\r", "\n").replace(ESCAPE, "\x1b")
        if result := self._replace_via_keyboard(text, *self.selection):
            self.move_cursor(result.end_location)

    def _set_document(self, text: str, language: str | None) -> None:
        super()._set_document(text, language)
        self.wrapped_document = _Wrapped(self.document, tab_width=self.indent_width)
        self.navigator = DocumentNavigator(self.wrapped_document)
        self._rewrap_and_refresh_virtual_size()

    def render_line(self, y: int) -> Strip:
        strip = super().render_line(y)
        if strip.text.isascii() or self._stand_ins.paint(strip.text) == strip.text:
            return strip
        odd = self.get_component_rich_style("editor--hidden", partial=True)
        segments = [piece for segment in strip for piece in self._painted(segment, odd)]
        return Strip(segments, strip.cell_length)

    def _painted(self, segment: Segment, odd: Style) -> list[Segment]:
        stand_ins = self._stand_ins
        if not stand_ins.hides.intersection(segment.text):
            return [segment._replace(text=stand_ins.paint(segment.text))]
        base = segment.style or Style.null()
        return [
            Segment(stand_ins.paint(char), base + odd if char in stand_ins.hides else base)
            for char in segment.text
        ]
