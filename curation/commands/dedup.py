"""`python -m curation dedup`."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from curation.commands.shared import Rows, files_argument, json_argument, out_argument, say
from schemas.cli import Command


def arguments(parser: ArgumentParser) -> None:
    files_argument(parser)
    out_argument(parser, "folder for instances.jsonl, clusters.jsonl, decisions.jsonl")
    parser.add_argument(
        "--conflicts",
        default="none",
        choices=("none", "first"),
        help="what to keep where one prompt has several gold answers; default: none",
    )
    json_argument(parser)


def run(arguments: Namespace) -> None:
    from curation.canonical import row_key
    from curation.commands.result import write
    from curation.dedup import dedup
    from schemas.jsonl import write_jsonl

    found = dedup(read := Rows(arguments.files), arguments.conflicts)
    write_jsonl(
        arguments.out / "clusters.jsonl",
        ({"members": [{"id": m.id, "row": row_key(m)} for m in cluster]} for cluster in found.clusters),
    )
    say(write(arguments.out, read.seen, found.kept, found.decisions), arguments)


COMMAND = Command(
    "dedup",
    "Keep one of all instances with the same canonical prompt.",
    "python -m curation dedup checked/instances.jsonl --out distinct",
    "curation.commands.dedup:run",
    arguments,
)
