"""Layouts by name. A module of this folder that defines `LAYOUT` is a layout; nothing else has to be told."""

from __future__ import annotations

import difflib
import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from curation.export.layouts.base import Layout

_HELPERS = {"base", "turns"}


class _Layouts(Mapping[str, "Layout"]):
    """Names come from the folder, modules are imported when asked for, so that `--help` can list them at once."""

    def __init__(self) -> None:
        self._names = sorted(m.name for m in pkgutil.iter_modules(__path__) if m.name not in _HELPERS)

    def __getitem__(self, name: str) -> Layout:
        if name not in self._names:
            raise KeyError(name)
        found: Layout = importlib.import_module(f"{__name__}.{name}").LAYOUT
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


LAYOUTS: Mapping[str, Layout] = _Layouts()


def find_layout(name: str, options: Mapping[str, str] | None = None) -> Layout:
    """The layout called `name`, as `options` make it.

    Raises:
        BadSpec: no such layout, an option that it does not have, or a value that the option does not take.
    """
    from schemas.errors import BadSpec

    if name not in LAYOUTS:
        raise BadSpec(f"unknown layout {name!r}", do=_nearest(name, list(LAYOUTS)))
    found = LAYOUTS[name]
    for option, value in (options or {}).items():
        if option not in found.options:
            do = _nearest(option, list(found.options)) if found.options else "leave it out"
            raise BadSpec(f"the layout {name} has no option {option!r}", do=do)
        if value not in found.options[option]:
            raise BadSpec(
                f"{option} cannot be {value!r}",
                where=f"layout {name}",
                do=f"known: {', '.join(found.options[option])}",
            )
    return found.resolved(found, options or {})


def _nearest(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.4)
    return f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known)}"
