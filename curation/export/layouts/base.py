"""What a layout is, and in which words it says that it cannot hold an instance."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from schemas.instance import Instance

Row = dict[str, Any]


class Unfit(Exception):
    """A layout cannot hold an instance; the message says why and is safe to print."""


def one_file_a_part(suffix: str) -> Callable[[str, str], str]:
    """`train`, whatever the ability -> `train.jsonl`."""
    return lambda part, ability: part + suffix


def no_extras(files: Mapping[str, str]) -> dict[str, str]:
    return {}


@dataclass(frozen=True)
class Layout:
    """One layout: a small module of `curation.export.layouts` that ends in `LAYOUT = ...`.

    Args:
        about: one line for people.
        row: one instance as a row. Raises Unfit for one that it cannot hold. Called in worker processes.
        loses: fields of an instance that its rows have no place for, in the order of `schemas.instance.Instance`;
            how many rows lose one is counted and said.
        also_loses: what further the row of one instance has no place for.
        suffix: of a single file that holds every part.
        place: (part, ability) -> the path, relative to the folder, of the file that their rows go to. Names are
            safe: parts and abilities are letters, digits and underscores.
        extras: part -> its file's path, in a folder of one file a part: further small files, path -> content, that
            the tools which read the layout want beside it.
        parquet: rows go to Parquet files, every field of theirs, instead of JSON lines.
        folder: the layout is a folder and never a single file.
        shards: large parts are cut into several files, `train-00000-of-00003`.
        features: the columns, as a card's front matter declares them to `datasets`, which would otherwise take the
            types of the first rows it sees for those of all.
        options: settings -> the values they may take, the default first.
        resolved: the layout as options make it.
    """

    about: str
    row: Callable[[Instance], Row]
    loses: tuple[str, ...] = ()
    also_loses: Callable[[Instance], Sequence[str]] | None = None
    suffix: str = ".jsonl"
    place: Callable[[str, str], str] = field(default=one_file_a_part(".jsonl"))
    extras: Callable[[Mapping[str, str]], Mapping[str, str]] = no_extras
    parquet: bool = False
    folder: bool = False
    shards: bool = False
    features: Sequence[Mapping[str, Any]] = ()
    options: Mapping[str, Sequence[str]] = field(default_factory=dict)
    resolved: Callable[[Layout, Mapping[str, str]], Layout] = lambda layout, options: layout


def text(name: str) -> dict[str, Any]:
    """A feature: a column of texts."""
    return {"name": name, "dtype": "string"}


def texts(name: str) -> dict[str, Any]:
    """A feature: a column of lists of texts."""
    return {"name": name, "list": "string"}


def records(name: str, *fields: str) -> dict[str, Any]:
    """A feature: a column of lists of objects whose fields are texts."""
    return {"name": name, "list": [text(field) for field in fields]}


def llama_factory(entry: Mapping[str, Any]) -> Callable[[Mapping[str, str]], Mapping[str, str]]:
    """`dataset_info.json`, in which LLaMA-Factory looks up a data set's files and columns: one entry a part."""

    def extras(files: Mapping[str, str]) -> dict[str, str]:
        listed = {part: {"file_name": file, **entry} for part, file in files.items()}
        return {"dataset_info.json": json.dumps(listed, indent=2) + "\n"}

    return extras
