"""`python -m curation export`."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from curation.commands.shared import json_argument, pair, say, workers_argument
from curation.export.layouts import LAYOUTS
from schemas.cli import Command
from schemas.errors import BadSpec
from schemas.terminal import visible


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "files", nargs="*", type=Path, metavar="FILE", help="instances; a file's stem is its part (split)"
    )
    parser.add_argument(
        "--split", action="append", default=[], metavar="NAME=FILE", help="a file and the part that it is"
    )
    parser.add_argument("--layout", required=True, metavar="NAME", help=f"one of {', '.join(LAYOUTS)}")
    parser.add_argument(
        "--out", required=True, type=Path, metavar="PATH", help="X.json, X.jsonl, X.parquet, or a folder"
    )
    parser.add_argument(
        "--option",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="of the layout, e.g. files=jsonl for hf",
    )
    parser.add_argument(
        "--with-source", action="store_true", help="id, ability, form, origin, source, licence in every row"
    )
    parser.add_argument("--skip", action="store_true", help="leave out rows that the layout cannot hold")
    parser.add_argument("--no-ids", action="store_true", help="no file of id, file and line")
    parser.add_argument("--no-card", action="store_true", help="no dataset card")
    parser.add_argument("--title", default="", metavar="TEXT", help="of the card; default: the name of PATH")
    parser.add_argument(
        "--language",
        action="append",
        default=[],
        metavar="CODE",
        help="for the card; default: read from scripts",
    )
    parser.add_argument(
        "--push", metavar="OWNER/NAME", help="upload the folder to the hub; HF_TOKEN is the key"
    )
    parser.add_argument("--private", action="store_true", help="a repository that --push makes is private")
    workers_argument(parser)
    json_argument(parser)


def run(arguments: Namespace) -> None:
    from curation.export.hub import check_push, push
    from curation.export.write import export, is_file, parts_of
    from schemas.progress import rendered

    named = [(name, Path(path)) for name, path in (pair(text, "--split") for text in arguments.split)]
    parts = parts_of(arguments.files, named)
    if not parts:
        raise BadSpec("no files named", where="export", do="give FILE or --split NAME=FILE")
    if arguments.push:
        if is_file(arguments.out):
            raise BadSpec("a single file cannot be pushed", where="--push", do="name a folder as --out")
        check_push(arguments.push)
    with rendered() as progress:
        done = export(
            parts,
            arguments.layout,
            arguments.out,
            options=dict(pair(option, "--option") for option in arguments.option),
            with_source=arguments.with_source,
            skip=arguments.skip,
            ids=not arguments.no_ids,
            with_card=not arguments.no_card,
            title=arguments.title,
            languages=arguments.language,
            workers=arguments.workers,
            progress=progress,
        )
    for name, rows in done.lost.items():
        print(f"note: {arguments.layout} has no place for {name}, which {rows} rows have", file=sys.stderr)
    url = push(arguments.out, arguments.push, private=arguments.private) if arguments.push else ""
    if arguments.json:
        files = {f.file: {"part": f.part, "rows": f.rows, "bytes": f.size} for f in done.files}
        told = {**done.counts.model_dump(), "files": files, "lost": done.lost, "url": url}
        print(json.dumps(told))
        return
    say(done.counts, arguments)
    for file in done.files:
        print(
            visible(
                f"{arguments.out if is_file(arguments.out) else arguments.out / file.file}: {file.rows} rows"
            )
        )
    if url:
        print(visible(f"pushed to {url}"))


COMMAND = Command(
    "export",
    "Write instances in another layout, with their dataset card, and push them to the hub.",
    "python -m curation export pool/test.jsonl --layout doit --out test.json",
    "curation.commands.export:run",
    arguments,
)
