"""A review for other tools: what is pending to be judged there, and the verdicts on what is decided.

`label_studio` and `argilla` are pure functions from rows to what each tool imports, and from its export to votes.
docs/review-interchange.md says how to import the files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import orjson

from curation.counts import Counts
from curation.review.interchange.argilla import argilla_dataset, argilla_records, argilla_settings
from curation.review.interchange.base import Row
from curation.review.interchange.label_studio import label_studio_config, label_studio_tasks
from curation.review.interchange.rows import rows_of
from curation.review.store import ReviewStore
from curation.step import begin_step
from schemas.errors import BadSpec
from schemas.jsonl import LineWriter, write_atomic
from schemas.nearest import did_you_mean

TASKS, CONFIG = "tasks.json", "config.xml"
RECORDS, SETTINGS, DATASET = "records.json", ".argilla/settings.json", ".argilla/dataset.json"


def export_layout(store: ReviewStore, layout: str, out: Path, *, anonymous: bool = False) -> Counts:
    """Write a review for another tool, items in the order of loading.

    `label-studio`: `tasks.json` and `config.xml`. `argilla`: `records.json`, `.argilla/settings.json` and
    `.argilla/dataset.json`. Verdicts on what is not decided yet stay here: whoever judges it there would see them.

    Args:
        anonymous: name annotators by number.

    Raises:
        BadSpec: an unknown layout, or the folder is that of a step.
    """
    if layout not in _LAYOUTS:
        raise BadSpec(f"unknown layout {layout!r}", where="--layout", do=did_you_mean(layout, _LAYOUTS))
    begin_step(out, "interchange", writes=(TASKS, CONFIG, RECORDS))
    return _LAYOUTS[layout](store, out, anonymous)


def _label_studio(store: ReviewStore, out: Path, anonymous: bool) -> Counts:
    tally = _Tally()
    _write_array(out / TASKS, label_studio_tasks(tally.counted(rows_of(store, anonymous=anonymous))))
    write_atomic(out / CONFIG, label_studio_config())
    return tally.counts.checked(str(out))


def _argilla(store: ReviewStore, out: Path, anonymous: bool) -> Counts:
    tally = _Tally()
    votes = max(store.process.filter_votes, store.process.review_votes)
    _write_array(out / RECORDS, argilla_records(tally.counted(rows_of(store, anonymous=anonymous))))
    write_atomic(
        out / SETTINGS, orjson.dumps(argilla_settings(min_submitted=votes), option=orjson.OPT_INDENT_2)
    )
    write_atomic(out / DATASET, orjson.dumps(argilla_dataset()))
    return tally.counts.checked(str(out))


_LAYOUTS: dict[str, Callable[[ReviewStore, Path, bool], Counts]] = {
    "label-studio": _label_studio,
    "argilla": _argilla,
}


class _Tally:
    """Counts rows on their way: passed ones are accepted, undecided ones pending."""

    def __init__(self) -> None:
        self.counts = Counts()

    def counted(self, rows: Iterable[Row]) -> Iterator[Row]:
        states = {"passed": 0, "rejected": 0, "pending": 0}
        for row in rows:
            states[row.state if row.state in states else "pending"] += 1
            yield row
        self.counts = Counts(
            rows=sum(states.values()),
            accepted=states["passed"],
            rejected=states["rejected"],
            pending=states["pending"],
            reasons={"review/rejected": states["rejected"]} if states["rejected"] else {},
        )


def _write_array(path: Path, values: Iterable[Any]) -> None:
    """A JSON array, one value a line, without holding it."""
    with LineWriter(path) as file:
        before = b"[\n"
        for value in values:
            file.write(before + orjson.dumps(value))
            before = b",\n"
        file.write(b"\n]\n" if before == b",\n" else b"[]\n")
