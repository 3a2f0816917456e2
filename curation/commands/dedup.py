"""`python -m curation dedup`."""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from curation.commands.shared import json_argument, out_argument, workers_argument
from schemas.cli import Command
from schemas.errors import BadSpec
from schemas.terminal import visible

if TYPE_CHECKING:
    from curation.dedup.files import DedupReport

REASONS = ("numbers", "gold", "options", "negation", "question")


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help="JSON lines of instances")
    out_argument(
        parser, "folder for instances.jsonl, clusters.jsonl, decisions.jsonl, rows and pairs as Parquet"
    )
    near = parser.add_argument_group("near-duplicates: MinHash over character grams, every pair verified")
    near.add_argument(
        "--threshold",
        metavar="SHARE",
        help="common share of grams from which two texts are near-duplicates; off for exact ones only; default: 0.8",
    )
    near.add_argument("--floor", type=float, metavar="SHARE", help="record pairs from here on; default: 0.6")
    near.add_argument("--gram", type=int, metavar="N", help="characters of a gram; default: 5")
    near.add_argument(
        "--shortest", type=int, metavar="N", help="shorter texts are compared for equality only; default: 20"
    )
    near.add_argument(
        "--compare",
        choices=("auto", "prompt", "whole"),
        help="the prompt, the response as well, or that where it is free (open, code); default: auto",
    )
    near.add_argument(
        "--apart",
        metavar="WORD,WORD",
        help=f"what keeps two near-duplicates both: {', '.join(REASONS)}, or none; default: all of them",
    )
    near.add_argument(
        "--linkage",
        choices=("keeper", "single"),
        help="who goes is similar to who stays, or a chain of similar rows is enough; default: keeper",
    )
    semantic = parser.add_argument_group("paraphrases")
    semantic.add_argument("--semantic", metavar="MODEL", help="an encoder: hub id or folder; default: none")
    semantic.add_argument(
        "--semantic-threshold",
        type=float,
        metavar="COSINE",
        help="from which two rows are one; default: 0.95",
    )
    semantic.add_argument("--semantic-floor", type=float, metavar="COSINE", help="as --floor; default: 0.9")
    every = parser.add_argument_group("all kinds")
    every.add_argument(
        "--keep",
        metavar="WORD,WORD",
        help="who stays: human, synthetic, longest, shortest, first, last, source:NAME; default: human,first",
    )
    every.add_argument(
        "--conflicts",
        choices=("none", "first"),
        help="what to keep where one prompt has several gold answers; default: none",
    )
    every.add_argument(
        "--script",
        choices=("keep", "simplified"),
        help="compare traditional characters as simplified ones; default: keep",
    )
    every.add_argument("--across", action="store_true", default=None, help="look across abilities as well")
    parser.add_argument(
        "--again",
        type=Path,
        metavar="DIR",
        help="judge what that dedup compared by another --threshold, --keep, --apart, …; compares nothing anew",
    )
    workers_argument(parser)
    json_argument(parser)


def run(arguments: Namespace) -> None:
    from curation.dedup.files import dedup_again, dedup_files
    from curation.dedup.settings import DedupSettings
    from schemas.progress import rendered
    from schemas.toml import parse_spec

    given = settings_given(arguments)
    with rendered() as progress:
        if arguments.again is not None:
            if arguments.files:
                raise BadSpec(
                    "it reads the files of the earlier run", where="--again with files", do="name no files"
                )
            report = dedup_again(arguments.again, arguments.out, given, progress=progress)
        else:
            if not arguments.files:
                raise BadSpec("no file named", where="dedup", do="name files of instances, or --again DIR")
            settings = parse_spec(given, DedupSettings, "dedup")
            report = dedup_files(
                arguments.files, arguments.out, settings, workers=arguments.workers, progress=progress
            )
    if arguments.json:
        print(json.dumps({**report.counts.model_dump(), **report.model_dump(exclude={"counts"})}))
        return
    for line in _told(report):
        print(visible(line))


def settings_given(arguments: Namespace) -> dict[str, Any]:
    """The settings that the command line names; what it does not name keeps its default, or its earlier value."""
    plain = ("floor", "gram", "shortest", "compare", "linkage", "conflicts", "script", "across", "semantic")
    given = {name: getattr(arguments, name) for name in (*plain, "semantic_threshold", "semantic_floor")}
    if arguments.threshold is not None:
        given["near"] = _threshold(arguments.threshold)
    if arguments.keep is not None:
        given["keep"] = _words(arguments.keep)
    if arguments.apart is not None:
        given["apart"] = () if arguments.apart == "none" else _words(arguments.apart)
    return {name: value for name, value in given.items() if value is not None or name == "near"}


def _threshold(text: str) -> float | None:
    if text == "off":
        return None
    try:
        return float(text)
    except ValueError:
        raise BadSpec(
            f"{text!r} is no similarity", where="--threshold", do="give a number in (0, 1], or off"
        ) from None


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


def _told(report: DedupReport) -> Iterator[str]:
    yield report.counts.line()
    for reason, number in report.counts.reasons.items():
        yield f"  {number} by {reason}"
    kinds = ", ".join(f"{number} {kind}" for kind, number in report.clusters.items())
    if kinds:
        yield f"clusters: {kinds}"
    if report.apart:
        kept = ", ".join(f"{number} by {reason}" for reason, number in report.apart.items())
        yield f"similar and kept apart: {kept}"
    if report.recall < 0.99:
        yield f"note: of the pairs exactly at the threshold about {report.recall:.1%} were compared, of closer ones more"
    if report.crowded:
        yield f"note: {report.crowded} rows share so much with so many that each was compared with some of them only"
    if report.trimmed:
        yield f"note: {report.trimmed} rows are longer than the encoder reads"


COMMAND = Command(
    "dedup",
    "Keep one of all instances that are the same, or nearly; what was similar stays open to inspection.",
    "python -m curation dedup checked/instances.jsonl --out distinct",
    "curation.commands.dedup:run",
    arguments,
)
