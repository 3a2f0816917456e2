"""Raw formats by name. A module of this folder that defines `FORMAT` is a format; nothing else has to be told."""

from __future__ import annotations

import difflib
import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from schemas.terminal import visible

if TYPE_CHECKING:
    from curation.formats.base import Format

_HELPERS = {"base", "reading", "building", "gold"}


class _Formats(Mapping[str, "Format"]):
    """Names come from the folder, modules are imported when asked for, so that `--help` can list them at once."""

    def __init__(self) -> None:
        self._names = sorted(
            m.name.replace("_", "-")
            for m in pkgutil.iter_modules(__path__)
            if m.name not in _HELPERS and not m.ispkg
        )

    def __getitem__(self, name: str) -> Format:
        if name not in self._names:
            raise KeyError(name)
        found: Format = importlib.import_module(f"{__name__}.{name.replace('-', '_')}").FORMAT
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


FORMATS: Mapping[str, Format] = _Formats()


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
        raise BadSpec(f"unknown format {name!r}", do=_nearest(name, list(FORMATS)))
    known = [*found.options, *COMMON_OPTIONS]
    for option in options or {}:
        if option not in known:
            raise BadSpec(f"the format {name} has no option {option!r}", do=_nearest(option, known))
    return found


def format_rule(name: str) -> str:
    """What a format is called in a decision: its name, or that of its TOML file without folder and ending."""
    return visible(Path(name).stem) if name.endswith(".toml") else name


def _nearest(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.4)
    return f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known)}"
