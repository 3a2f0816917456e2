"""The raw writers: one function per source format, and what a malformed row looks like there.

Every writer takes clean rows in the source's own field names, mixes in exact copies and malformed rows, and says
how many of each. Bytes depend on the rows and the generator only.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from random import Random

from curation.world.source import Row, Source

DUPLICATES = 6
LICENCE = "CC0-1.0"


@dataclass(frozen=True)
class RawFile:
    """One raw source file. ``rows`` counts every row in it, so clean rows = rows - duplicates - malformed."""

    path: Path
    format: str
    ability: str
    licence: str
    rows: int
    duplicates: int
    malformed: int
    form: str


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _lines(rows: list[Row]) -> str:
    return "".join(_json(row) + "\n" for row in rows)


def _mcq_csv(rows: list[Row]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    columns = ["Question", "A", "B", "C", "D", "Answer", "group"]
    writer.writerow(["", *columns])
    writer.writerows([[i, *(row[name] for name in columns)] for i, row in enumerate(rows)])
    return out.getvalue()


def _c3(rows: list[Row]) -> str:
    fields = ("question", "choice", "answer")
    items = [
        [row["utterances"], [{name: row[name] for name in fields}], str(i)] for i, row in enumerate(rows)
    ]
    return json.dumps(items, ensure_ascii=False, indent=1) + "\n"


def _blocks(rows: list[Row]) -> str:
    return "\n".join("".join(f"{name}：{text}\n" for name, text in row.items()) for row in rows)


def _without(name: str) -> Callable[[Row], Row]:
    return lambda row: {key: value for key, value in row.items() if key != name}


def _with(**changes: object) -> Callable[[Row], Row]:
    return lambda row: {**row, **changes}


@dataclass(frozen=True)
class Format:
    """How a source format is written, its file ending, and the ways in which a row of it can be malformed."""

    ending: str
    text: Callable[[list[Row]], str]
    breaks: tuple[Callable[[Row], Row], ...]


FORMATS: dict[str, Format] = {
    "mcq-csv": Format(".csv", _mcq_csv, (_with(Answer="E"), _with(Answer=""), _with(Question=""))),
    "c3": Format(".json", _c3, (_with(answer="不"), _with(choice=[]), _with(question=""))),
    "doit": Format(".jsonl", _lines, (_without("messages"), _with(messages=[]), lambda row: {
        **row, "messages": row["messages"][:1]})),
    "alpaca": Format(".json", lambda rows: json.dumps(rows, ensure_ascii=False, indent=2) + "\n", (
        _with(output=""), _with(instruction=""), _without("output"))),
    "logiqa2": Format(".txt", _lines, (_with(answer=7), _with(options=[]), _without("question"))),
    "gsm8k": Format(".jsonl", _lines, (
        lambda row: {**row, "answer": row["answer"].split("\n")[0]}, _with(answer=""), _with(question=""))),
    "cmoraleval": Format("", _lines, (_with(correct_answer=""), _with(correct_answer="E"), _with(choices=[]))),
    "blocks": Format(".txt", _blocks, (_without("答"), _without("题"), _with(答=""))),
}  # fmt: skip


def write_source(folder: Path, ability: str, source: Source, rng: Random) -> RawFile:
    """Write one source into ``folder`` with ``DUPLICATES`` exact copies and one row for every way to be malformed."""
    kind = FORMATS[source.format]
    copies = [deepcopy(row) for row in rng.choices(source.rows, k=DUPLICATES)]
    malformed = [
        make(row) for make, row in zip(kind.breaks, rng.choices(source.rows, k=len(kind.breaks)), strict=True)
    ]
    rows = list(source.rows)
    for extra in copies + malformed:
        rows.insert(rng.randrange(len(rows) + 1), extra)
    path = folder / f"{source.stem}{kind.ending}"
    path.write_bytes(kind.text(rows).encode("utf-8"))
    return RawFile(path, source.format, ability, LICENCE, len(rows), len(copies), len(malformed), source.form)
