"""Settings files: TOML read into a pydantic model, with errors that name the nearest known key."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from schemas.errors import BadSpec, MissingFile
from schemas.jsonl import first_reason

Model = TypeVar("Model", bound=BaseModel)


def load_spec(path: Path | None, model: type[Model], overrides: Sequence[str] = ()) -> Model:
    """Read a TOML file into `model`, after applying `key.path=value` overrides; without a file, the overrides alone.

    Raises:
        MissingFile: there is no such file.
        BadSpec: not TOML, an unknown key (the nearest known one is named), a wrong value, a malformed override.
    """
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8")) if path else {}
    except FileNotFoundError:
        raise MissingFile("no such settings file", where=str(path), do="check the path") from None
    except IsADirectoryError:
        raise BadSpec(
            "this is a folder, not a settings file", where=str(path), do="name the TOML file"
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadSpec(f"not TOML ({error})", where=str(path), do="mend the file") from None
    for override in overrides:
        _apply(values, override)
    return parse_spec(values, model, str(path or "the command line"))


def parse_spec(values: dict[str, Any], model: type[Model], where: str) -> Model:
    """Validate already parsed settings. Raises BadSpec as `load_spec`."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        for detail in error.errors(include_url=False, include_input=False):
            if detail["type"] == "extra_forbidden":
                raise _unknown_key(model, [str(p) for p in detail["loc"]], where) from None
        raise BadSpec(first_reason(error), where=where, do="mend the setting") from None


def _apply(values: dict[str, Any], override: str) -> None:
    key, equals, text = override.partition("=")
    if not equals or not key:
        raise BadSpec(
            f"cannot read {override!r}", where="--set", do="write it as key=value or table.key=value"
        )
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        value = text  # a bare word is a string, so that paths need no quotes
    *tables, last = key.split(".")
    for table in tables:
        values = values.setdefault(table, {})
        if not isinstance(values, dict):
            raise BadSpec(f"{table!r} in {key!r} is not a table", where="--set", do="check the key")
    values[last] = value


def _unknown_key(model: type[BaseModel], path: list[str], where: str) -> BadSpec:
    known = sorted(_fields_at(model, path[:-1]))
    near = difflib.get_close_matches(path[-1], known, n=1, cutoff=0.5)
    do = f"did you mean {near[0]!r}?" if near else f"known here: {', '.join(known)}"
    return BadSpec(f"unknown key {'.'.join(path)!r}", where=where, do=do)


def _fields_at(model: type[BaseModel], path: Sequence[str]) -> set[str]:
    """Field names of the model that `path` leads to, walking through lists, dicts and unions."""
    models = [model]
    for part in path:
        fields = [m.model_fields[part].annotation for m in models if part in m.model_fields]
        if fields:  # list indices and dictionary keys stay on the same models
            models = [found for annotation in fields for found in _models_in(annotation)]
    return {name for m in models for name in m.model_fields}


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [found for argument in get_args(annotation) for found in _models_in(argument)]
