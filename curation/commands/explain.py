"""`python -m curation explain`."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from schemas.cli import Command
from schemas.errors import MissingFile


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("subject", metavar="ID", help="an id, its first characters, or a row SOURCE:KEY")
    parser.add_argument("folders", nargs="+", type=Path, metavar="DIR", help="what curation wrote")


def run(arguments: Namespace) -> None:
    from curation.explain import find_story, tell

    for folder in arguments.folders:
        if not folder.is_dir():
            raise MissingFile("no such folder", where=str(folder), do="name what curation wrote")
    for line in tell(find_story(arguments.subject, arguments.folders)):
        print(line)


COMMAND = Command(
    "explain",
    "Tell an instance's or a raw row's whole story.",
    "python -m curation explain code:59 rows checked distinct pool",
    "curation.commands.explain:run",
    arguments,
)
