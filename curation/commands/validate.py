"""`python -m curation validate`."""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from pathlib import Path

from schemas.cli import Command
from schemas.errors import BadSpec
from schemas.terminal import visible


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help="JSON lines of instances")
    parser.add_argument("--schema", action="store_true", help="print the JSON Schema of an instance")


def run(arguments: Namespace) -> None:
    from schemas.instance import Instance
    from schemas.jsonl import read_models

    if arguments.schema:
        print(json.dumps(Instance.model_json_schema(), ensure_ascii=False, indent=2))
        return
    if not arguments.files:
        raise BadSpec("no file named", where="validate", do="name a file of instances, or ask for --schema")
    for path in arguments.files:
        print(visible(f"{path}: {sum(1 for _ in read_models(path, Instance))} valid instances"))


COMMAND = Command(
    "validate",
    "Check files of instances against the types, or print their JSON Schema.",
    "python -m curation validate rows/instances.jsonl",
    "curation.commands.validate:run",
    arguments,
)
