"""JSON lines and plain lines, in blocks: as little as possible is done once a row."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import orjson

from curation.formats.base import Raw, Tally
from curation.formats.containers.part import BOM, ROW_LIMIT, TOO_LONG
from schemas.terminal import one_line

# orjson reads an integer beyond 64 bits as a float, and its digits are lost. Such a number has 19 digits or more.
_DIGITS = bytes(48 if 48 <= byte <= 57 else 32 for byte in range(256))
_LONG = b"0" * 19


class Line(NamedTuple):
    """One line of text without its end; `problem` says why it could not be read."""

    number: int
    text: str
    problem: str = ""


def block_lines(data: bytes, first: int, tally: Tally) -> Iterator[Raw]:
    """The rows of a block of whole JSON lines, keyed by the number of their line; blank lines are no rows.

    Args:
        data: lines with their newlines; the last one may have none.
        first: number of the first line, from 1; a byte order mark in front of line 1 is passed over.
    """
    if first == 1:
        data = data.removeprefix(BOM)
    if has_long_number(data):
        yield from _carefully(data, first, tally)
        return
    number, loads = first - 1, orjson.loads
    for line in data.split(b"\n"):
        number += 1
        try:
            value = loads(line)
        except orjson.JSONDecodeError:
            raw = _parsed(line, number)
            if raw is None:
                continue
        else:
            raw = Raw(str(number), value)
        tally.rows += 1
        yield raw


def has_long_number(data: bytes) -> bool:
    """Whether 19 digits in a row stand anywhere; a quick look at every sixth byte settles most blocks."""
    return b"000" in data[::6].translate(_DIGITS) and _LONG in data.translate(_DIGITS)


def json_lines(chunks: Iterable[bytes], tally: Tally) -> Iterator[Raw]:
    """One JSON value a line. A line that is not JSON is a row with its problem."""
    for first, data in line_blocks(chunks):
        if data is None:
            tally.rows += 1
            yield Raw(str(first), problem=TOO_LONG)
        else:
            yield from block_lines(data, first, tally)


def text_lines(chunks: Iterable[bytes]) -> Iterator[Line]:
    """Every line of a text, blank ones as well; a line that is not UTF-8 is one with its problem."""
    for first, data in line_blocks(chunks):
        if data is None:
            yield Line(first, "", TOO_LONG)
            continue
        lines = data.split(b"\n")
        if not lines[-1]:
            lines.pop()
        for number, line in enumerate(lines, first):
            try:
                yield Line(number, line.decode("utf-8").rstrip("\r"))
            except UnicodeDecodeError:
                yield Line(number, "", "not UTF-8")


def line_blocks(chunks: Iterable[bytes]) -> Iterator[tuple[int, bytes | None]]:
    """(number of the first line from 1, whole lines) of a text without its byte order mark.

    None stands for one line that is longer than `ROW_LIMIT`, which is never held.
    """
    held, size, first, skipping = list[bytes](), 0, 1, False
    for chunk in _without_bom(chunks):
        if skipping:
            _, newline, chunk = chunk.partition(b"\n")
            if not newline:
                continue
            skipping, first = False, first + 1
        cut = chunk.rfind(b"\n") + 1
        if cut:
            data = b"".join((*held, chunk[:cut]))
            yield first, data
            first += data.count(b"\n")
            held, size = [], 0
            chunk = chunk[cut:]
        if chunk:
            held.append(chunk)
            size += len(chunk)
        if size > ROW_LIMIT:
            yield first, None
            held, size, skipping = [], 0, True
    if held:
        yield first, b"".join(held)


def _without_bom(chunks: Iterable[bytes]) -> Iterator[bytes]:
    rest = iter(chunks)
    head = b""
    for chunk in rest:
        head += chunk
        if len(head) >= len(BOM):
            break
    yield head.removeprefix(BOM)
    yield from rest


def _carefully(data: bytes, first: int, tally: Tally) -> Iterator[Raw]:
    for number, line in enumerate(data.split(b"\n"), first):
        raw = _parsed(line, number)
        if raw is not None:
            tally.rows += 1
            yield raw


def _parsed(line: bytes, number: int) -> Raw | None:
    """A line as Python reads JSON, which takes what orjson refuses (NaN, unpaired surrogates); None if it is blank."""
    key = str(number)
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError:
        return Raw(key, problem="not UTF-8")
    if not text.strip():
        return None
    try:
        return Raw(key, json.loads(text))
    except RecursionError:
        return Raw(key, problem="nested too deeply")
    except ValueError as error:  # also a number of more digits than Python converts
        return Raw(key, problem=f"not JSON ({one_line(str(error), 120)})")
