"""`python -m curation check`."""

from __future__ import annotations

import sys
import tomllib
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any, cast

from curation.commands.shared import Rows, files_argument, json_argument, out_argument, say
from schemas.cli import Command
from schemas.errors import BadData, BadSpec


def arguments(parser: ArgumentParser) -> None:
    files_argument(parser)
    out_argument(parser)
    parser.add_argument(
        "--settings", type=Path, metavar="FILE.toml", help="a [check] table: rule = false, or its settings"
    )
    parser.add_argument(
        "--rules", action="store_true", help="list the rules that are on before they are used"
    )
    json_argument(parser)


def run(arguments: Namespace) -> None:
    from curation.check import check
    from curation.commands.result import write
    from curation.rules import rules_from
    from schemas.progress import rendered

    rules = rules_from(_check_table(arguments.settings))
    if arguments.rules:
        for name, rule in rules.items():
            about = (getattr(rule, "func", rule).__doc__ or "").strip().partition("\n")[0]
            print(f"{name}: {about}", file=sys.stderr)
    with rendered() as progress:
        kept, decisions = check(read := Rows(arguments.files), rules, progress)
    say(write(arguments.out, read.seen, kept, decisions), arguments)


def _check_table(path: Path | None) -> dict[str, Any]:
    """The `[check]` table of a settings file; a study file has one too."""
    if path is None:
        return {}
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadSpec(f"not TOML ({error})", where=str(path), do="mend the file") from None
    table = values.get("check", {})
    if not isinstance(table, dict):
        raise BadData("check is not a table", where=str(path), do="write [check]")
    return cast(dict[str, Any], table)


COMMAND = Command(
    "check",
    "Look at every instance with every rule (length, script, refusal, damage, ...).",
    "python -m curation check rows/instances.jsonl --out checked",
    "curation.commands.check:run",
    arguments,
)
