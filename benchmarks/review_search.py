"""Search in a review: what the index costs while a pool is loaded, and what a query takes.

    OMP_NUM_THREADS=1 python benchmarks/review_search.py --rows 100000
    OMP_NUM_THREADS=1 python benchmarks/review_search.py --rows 1000000 --databases sqlite

Rows are of some 120 characters, their words drawn by Zipf's law from 60,000, and one in seven holds a Latin word. The
index is filled in pieces of 5,000 rows, each a transaction, as loading does. Queries go through `find`, texts read from
the store; each is asked several times in turn with the others, and the median and the slowest are printed. The last
column is what looking at every text would take with LIKE, once.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from itertools import pairwise
from pathlib import Path

import numpy as np
from sqlalchemy import Connection, text

from curation.review.load import AT_ONCE
from curation.review.reading import searchable, texts
from curation.review.search import begin_load, end_load, find, index_items, reindex
from curation.review.store import ReviewStore
from curation.review.tables import REVISIONS, item, revision
from schemas.instance import Instance, Message, Source
from tests.curation.review.postgres_server import PostgresServer

COMMON = b"".join(bytes((high, low)) for high in range(0xB0, 0xD8) for low in range(0xA1, 0xFF)).decode(
    "gb2312", "ignore"
)
ABILITIES = ("biology", "chinese", "code", "math")
WORDS, PER_ROW = 60_000, 58
SECONDS = 0.06  # after which the terminal shows what there is, and looks on


def rows(count: int, seed: int = 7) -> Iterator[Instance]:
    """The last ability has one row in a thousand; the others share the rest."""
    draw = np.random.default_rng(seed)
    common = np.array(list(COMMON))[draw.permutation(len(COMMON))]
    weights = 1 / np.arange(1, len(common) + 1) ** 0.9
    sizes = draw.choice([1, 2, 3, 4], WORDS, p=[0.08, 0.72, 0.12, 0.08])
    drawn = draw.choice(common, int(sizes.sum()), p=weights / weights.sum())
    words = ["".join(one) for one in np.split(drawn, np.cumsum(sizes)[:-1])]
    ranks = np.cumsum(1 / (np.arange(1, WORDS + 1) + 2.7))
    ranks /= ranks[-1]
    for start in range(0, count, AT_ONCE):
        some = min(AT_ONCE, count - start)
        for n, row in enumerate(np.searchsorted(ranks, draw.random((some, PER_ROW))).tolist(), start):
            said = [words[w] for w in row]
            asked = "".join(said[:20]) + (" PyTorch " if n % 7 == 0 else "，") + "".join(said[20:30]) + "？"
            answer = "".join(said[30:45]) + "，" + "".join(said[45:]) + "。"
            yield Instance(
                ability=ABILITIES[-1] if n % 1000 == 0 else ABILITIES[n % 3],
                form="open",
                messages=(Message(role="user", content=asked), Message(role="assistant", content=answer)),
                source=Source(name="made", row=str(n)),
            )


def fill(store: ReviewStore, count: int) -> tuple[float, float, float]:
    """(seconds, processor seconds, the longest transaction's seconds) that indexing took, the rest of loading aside."""
    bulk = store.database.bulk_insert
    wall = processor = longest = 0.0

    def act(connection: Connection, batch: list[tuple[int, Instance]]) -> None:
        nonlocal wall, processor, longest
        filed = [(n, i.id, i.ability, i.form, "filter", 0, n * REVISIONS, 0) for n, i in batch]
        bulk(
            connection,
            item,
            filed,
            ("number", "id", "ability", "form", "state", "revisions", "head", "flags"),
        )
        kept = [(n * REVISIONS, n, i.id, i.id, "", True, i.line().decode()) for n, i in batch]
        bulk(connection, revision, kept, ("number", "item", "id", "digest", "actor", "answered", "line"))
        found = [(n, searchable(i)) for n, i in batch]
        before = time.perf_counter(), time.process_time()
        index_items(connection, found)
        took = time.perf_counter() - before[0]
        wall, processor, longest = (
            wall + took,
            processor + time.process_time() - before[1],
            max(longest, took),
        )

    store.database.write(begin_load)
    batch: list[tuple[int, Instance]] = []
    for number, instance in enumerate(rows(count), 1):
        batch.append((number, instance))
        if len(batch) == AT_ONCE or number == count:
            store.database.write(partial(act, batch=batch))
            batch = []
    before = time.perf_counter()
    store.database.write(end_load)
    wall += time.perf_counter() - before
    return wall, processor, longest


def queries() -> dict[str, tuple[str, str | None]]:
    """What is asked -> (query, ability). Frequencies are those of the first 20,000 rows."""
    pairs: Counter[str] = Counter()
    characters: Counter[str] = Counter()
    sample = [searchable(i) for i in rows(20_000)]
    for one in sample:
        characters.update({c for c in one if c in COMMON})
        pairs.update({a + b for a, b in pairwise(one) if a in COMMON and b in COMMON})
    often, chars = [p for p, _ in pairs.most_common()], [c for c, _ in characters.most_common()]
    return {
        "the most common pair": (often[0], None),
        "the same, in an ability of 0.1 %": (often[0], ABILITIES[-1]),
        "a pair in 1 row of 100": (next(p for p in often if pairs[p] < 200), None),
        "a pair in 1 row of 10,000": (next(p for p in often if pairs[p] <= 2), None),
        "common pairs, one after the other never": (_apart(often[:300], "\n".join(sample)), None),
        "the most common character": (chars[0], None),
        "a rare character": (chars[-1], None),
        "eight characters of a row": (sample[777][20:28], None),
        "a Latin word": ("pytorch", None),
        "Latin and Chinese": (sample[700][sample[700].index(" PyT") - 2 :][:13], None),
        "nothing holds it": ("龘龘", None),
    }


def _apart(often: list[str], texts: str) -> str:
    """Three characters whose two pairs are common while nothing holds all three."""
    both = ((a, b) for a in often for b in often if a[1] == b[0] and a != b)
    return next(a + b[1] for a, b in both if a + b[1] not in texts)


def size_of(store: ReviewStore, index: bool) -> float:
    """Megabytes of the index, or of all."""
    with store.database.reading() as connection:
        if connection.dialect.name == "sqlite":
            which = " WHERE name LIKE 'gram%'" if index else ""
            try:
                return (
                    float(connection.execute(text(f"SELECT sum(pgsize) FROM dbstat{which}")).scalar_one())
                    / 1e6
                )
            except Exception:  # a build without dbstat
                shadow = "SELECT sum(length(block)) FROM gram_data" if index else "PRAGMA page_count"
                found = float(connection.execute(text(shadow)).scalar_one())
                return found / 1e6 if index else found * 4096 / 1e6
        of = "pg_total_relation_size('gram')" if index else "pg_database_size(current_database())"
        return float(connection.execute(text(f"SELECT {of}")).scalar_one()) / 1e6


def scan(store: ReviewStore, query: str) -> float:
    """Seconds that a look at every line takes."""
    with store.database.reading() as connection:
        before = time.perf_counter()
        connection.execute(
            text("SELECT count(*) FROM revision WHERE line LIKE :like"), {"like": f"%{query}%"}
        ).scalar_one()
        return time.perf_counter() - before


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument(
        "--databases", nargs="+", default=["sqlite", "postgresql"], choices=("sqlite", "postgresql")
    )
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--limit", type=int, default=50)
    given = parser.parse_args()
    for kind in given.databases:
        with _database(kind) as url, ReviewStore.open(url, create=True) as store:
            wall, processor, longest = fill(store, given.rows)
            print(
                f"{kind}, {given.rows} rows: indexed in {wall:.0f} s ({processor:.0f} s of this process's processor,"
                f" {wall / given.rows * 1e6:.0f} us a row, at most {longest:.2f} s a piece of {AT_ONCE});"
                f" index {size_of(store, True):.0f} MB of {size_of(store, False):.0f} MB"
            )
            ask(store, given.rounds, given.limit)
            revise(store)


@contextmanager
def _database(kind: str) -> Iterator[str]:
    """The URL of an empty one; a server of our own for PostgreSQL."""
    if kind == "sqlite":
        with tempfile.TemporaryDirectory(prefix="abilitymix-search-") as folder:
            yield str(Path(folder) / "review.db")
    else:
        with PostgresServer() as server, server.database() as url:
            yield url


def ask(store: ReviewStore, rounds: int, limit: int) -> None:
    asked = queries()
    times: dict[str, list[float]] = {name: [] for name in asked}
    counts: dict[str, int] = {}
    for _ in range(rounds):
        for name, (query, ability) in asked.items():
            before = time.perf_counter()
            with store.database.reading() as connection:
                found = find(
                    connection, query, limit, partial(texts, connection), ability=ability, seconds=SECONDS
                )
            times[name].append((time.perf_counter() - before) * 1000)
            counts[name] = len(found.numbers)
    print(f"{'query':40} {'found':>6} {'median ms':>10} {'slowest':>8} {'by looking':>10}")
    for name, took in times.items():
        looked = scan(store, asked[name][0]) * 1000
        print(f"{name:40} {counts[name]:6} {statistics.median(took):10.2f} {max(took):8.2f} {looked:10.0f}")


def revise(store: ReviewStore, count: int = 200) -> None:
    took = []
    for number in range(1, count + 1):
        with store.database.reading() as connection:
            before = texts(connection, [number])[number]
        after = before[:-10] + "改了这几个字。"
        start = time.perf_counter()
        store.database.write(partial(reindex, number=number, before=before, after=after))
        took.append((time.perf_counter() - start) * 1000)
    print(f"one item found by its new text: median {statistics.median(took):.2f} ms, committed")


if __name__ == "__main__":
    main()
