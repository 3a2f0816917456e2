"""`python -m curation validate`."""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from pathlib import Path

from curation.commands.shared import workers_argument
from schemas.cli import Command
from schemas.errors import BadData, BadSpec
from schemas.terminal import one_line, visible


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help="JSON lines of instances")
    parser.add_argument("--schema", action="store_true", help="print the JSON Schema of an instance")
    parser.add_argument(
        "--most", type=int, default=20, metavar="N", help="broken lines to show a file; default: 20"
    )
    workers_argument(parser)


def run(arguments: Namespace) -> None:
    from curation.validate import validate_file
    from schemas.instance import Instance

    if arguments.schema:
        print(json.dumps(Instance.model_json_schema(), ensure_ascii=False, indent=2))
        return
    if not arguments.files:
        raise BadSpec("no file named", where="validate", do="name a file of instances, or ask for --schema")
    broken, first = 0, ""
    for path in arguments.files:
        found = validate_file(path, arguments.workers)
        for problem in found.problems[: max(0, arguments.most)]:
            print(one_line(problem))
        more = len(found.problems) - max(0, arguments.most)
        if more > 0:
            print(visible(f"{path}: {more} more broken lines"))
        ending = f", {len(found.problems)} broken lines" if found.problems else ""
        print(visible(f"{path}: {found.valid} valid instances{ending}"))
        broken, first = broken + len(found.problems), first or next(iter(found.problems), "")
    if broken:
        raise BadData(f"broken lines: {broken}, first {first}", where="validate", do="mend or remove them")


COMMAND = Command(
    "validate",
    "Check files of instances against the types and name every broken line, or print their JSON Schema.",
    "python -m curation validate rows/instances.jsonl",
    "curation.commands.validate:run",
    arguments,
)
