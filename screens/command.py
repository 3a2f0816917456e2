"""What `python -m tui` does: read the pool, open the verdicts, show the screen, say where the verdicts are."""

from __future__ import annotations

import sys
import tempfile
from argparse import Namespace
from pathlib import Path

from curation.decisions import OwnVerdicts
from curation.desk import Desk
from schemas.ability import load_abilities
from schemas.errors import AbilitymixError, BadData, BadSpec, ExitCode
from schemas.instance import Instance
from schemas.jsonl import read_models
from schemas.terminal import visible

SAMPLE = Path(__file__).parents[1] / "examples" / "sample_pool.jsonl"


def run(arguments: Namespace) -> int:
    greeting, path, decisions = "", arguments.pool, arguments.decisions
    if path is None:
        path = SAMPLE
        decisions = decisions or Path(tempfile.mkdtemp(prefix="abilitymix-")) / "decisions.jsonl"
        greeting = f"this is a sample; your verdicts go to {decisions}"
    name = arguments.name or ("you" if arguments.pool is None else "")
    if not name:
        raise BadSpec("who judges?", where="--as", do="give your name with --as NAME")
    if decisions is None:
        raise BadSpec("where do verdicts go?", where="--decisions", do="name a file with --decisions FILE")
    abilities = load_abilities(arguments.abilities) if arguments.abilities else None
    desk = Desk(read_pool(path), OwnVerdicts(decisions, name))
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise AbilitymixError("this needs a terminal", do="run it in one (over ssh: ssh -t)")
    from screens.review import Review  # Textual takes a while: a mistake is told before

    Review(desk, abilities, greeting).run()
    kept = f"{desk.judged} of {len(desk.pool)} judged by {name}"
    print(f"{kept}; verdicts are in {visible(str(decisions))}", file=sys.stderr)
    return ExitCode.OK


def read_pool(path: Path) -> list[Instance]:
    """Raises MissingFile, BadData with file and line, or BadData for an empty file."""
    pool = list(read_models(path, Instance))
    if not pool:
        raise BadData("there are no instances", where=str(path), do="name a JSON lines file of instances")
    return pool
