"""Export of many rows into every layout: wall time, and that peak memory does not grow with the rows.

    python benchmarks/export.py [--rows 100000 1000000] [--layouts doit messages ...] [--workers N] [--folder DIR]

The rows are made deterministically: Chinese texts of 120 characters on average, one in twenty a conversation, one in
ten with options, ten abilities, three sources. Each export is the command in a process of its own. Wall time says
something on an idle machine only; processor time (of the process and its workers) over the number of cores is what it
comes to there at best. Peak memory is the largest sum, over the process and its workers, of the memory that each has to itself (its proportional set size), read
from the operating system ten times a second.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from random import Random

ABILITIES = ("biology", "history", "code", "creative_writing", "chinese", "understanding", "role_play", "reasoning", "math", "ethics")  # fmt: skip
ALPHABET = [chr(0x4E00 + i) for i in range(3000)]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    layouts = ("doit", "messages", "alpaca", "sharegpt", "parquet", "hf")
    parser.add_argument("--rows", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--layouts", nargs="+", default=layouts, choices=layouts)
    parser.add_argument("--workers", type=int)
    parser.add_argument("--rounds", type=int, default=1, help="the median counts")
    parser.add_argument("--folder", type=Path, help="for the files; a temporary one if missing")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        place = Path(folder)
        print(
            "| layout | "
            + " | ".join(f"{n:,} rows: wall s | processor s | peak MiB" for n in arguments.rows)
            + " |"
        )
        print("|---|" + "---:|---:|---:|" * len(arguments.rows))
        files = [make(place / f"rows_{n}.jsonl", n) for n in arguments.rows]
        for layout in arguments.layouts:
            cells = []
            for file in files:
                runs = [
                    measure(layout, file, place / "out", arguments.workers) for _ in range(arguments.rounds)
                ]
                wall, processor = (statistics.median(run[i] for run in runs) for i in (0, 1))
                cells.append(f"{wall:.1f} | {processor:.1f} | {max(run[2] for run in runs):.0f}")
            print(f"| {layout} | " + " | ".join(cells) + " |", flush=True)


def make(path: Path, rows: int) -> Path:
    """Instances, without the cost of a million of their objects at once."""
    from schemas.instance import Instance

    draw = Random(20)
    text = "".join(draw.choices(ALPHABET, k=200_000))
    with path.open("wb") as file:
        for number in range(rows):
            file.write(Instance.model_validate(_row(number, draw, text)).line() + b"\n")
    return path


def _row(number: int, draw: Random, text: str) -> dict[str, object]:
    def piece(least: int, most: int) -> str:
        begin = draw.randrange(len(text) - most)
        return text[begin : begin + draw.randint(least, most)]

    source = {
        "name": f"source_{number % 3}",
        "row": str(number),
        "licence": ("MIT", "", "CC BY-NC 4.0")[number % 3],
    }
    row: dict[str, object] = {"ability": ABILITIES[number % 10], "form": "open", "source": source}
    question = f"{number}{piece(30, 90)}"
    if number % 10 == 3:
        choices = [f"{letter}{piece(2, 10)}" for letter in "甲乙丙丁"]
        prompt = "\n".join([question, *(f"{a}.{c}" for a, c in zip("ABCD", choices, strict=True))])
        said = [("user", prompt), ("assistant", "B")]
        row |= {"form": "choice", "choices": choices, "answer": "B"}
    elif number % 20 == 1:
        said = [
            ("user", question),
            ("assistant", piece(10, 30)),
            ("user", piece(5, 20)),
            ("assistant", piece(20, 60)),
        ]
    else:
        said = [("user", question), ("assistant", piece(20, 100))]
    return row | {"messages": [{"role": role, "content": content} for role, content in said]}


def measure(layout: str, file: Path, out: Path, workers: int | None) -> tuple[float, float, float]:
    """(seconds on the wall, seconds of processors, MiB at the peak) of one export."""
    shutil.rmtree(out, ignore_errors=True)
    command = [sys.executable, "-m", "curation", "export", "--split", f"train={file}", "--layout", layout]
    command += ["--out", str(out)] + (["--workers", str(workers)] if workers else [])
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begun = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    peak = 0.0
    while process.poll() is None:
        peak = max(peak, memory_of(process.pid))
        time.sleep(0.1)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
    wall, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, peak


def memory_of(root: int) -> float:
    """MiB that a process and its descendants have to themselves (proportional set size)."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except (OSError, IndexError, ValueError):
                continue
    family = {root}
    while more := {pid for pid, parent in parents.items() if parent in family} - family:
        family |= more
    return sum(map(_pss, family)) / 1024


def _pss(pid: int) -> int:
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    except OSError:
        pass
    return 0


if __name__ == "__main__":
    sys.path.insert(0, os.fspath(Path(__file__).resolve().parent.parent))
    main()
