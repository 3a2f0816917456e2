"""What a step of curation says of itself, last and atomically, so that a story and a card can follow the chain back.

Every folder that a step writes has a `step.json`: its existence means that the step was finished.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from os.path import realpath
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from curation.counts import Counts
from schemas.errors import BadSpec
from schemas.instance import Frozen
from schemas.jsonl import write_atomic
from schemas.runs import code_revision
from schemas.terminal import one_line

STEP = "step.json"


class Step(Frozen):
    """One finished step.

    Args:
        stage: the command's word: `standardize`, `check`, `dedup`, …
        settings: all that decided the result, resolved; of `check` the rules that were on, with their settings.
        inputs: files that were read, as absolute paths.
        counts: what became of the rows.
        revision: of the code.
        finished: when, in UTC.
    """

    stage: str
    settings: dict[str, Any] = {}
    inputs: tuple[str, ...] = ()
    counts: Counts = Counts()
    revision: str = ""
    finished: datetime


def begin_step(out: Path, stage: str = "", inputs: Iterable[Path] = (), writes: Iterable[str] = ()) -> None:
    """Take back an older `step.json` before its folder is written anew. Call it before the first file changes.

    Raises as `refuse_step`.
    """
    refuse_step(out, stage, inputs, writes)
    (out / STEP).unlink(missing_ok=True)


def refuse_step(out: Path, stage: str = "", inputs: Iterable[Path] = (), writes: Iterable[str] = ()) -> None:
    """Look whether a step may write into `out`, before any work is done.

    Args:
        stage: of the step that begins; a folder that another stage wrote is left alone.
        inputs: files that will be read; they may not be written over, nor the folder of the step that made them.
        writes: names of the files that will be written.

    Raises:
        BadSpec: the folder is another step's, or what is read lies in it.
    """
    # realpath, because resolve() trips over a loop of links.
    here, mine = Path(realpath(out)), {*writes, STEP}
    older = read_step(out)
    for path in inputs:
        found = Path(realpath(path))
        if found == here or (found.parent == here and found.name in mine):
            what = "this file is read and would be overwritten"
        elif found.parent == here and older is not None:
            what = "this file is read, and the folder of the step that made it would be written over"
        else:
            continue
        raise BadSpec(what, where=str(path), do="name another --out")
    if stage and older is not None and older.stage != stage:
        raise BadSpec(
            f"the step {one_line(older.stage, 40)} left this folder", where=str(out), do="name another --out"
        )


def finish_step(
    out: Path, stage: str, settings: Mapping[str, Any], inputs: Iterable[Path], counts: Counts
) -> Step:
    """Write `step.json`. Raises Failed if the counts do not add up."""
    step = Step(
        stage=stage,
        settings=_sayable(dict(settings)),
        # A dataset of the hub is no path.
        inputs=tuple(_sayable(str(p) if str(p).startswith("hf:") else realpath(p)) for p in inputs),
        counts=counts.checked(str(out)),
        revision=code_revision(),
        finished=datetime.now(UTC),
    )
    write_atomic(out / STEP, step.model_dump_json(indent=1))
    return step


def _sayable(value: Any) -> Any:
    """Settings whose texts JSON can hold: the bytes of a file's name need not be UTF-8."""
    if isinstance(value, str):
        return os.fsencode(value).decode("utf-8", "backslashreplace")
    if isinstance(value, Mapping):
        return {_sayable(key): _sayable(one) for key, one in value.items()}
    return [_sayable(one) for one in value] if isinstance(value, list | tuple) else value


def read_step(folder: Path) -> Step | None:
    """The step that wrote a folder; None if there is none, or none that can be read."""
    try:
        return Step.model_validate_json((folder / STEP).read_bytes())
    except (OSError, ValidationError):
        return None


def steps_behind(files: Sequence[Path]) -> list[tuple[Path, Step]]:
    """(folder, step) of every step that led to the files, first one first; a step that others share stands once."""
    found: dict[Path, Step] = {}

    def follow(folder: Path) -> None:
        step = read_step(folder) if folder not in found else None
        if step is None:
            return
        found[folder] = step  # before its inputs: a folder that names itself as input must end the walk
        for path in step.inputs:
            follow(Path(path).parent)
        found[folder] = found.pop(folder)

    for file in files:
        follow(Path(realpath(file)).parent)
    return list(found.items())
