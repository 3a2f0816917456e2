"""`python -m curation export`."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from curation.commands.shared import Rows, files_argument
from schemas.cli import Command
from schemas.terminal import visible


def arguments(parser: ArgumentParser) -> None:
    files_argument(parser)
    parser.add_argument("--layout", required=True, choices=("doit", "messages", "alpaca", "parquet"))
    parser.add_argument("--out", required=True, type=Path, metavar="FILE")


def run(arguments: Namespace) -> None:
    from curation.export import export

    count = export(Rows(arguments.files), arguments.layout, arguments.out)
    print(visible(f"{arguments.out}: {count} rows"))


COMMAND = Command(
    "export",
    "Write instances in another layout: doit, messages, alpaca or parquet.",
    "python -m curation export pool/test.jsonl --layout doit --out test.json",
    "curation.commands.export:run",
    arguments,
)
