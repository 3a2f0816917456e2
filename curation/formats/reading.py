"""Rows out of anything that holds rows: what a format's reader calls, whatever container its source came in.

Told apart by their bytes first and by their names where bytes do not say: a source is a file, a folder or a dataset's id;
a file is gzip, zip, Parquet, or text; a text is one JSON array, one JSON object with an array in it, a value a line, or
a table.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path, PurePosixPath

from curation.formats.base import Raw, Tally
from curation.formats.containers.archive import GZIP, ZIP, gunzipped, members
from curation.formats.containers.columns import PARQUET, arrow, parquet
from curation.formats.containers.folder import data_files, saved_dataset
from curation.formats.containers.hub import hub_id, hub_rows
from curation.formats.containers.json_text import array, holds_array
from curation.formats.containers.lines import Line, block_lines, json_lines, text_lines
from curation.formats.containers.part import BOM, CHUNK, Part, chunks_of
from curation.formats.containers.table import table
from schemas.errors import BadData, BadSpec, MissingFile
from schemas.terminal import one_line

CONTAINERS = ("lines", "array", "object", "table", "parquet")
_NONE: Mapping[str, str] = {}
_BLANK = b" \t\r\n"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_FILE = 1 << 20


def require_source(path: Path) -> None:
    """Look whether there is anything to read, without reading it.

    Args:
        path: a file, a folder, or a dataset's id (`hf:owner/name`, or `owner/name` where no such path exists).

    Raises:
        MissingFile: there is no such file.
        BadSpec: `hf:` and no id.
    """
    if hub_id(path) is None and not path.exists():
        raise MissingFile("no such file", where=one_line(str(path)), do="check the path")


def is_hub(path: Path) -> bool:
    """Whether a source is a dataset's id rather than a path."""
    return hub_id(path) is not None


class Records:
    """Base of formats whose rows are objects: they come from any container.

    Args:
        at: key of the array in files that are one JSON object, where the format is known for it.
        tabular: text without a tell-tale name or first byte is a table.
        columns: a table has to have them.
    """

    at: str = ""
    tabular: bool = False

    def columns(self, options: Mapping[str, str]) -> Sequence[str]:
        """Columns that a table has to have, or it is not of the format."""
        return ()

    def read(self, path: Path, options: Mapping[str, str], tally: Tally) -> Iterator[Raw]:
        columns = self.columns(options)
        return records(path, tally, options, at=self.at, tabular=self.tabular, columns=columns)

    def in_blocks(self, path: Path, options: Mapping[str, str]) -> bool:
        """Whether a source may be cut at any newline and its pieces handed to `block`."""
        return is_plain_lines(path, options, self.at, self.tabular)

    def block(self, data: bytes, first: int, tally: Tally) -> Iterator[Raw]:
        """The rows of a block of whole lines, as `read` would find them; for a source that may be read `in_blocks`."""
        return block_lines(data, first, tally)


class Spread(Records, ABC):
    """Base of formats an element of whose files holds several rows."""

    def read(self, path: Path, options: Mapping[str, str], tally: Tally) -> Iterator[Raw]:
        return self.cut(super().read(path, options, Tally()), tally)

    def block(self, data: bytes, first: int, tally: Tally) -> Iterator[Raw]:
        return self.cut(super().block(data, first, Tally()), tally)

    @abstractmethod
    def cut(self, raws: Iterator[Raw], tally: Tally) -> Iterator[Raw]:
        """The rows that elements hold, counted here."""


def records(
    path: Path,
    tally: Tally,
    options: Mapping[str, str] = _NONE,
    *,
    at: str = "",
    tabular: bool = False,
    columns: Sequence[str] = (),
) -> Iterator[Raw]:
    """Rows of a source, one at a time: what is read but no row yet is at most some hundred kilobytes.

    Keys count from 1 (lines by their number), behind the name of the file or member where the source has several.
    A row that cannot be read is a `Raw` with its problem.

    Args:
        path: a file, a folder, or a dataset's id.
        options: `rows`, `container`, `delimiter`, `json`, `split`, `config` are read.
        at, tabular, columns: as for `Records`.

    Raises:
        MissingFile: no such file.
        BadData: a file as a whole cannot be read: an array that breaks off, a table without its columns.
        BadSpec: an option that does not fit.
        OSError: the file cannot be read.
    """
    raws = _records(path, tally, options, at, tabular, columns)
    nested = [name.strip() for name in options.get("json", "").split(",") if name.strip()]
    return _with_json(raws, nested) if nested else raws


def _records(
    path: Path, tally: Tally, options: Mapping[str, str], at: str, tabular: bool, columns: Sequence[str]
) -> Iterator[Raw]:
    hub = hub_id(path)
    if hub is not None:
        yield from hub_rows(hub, options, tally)
        return
    saved = saved_dataset(path, options) if path.is_dir() else None
    if saved is not None:
        for split in saved:
            yield from _labelled(arrow(split.files, tally, str(path)), split.label)
        return
    for part in parts(path, options):
        if part.problem:
            tally.rows += 1
            yield Raw(f"{part.label}:0", problem=part.problem)
        else:
            yield from _labelled(_rows(part, tally, options, at, tabular, columns), part.label)


def parts(path: Path, options: Mapping[str, str] = _NONE) -> Iterator[Part]:
    """The stretches of bytes of a file or folder. Raises MissingFile if it is not there."""
    if path.is_dir():
        for inside, file in data_files(path, options):
            yield from _file(file, one_line(inside, 200))
    else:
        yield from _file(path, "")


def texts(path: Path, options: Mapping[str, str] = _NONE) -> Iterator[tuple[Part, Iterator[Line]]]:
    """(part, its lines) of every text of a source; for formats that are no records. Raises as `records`."""
    if hub_id(path) is not None:
        raise BadData("a dataset of the hub is no plain text", where=str(path), do="name another --format")
    for part in parts(path, options):
        yield part, iter(()) if part.problem else text_lines(part.chunks())


def is_plain_lines(path: Path, options: Mapping[str, str], at: str = "", tabular: bool = False) -> bool:
    """Whether a source is one uncompressed file of JSON lines, which may be cut at any newline."""
    if any(options.get(name) for name in ("rows", "json")) or not path.is_file():
        return False
    with path.open("rb") as file:
        head, whole = _head(chunks_of(file, _FILE))
    if head.startswith((GZIP, *ZIP, *_UTF16)) or _is_spread_object(head):
        return False
    return container_of(head, path.name, options, at, tabular, whole) == "lines"


def container_of(
    head: bytes, name: str, options: Mapping[str, str], at: str, tabular: bool, whole: bool
) -> str:
    """Which of `CONTAINERS` a stretch of bytes is.

    Args:
        head: its beginning.
        name: the file's name.
        whole: `head` is all of it.
    """
    told = options.get("container", "")
    if told:
        if told not in CONTAINERS:
            raise BadSpec(
                f"unknown container {one_line(told, 40)!r}",
                where="option container",
                do=f"known: {', '.join(CONTAINERS)}",
            )
        return told
    if head.startswith(PARQUET):
        return "parquet"
    start = head.removeprefix(BOM).lstrip(_BLANK)
    if start.startswith(b"["):
        return "lines" if _is_lines_of_arrays(start) else "array"
    if start.startswith(b"{"):
        if options.get("rows"):
            return "object"
        return (
            "object"
            if at and not _is_line(start, at) and holds_array(head, at.split("."), whole)
            else "lines"
        )
    ending = PurePosixPath(name.lower().removesuffix(".gz")).suffix
    if ending in (".csv", ".tsv", ".tab"):
        return "table"
    return "table" if tabular and ending not in (".json", ".jsonl", ".ndjson") else "lines"


def _file(path: Path, label: str) -> Iterator[Part]:
    """A file as its parts: the members of an archive, or what is in it, decompressed."""
    try:
        file = path.open("rb")
    except FileNotFoundError:
        raise MissingFile("no such file", where=str(path), do="check the path") from None
    with file:
        head = file.read(4)
        if head.startswith(ZIP):
            for member in members(path):
                inside = f"{label}/{member.label}" if label else member.label
                yield Part(member.name, member.where, inside, member.chunks, problem=member.problem)
        elif head.startswith(GZIP):
            yield Part(path.name, str(path), label, lambda: gunzipped(path))
        else:
            # Opened once and never sought in: it may be a pipe.
            yield Part(path.name, str(path), label, lambda: chain([head], chunks_of(file, _FILE)), path=path)


def _rows(
    part: Part, tally: Tally, options: Mapping[str, str], at: str, tabular: bool, columns: Sequence[str]
) -> Iterator[Raw]:
    chunks = part.chunks()
    head, whole = _head(chunks)
    if head.startswith((GZIP, *ZIP)):
        raise BadData("an archive in an archive", where=part.where, do="unpack the outer one")
    if head.startswith(_UTF16):
        raise BadData("not UTF-8 but UTF-16", where=part.where, do="convert the file to UTF-8")
    kind = container_of(head, part.name, options, at, tabular, whole)
    rows = options.get("rows", "")
    if rows and kind in ("lines", "array"):
        raise BadData(
            f"there is no list named {one_line(rows, 40)}: the file is no JSON object",
            where=part.where,
            do="leave the option rows out",
        )
    if kind == "parquet":
        if part.path is None:
            raise BadData("a Parquet file in an archive", where=part.where, do="unpack the archive")
        return parquet(part.path, tally, part.where, columns)
    chunks = chain([head], chunks)
    if kind == "table":
        return table(chunks, tally, part.where, delimiter=options.get("delimiter", ""), columns=columns)
    if kind == "array":
        return array(chunks, tally, part.where)
    if kind == "object":
        if not (rows or at):
            raise BadSpec("which key holds the rows?", where=part.where, do="name it with --option rows=KEY")
        return array(chunks, tally, part.where, (rows or at).split("."))
    if _is_spread_object(head):
        raise BadData(
            "one JSON object over many lines, not a row a line",
            where=part.where,
            do="name the key that holds the rows with --option rows=KEY",
        )
    return json_lines(chunks, tally)


def _head(chunks: Iterator[bytes]) -> tuple[bytes, bool]:
    """(the beginning of a text up to something that is not blank, whether that is all of it)."""
    head = b""
    for chunk in chunks:
        head += chunk
        # Blank lines without end are not waited for: nothing is known of what may follow them.
        if len(head) > _FILE or (len(head) >= CHUNK and head.removeprefix(BOM).lstrip(_BLANK)):
            return head, False
    return head, True


def _is_line(start: bytes, at: str) -> bool:
    """Whether the first line is a JSON object of its own without the key that holds the rows."""
    line, newline, rest = start.partition(b"\n")
    if not newline or not rest.strip(_BLANK):
        return False
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return False
    return isinstance(value, dict) and at.split(".")[0] not in value


def _is_lines_of_arrays(start: bytes) -> bool:
    """Whether a text that begins with `[` is an array a line: its first line is whole, and the next begins another."""
    line, newline, rest = start.partition(b"\n")
    if not newline or not rest.lstrip(_BLANK).startswith(b"[") or not line.rstrip().endswith(b"]"):
        return False
    try:
        return isinstance(json.loads(line), list)
    except (ValueError, RecursionError):
        return False


def _is_spread_object(head: bytes) -> bool:
    """Whether a text begins with an object whose keys stand on lines of their own."""
    start = head.removeprefix(BOM).lstrip(_BLANK)
    first, newline, rest = start.partition(b"\n")
    return bool(newline) and first.strip() == b"{" and rest.lstrip(_BLANK).startswith(b'"')


def _labelled(raws: Iterator[Raw], label: str) -> Iterator[Raw]:
    if not label:
        return raws
    return _with_label(raws, label)


def _with_label(raws: Iterator[Raw], label: str) -> Iterator[Raw]:
    for raw in raws:
        raw.key = f"{label}:{raw.key}"
        yield raw


def _with_json(raws: Iterator[Raw], names: Sequence[str]) -> Iterator[Raw]:
    """Rows whose named cells are JSON texts, parsed."""
    for raw in raws:
        if isinstance(raw.value, dict):
            for name in names:
                cell = raw.value.get(name)
                if isinstance(cell, str) and cell.strip():
                    try:
                        raw.value[name] = json.loads(cell)
                    except (ValueError, RecursionError):
                        raw.problem = raw.problem or f"{one_line(name, 40)} is not JSON"
        yield raw
