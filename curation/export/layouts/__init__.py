"""Layouts by name. A module of this folder that defines `LAYOUT` is a layout; nothing else has to be told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from curation.registry import Registry
from schemas.nearest import did_you_mean

if TYPE_CHECKING:
    from curation.export.layouts.base import Layout

LAYOUTS: Mapping[str, Layout] = Registry(__name__, __path__, "LAYOUT", {"base", "turns"})


def find_layout(name: str, options: Mapping[str, str] | None = None) -> Layout:
    """The layout called `name`, as `options` make it.

    Raises:
        BadSpec: no such layout, an option that it does not have, or a value that the option does not take.
    """
    from schemas.errors import BadSpec

    if name not in LAYOUTS:
        raise BadSpec(f"unknown layout {name!r}", do=did_you_mean(name, LAYOUTS))
    found = LAYOUTS[name]
    for option, value in (options or {}).items():
        if option not in found.options:
            do = did_you_mean(option, found.options) if found.options else "leave it out"
            raise BadSpec(f"the layout {name} has no option {option!r}", do=do)
        if value not in found.options[option]:
            raise BadSpec(
                f"{option} cannot be {value!r}",
                where=f"layout {name}",
                do=f"known: {', '.join(found.options[option])}",
            )
    return found.resolved(found, options or {})
