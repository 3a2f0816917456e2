"""`python -m curation world`."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from schemas.cli import Command
from schemas.errors import BadSpec
from schemas.terminal import visible


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--out", required=True, type=Path, metavar="DIR")
    parser.add_argument("--seed", type=int, default=101)
    parser.add_argument("--rows", type=int, metavar="N", help="rows per ability")
    parser.add_argument("--characters", type=int, default=1_000_000, metavar="N", help="of pretraining text")


def run(arguments: Namespace) -> None:
    from curation.world import DEFAULT_ROWS, write_world

    try:
        written = write_world(
            arguments.out, arguments.seed, arguments.rows or DEFAULT_ROWS, arguments.characters
        )
    except ValueError as error:
        raise BadSpec(str(error), where="--rows", do="ask for fewer rows") from None
    for file in written:
        print(
            visible(
                f"{file.path}: {file.rows} rows of {file.ability} as {file.format},"
                f" {file.duplicates} copies and {file.malformed} malformed ones among them"
            )
        )


COMMAND = Command(
    "world",
    "Write the little world: ten small abilities as raw source files in several formats.",
    "python -m curation world --out world --seed 1 --rows 300 --characters 200000",
    "curation.commands.world:run",
    arguments,
)
