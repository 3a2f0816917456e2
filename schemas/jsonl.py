"""JSON lines and atomic files: how rows reach the disk and come back."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from schemas.canonical import canonical_json
from schemas.errors import BadData, MissingFile

Model = TypeVar("Model", bound=BaseModel)


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
    value = row.model_dump(mode="json", exclude_defaults=True) if isinstance(row, BaseModel) else row
    return canonical_json(value)


def write_jsonl(path: Path, rows: Iterable[BaseModel | dict[str, Any]]) -> int:
    """Stream rows into `path` atomically; returns how many."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    count = 0
    try:
        with temporary.open("w", encoding="utf-8", newline="\n") as file:
            for row in rows:
                file.write(as_line(row) + "\n")
                count += 1
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    return count


def read_jsonl(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield (line number from 1, object) for every non-empty line.

    Raises:
        MissingFile: there is no such file.
        BadData: a line is not a JSON object; says which.
    """
    try:
        file = path.open("r", encoding="utf-8", errors="strict")
    except FileNotFoundError:
        raise MissingFile("no such file", where=str(path), do="check the path") from None
    except IsADirectoryError:
        raise BadData(
            "this is a folder, not a JSON lines file", where=str(path), do="name a file in it"
        ) from None
    with file:
        number = 0
        try:
            for number, line in enumerate(file, 1):
                if not line.strip():
                    continue
                value = json.loads(line)
                if not isinstance(value, dict):
                    raise BadData("not a JSON object", where=f"{path}:{number}", do="one object a line")
                yield number, value
        except (json.JSONDecodeError, RecursionError) as error:
            reason = f"not JSON ({error})" if isinstance(error, json.JSONDecodeError) else "nested too deeply"
            raise BadData(reason, where=f"{path}:{number}", do="mend or remove the line") from None
        except UnicodeDecodeError as error:
            raise BadData(
                f"not UTF-8 ({error.reason})", where=f"{path}:{number + 1}", do="convert the file to UTF-8"
            ) from None


def read_models(path: Path, model: type[Model]) -> Iterator[Model]:
    """Yield validated models. Raises as `read_jsonl`, and BadData for a line that breaks the type."""
    for number, value in read_jsonl(path):
        try:
            yield model.model_validate(value)
        except ValidationError as error:
            raise BadData(
                first_reason(error), where=f"{path}:{number}", do="mend or remove the line"
            ) from None


def first_reason(error: ValidationError) -> str:
    """The first of pydantic's complaints as a clause: `messages.0.role: …`."""
    detail = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(str(part) for part in detail["loc"])
    message = detail["msg"].removeprefix("Value error, ")
    return f"{place}: {message}" if place else message
