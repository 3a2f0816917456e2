"""What the commands of `study` do; the work itself is in the modules beside this one."""

from __future__ import annotations

import argparse
import json
import shlex
import sys
from pathlib import Path

from finetune.mix import Key
from schemas.errors import BadSpec, Busy, MissingFile
from schemas.progress import rendered
from schemas.runs import locked
from schemas.study import StudySpec
from schemas.toml import load_spec


def run(arguments: argparse.Namespace) -> None:
    """Run a study and print its ending on stdout; steps and progress go to stderr."""
    from study.conduct import conduct
    from study.ending import ending

    if arguments.workers < 1:
        raise BadSpec(f"{arguments.workers} workers cannot work", where="--workers", do="give 1 or more")
    if arguments.limit_minutes is not None and arguments.limit_minutes <= 0:
        raise BadSpec("no time at all", where="--limit-minutes", do="give some minutes, or leave it out")
    spec = _load(arguments)
    out = arguments.out or Path(f"study-{spec.name}")
    with rendered() as progress:
        outcome = conduct(
            spec,
            out,
            workers=arguments.workers,
            limit_minutes=arguments.limit_minutes,
            progress=progress,
            say=lambda line: print(line, file=sys.stderr, flush=True),
            command=_typed(arguments),
        )
    if arguments.json:
        print(outcome.report.model_dump_json(indent=1))
    else:
        print(ending(outcome))


def _load(arguments: argparse.Namespace) -> StudySpec:
    """The settings, with relative paths resolved beside the study file where something is there."""
    spec = load_spec(arguments.study, StudySpec, arguments.set)
    beside = arguments.study.parent
    found = {
        name: beside / path
        for name in ("data", "abilities")
        if (path := getattr(spec, name)) is not None and (beside / path).exists()
    }
    return spec.model_copy(update=found)


def _typed(arguments: argparse.Namespace) -> str:
    """The command that makes the same study; folders that differ from machine to machine are written as DIR."""
    parts = ["python", "-m", "study", "run", str(arguments.study)]
    for entry in arguments.set:
        parts += ["--set", "data=DIR" if entry.startswith("data=") else entry]
    if arguments.limit_minutes is not None:
        parts += ["--limit-minutes", f"{arguments.limit_minutes:g}"]
    return shlex.join(parts)


def status(arguments: argparse.Namespace) -> None:
    """Print one line per run, or their count by state and the failures."""
    from study.ledger import FILE, Ledger

    if not (arguments.out / FILE).exists():
        raise MissingFile("no study here", where=str(arguments.out), do="name the folder of `study run`")
    ledger = Ledger.read(arguments.out)
    at_work = _at_work(arguments.out)
    states = {name: ledger.state(name, at_work=at_work) for name in ledger.runs}
    if arguments.json:
        shown = {"at_work": at_work, "runs": states, "failed": ledger.failed, "missing": ledger.missing()}
        print(json.dumps(shown, ensure_ascii=False, indent=1))
        return
    for name, state in states.items():
        why = f"  {ledger.failed[name]}" if state == "failed" else ""
        print(f"{state:8} {name}  {ledger.runs[name]}{why}")
    for reason in ledger.missing():
        print(f"omitted  {reason}")
    counts = {s: list(states.values()).count(s) for s in ("done", "running", "failed", "pending")}
    known = "" if ledger.finished else "; later steps appear when they are known"
    print(", ".join(f"{n} {s}" for s, n in counts.items()) + known)


def _at_work(out: Path) -> bool:
    try:
        with locked(out):
            return False
    except Busy:
        return True


def init(arguments: argparse.Namespace) -> None:
    """Write a study of one's own to begin with."""
    from study.template import write_template

    for line in write_template(arguments.folder):
        print(line)


def plan(arguments: argparse.Namespace) -> None:
    """Print the cells that the settings ask for, with pools taken as large as the settings hope."""
    from study.plan import plan_cells

    spec = _load(arguments)
    abilities, pools = _hoped_for(spec)
    cells = plan_cells(spec, pools, abilities, {}).cells
    if arguments.json:
        print(json.dumps([{"name": c.name, "rows": c.rows, "examples": c.examples} for c in cells], indent=1))
        return
    for cell in cells:
        print(f"{cell.name:50} {cell.rows:>7} rows {cell.examples:>9} examples trained")
    trained = [c for c in cells if c.train]
    print(f"{len(trained)} checkpoints, {sum(c.examples for c in trained)} examples trained in all")
    if spec.recommend.budget:
        print(
            f"then 2 mixes of {spec.recommend.budget} instances with {len(spec.recommend.seeds)} seeds each"
        )


def _hoped_for(spec: StudySpec) -> tuple[list[str], dict[Key, int]]:
    from schemas.ability import doit_abilities, load_abilities

    known = load_abilities(spec.abilities) if spec.abilities else doit_abilities()
    named = {s.ability for s in spec.sources if s.origin == "human"} if spec.sources else set(known)
    abilities = [a for a in known if a in named]
    most = max(*spec.grid.n, spec.grid.single_source_n)
    return abilities, {(a, o): most for a in abilities for o in spec.grid.origins}
