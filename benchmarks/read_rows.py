"""What reading costs, container by container, against the bare parser of each; and the memory it takes.

    python benchmarks/read_rows.py                 # 50,000 rows of 1.1 kB of Chinese, 5 rounds

One process, processor time, medians; every round measures everything once. `peak` is what Python allocated at most
(tracemalloc, a round of its own) beyond the rows that were handed out and dropped.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import io
import json
import random
import statistics
import tempfile
import time
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from curation.formats.base import Tally
from curation.formats.reading import records


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=50_000)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        measure(Path(folder), arguments.rows, arguments.rounds)


def made(count: int) -> list[dict[str, str]]:
    """Rows of common Chinese characters, some numbers between them; always the same."""
    draw = random.Random(1)
    common = [chr(c) for c in range(0x4E00, 0x9FA5, 7)]

    def text(length: int) -> str:
        return "".join(draw.choices(common, k=length)) + f"，共{draw.randrange(2026)}。"

    return [{"instruction": text(80), "input": "", "output": text(250)} for _ in range(count)]


def measure(folder: Path, count: int, rounds: int) -> None:
    rows = made(count)
    lines = [json.dumps(row, ensure_ascii=False).encode() for row in rows]
    array = b"[" + b",".join(lines) + b"]"
    table = io.StringIO(newline="")
    writer = csv.DictWriter(table, rows[0])
    writer.writeheader()
    writer.writerows(rows)
    files = {
        "lines": folder / "lines.jsonl",
        "array": folder / "array.json",
        "array at a key": folder / "object.json",
        "csv": folder / "table.csv",
        "parquet": folder / "rows.parquet",
        "gzip of lines": folder / "lines.jsonl.gz",
        "zip of lines": folder / "lines.zip",
    }
    files["lines"].write_bytes(b"\n".join(lines))
    files["array"].write_bytes(array)
    files["array at a key"].write_bytes(b'{"a": {"b": ' + array + b"}}")
    files["csv"].write_text(table.getvalue(), encoding="utf-8", newline="")
    pq.write_table(pa.Table.from_pylist(rows), files["parquet"])
    files["gzip of lines"].write_bytes(gzip.compress(files["lines"].read_bytes(), 6))
    with zipfile.ZipFile(files["zip of lines"], "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(files["lines"], "lines.jsonl")

    def reads(path: Path, options: dict[str, str]) -> Callable[[], object]:
        return lambda: sum(1 for _ in records(path, Tally(), options))

    bare: dict[str, Callable[[], object]] = {
        "bare: orjson a line": lambda: [orjson.loads(line) for line in lines] and None,
        "bare: json a line": lambda: [json.loads(line) for line in lines] and None,
        "bare: json.loads of the whole array": lambda: len(json.loads(array)),
        "bare: csv.reader": lambda: sum(1 for _ in csv.reader(io.StringIO(table.getvalue(), newline=""))),
        "bare: pyarrow to_pylist": lambda: sum(
            len(batch.to_pylist()) for batch in pq.ParquetFile(files["parquet"]).iter_batches(256)
        ),
    }
    try:
        import ijson

        bare["bare: ijson of the whole array"] = lambda: sum(
            1 for _ in ijson.items(io.BytesIO(array), "item", use_float=True)
        )
    except ImportError:
        print("ijson is not installed and left out")
    tasks = bare | {
        f"ours: {name}": reads(path, {"rows": "a.b"} if "key" in name else {}) for name, path in files.items()
    }
    seconds: dict[str, list[float]] = {name: [] for name in tasks}
    for _ in range(rounds):
        for name, task in tasks.items():
            begun = time.process_time()
            task()
            seconds[name].append(time.process_time() - begun)
    print(f"{count} rows of {len(lines[0])} bytes, median of {rounds} rounds, processor time")
    for name, found in seconds.items():
        peak = ""
        if name.startswith("ours"):
            tracemalloc.start()
            tasks[name]()
            peak = f"   peak {tracemalloc.get_traced_memory()[1] / 1e6:5.1f} MB of {files[name[6:]].stat().st_size / 1e6:.0f}"
            tracemalloc.stop()
        print(f"{name:38} {statistics.median(found) / count * 1e6:6.2f} us/row{peak}")


if __name__ == "__main__":
    main()
