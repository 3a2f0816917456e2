"""Help for what has the focus: what it is, and every key that answers there, in words."""

from __future__ import annotations

import inspect
import re

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen, Screen
from textual.widgets import Static

from screens.bars import KeyBar
from screens.binds import bindings, key_of, printed
from screens.passage import Mark, Passage
from screens.sheet import Page


def help_of(screen: Screen[object]) -> tuple[str, list[tuple[str, str]]]:
    """(what has the focus and where, [(keys, what they do)]) of a screen."""
    focused = screen.focused or screen
    texts: list[str] = []
    for node in focused.ancestors_with_self:
        said = getattr(type(node), "HELP", None)
        if said and inspect.cleandoc(said) not in texts:
            texts.append(inspect.cleandoc(said))
        if node is screen:
            break
    found: dict[str, tuple[list[str], str]] = {}
    # The screen's own keys first, then those of lists and panes, then Textual's.
    own = sorted(screen.active_bindings.values(), key=lambda a: (a.node is not screen, not a.binding.id))
    for active in own:
        binding = active.binding
        known = key_of(binding.id or "")
        about = known.about if known else binding.tooltip or binding.description
        name = binding.id or binding.action
        if about and not binding.system and active.enabled:
            found.setdefault(name, ([], about))[0].append(printed(binding.key))
    return "\n\n".join(texts), [(" ".join(keys), about) for keys, about in found.values()]


class HelpScreen(ModalScreen[None]):
    """Args: about: the screen that it explains."""

    BINDINGS = bindings("help")
    DEFAULT_CSS = """
    HelpScreen { align: center middle; background: $background 60%;
        & > Vertical { width: 84; max-width: 96%; height: auto; max-height: 96%; background: $surface;
            border: round $accent; border-title-color: $text; padding: 0 1; }
        & Page { height: auto; max-height: 82vh; padding: 0 0 0 1; scrollbar-size-vertical: 1; }
        & Passage { margin-bottom: 1; }
        & Static { padding: 0 1 0 0; }
        & KeyBar { background: $surface; }
    }
    """

    def __init__(self, about: Screen[object]) -> None:
        super().__init__()
        self._texts, self._rows = help_of(about)
        focused = about.focused
        self._title = f"help: {_name(focused or about)}"

    def compose(self) -> ComposeResult:
        keys = Table.grid(padding=(0, 2))
        keys.add_column(no_wrap=True)
        for names, about in self._rows:
            keys.add_row(Text(names, "bold"), Text(about))
        with Vertical() as box:
            box.border_title = self._title
            with Page():
                yield Passage(*prose(self._texts))
                yield Static(keys, markup=False)
            yield KeyBar()

    def action_back(self) -> None:
        self.dismiss()


def prose(text: str) -> tuple[str, list[Mark]]:
    """A help text as it is read: lines of the source put together, `keys` and **words** without their signs but bold.

    Returns: the text with a line a paragraph or point of a list, and the marks on it.
    """
    lines: list[str] = []
    for line in text.split("\n"):
        if line and lines and lines[-1] and not line.startswith("- "):
            lines[-1] += " " + line.strip()
        else:
            lines.append(line)
    out, marks = "", list[Mark]()
    for place, piece in enumerate(re.split(r"`([^`]*)`|\*\*([^*]*)\*\*", "\n".join(lines))):
        if place % 3 and piece:
            marks.append((len(out), len(out) + len(piece), "passage--word"))
        out += piece or ""
    return out.replace("\n- ", "\n· "), marks


def _name(node: object) -> str:
    """`ItemScreen` as `item screen`."""
    name = type(node).__name__
    return "".join(f" {c.lower()}" if c.isupper() else c for c in name).strip()
