"""Raw formats by name. A module of this folder that defines `FORMAT` is a format; nothing else has to be told."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from curation.registry import Registry
from schemas.nearest import did_you_mean
from schemas.terminal import visible

if TYPE_CHECKING:
    from curation.formats.base import Format

FORMATS: Mapping[str, Format] = Registry(
    __name__, __path__, "FORMAT", {"base", "reading", "building", "gold"}
)


def find_format(name: str, options: Mapping[str, str] | None = None) -> Format:
    """The format called `name`, or the one that a TOML file of that name describes.

    Raises:
        BadSpec: no such format, or an option it does not have; the nearest known name is given. What is wrong in the
            TOML file.
        MissingFile: there is no such TOML file.
    """
    from curation.formats.base import COMMON_OPTIONS
    from schemas.errors import BadSpec

    if name.endswith(".toml"):
        from curation.formats.mapped.reader import Mapped

        found: Format = Mapped(Path(name))
    elif name in FORMATS:
        found = FORMATS[name]
    else:
        raise BadSpec(f"unknown format {name!r}", do=did_you_mean(name, FORMATS))
    known = [*found.options, *COMMON_OPTIONS]
    for option in options or {}:
        if option not in known:
            raise BadSpec(f"the format {name} has no option {option!r}", do=did_you_mean(option, known))
    return found


def format_rule(name: str) -> str:
    """What a format is called in a decision: its name, or that of its TOML file without folder and ending."""
    return visible(Path(name).stem) if name.endswith(".toml") else name
