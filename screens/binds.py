"""The table of keys as Textual's bindings, and as what is read on the screen."""

from __future__ import annotations

from collections.abc import Iterable

from textual.binding import Binding, BindingType
from textual.keys import format_key

from screens.keys import TABLES, Key

# Where a line is asked for in front of a screen the application's own keys are out of reach, and `?` is typed.
HELP_KEY = Binding("f1", "app.help", "help", id="everywhere.help")


def bindings(table: str, *, priority: bool = False) -> list[BindingType]:
    """Bindings of one table, each with the id `table.name`, by which a key map finds it."""
    return [
        Binding(
            k.keys, k.action, k.word, show=k.shown, id=f"{table}.{k.name}", tooltip=k.about, priority=priority
        )
        for k in TABLES[table]
    ]


def key_of(binding_id: str) -> Key | None:
    table, _, name = binding_id.partition(".")
    return next((k for k in _rows(table) if k.name == name), None)


def _rows(table: str) -> tuple[Key, ...]:
    rows = TABLES.get(table)
    if rows is None:
        from screens.edit_keys import EDIT_TABLES

        rows = EDIT_TABLES.get(table, ())
    return rows


def in_order(ids: Iterable[str]) -> list[str]:
    """Ids of bindings as their tables have them, the tables as they come: a key that was mapped anew keeps its place."""
    ids = list(ids)
    tables = list(dict.fromkeys(name.partition(".")[0] for name in ids))

    def place(name: str) -> tuple[int, int]:
        table = name.partition(".")[0]
        known = [f"{table}.{key.name}" for key in _rows(table)]
        return tables.index(table), known.index(name) if name in known else len(known)

    return sorted(ids, key=place)


def printed(key: str) -> str:
    """A key as it stands on the screen: `a`, `/`, `enter`, `^p`."""
    *held, last = key.split("+")
    named = {"question_mark": "?", "slash": "/", "escape": "esc", "pagedown": "pgdn", "pageup": "pgup"}
    shown = named.get(last) or (last if len(last) == 1 or last.isalnum() else format_key(last))
    return "".join("^" if h == "ctrl" else f"{h}+" for h in held) + shown


def keys_of(binding_id: str, keymap: dict[str, str]) -> str:
    """The first key of an action, as printed, under a user's key map."""
    known = key_of(binding_id)
    keys = keymap.get(binding_id) or (known.keys if known else "")
    return printed(keys.split(",")[0])
