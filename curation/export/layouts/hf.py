"""A folder that `datasets.load_dataset` reads as it is: every field, `data/<split>-00000-of-00001.parquet`, a card."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from curation.export.layouts.base import Layout
from curation.export.layouts.parquet import FEATURES, to_row


def _parquet(part: str, ability: str) -> str:
    return f"data/{part}.parquet"


def _jsonl(part: str, ability: str) -> str:
    return f"data/{part}.jsonl"


def _resolved(layout: Layout, options: Mapping[str, str]) -> Layout:
    return replace(layout, parquet=False, place=_jsonl) if options.get("files") == "jsonl" else layout


LAYOUT = Layout(
    about="a folder for datasets.load_dataset: every field, one split a part, and a dataset card",
    row=to_row,
    place=_parquet,
    parquet=True,
    folder=True,
    shards=True,
    options={"files": ("parquet", "jsonl")},
    resolved=_resolved,
    features=FEATURES,
)
