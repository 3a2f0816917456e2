"""`python -m curation standardize`."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from curation.commands.shared import json_argument, out_argument, pair, say, workers_argument
from curation.formats import FORMATS
from schemas.cli import Command


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "files",
        nargs="+",
        type=Path,
        metavar="FILE",
        help="raw files of one format: plain, .gz, .zip or Parquet; a folder; or hf:owner/name",
    )
    parser.add_argument(
        "--format",
        required=True,
        metavar="NAME",
        help=f"one of {', '.join(FORMATS)}; or FILE.toml, a format of your own (docs/formats.md)",
    )
    parser.add_argument("--ability", default="unlabelled", metavar="NAME", help="default: unlabelled")
    parser.add_argument("--origin", default="human", choices=("human", "synthetic"))
    parser.add_argument("--licence", default="", metavar="TEXT", help="as the source states it")
    parser.add_argument("--limit", type=int, metavar="N", help="read at most N rows a file")
    parser.add_argument(
        "--option",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="a setting of the format, such as prefix=zh_, or form=, match= for any",
    )
    parser.add_argument("--abilities", type=Path, metavar="FILE.toml", help="your own [[ability]] tables")
    parser.add_argument(
        "--check", action="store_true", help="look at every instance with every rule in the same pass"
    )
    parser.add_argument(
        "--settings", type=Path, metavar="FILE.toml", help="the same, with the settings of a [check] table"
    )
    out_argument(parser, "folder for instances.jsonl, pending.jsonl, decisions.jsonl, step.json")
    workers_argument(parser)
    json_argument(parser)


def run(arguments: Namespace) -> None:
    from curation.commands.check import check_table
    from curation.convert import standardize_to
    from schemas.ability import load_abilities
    from schemas.progress import rendered
    from schemas.study import SourceSpec
    from schemas.toml import parse_spec

    values = {
        "files": tuple(map(str, arguments.files)),
        "format": arguments.format,
        "ability": arguments.ability,
        "origin": arguments.origin,
        "licence": arguments.licence,
        "limit": arguments.limit,
        "options": dict(pair(option, "--option") for option in arguments.option),
    }
    source = parse_spec(values, SourceSpec, "standardize")
    abilities = load_abilities(arguments.abilities) if arguments.abilities else None
    check = check_table(arguments.settings) if arguments.check or arguments.settings else None
    with rendered() as progress:
        counts = standardize_to(
            arguments.out, source, abilities, progress, check=check, workers=arguments.workers
        )
    say(counts, arguments)
    if counts.rows and not counts.accepted and not counts.pending:
        print("note: no row was accepted; is this the right --format?", file=sys.stderr)


COMMAND = Command(
    "standardize",
    "Turn raw files into instances; every row is accepted, rejected with a reason, or pending.",
    "python -m curation standardize world/code.jsonl world/creative_writing.jsonl world/role_play.jsonl"
    " --format doit --out rows",
    "curation.commands.standardize:run",
    arguments,
)
