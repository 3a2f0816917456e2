"""`python -m curation decontaminate`."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from curation.commands.shared import Rows, files_argument, json_argument, out_argument, say
from schemas.cli import Command
from schemas.errors import BadSpec


def arguments(parser: ArgumentParser) -> None:
    files_argument(parser)
    out_argument(parser)
    parser.add_argument(
        "--against", required=True, nargs="+", type=Path, metavar="FILE", help="evaluation instances"
    )
    parser.add_argument("--n", type=int, default=13, help="characters a gram; default: 13")
    parser.add_argument(
        "--threshold", type=float, default=0.5, help="containment that counts as a leak; default: 0.5"
    )
    json_argument(parser)


def run(arguments: Namespace) -> None:
    from curation.commands.result import write
    from curation.decontaminate import decontaminate
    from schemas.progress import rendered

    if arguments.n < 1 or not 0 < arguments.threshold <= 1:
        raise BadSpec("a gram has at least one character, the threshold is in (0, 1]", where="decontaminate")
    test = list(Rows(arguments.against))
    with rendered() as progress:
        kept, decisions = decontaminate(
            read := Rows(arguments.files),
            test,
            n=arguments.n,
            threshold=arguments.threshold,
            progress=progress,
        )
    say(write(arguments.out, read.seen, kept, decisions), arguments)


COMMAND = Command(
    "decontaminate",
    "Take out training instances that an evaluation set already holds.",
    "python -m curation decontaminate pool/train.jsonl --against pool/test.jsonl --out clean",
    "curation.commands.decontaminate:run",
    arguments,
)
