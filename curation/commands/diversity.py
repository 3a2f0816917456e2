"""`python -m curation diversity`."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, Namespace
from os.path import realpath
from pathlib import Path
from typing import TYPE_CHECKING

from curation.commands.shared import files_argument, json_argument, pair, say, workers_argument
from schemas.cli import Command
from schemas.errors import BadSpec

if TYPE_CHECKING:
    from curation.diversity.settings import Settings


def arguments(parser: ArgumentParser) -> None:
    files_argument(parser)
    parser.add_argument("--out", type=Path, metavar="DIR", help="folder for diversity.json and thin.jsonl")
    parser.add_argument(
        "--thin",
        type=Path,
        metavar="FILE",
        help="leave out the rows of this thin.jsonl: writes instances.jsonl and decisions.jsonl into --out",
    )
    parser.add_argument(
        "--by", default="ability", choices=("ability", "origin", "source"), help="what is told apart"
    )
    parser.add_argument(
        "--cap",
        action="append",
        default=[],
        metavar="KIND=SHARE",
        help="what a wording may have of a part: template=0.1 opener=0.2 persona=0.1 system=0.2",
    )
    parser.add_argument(
        "--keep", type=float, default=0.5, metavar="SHARE", help="of a part's rows that stay at least"
    )
    parser.add_argument("--floor", type=int, default=100, metavar="N", help="rows that stay at least")
    parser.add_argument("--opener", type=int, default=4, metavar="K", help="characters or words of an opener")
    parser.add_argument(
        "--encoder", default="", metavar="MODEL", help="also measure the spread of embeddings"
    )
    parser.add_argument("--items", type=int, default=256, metavar="N", help="rows a part that are encoded")
    parser.add_argument(
        "--top", type=int, default=12, metavar="N", help="lines a part; diversity.json has all"
    )
    parser.add_argument("--seed", type=int, default=0, help="which rows are looked at where not all are")
    workers_argument(parser)
    json_argument(parser)


def run(arguments: Namespace) -> None:
    from curation.counts import Counts
    from curation.diversity.measure import measure
    from curation.diversity.text import report_text
    from curation.step import begin_step, finish_step
    from schemas.jsonl import write_atomic, write_jsonl
    from schemas.progress import rendered

    settings = _settings(arguments)
    if arguments.thin is not None:
        _apply(arguments, settings)
        return
    with rendered() as progress:
        found = measure(
            arguments.files,
            settings,
            encoder=arguments.encoder,
            workers=arguments.workers,
            progress=progress,
        )
    report = found.report
    written = report.model_dump_json(indent=1)
    if arguments.out is not None:
        begin_step(arguments.out)
        write_atomic(arguments.out / "diversity.json", written + "\n")
        write_jsonl(arguments.out / "thin.jsonl", found.decisions())
        finish_step(
            arguments.out,
            "diversity",
            {**settings.model_dump(mode="json"), "encoder": arguments.encoder},
            arguments.files,
            Counts(rows=report.rows, accepted=report.rows),
        )
    if arguments.json:
        print(json.dumps(report.model_dump(mode="json")))  # ASCII escapes: wordings come from the data
        return
    if report.parts:
        print(report_text(report, arguments.top))
    print(f"rows in {report.rows} = looked at {report.rows}, of which {report.dropped} are to thin out")
    if report.dropped and arguments.out is not None:
        print("thin.jsonl lists them; --thin puts a list into effect", file=sys.stderr)


def _apply(arguments: Namespace, settings: Settings) -> None:
    from curation.diversity.apply import thin
    from curation.diversity.measure import measure
    from curation.diversity.text import change_text
    from schemas.progress import rendered
    from schemas.terminal import one_line

    if arguments.out is None:
        raise BadSpec("nowhere to write to", where="--thin", do="name a folder with --out")
    if realpath(arguments.out / "instances.jsonl") in map(realpath, arguments.files):
        raise BadSpec("this would write over its own input", where="--out", do="name another folder")
    with rendered() as progress:
        options = {"encoder": arguments.encoder, "workers": arguments.workers, "progress": progress}
        # Measured before anything is written: what stops the measuring leaves nothing behind.
        before = measure(arguments.files, settings, **options).report
        counts, unmet = thin(arguments.files, arguments.thin, arguments.out, progress)
        after = measure([arguments.out / "instances.jsonl"], settings, **options).report
    if unmet:
        first = one_line(unmet[0].subject, 80)
        print(
            f"{len(unmet)} rows of the list are in none of the files, the first is {first}", file=sys.stderr
        )
    if arguments.json:
        shown = {"before": before.model_dump(mode="json"), "after": after.model_dump(mode="json")}
        print(json.dumps({"counts": counts.model_dump(), **shown}))
        return
    if before.parts:
        print(change_text(before, after))
    say(counts, arguments)


def _settings(arguments: Namespace) -> Settings:
    from curation.diversity.settings import CAPS, Settings
    from schemas.toml import parse_spec

    caps = {}
    for text in arguments.cap:
        kind, share = pair(text, "--cap")
        if kind not in CAPS:
            raise BadSpec(f"there is no cap for {kind!r}", where="--cap", do=f"known: {', '.join(CAPS)}")
        try:
            caps[kind] = float(share)
        except ValueError:
            raise BadSpec(
                f"{share!r} is no number", where="--cap", do="give a share, e.g. template=0.1"
            ) from None
    values = {
        "by": arguments.by,
        "seed": arguments.seed,
        "opener": arguments.opener,
        "items": arguments.items,
        "caps": caps,
        "keep": arguments.keep,
        "floor": arguments.floor,
    }
    return parse_spec(values, Settings, "arguments")


COMMAND = Command(
    "diversity",
    "Measure how various each ability's rows are, and list what to thin out.",
    "python -m curation diversity distinct/instances.jsonl --out diversity",
    "curation.commands.diversity:run",
    arguments,
)
