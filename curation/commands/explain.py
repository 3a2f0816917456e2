"""`python -m curation explain`."""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from pathlib import Path

from schemas.cli import Command
from schemas.errors import BadData, MissingFile


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("subject", metavar="ID", help="an id, its first characters, or a row SOURCE:KEY")
    parser.add_argument(
        "folders",
        nargs="+",
        type=Path,
        metavar="DIR",
        help="what curation wrote; the last step's folder is enough",
    )
    parser.add_argument("--json", action="store_true", help="print the story as one JSON object")


def run(arguments: Namespace) -> None:
    from curation.explain import find_story, tell

    for folder in arguments.folders:
        if not folder.exists():
            raise MissingFile("no such folder", where=str(folder), do="name what curation wrote")
        if not folder.is_dir():
            raise BadData("this is a file, not a folder", where=str(folder), do="name the folder it is in")
    story = find_story(arguments.subject, arguments.folders)
    if arguments.json:
        # ASCII escapes: a raw row's text may hold what a terminal would act on.
        print(json.dumps(story.to_json()))
        return
    for line in tell(story):
        print(line)


COMMAND = Command(
    "explain",
    "Tell an instance's or a raw row's whole story, from the raw row to its exports.",
    "python -m curation explain code:59 pool",
    "curation.commands.explain:run",
    arguments,
)
