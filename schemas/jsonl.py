"""JSON lines and atomic files: how rows reach the disk and come back, one at a time or in blocks of whole lines."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self, TypeVar

from pydantic import BaseModel, ValidationError

from schemas.canonical import canonical_json
from schemas.errors import BadData, MissingFile
from schemas.instance import TextRow

Model = TypeVar("Model", bound=BaseModel)

BLOCK = 1 << 20


def write_atomic(path: Path, content: str | bytes) -> None:
    """Write a whole file or none of it: a temporary neighbour, synced, then `os.replace`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    data = content.encode("utf-8") if isinstance(content, str) else content
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def as_line(row: BaseModel | dict[str, Any]) -> str:
    """One canonical line without its newline. Model fields that hold their default are left out."""
    if isinstance(row, TextRow):
        return row.line().decode("utf-8")
    value = row.model_dump(mode="json", exclude_defaults=True) if isinstance(row, BaseModel) else row
    return canonical_json(value)


class LineWriter:
    """A file of lines that appears whole or not at all: a temporary neighbour, synced, then `os.replace`.

    Used as a context manager; leaving it by an exception leaves the file as it was before.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
        self._file: IO[bytes] | None = None

    def __enter__(self) -> Self:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self._temporary.open("wb")
        return self

    def write(self, data: bytes) -> None:
        """Append whole lines, newlines included."""
        assert self._file is not None
        self._file.write(data)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._file is not None
        try:
            with self._file as file:
                if kind is None:
                    file.flush()
                    os.fsync(file.fileno())
            if kind is None:
                self._temporary.replace(self.path)
        finally:
            self._temporary.unlink(missing_ok=True)


def write_jsonl(path: Path, rows: Iterable[BaseModel | dict[str, Any]]) -> int:
    """Stream rows into `path` atomically; returns how many."""
    count = 0
    with LineWriter(path) as file:
        for row in rows:
            file.write(row.line() + b"\n" if isinstance(row, TextRow) else as_line(row).encode() + b"\n")
            count += 1
    return count


@dataclass(frozen=True, slots=True)
class Block:
    """Whole lines of one file.

    Args:
        path: the file.
        first: number of the first line, from 1.
        data: the lines with their newlines; the file's very last one may have none.
        start: place of the first byte in the file.
    """

    path: Path
    first: int
    data: bytes
    start: int = 0


def line_blocks(path: Path, size: int = BLOCK) -> Iterator[Block]:
    """A file cut at line ends into blocks of about `size` bytes; a longer line is a block of its own.

    Raises:
        MissingFile: there is no such file.
        BadData: it is a folder.
    """
    try:
        file = path.open("rb")
    except FileNotFoundError:
        raise MissingFile("no such file", where=str(path), do="check the path") from None
    except IsADirectoryError:
        raise BadData(
            "this is a folder, not a JSON lines file", where=str(path), do="name a file in it"
        ) from None
    with file:
        number, start = 1, 0
        while data := file.read(size):
            data += file.readline()
            yield Block(path, number, data, start)
            number, start = number + data.count(b"\n"), start + len(data)


def models_in(block: Block, model: type[Model]) -> Iterator[tuple[int, bytes, Model]]:
    """(line number, the line's bytes without its newline, validated row) of every non-empty line of a block.

    Raises:
        BadData: a line that is no JSON object or breaks the type; says which.
    """
    validate = model.model_validate_json
    for number, line in enumerate(block.data.split(b"\n"), block.first):
        if not line or line.isspace():
            continue
        try:
            yield number, line, validate(line)
        except ValidationError:
            yield number, line, _slowly(line, model, f"{block.path}:{number}")


def read_models(path: Path, model: type[Model]) -> Iterator[Model]:
    """Yield validated models. Raises as `read_jsonl`, and BadData for a line that breaks the type."""
    for block in line_blocks(path):
        for _, _, row in models_in(block, model):
            yield row


def _slowly(line: bytes, model: type[Model], where: str) -> Model:
    """A line that pydantic's own parser refuses, which may be JSON all the same; what is wrong with it otherwise."""
    value = _object(line, where)
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise BadData(first_reason(error), where=where, do="mend or remove the line") from None
    except UnicodeEncodeError:  # pydantic looks for a pattern only in what it can encode
        raise BadData("text holds an unpaired surrogate", where=where, do="mend or remove the line") from None


def _object(line: bytes, where: str) -> dict[str, Any]:
    try:
        # As text: of bytes, json takes UTF-16 and a byte order mark as well, which no other reader of the line would.
        value = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise BadData(f"not UTF-8 ({error.reason})", where=where, do="convert the file to UTF-8") from None
    except RecursionError:
        raise BadData("nested too deeply", where=where, do="mend or remove the line") from None
    except ValueError as error:  # also a number of more digits than Python converts
        raise BadData(f"not JSON ({error})", where=where, do="mend or remove the line") from None
    if not isinstance(value, dict):
        raise BadData("not a JSON object", where=where, do="one object a line")
    return value


def read_jsonl(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield (line number from 1, object) for every non-empty line.

    Raises:
        MissingFile: there is no such file.
        BadData: a line is not a JSON object; says which.
    """
    for block in line_blocks(path):
        for number, line in enumerate(block.data.split(b"\n"), block.first):
            if line and not line.isspace():
                yield number, _object(line, f"{path}:{number}")


def first_reason(error: ValidationError) -> str:
    """The first of pydantic's complaints as a clause: `messages.0.role: …`."""
    detail = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(str(part) for part in detail["loc"])
    message = detail["msg"].removeprefix("Value error, ")
    if detail["type"] == "string_unicode":
        message = "text holds an unpaired surrogate"
    return f"{place}: {message}" if place else message
