"""A list of what to thin out, put into effect: the rows it names go, all others stay as they are, byte for byte."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from os.path import realpath
from pathlib import Path

from curation.canonical import row_key
from curation.counts import Counts
from curation.standardize import reasons_of
from curation.step import begin_step, finish_step
from schemas.errors import BadData
from schemas.instance import Decision, Instance
from schemas.jsonl import LineWriter, line_blocks, models_in, read_models, write_jsonl
from schemas.progress import Progress, Tick, silent


def read_list(path: Path) -> list[Decision]:
    """The decisions of a `thin.jsonl`.

    Raises:
        MissingFile, BadData: no such file, or not a list of what to thin out.
    """
    found = list(read_models(path, Decision))
    wrong = next((d for d in found if d.stage != "diversity" or d.kept or not d.evidence), None)
    if wrong is not None:
        raise BadData(
            "this is no list of what to thin out",
            where=str(path),
            do="name the thin.jsonl that diversity wrote",
        )
    return found


def thin(
    files: Sequence[Path], listed: Path, out: Path, progress: Progress = silent
) -> tuple[Counts, list[Decision]]:
    """Write `instances.jsonl` without the listed rows, `decisions.jsonl` with their decisions, and `step.json`.

    A row is meant if its source row and its id are those of a decision; of rows that agree in both, as many go as
    there are decisions.

    Returns:
        The sum, and the decisions that no row answers to.

    Raises:
        MissingFile, BadData: as `read_list` and `schemas.jsonl.models_in`; also if no row at all is meant.
    """
    waiting: dict[tuple[str, str], list[Decision]] = {}
    decisions = read_list(listed)
    for decision in reversed(decisions):
        waiting.setdefault((decision.subject, decision.evidence), []).append(decision)
    begin_step(out)
    gone: Counter[tuple[str, str]] = Counter()
    rows = accepted = 0
    with LineWriter(out / "instances.jsonl") as writer:
        for path in files:
            for block in line_blocks(path):
                for _, line, row in models_in(block, Instance):
                    rows += 1
                    key = (row_key(row), row.id)
                    if gone[key] < len(waiting.get(key, ())):
                        gone[key] += 1
                    else:
                        accepted += 1
                        writer.write(line + b"\n")
                progress(Tick("thin", rows))
        if decisions and not gone.total():
            raise BadData(
                "none of these rows is on the list", where=str(listed), do="name the files it was made from"
            )
    dropped: list[Decision] = []
    unmet: list[Decision] = []
    for decision in decisions:
        key = (decision.subject, decision.evidence)
        (dropped if gone[key] else unmet).append(decision)
        gone[key] -= gone[key] > 0
    write_jsonl(out / "decisions.jsonl", dropped)
    counts = Counts(rows=rows, accepted=accepted, rejected=len(dropped), reasons=reasons_of(dropped))
    finish_step(out, "diversity", {"thin": realpath(listed)}, [*files, listed], counts)
    return counts, unmet
