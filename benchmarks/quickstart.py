"""The quickstart from nothing: wall time, processor time and peak memory, with one and with two workers; then again.

    python benchmarks/quickstart.py                # two workers, then a second run over the finished study
    python benchmarks/quickstart.py --workers 1 2  # also the ratio between them

Memory is the proportional set size (PSS) of the whole process tree, sampled four times a second: pages that processes
share count once. The plain sum of resident sizes (RSS), which counts them in each process, is printed beside it.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

STUDY = Path(__file__).parents[1] / "examples" / "quickstart.toml"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--study", type=Path, default=STUDY, help="study file")
    parser.add_argument("--workers", type=int, nargs="+", default=[2])
    arguments = parser.parse_args()
    walls = {}
    for workers in arguments.workers:
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / "out"
            walls[workers] = measured(arguments.study, out, workers, "first run")
            measured(arguments.study, out, workers, "again")
    if len(walls) > 1:
        one, *others = sorted(walls)
        for more in others:
            print(f"{more} workers against {one}: {walls[one] / walls[more]:.2f} times as fast")


def measured(study: Path, out: Path, workers: int, label: str) -> float:
    """Run the study, print a line, return seconds of wall time."""
    begun = time.monotonic()
    command = [sys.executable, "-m", "study", "run", str(study), "--out", str(out), "--workers", str(workers)]
    with (out.parent / "talk.log").open("ab") as talk:
        process = psutil.Popen(command, stdout=subprocess.DEVNULL, stderr=talk)
        pss = rss = 0
        while process.poll() is None:
            now_pss, now_rss = memory_of(process)
            pss, rss = max(pss, now_pss), max(rss, now_rss)
            time.sleep(0.25)
    wall = time.monotonic() - begun
    if process.returncode:
        sys.exit(f"the study failed: {(out.parent / 'talk.log').read_text(encoding='utf-8')[-2000:]}")
    print(
        f"{label}, {workers} workers: {wall:.0f} s wall; peak memory {pss / 2**30:.2f} GiB PSS ({rss / 2**30:.2f} RSS)",
        flush=True,
    )
    return wall


def memory_of(process: psutil.Process) -> tuple[int, int]:
    """Bytes of PSS and RSS of a process and all its children."""
    pss = rss = 0
    try:
        for one in [process, *process.children(recursive=True)]:
            found = one.memory_full_info()
            pss, rss = pss + found.pss, rss + found.rss
    except psutil.NoSuchProcess:
        pass  # it ended between two looks
    return pss, rss


if __name__ == "__main__":
    main()
