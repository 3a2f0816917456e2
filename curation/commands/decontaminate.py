"""`python -m curation decontaminate`."""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from curation.commands.shared import files_argument, json_argument, out_argument, workers_argument
from schemas.cli import Command
from schemas.errors import BadSpec, MissingFile
from schemas.terminal import one_line

if TYPE_CHECKING:
    from curation.decontaminate.files import LeakReport
    from curation.decontaminate.items import Evaluation
    from schemas.study import SourceSpec


def arguments(parser: ArgumentParser) -> None:
    files_argument(parser)
    out_argument(parser, "folder for instances.jsonl, decisions.jsonl, leaks.jsonl")
    parser.add_argument(
        "--against",
        nargs="+",
        action="extend",
        default=[],
        type=Path,
        metavar="FILE",
        help="evaluation set: instances, or raw files with --against-format",
    )
    parser.add_argument(
        "--against-format", metavar="NAME", help="raw format of the files after --against, e.g. agieval"
    )
    parser.add_argument(
        "--against-sets",
        type=Path,
        metavar="FILE.toml",
        help="several evaluation sets: [[against]] tables of files (globs from that folder), format, options",
    )
    parser.add_argument("--n", type=int, help="folded characters a gram; default: 10")
    parser.add_argument("--threshold", type=float, help="containment that counts as a leak; default: 0.5")
    parser.add_argument(
        "--part", type=float, help="share of a passage, question or options that leaks alone; default: 0.8"
    )
    parser.add_argument("--short", type=int, help="characters below which grams say nothing; default: 39")
    parser.add_argument(
        "--boilerplate",
        type=int,
        help="items that may share a gram before it counts for nothing; default: 10",
    )
    parser.add_argument(
        "--without-options", action="store_true", help="compare passages and questions, not the options"
    )
    parser.add_argument(
        "--report-only", action="store_true", help="write leaks.jsonl, print the report, drop nothing"
    )
    parser.add_argument("--worst", type=int, default=10, metavar="N", help="items to list; default: 10")
    workers_argument(parser)
    json_argument(parser)


def run(arguments: Namespace) -> None:
    from curation.decontaminate.files import decontaminate_files
    from curation.decontaminate.items import Evaluation, read_instances, read_raw
    from curation.decontaminate.settings import LeakSettings
    from schemas.progress import rendered
    from schemas.study import SourceSpec
    from schemas.toml import parse_spec

    if not arguments.against and not arguments.against_sets:
        raise BadSpec("no evaluation set named", where="decontaminate", do="give --against or --against-sets")
    if arguments.against_format and not arguments.against:
        raise BadSpec(
            "a format, but no files of it", where="--against-format", do="name them after --against"
        )
    if arguments.worst < 0:
        raise BadSpec("cannot list fewer than no items", where="--worst", do="name 0 or more")
    names = ("n", "threshold", "part", "short", "boilerplate")
    given = {name: getattr(arguments, name) for name in names if getattr(arguments, name) is not None}
    settings = parse_spec({**given, "options": not arguments.without_options}, LeakSettings, "decontaminate")
    evaluation, against = Evaluation(), list(arguments.against)
    if arguments.against_format:
        listed = tuple(map(str, arguments.against))
        read_raw(SourceSpec(files=listed, format=arguments.against_format), evaluation)
    else:
        read_instances(arguments.against, evaluation)
    for spec in _sets(arguments.against_sets):
        against += map(Path, spec.files)
        read_raw(spec, evaluation)
    with rendered() as progress:
        report = decontaminate_files(
            arguments.files,
            evaluation,
            arguments.out,
            settings,
            against=against,
            report_only=arguments.report_only,
            worst=arguments.worst,
            workers=arguments.workers,
            progress=progress,
        )
    if arguments.json:
        print(json.dumps({**report.counts.model_dump(), **_without_counts(report)}))
        return
    for line in _told(report, evaluation, arguments.out, arguments.report_only):
        print(line)


def _sets(path: Path | None) -> Iterator[SourceSpec]:
    """The `[[against]]` tables of a settings file, with their globs resolved from its folder."""
    if path is None:
        return
    from schemas.instance import Frozen
    from schemas.study import SourceSpec  # noqa: F401  read by pydantic
    from schemas.toml import load_spec

    class Sets(Frozen):
        against: tuple[SourceSpec, ...]

    for spec in load_spec(path, Sets).against:
        files: list[str] = []
        for pattern in spec.files:
            whole = Path(pattern)
            if whole.is_absolute():
                found = sorted(Path(whole.anchor).glob(str(whole.relative_to(whole.anchor))))
            else:
                found = sorted(path.parent.glob(pattern))
            if not found:
                raise MissingFile("no such file", where=f"{path}: {pattern}", do="check the path")
            files += map(str, found)
        yield spec.model_copy(update={"files": tuple(files)})


def _without_counts(report: LeakReport) -> dict[str, Any]:
    return report.model_dump(exclude={"counts"})


def _told(report: LeakReport, evaluation: Evaluation, out: Path, report_only: bool) -> Iterator[str]:
    from schemas.text_table import text_table

    yield report.counts.line()
    for reason, number in report.counts.reasons.items():
        yield f"  {number} by {one_line(reason, 100)}"
    dropped = "they stay: this is a report only" if report_only else "they are dropped"
    if report.pairs:
        yield f"{report.leaking} training rows leak evaluation items, in {report.pairs} pairs; {dropped}"
    else:
        yield "no training row leaks an evaluation item"
    rows = [
        [
            one_line(source.source, 50),
            str(source.items),
            str(source.leaking),
            f"{source.leaking / source.items:.1%}" if source.items else "-",
            str(source.training_rows),
        ]
        for source in report.sources
        if source.leaking
    ]
    items, leaking = len(evaluation.items), sum(source.leaking for source in report.sources)
    if rows:
        share = f"{leaking / items:.1%}"
        rows.append(["all evaluation sources", str(items), str(leaking), share, str(report.leaking)])
        yield text_table(
            ["evaluation source", "items", "leaking", "share", "training rows"], rows, range(1, 5)
        )
    clean = sum(not source.leaking for source in report.sources)
    if clean and report.pairs:
        yield f"nothing of {clean} evaluation sources leaks"
    yield from _unread(evaluation)
    if report.worst:
        yield "the items that most rows leak:"
    for one in report.worst:
        yield one_line(
            f"  {one.row}: {one.rows} {'row' if one.rows == 1 else 'rows'}, {one.rule} {one.containment:.2f}: {one.text}",
            160,
        )
        yield one_line(f"    shares {one.shared}", 160)
    if report.pairs:
        yield one_line(f"every pair stands in {out}/leaks.jsonl")


def _unread(evaluation: Evaluation) -> Iterator[str]:
    """What a reader should know of evaluation rows that are no instances."""
    pending, rejected, lost = (
        sum(counts.values()) for counts in (evaluation.pending, evaluation.rejected, evaluation.lost)
    )
    if pending:
        yield f"{pending} evaluation rows have no gold answer and were looked for all the same"
    if rejected:
        yield f"{rejected} evaluation rows are rejected by their reader: {rejected - lost} were looked for as text"
    if lost:
        yield f"{lost} evaluation rows have no text that could be looked for"


COMMAND = Command(
    "decontaminate",
    "Take out training instances that an evaluation set already holds; say which rows leak which item.",
    "python -m curation decontaminate pool/train.jsonl --against pool/test.jsonl --out clean",
    "curation.commands.decontaminate:run",
    arguments,
)
