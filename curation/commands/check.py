"""`python -m curation check`."""

from __future__ import annotations

import difflib
import json
import tomllib
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any, cast

from curation.commands.shared import json_argument, say, workers_argument
from schemas.cli import Command
from schemas.errors import BadData, BadSpec
from schemas.terminal import one_line


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help="JSON lines of instances")
    parser.add_argument("--out", type=Path, metavar="DIR", help="folder for what is kept and decisions.jsonl")
    parser.add_argument(
        "--settings", type=Path, metavar="FILE.toml", help="a [check] table: rule = false, or its settings"
    )
    parser.add_argument(
        "--rules", action="store_true", help="list the rules that are on, with their settings"
    )
    workers_argument(parser)
    json_argument(parser)


def run(arguments: Namespace) -> None:
    from curation.check import check_files, settings_of
    from curation.rules import rules_from
    from schemas.progress import rendered

    table = check_table(arguments.settings)
    if arguments.rules:
        for name, rule in (rules := rules_from(table)).items():
            about = (getattr(rule, "func", rule).__doc__ or "").strip().partition("\n")[0]
            shown = ", ".join(
                f"{k} = {json.dumps(v, ensure_ascii=False)}" for k, v in settings_of(rules)[name].items()
            )
            print(f"{name}: {about}" + (f" [{shown}]" if shown else ""))
        return
    if not arguments.files or not arguments.out:
        raise BadSpec("no files or no folder named", where="check", do="give FILE and --out DIR, or --rules")
    with rendered() as progress:
        counts = check_files(
            arguments.files, arguments.out, table, workers=arguments.workers, progress=progress
        )
    say(counts, arguments)


def check_table(path: Path | None) -> dict[str, Any]:
    """The `[check]` table of a settings file; a study file has one too."""
    if path is None:
        return {}
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadSpec(f"not TOML ({error})", where=str(path), do="mend the file") from None
    if "check" not in values:
        near = difflib.get_close_matches("check", values, n=1, cutoff=0.6)
        found = f"did you mean it by [{one_line(near[0], 40)}]?" if near else "write one"
        raise BadSpec("there is no [check] table", where=str(path), do=found)
    table = values["check"]
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
