"""What the subcommands of `python -m curation` share: arguments, rows that are counted as they are read, the sum."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from schemas.errors import BadSpec
from schemas.terminal import one_line

if TYPE_CHECKING:
    from curation.counts import Counts
    from schemas.instance import Instance


def files_argument(parser: ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="JSON lines of instances")


def out_argument(parser: ArgumentParser, about: str = "folder for what is kept and decisions.jsonl") -> None:
    parser.add_argument("--out", required=True, type=Path, metavar="DIR", help=about)


def json_argument(parser: ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print the counts as one JSON object")


def workers_argument(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--workers", type=int, metavar="N", help="processes for large files; default: one a core"
    )


class Rows:
    """The instances of files, counted as they are read: what comes of them has to add up to `seen`."""

    def __init__(self, files: Iterable[Path]) -> None:
        self._files, self.seen = files, 0

    def __iter__(self) -> Iterator[Instance]:
        from schemas.instance import Instance
        from schemas.jsonl import read_models

        for path in self._files:
            for row in read_models(path, Instance):
                self.seen += 1
                yield row


def say(counts: Counts, arguments: Namespace) -> None:
    """Print the sum, and the reasons under it."""
    if arguments.json:
        # With ASCII escapes, as all JSON on stdout: a name may hold what a terminal would act on.
        print(json.dumps(counts.model_dump()))
        return
    print(counts.line())
    for reason, number in counts.reasons.items():
        example = counts.examples.get(reason, "")
        shown = f", first: {one_line(example, 120)}" if example else ""
        print(f"  {number} by {one_line(reason, 100)}{shown}")
    if not counts.rows:
        print("note: the files hold no rows", file=sys.stderr)


def pair(text: str, where: str) -> tuple[str, str]:
    """`key=value` as two words. Raises BadSpec for anything else."""
    key, equals, value = text.partition("=")
    if not equals or not key:
        raise BadSpec(f"cannot read {text!r}", where=where, do="write it as key=value")
    return key, value
