"""Progress is a callback: the core emits ticks, a face renders them.

Nothing in the project prints its own progress. It calls the `Progress` it was handed; on a terminal that is a
bar with the time left, in a log it is a plain line now and then, in a test it is a list's `append`.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO


@dataclass(frozen=True)
class Tick:
    """One step of some work: `done` of `total` (None if unknown) units named `label`, with a short `note`."""

    label: str
    done: int
    total: int | None = None
    note: str = ""


Progress = Callable[[Tick], None]


def silent(tick: Tick) -> None:
    """Render nothing."""


class PlainLines:
    """One line per label when it begins and ends, and every `every` seconds between: for logs."""

    def __init__(self, stream: IO[str], every: float = 15.0) -> None:
        self._stream, self._every = stream, every
        self._begun: dict[str, float] = {}
        self._printed: dict[str, float] = {}

    def __call__(self, tick: Tick) -> None:
        now = time.monotonic()
        begun = self._begun.setdefault(tick.label, now)
        finished = tick.total is not None and tick.done >= tick.total
        if not finished and now - self._printed.get(tick.label, -self._every) < self._every:
            return
        self._printed[tick.label] = now
        total = f"/{tick.total}" if tick.total is not None else ""
        note = f"  {tick.note}" if tick.note else ""
        left = ""
        if tick.total and 0 < tick.done < tick.total:
            left = f"  about {(now - begun) / tick.done * (tick.total - tick.done):.0f} s left"
        print(f"{tick.label}: {tick.done}{total}{left}{note}", file=self._stream, flush=True)


@contextmanager
def rendered(stream: IO[str] | None = None) -> Iterator[Progress]:
    """A renderer for `stream` (stderr by default): a bar with ETA on a terminal, plain lines elsewhere."""
    stream = stream or sys.stderr
    if not stream.isatty():
        yield PlainLines(stream)
        return
    # rich comes with textual; imported here because most runs of a command never draw a bar.
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TimeRemainingColumn(elapsed_when_finished=True),
        TextColumn("{task.fields[note]}", markup=False),
    )
    with Progress(*columns, console=Console(file=stream)) as bar:
        tasks: dict[str, TaskID] = {}

        def show(tick: Tick) -> None:
            if tick.label not in tasks:
                tasks[tick.label] = bar.add_task(tick.label, total=tick.total, note="")
            bar.update(tasks[tick.label], completed=tick.done, total=tick.total, note=tick.note)

        yield show
