"""How long the agreement of a large review takes: a SQLite store of so many verdicts, read and reported.

    python benchmarks/agreement_store.py [VERDICTS] [ANNOTATORS]

Verdicts are written into the tables as a review leaves them, two an item, ten abilities; each timing is one fresh run.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from curation.review import tables as t
from curation.review.agreement.exported import agreement_file
from curation.review.agreement.short import short
from curation.review.agreement.standing import decided_votes, standing
from curation.review.agreement.store_report import report_of
from curation.review.store import ReviewStore

ITEM = ("number", "id", "ability", "form", "state", "revisions", "head", "flags")
SLOT = ("item", "stage", "round", "vote", "ability", "position", "owner", "expires", "token", "done", "kept", "at",
        "seconds")  # fmt: skip
START = 1_790_000_000_000_000  # microseconds


def fill(store: ReviewStore, items: int, people: int) -> None:
    """Two verdicts an item: one in five is hard, of which 60 % are approved, of the others 97 %."""
    rng = np.random.default_rng(0)
    first = rng.integers(0, people, items)
    second = (first + rng.integers(1, people, items)) % people
    rate = np.where(rng.random(items) < 0.2, 0.6, 0.97)
    kept = rng.random((items, 2)) < rate[:, None]
    seconds = rng.lognormal(3, 0.5, (items, 2))
    done = np.zeros(people, np.int64)
    rows: list[tuple[Any, ...]] = []
    slots: list[tuple[Any, ...]] = []
    shapes: dict[tuple[str, bool, int], int] = {}
    for n in range(items):
        ability = f"ability {n % 10}"
        passed = bool(kept[n].all())
        rows.append((n + 1, f"{n:064x}", ability, "open", "passed" if passed else "rejected", 0, n * 1024, 0))
        shape = (ability, passed, int(kept[n].sum()))
        shapes[shape] = shapes.get(shape, 0) + 1
        for vote, who in enumerate((int(first[n]), int(second[n]))):
            done[who] += 1
            at = START + int(done[who]) * 25_000_000 + 40_000_000_000 * (int(done[who]) // 1000)
            row = (n + 1, "filter", 0, vote + 1, ability, n, f"p{who}", 0, 1, int(done[who]))
            slots.append((*row, bool(kept[n, vote]), at, float(seconds[n, vote])))
    tallies = [
        ("p0", a, f"decided.filter.{k}.2.{'kept' if p else 'not'}", c) for (a, p, k), c in shapes.items()
    ]
    tallies += [("", f"ability {a}", "in.filter", items // 10) for a in range(10)]

    def write(connection: Any) -> None:
        store.database.bulk_insert(connection, t.item, rows, ITEM)
        store.database.bulk_insert(connection, t.slot, slots, SLOT)
        store.database.bulk_insert(connection, t.tally, tallies, ("actor", "ability", "name", "count"))

    store.database.write(write)


def timed(name: str, act: Callable[[], object]) -> None:
    """Both clocks: on a machine that others use, only the processor's says what the work costs."""
    began, worked = time.perf_counter(), time.process_time()
    act()
    took = time.perf_counter() - began
    print(f"{name:34}  {took:8.3f} s  {time.process_time() - worked:8.3f} s of the processor", flush=True)


def main() -> None:
    verdicts = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    people = int(sys.argv[2]) if len(sys.argv) > 2 else 10
    with (
        TemporaryDirectory(prefix="abilitymix-") as folder,
        ReviewStore.open(str(Path(folder) / "review.db"), create=True) as store,
    ):
        fill(store, verdicts // 2, people)

        def reading(act: Callable[[Any], object]) -> object:
            with store.database.reading() as connection:
                return act(connection)

        print(f"{verdicts:,} verdicts of {people} annotators")
        timed("read verdicts of decided units", lambda: reading(decided_votes))
        timed("read everything", lambda: reading(standing))
        timed("agreement.json of an export", lambda: reading(agreement_file))
        timed("the whole report", lambda: report_of(store))
        patterns = store.dashboard("").patterns
        timed("short, for a dashboard", lambda: short(patterns))


if __name__ == "__main__":
    main()
