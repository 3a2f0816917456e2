"""CSV and TSV: a header, then a row a record; cells may hold line ends, and be as long as a row may be."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from curation.formats.base import Raw, Tally
from curation.formats.containers.lines import line_blocks
from curation.formats.containers.part import ROW_LIMIT, TOO_LONG
from schemas.errors import BadData, BadSpec
from schemas.terminal import one_line

_NAMED = {"tab": "\t", "comma": ",", "semicolon": ";", "pipe": "|"}


def table(
    chunks: Iterable[bytes],
    tally: Tally,
    where: str,
    *,
    delimiter: str = "",
    columns: Sequence[str] = (),
) -> Iterator[Raw]:
    """Rows as header -> cell, keyed from 1; blank lines are no rows.

    Args:
        where: for the error.
        delimiter: a character, or `tab`, `comma`, `semicolon`, `pipe`; a tab where the header has one and no comma
            if empty.
        columns: have to be in the header.

    Raises:
        BadSpec: a delimiter of more than one character.
        BadData: the header is not CSV, lacks a column or names one twice.
    """
    csv.field_size_limit(ROW_LIMIT)  # 128 KiB otherwise, for the whole process
    text = _Text(chunks, where)
    lines = iter(text)
    first = next(lines, "")
    mark = _NAMED.get(delimiter, delimiter) or ("\t" if "\t" in first and "," not in first else ",")
    if len(mark) != 1 or mark in '"\r\n':
        raise BadSpec(
            f"{one_line(delimiter, 20)!r} is no delimiter",
            where="option delimiter",
            do="one character, or tab, comma, semicolon, pipe",
        )
    reader = csv.reader(_again(first, lines), delimiter=mark)
    header = _header(reader, where, columns)
    number = 0
    while True:
        begun = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            tally.rows, number = tally.rows + 1, number + 1
            yield Raw(str(number), problem=f"not CSV ({error})")
            continue
        if not any(map(str.strip, cells)):
            continue
        tally.rows, number = tally.rows + 1, number + 1
        if len(cells) != len(header):
            # An unclosed quotation mark draws the rows after it into its cell.
            over = f", over lines {begun} to {reader.line_num}" if reader.line_num > begun else ""
            yield Raw(str(number), problem=f"{len(cells)} cells under {len(header)} columns{over}")
        elif text.broken and not all(map(_is_whole, cells)):
            yield Raw(str(number), problem="not UTF-8")
        else:
            yield Raw(str(number), dict(zip(header, cells, strict=True)))


def _is_whole(cell: str) -> bool:
    if cell.isascii():
        return True
    try:
        cell.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


class _Text:
    """Lines with their ends, `\\r` alone among them. `broken` once bytes were not UTF-8: they come as surrogates."""

    def __init__(self, chunks: Iterable[bytes], where: str) -> None:
        self._chunks, self._where, self.broken = chunks, where, False

    def __iter__(self) -> Iterator[str]:
        for first, data in line_blocks(self._chunks):
            if data is None:
                raise BadData(f"line {first} is {TOO_LONG}", where=self._where, do="mend the file")
            try:
                text = data.decode("utf-8")
            except UnicodeDecodeError:
                # A row that is not UTF-8 is told apart by its surrogates and rejected alone.
                self.broken, text = True, data.decode("utf-8", "surrogateescape")
            yield from io.StringIO(text, newline="")


def _again(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest


def _header(reader: Iterator[list[str]], where: str, columns: Sequence[str]) -> list[str]:
    try:
        header = [name.strip() for name in next(reader, [])]
    except csv.Error as error:
        raise BadData(f"not CSV ({error})", where=where, do="mend the file") from None
    missing = [name for name in columns if name not in header]
    if header and missing:
        shown = one_line(", ".join(n or "(unnamed)" for n in header), 100)
        raise BadData(
            f"there is no column {one_line(missing[0], 40)}; it has {shown}",
            where=where,
            do="name another --format, or the column's name with --option",
        )
    twice = next((n for i, n in enumerate(header) if n and n in header[:i]), None)
    if twice:
        raise BadData(f"two columns are named {one_line(twice, 40)}", where=where, do="rename one")
    return header
