"""`python -m curation agreement`: how far annotators agree, how fast they work, when the review ends."""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from pathlib import Path

from curation.commands.database import database_argument, opened
from curation.commands.shared import json_argument
from schemas.cli import Command


def arguments(parser: ArgumentParser) -> None:
    database_argument(parser)
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="folder for agreement.json, which a dataset card reads"
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the resamples; default: 0")
    json_argument(parser)


def run(arguments: Namespace) -> None:
    from curation.review.agreement.exported import file_of, write_agreement
    from curation.review.agreement.store_report import report_of
    from curation.review.agreement.text import report_text
    from schemas.errors import BadSpec

    if arguments.seed < 0:
        raise BadSpec("a seed is 0 or more", where="--seed", do="choose another number")
    with opened(arguments) as store:
        report = report_of(store, seed=arguments.seed)
    if report is None:
        print("null" if arguments.json else "nothing is decided yet, so there is no agreement to tell")
        return
    if arguments.out is not None:
        write_agreement(arguments.out, file_of(report))
    if arguments.json:
        print(json.dumps(report.model_dump(mode="json")))  # ASCII escapes: names come from the data
    else:
        print(report_text(report))


COMMAND = Command(
    "agreement",
    "How far annotators agree, with intervals; pass rates, pace, what is left, and annotators' quality.",
    "python -m curation agreement --db review.db",
    "curation.commands.agreement:run",
    arguments,
)
