"""Values in a row by dotted path, and texts put together from them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from curation.formats.base import Rejected

_PLACE = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")


def value_at(row: Any, path: str) -> Any:
    """What stands at a dotted path: keys of objects, places of lists from 0, `*` for all places. None if there is nothing.

    A key that itself holds dots is found as well, if the row has it.
    """
    if isinstance(row, Mapping) and path in row:
        return row[path]
    for place, part in enumerate(path.split(".")):
        if part == "*" and isinstance(row, list):
            rest = ".".join(path.split(".")[place + 1 :])
            return [value_at(one, rest) if rest else one for one in row]
        if isinstance(row, Mapping):
            row = row.get(part)
        elif isinstance(row, list) and part.isascii() and part.isdecimal() and len(part) < 10:
            row = row[int(part)] if int(part) < len(row) else None
        else:
            return None
    return row


def text_at(row: Any, path: str) -> str:
    """The text at a path without white space around it; a number or truth value as JSON writes it; empty for nothing.

    Raises:
        Rejected: a list or an object stands there.
    """
    value = value_at(row, path)
    if value is None:
        return ""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    raise Rejected(f"{path} is not a text")


def list_at(row: Any, path: str) -> list[Any]:
    """The list at a path; a single value is a list of one, nothing an empty one."""
    value = value_at(row, path)
    return value if isinstance(value, list) else [] if value is None else [value]


@dataclass(frozen=True, slots=True)
class Template:
    """A text with fields in it, line by line.

    Args:
        lines: of each line its pieces, (literal text, path of the field after it or None).
    """

    lines: tuple[tuple[tuple[str, str | None], ...], ...]

    @classmethod
    def parse(cls, text: str, *, bare: bool = True) -> Template:
        """`{path}` stands for a field, `{{` and `}}` for braces.

        Args:
            bare: a text without any brace is the path of a field.

        Raises:
            ValueError: a brace without its other one, or nothing between the two.
        """
        if bare and "{" not in text and "}" not in text:
            return cls((((("", text)),),))
        return cls(tuple(_pieces(line) for line in text.split("\n")))

    def fill(self, row: Any) -> str:
        """The text for a row. A line all of whose fields are empty is left out. Raises Rejected as `text_at`."""
        made = []
        for pieces in self.lines:
            fields = [text_at(row, path) if path is not None else "" for _, path in pieces]
            if any(path is not None for _, path in pieces) and not any(fields):
                continue
            made.append("".join(text + field for (text, _), field in zip(pieces, fields, strict=True)))
        return "\n".join(made).strip()


def _pieces(line: str) -> tuple[tuple[str, str | None], ...]:
    pieces: list[tuple[str, str | None]] = []
    literal, end = "", 0
    for found in _PLACE.finditer(line):
        literal += line[end : found.start()]
        end = found.end()
        path = found.group(1)
        if found.group() in ("{{", "}}"):
            literal += found.group()[0]
        elif path is None:
            raise ValueError(
                f"a brace without its other one in {line!r}; write {{{{ or }}}} for the brace itself"
            )
        elif not path.strip():
            raise ValueError(f"no field between the braces in {line!r}")
        else:
            pieces.append((literal, path.strip()))
            literal = ""
    literal += line[end:]
    if literal or not pieces:
        pieces.append((literal, None))
    return tuple(pieces)
