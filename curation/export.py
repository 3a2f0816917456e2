"""Instances in the layouts of other tools."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from curation.formats.doit import to_doit
from schemas.errors import BadData
from schemas.instance import Instance
from schemas.jsonl import write_jsonl

Row = dict[str, Any]


def to_messages(instance: Instance) -> Row:
    """`messages` alone."""
    return {"messages": [m.model_dump() for m in instance.messages]}


def to_alpaca(instance: Instance) -> Row:
    """`instruction`, `input`, `output`. Raises BadData for a conversation, which the layout cannot hold."""
    if [m.role for m in instance.messages] != ["user", "assistant"]:
        raise BadData(
            "alpaca has one instruction and one output, this is a conversation",
            where=instance.id[:12],
            do="export messages instead",
        )
    return {"instruction": instance.instruction, "input": "", "output": instance.response}


def to_row(instance: Instance) -> Row:
    """All fields, for Parquet: nested fields as they are, no defaults left out."""
    return instance.model_dump(mode="json")


LAYOUTS: Mapping[str, Callable[[Instance], Row]] = MappingProxyType(
    {"doit": to_doit, "messages": to_messages, "alpaca": to_alpaca, "parquet": to_row}
)


def export(instances: Iterable[Instance], layout: str, out: Path) -> int:
    """Write instances to one file; returns how many. JSON lines, or one Parquet file through `datasets`.

    Raises:
        BadData: an instance that the layout cannot hold; nothing is written then.
    """
    convert = LAYOUTS[layout]
    rows = (convert(instance) for instance in instances)
    if layout != "parquet":
        return write_jsonl(out, rows)
    return _write_parquet(list(rows), out)


def _write_parquet(rows: list[Row], out: Path) -> int:
    import os

    from datasets import Dataset

    out.parent.mkdir(parents=True, exist_ok=True)
    temporary = out.with_name(f".{out.name}.{os.getpid()}.tmp")
    try:
        Dataset.from_list(rows).to_parquet(str(temporary))
        temporary.replace(out)
    finally:
        temporary.unlink(missing_ok=True)
    return len(rows)
