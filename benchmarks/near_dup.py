"""Near-duplicates among a million Chinese rows: the whole command, its recall, and what others do with the same rows.

    python benchmarks/near_dup.py                             # 1,000,000 rows; 50,000 against datasketch
    python benchmarks/near_dup.py --rows 200000 --rounds 1
    python benchmarks/near_dup.py --datatrove VENV/bin/python --text-dedup VENV/bin/python --rival-rows 100000

The command reads, validates, compares and writes; its memory is the proportional set size (PSS) of the whole process
tree, sampled four times a second, with the plain sum of resident sizes (RSS) beside it. Needs datasketch and psutil, and
for the rivals an environment of its own for each (`datatrove[processing]`, orjson, spacy; `text-dedup`).

Recall of datasketch: of all pairs that its MinHash LSH (128 permutations, the same 5-grams, the same threshold) finds
among the rows and whose true Jaccard similarity reaches the threshold, the share that the command recorded or holds for
exact duplicates. Recall of the planted copies: of those whose true similarity to their original reaches the threshold,
the share of which not both stay. Removed wrongly: rows that stand in no planted copy's place; word problems that differ
in their numbers are among them.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from near_dup_rows import write_rows

from curation.canonical import canonical_text, prompt_text
from curation.dedup.bands import plan_for, signatures
from curation.dedup.grams import gram_hashes
from curation.dedup.store import PAIRS, ROWS, load_pairs, load_rows
from schemas.instance import Instance
from schemas.jsonl import read_models
from schemas.text_table import text_table

RIVALS = Path(__file__).with_name("near_dup_rivals.py")
THRESHOLD = 0.8


@dataclass
class Cost:
    """Seconds of wall and processor time, bytes of PSS and RSS."""

    wall: float
    cpu: float
    pss: int
    rss: int

    def cells(self, rows: int) -> list[str]:
        return [
            f"{self.wall:.1f} s",
            f"{self.cpu:.0f} s",
            f"{rows / self.wall / 1000:.1f}k",
            f"{self.pss / 1e9:.2f} GB",
            f"{self.rss / 1e9:.2f} GB",
        ]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument(
        "--rounds", type=int, default=3, help="runs of the whole command; the median is printed"
    )
    parser.add_argument("--sample", type=int, default=50_000, help="rows against datasketch")
    parser.add_argument("--rival-rows", type=int, default=100_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--datatrove", metavar="PYTHON", help="of an environment that has it")
    parser.add_argument("--text-dedup", metavar="PYTHON", help="of an environment that has it")
    parser.add_argument(
        "--data", type=Path, help="where the rows are kept; default: a folder that is gone afterwards"
    )
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        measure(Path(folder), arguments.data or Path(folder), arguments)


def measure(folder: Path, data: Path, arguments: argparse.Namespace) -> None:
    print(signature_speed(), flush=True)
    lines: list[list[str]] = []
    files, truth = write_rows(data, arguments.sample)
    found, missed, ours_alone = against_datasketch(files, folder / "sample", arguments.workers)
    print(
        f"recall of datasketch on {arguments.sample} rows, threshold {THRESHOLD}: {1 - missed / max(1, found):.4f}"
        f" ({found - missed} of {found} pairs; {ours_alone} further true pairs that it misses)",
        flush=True,
    )
    rivals = {"datatrove": arguments.datatrove, "text-dedup": arguments.text_dedup}
    if any(rivals.values()):
        files, truth = write_rows(data, arguments.rival_rows)
        cost = dedup(files, folder / "ours", arguments.workers)
        kept = {
            int(json.loads(line)["source"]["row"]) for line in (folder / "ours/instances.jsonl").open("rb")
        }
        lines.append(row_of("curation dedup", arguments.rival_rows, cost, judged(files, truth, kept)))
        plain = folder / "plain.jsonl"
        write_plain(files, plain)
        for name, python in rivals.items():
            if python:
                cost = run([python, str(RIVALS), name, str(plain), str(folder / name), str(THRESHOLD)])
                kept = set(json.loads((folder / name / "kept.json").read_text(encoding="utf-8")))
                lines.append(row_of(name, arguments.rival_rows, cost, judged(files, truth, kept)))
    files, truth = write_rows(data, arguments.rows)
    costs = [dedup(files, folder / "whole", arguments.workers) for _ in range(arguments.rounds)]
    cost = sorted(costs, key=lambda one: one.wall)[len(costs) // 2]
    cost.pss, cost.rss = max(c.pss for c in costs), max(c.rss for c in costs)
    kept = {int(json.loads(line)["source"]["row"]) for line in (folder / "whole/instances.jsonl").open("rb")}
    lines.append(row_of("curation dedup", arguments.rows, cost, judged(files, truth, kept)))
    command = [*DEDUP, "--again", str(folder / "whole"), "--threshold", "0.7", "--out", str(folder / "again")]
    lines.append(row_of("the same, --again at 0.7", arguments.rows, run(command), ("", "")))
    header = ["", "rows", "wall", "cpu", "rows/s", "PSS", "RSS", "planted found", "removed wrongly"]
    print(text_table(header, lines, range(1, len(header))))


DEDUP = [sys.executable, "-m", "curation", "dedup"]


def dedup(files: Path, out: Path, workers: int, *more: str) -> Cost:
    return run([*DEDUP, str(files), "--out", str(out), "--workers", str(workers), *more])


def run(command: list[str]) -> Cost:
    """Run a command with one thread a process and watch it."""
    begun = time.monotonic()
    with tempfile.TemporaryFile() as talk:
        process = psutil.Popen(
            command, stdout=subprocess.DEVNULL, stderr=talk, env={**os.environ, "OMP_NUM_THREADS": "1"}
        )
        pss = rss = 0
        used: dict[int, float] = {}
        while process.poll() is None:
            now_pss = now_rss = 0
            try:
                for one in [process, *process.children(recursive=True)]:
                    memory, times = one.memory_full_info(), one.cpu_times()
                    now_pss, now_rss = now_pss + memory.pss, now_rss + memory.rss
                    used[one.pid] = times.user + times.system
            except psutil.NoSuchProcess:
                pass  # it ended between two looks
            pss, rss = max(pss, now_pss), max(rss, now_rss)
            time.sleep(0.25)
        wall = time.monotonic() - begun
        if process.returncode:
            talk.seek(0)
            sys.exit(f"{command} failed: {talk.read()[-2000:].decode(errors='replace')}")
    return Cost(wall, sum(used.values()), pss, rss)


def row_of(name: str, rows: int, cost: Cost, found: tuple[str, str]) -> list[str]:
    return [name, f"{rows:,}", *cost.cells(rows), *found]


def judged(files: Path, truth: Path, kept: set[int]) -> tuple[str, str]:
    """Share of the planted copies that were found, and rows that were removed although nothing like them stays."""
    planted = [json.loads(line) for line in truth.open(encoding="utf-8")]
    near = [p for p in planted if p["kind"] == "near"]
    wanted = {p["row"] for p in near} | {p["of"] for p in near}
    texts = {
        number: text_of(row) for number, row in enumerate(read_models(files, Instance)) if number in wanted
    }
    alike = [p for p in near if similarity(texts[p["row"]], texts[p["of"]]) >= THRESHOLD]
    found = sum(p["row"] not in kept or p["of"] not in kept for p in alike)
    fine = {p["row"] for p in planted if p["kind"] != "problem"} | {p["of"] for p in planted if "of" in p}
    total = sum(1 for _ in files.open("rb"))
    wrong = sum(number not in kept and number not in fine for number in range(total))
    return f"{found / max(1, len(alike)):.4f}", str(wrong)


def text_of(row: Instance) -> str:
    return f"{prompt_text(row)}\n{canonical_text(row.response)}"


def write_plain(files: Path, plain: Path) -> None:
    with plain.open("w", encoding="utf-8") as to:
        for number, row in enumerate(read_models(files, Instance)):
            to.write(json.dumps({"id": str(number), "text": text_of(row)}, ensure_ascii=False) + "\n")


def grams_of(text: str) -> set[str]:
    return {text[i : i + 5] for i in range(len(text) - 4)}


def similarity(one: str, other: str) -> float:
    a, b = grams_of(one), grams_of(other)
    return len(a & b) / max(1, len(a | b))


def against_datasketch(files: Path, out: Path, workers: int) -> tuple[int, int, int]:
    """(true pairs that datasketch finds, those of them that the command misses, true pairs that only it finds)."""
    from datasketch import MinHash, MinHashLSH

    texts = [text_of(row) for row in read_models(files, Instance)]
    index = MinHashLSH(threshold=THRESHOLD, num_perm=128)
    theirs: set[tuple[int, int]] = set()
    for number, text in enumerate(texts):
        signature = MinHash(num_perm=128)
        signature.update_batch([gram.encode() for gram in grams_of(text)])
        theirs |= {(other, number) for other in index.query(signature)}
        index.insert(number, signature)
    theirs = {(a, b) for a, b in theirs if similarity(texts[a], texts[b]) >= THRESHOLD}
    dedup(files, out, workers, "--across")
    first = load_rows(out / ROWS, [], []).exact.tolist()
    recorded = load_pairs(out / PAIRS)
    near = recorded.where(recorded.similarity >= np.float32(THRESHOLD))
    ours = set(zip(near.one.tolist(), near.other.tolist(), strict=True))
    collapsed = {tuple(sorted((first[a], first[b]))) for a, b in theirs}
    missed = sum(first[a] != first[b] and tuple(sorted((first[a], first[b]))) not in ours for a, b in theirs)
    return len(theirs), missed, len(ours - collapsed)


def signature_speed(rows: int = 20_000, rounds: int = 5) -> str:
    """Signatures of 128 values as numbers in an array, from the same hashes of grams, with rensa and datasketch."""
    import rensa
    from datasketch import MinHash

    draw = random.Random(1)
    texts = ["".join(chr(draw.randrange(0x4E00, 0x9FA5)) for _ in range(120)) for _ in range(rows)]
    grams = gram_hashes(texts, 5)
    offsets = grams.offsets.tolist()
    short = (grams.hashes >> np.uint64(32)).tolist()
    plan = plan_for(0.6, 0.98)

    def with_rensa() -> Any:
        matrix = rensa.RMinHash.digest_matrix_from_flat_token_hashes(
            grams.hashes, grams.offsets.astype(np.uint64), 128, 1
        )
        return np.array(matrix.to_rows(), np.uint32)

    def with_datasketch() -> Any:
        lists = [short[offsets[place] : offsets[place + 1]] for place in range(rows)]
        found = MinHash.bulk(lists, num_perm=128, hashfunc=int)
        return np.stack([one.hashvalues for one in found])

    tasks = {
        "rensa": with_rensa,
        "datasketch": with_datasketch,
        "rensa with grams, bands and marks": lambda: signatures(gram_hashes(texts, 5), plan),
    }
    seconds: dict[str, list[float]] = {name: [] for name in tasks}
    for _ in range(rounds):
        for name, task in tasks.items():
            begun = time.process_time()
            task()
            seconds[name].append(time.process_time() - begun)
    median = {name: statistics.median(found) / rows * 1e6 for name, found in seconds.items()}
    told = ", ".join(f"{name} {cost:.1f} us" for name, cost in median.items())
    return f"signatures of 120 characters, a row: {told}; rensa is {median['datasketch'] / median['rensa']:.0f} times as fast"


if __name__ == "__main__":
    main()
