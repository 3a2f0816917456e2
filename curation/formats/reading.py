"""Rows out of files: JSON lines, JSON arrays and plain lines, one at a time, whatever the bytes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from curation.formats.base import Raw, Tally
from schemas.errors import BadData
from schemas.terminal import one_line

_BLANK = b" \t\r\n"
_CHUNK = 1 << 16


def records(path: Path, tally: Tally) -> Iterator[Raw]:
    """Rows of a JSON file in either of its shapes: one array, or one value a line, told apart by the first byte.

    Keys count from 1. A line that is not JSON is a `Raw` with its problem; memory does not grow with the file.

    Raises:
        BadData: an array that breaks off or is not JSON; says after which row.
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        head = file.read(_CHUNK).removeprefix(b"\xef\xbb\xbf").lstrip(_BLANK)
        while not head:
            block = file.read(_CHUNK)
            if not block:
                return
            head = block.lstrip(_BLANK)
    yield from array(path, tally) if head.startswith(b"[") else json_lines(path, tally)


def lines(path: Path) -> Iterator[tuple[int, str | None]]:
    """(line number from 1, text without its end) of every line; None for a line that is not UTF-8."""
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            data = line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line
            try:
                yield number, data.decode("utf-8").rstrip("\r\n")
            except UnicodeDecodeError:
                yield number, None


def json_lines(path: Path, tally: Tally) -> Iterator[Raw]:
    """One JSON value a line; empty lines are no rows."""
    for number, line in lines(path):
        if line is not None and not line.strip():
            continue
        tally.rows += 1
        key = str(number)
        if line is None:
            yield Raw(key, problem="not UTF-8")
        else:
            try:
                yield Raw(key, json.loads(line))
            except RecursionError:
                yield Raw(key, problem="nested too deeply")
            except ValueError as error:  # also a number of more digits than Python converts
                yield Raw(key, problem=f"not JSON ({error})")


def array(path: Path, tally: Tally) -> Iterator[Raw]:
    """The elements of one JSON array, without holding more of the file than the largest element needs."""
    with path.open("r", encoding="utf-8-sig") as file:
        try:
            for number, value in enumerate(_elements(file), 1):
                tally.rows += 1
                yield Raw(str(number), value)
        except UnicodeDecodeError as error:
            raise BadData(
                f"not UTF-8 ({error.reason})", where=str(path), do="convert the file to UTF-8"
            ) from None
        except RecursionError:
            raise BadData("nested too deeply", where=str(path), do="mend the file") from None
        except ValueError as error:
            raise BadData(
                f"not a JSON array ({one_line(str(error), 120)})", where=str(path), do="mend the file"
            ) from None


def _elements(file: IO[str]) -> Iterator[Any]:
    decode = json.JSONDecoder().raw_decode
    buffer, size, begun, owed, count = "", _CHUNK, False, False, 0
    while True:
        block = file.read(size)
        buffer += block
        position = _skip(buffer, 0)
        if not begun:
            if buffer[position : position + 1] != "[":
                raise ValueError("it does not begin with [")
            begun, position = True, _skip(buffer, position + 1)
        while position < len(buffer):
            if buffer[position] == "]":
                if owed:
                    raise ValueError(f"a comma and nothing after row {count}")
                if buffer[position + 1 :].strip() or file.read(_CHUNK).strip():
                    raise ValueError("something follows the array's end")
                return
            try:
                value, end = decode(buffer, position)
            except json.JSONDecodeError:
                if not block:
                    raise ValueError(f"broken after row {count}") from None
                size *= 2  # the element may go on in the next block; doubling keeps a huge one linear
                break
            after = _skip(buffer, end)
            if after == len(buffer) and block:
                break  # a number may go on, and what follows the element is not read yet
            if after < len(buffer) and buffer[after] not in ",]":
                raise ValueError(f"broken after row {count + 1}")
            yield value
            count += 1
            if after == len(buffer):
                raise ValueError(f"broken off after row {count}")
            owed = buffer[after] == ","
            position = _skip(buffer, after + 1) if owed else after
            size = _CHUNK
        if not block:
            raise ValueError(f"broken off after row {count}")
        buffer = buffer[position:]


def _skip(text: str, position: int) -> int:
    while position < len(text) and text[position] in " \t\r\n":
        position += 1
    return position
