"""The sample that `python -m tui` opens: a store in a temporary folder with every form and stage in it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from curation.review.load import load
from curation.review.process import Process
from curation.review.store import ReviewStore

FOLDER = Path(__file__).parents[1] / "examples" / "review"
NAME = "you"


@contextmanager
def make_sample() -> Iterator[str]:
    """A store with `you` enrolled, gone when the block ends; the path of its file."""
    with tempfile.TemporaryDirectory(prefix="abilitymix-") as folder:
        path = str(Path(folder) / "review.db")
        with ReviewStore.open(path, create=True, process=Process(revise=("*",), training_items=3)) as store:
            fill(store)
        yield path


def fill(store: ReviewStore) -> None:
    pool = FOLDER / "pool.jsonl"
    load(store, [pool if pool.exists() else FOLDER.parent / "sample_pool.jsonl"], workers=1)
    store.enrol(NAME)
