"""Many annotators at one store at once, each a process: is a verdict lost or counted twice, does anyone starve, how long it takes.

    python benchmarks/review_annotators.py                    # 8 and 32 annotators, 1,000 verdicts each, both databases
    python benchmarks/review_annotators.py --annotators 8 --databases sqlite --items 1000000

Nobody thinks here: every annotator judges as fast as it can, which is the worst that can come. The latency is that of
`judge`, measured in the annotator's process: the verdict, what follows from it, the lease on the next item, and the commit
on the disk. Starvation: the time the slowest annotator took for its verdicts, over the median. Lost and double are what
`tests/curation/review/annotating.py` finds when it compares every acknowledged verdict with the log and its projections;
the chains, and that everything follows from the log, are verified as `python -m curation store verify` does it.
PostgreSQL is a server of the benchmark's own, with its defaults and `fsync` on.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from curation.review import replay
from curation.review.load import load
from curation.review.process import Process
from curation.review.store import ReviewStore
from tests.curation.review.annotating import acknowledged, findings, pool
from tests.curation.review.postgres_server import PostgresServer

ROOT = Path(__file__).resolve().parents[1]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--annotators", type=int, nargs="+", default=[8, 32])
    parser.add_argument("--verdicts", type=int, default=1000)
    parser.add_argument(
        "--items", type=int, default=0, help="in the pool; default as many as are needed, and half"
    )
    parser.add_argument(
        "--databases", nargs="+", default=["sqlite", "postgresql"], choices=("sqlite", "postgresql")
    )
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="for the file of SQLite; a temporary one if missing")
    arguments = parser.parse_args()
    print(
        "| database | annotators | verdicts/s | p50 ms | p95 ms | p99 ms | slowest ms | slowest / median annotator |"
        " lost | double | chains |"
    )
    print("|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---|")
    for _ in range(arguments.rounds):
        for count in arguments.annotators:
            for kind in arguments.databases:
                with (
                    tempfile.TemporaryDirectory(dir=arguments.folder) as folder,
                    database(kind, Path(folder)) as url,
                ):
                    items = arguments.items or count * arguments.verdicts * 3 // 4
                    told = measure(url, Path(folder), count, arguments.verdicts, items)
                    print(f"| {kind} | {told} |", flush=True)


@contextmanager
def database(kind: str, folder: Path) -> Iterator[str]:
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'review.db'}"
        return
    with PostgresServer() as server, server.database() as url:
        yield url


def measure(url: str, folder: Path, count: int, verdicts: int, items: int) -> str:
    names = [f"a{number:02d}" for number in range(count)]
    rows = folder / "pool.jsonl"
    rows.write_bytes(b"".join(one.line() + b"\n" for one in pool(items)))
    with ReviewStore.open(url, create=True, process=Process(gold_every=0, training_items=0)) as store:
        load(store, [rows], workers=1)
        store.enrol_all(names)
    files = [folder / f"{name}.jsonl" for name in names]
    people = [start(url, name, verdicts, file) for name, file in zip(names, files, strict=True)]
    for one in people:
        assert one.stdout is not None
        assert one.stdout.readline() == "ready\n"
    begun = time.perf_counter()
    for one in people:
        assert one.stdin is not None
        one.stdin.write("go\n")
        one.stdin.flush()
    ends: dict[int, float] = {}
    while len(ends) < count:
        for number, one in enumerate(people):
            if number not in ends and one.poll() is not None:
                ends[number] = time.perf_counter() - begun
        time.sleep(0.02)
    if any(one.returncode for one in people):
        raise SystemExit("an annotator failed")
    said = acknowledged(files)
    took = sorted(one.milliseconds for one in said)
    if os.environ.get("ROWS"):
        Path(os.environ["ROWS"]).write_text("\n".join(map(str, took)))
    p50, p95, p99 = (took[min(len(took) - 1, int(len(took) * share))] for share in (0.5, 0.95, 0.99))
    with ReviewStore.open(url) as store:
        found = findings(store, said)
        missing = count * verdicts - len(said)
        replay.verify(store)
    ratio = max(ends.values()) / statistics.median(ends.values())
    return (
        f"{count} | {len(said) / max(ends.values()):.0f} | {p50:.1f} | {p95:.1f} | {p99:.1f} | {took[-1]:.0f} |"
        f" {ratio:.2f} | {len(found.lost) + missing} | {len(found.double)} | hold"
    )


def start(url: str, name: str, verdicts: int, file: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.curation.review.annotating", url, name, str(verdicts), str(file)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )


if __name__ == "__main__":
    main()
