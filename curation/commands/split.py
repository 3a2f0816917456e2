"""`python -m curation split`."""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from curation.commands.shared import Rows, files_argument, json_argument, out_argument, pair
from schemas.cli import Command
from schemas.errors import BadSpec

if TYPE_CHECKING:
    from curation.split import Size


def arguments(parser: ArgumentParser) -> None:
    files_argument(parser)
    out_argument(parser, "folder for one JSON lines file a part")
    parser.add_argument(
        "--size",
        action="append",
        required=True,
        metavar="PART=N",
        help="rows per ability, or available; parts are filled in the order given",
    )
    parser.add_argument("--seed", type=int, default=0)
    json_argument(parser)


def run(arguments: Namespace) -> None:
    from curation.counts import Counts
    from curation.split import UNUSED, split
    from schemas.jsonl import write_jsonl

    sizes: dict[str, Size] = {}
    for text in arguments.size:
        part, size = pair(text, "--size")
        if not part.isidentifier() or part == UNUSED:
            raise BadSpec(
                f"a part cannot be called {part!r}", where="--size", do="use letters, e.g. test=300"
            )
        if size != "available" and not (size.isascii() and size.isdigit()):
            raise BadSpec(
                f"{size!r} is no number of rows", where="--size", do="write test=300 or train=available"
            )
        sizes[part] = "available" if size == "available" else int(size)
    parts = split(read := Rows(arguments.files), sizes, arguments.seed)
    Counts(rows=read.seen, accepted=sum(map(len, parts.values()))).checked(str(arguments.out))
    for part, rows in parts.items():
        write_jsonl(arguments.out / f"{part}.jsonl", rows)
    if arguments.json:
        print(json.dumps({part: len(rows) for part, rows in parts.items()}))
        return
    shown = " + ".join(f"{part} {len(rows)}" for part, rows in parts.items())
    print(f"rows in {read.seen} = {shown}")


COMMAND = Command(
    "split",
    "Divide instances into parts: per ability, whole groups on one side.",
    "python -m curation split distinct/instances.jsonl --size test=30 --size validation=20"
    " --size prompts=50 --size train=available --out pool",
    "curation.commands.split:run",
    arguments,
)
