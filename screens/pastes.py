"""Pasted escapes stay text.

Textual's parser looks for escape sequences inside a bracketed paste as well: it takes up to 32 characters behind an ESC out of
the paste and sends them as key presses, so that a pasted control character could hand a revision in. Most terminals
take ESC out of what they paste, some (tmux among them) do not. Here ESC is replaced before the parser sees it, and
`screens.editor` puts it back.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module

from textual import _xterm_parser
from textual.message import Message

ESCAPE = "\U0010fffe"  # no character, so that no text holds it
_START, _END = "\x1b[200~", "\x1b[201~"


class PasteParser(_xterm_parser.XTermParser):
    """Textual's parser, fed with pastes that hold no ESC."""

    def __init__(self, debug: bool = False) -> None:
        super().__init__(debug)
        self._pasting, self._tail, self._held = False, "", ""

    def feed(self, data: str) -> Iterable[Message]:
        guarded = self._guarded(data)
        return super().feed(guarded) if guarded or not data else ()  # nothing at all would be the end

    def _guarded(self, data: str) -> str:
        out, data, self._held = "", self._held + data, ""
        while data:
            if not self._pasting:
                # The start may have come in pieces, which the parser has had already.
                seen = self._tail + data
                found = seen.find(_START)
                if found < 0:
                    self._tail = seen[-(len(_START) - 1) :]
                    return out + data
                end = found + len(_START) - len(self._tail)
                out, data, self._tail, self._pasting = out + data[:end], data[end:], "", True
            else:
                found = data.find(_END)
                if found >= 0:
                    out += data[:found].replace("\x1b", ESCAPE) + _END
                    data, self._pasting = data[found + len(_END) :], False
                else:
                    part = next((n for n in range(len(_END) - 1, 0, -1) if data.endswith(_END[:n])), 0)
                    self._held = data[len(data) - part :]
                    return out + data[: len(data) - part].replace("\x1b", ESCAPE)
        return out


def guard() -> None:
    """Let the drivers that start from now on parse pastes so. Raises nothing where a driver has no such parser."""
    for name in ("linux_driver", "web_driver"):
        module = import_module(f"textual.drivers.{name}")
        if hasattr(module, "XTermParser"):
            setattr(module, "XTermParser", PasteParser)  # noqa: B010
