"""`python -m curation split`."""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from curation.commands.shared import files_argument, json_argument, out_argument, pair, workers_argument
from schemas.cli import Command
from schemas.errors import BadSpec
from schemas.terminal import visible

if TYPE_CHECKING:
    from curation.split.files import SplitReport


def arguments(parser: ArgumentParser) -> None:
    files_argument(parser)
    out_argument(parser, "folder for one JSON lines file a part, sides.jsonl, decisions.jsonl")
    parser.add_argument(
        "--size",
        action="append",
        required=True,
        metavar="PART=N",
        help="rows per ability (300), a share (0.1 or 10%%), or available; parts are filled in the order given",
    )
    parser.add_argument(
        "--nested",
        default="",
        metavar="N,N,…",
        help="write subsets of the last part as well, each within the next: train.n64.jsonl, …",
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--near",
        default="0.7",
        metavar="SHARE",
        help="similarity from which two prompts stand on one side; off to switch it off; default: 0.7",
    )
    parser.add_argument(
        "--clusters", type=Path, metavar="FILE", help="clusters.jsonl of dedup: each stands on one side"
    )
    parser.add_argument(
        "--no-passages", action="store_true", help="only groups, not the wording, say what shares a passage"
    )
    parser.add_argument(
        "--no-stratify", action="store_true", help="draw parts with a count without regard to source and form"
    )
    parser.add_argument(
        "--largest",
        type=float,
        default=0.2,
        metavar="SHARE",
        help="of an ability that one set of linked rows may hold; default: 0.2",
    )
    parser.add_argument(
        "--previous", type=Path, metavar="DIR", help="keep the sides of that split; default: of --out itself"
    )
    parser.add_argument("--fresh", action="store_true", help="keep no sides, divide anew")
    workers_argument(parser)
    json_argument(parser)


def run(arguments: Namespace) -> None:
    from curation.split.files import SplitSettings, split_files
    from curation.split.sizes import parts_of
    from schemas.progress import rendered

    parts = parts_of(pair(text, "--size") for text in arguments.size)
    if not 0 < arguments.largest <= 1:
        raise BadSpec(f"{arguments.largest:g} is no share", where="--largest", do="give a number in (0, 1]")
    settings = SplitSettings(
        seed=arguments.seed,
        near=_near(arguments.near),
        passages=not arguments.no_passages,
        stratify=not arguments.no_stratify,
        largest=arguments.largest,
        nested=_sizes(arguments.nested),
    )
    with rendered() as progress:
        report = split_files(
            arguments.files,
            parts,
            arguments.out,
            settings,
            clusters=arguments.clusters,
            previous=arguments.previous,
            fresh=arguments.fresh,
            workers=arguments.workers,
            progress=progress,
        )
    if arguments.json:
        print(json.dumps(report.model_dump()))
        return
    for line in _told(report):
        print(visible(line, keep="\n"))


def _near(text: str) -> float | None:
    if text == "off":
        return None
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value <= 1:
        raise BadSpec(f"{text!r} is no similarity", where="--near", do="give a number in (0, 1], or off")
    return value


def _sizes(text: str) -> tuple[int, ...]:
    words = [word.strip() for word in text.split(",") if word.strip()]
    if not all(word.isascii() and word.isdigit() and int(word) > 0 for word in words):
        raise BadSpec(f"{text!r} is no list of sizes", where="--nested", do="write it as 1,4,16,64")
    return tuple(sorted({int(word) for word in words}))


def _told(report: SplitReport) -> Iterator[str]:
    from schemas.text_table import text_table

    shown = " + ".join(f"{part} {rows}" for part, rows in report.parts.items())
    yield report.counts.line()
    yield f"rows in {report.counts.rows} = {shown}"
    if len(report.abilities) > 1:
        names = list(report.parts)
        rows = [
            [ability, *(str(parts[name]) for name in names)] for ability, parts in report.abilities.items()
        ]
        yield text_table(["ability", *names], rows, range(1, len(names) + 1))
    ties = ", ".join(f"{rows} by {link}" for link, rows in report.links.items())
    if report.groups:
        yield f"{report.groups} sets of linked rows, the largest of {report.largest}; linked: {ties}"
    if report.kept:
        yield f"{report.kept} rows stand where an earlier split put them"
    for rule, rows_of in report.unused.items():
        yield f"  {rows_of} unused by split/{rule}"
    for size, rows_in in report.nested.items():
        yield f"nested subset of {size}: {rows_in} rows"
    for note in report.notes:
        yield f"note: {note}"


COMMAND = Command(
    "split",
    "Divide instances into parts: per ability, what belongs together on one side, old rows where they were.",
    "python -m curation split distinct/instances.jsonl --size test=30 --size validation=20"
    " --size prompts=50 --size train=available --nested 1,4,16,64 --out pool",
    "curation.commands.split:run",
    arguments,
)
