"""Fuzzes every command of curation that reads rows: `python benchmarks/fuzz_curation.py --count 100000 --workers 2`.

Each input is made from a seed, run through the command line's own `main` in a folder of its own, and judged: no
traceback, nothing raw on a terminal, one error line, no file left half-written or outside `--out`, every row accounted
for. Some run once more as programs of their own. What is found stands in `--findings` with its seed; `--replay SEED`
runs one again and keeps its folder.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import re
import shlex
import shutil
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ["HF_HUB_OFFLINE"] = os.environ["HF_DATASETS_OFFLINE"] = "1"

from schemas.errors import ExitCode
from tests.curation.fuzz.cases import make_case
from tests.curation.fuzz.judge import judge, judged_in

_CHUNK = 250


@dataclass
class Tally:
    """What some cases came to."""

    ends: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    findings: list[tuple[str, str, str]] = field(default_factory=list)
    slowest: tuple[float, str] = (0.0, "")


def run_chunk(job: tuple[str, int, int, int]) -> Tally:
    """Judge the cases `first` to `last` of a seed; every `programs`-th as a program too."""
    seed, first, last, programs = job
    _no_git()
    tally = Tally()
    base = Path(tempfile.mkdtemp(prefix="fuzz-", dir=_fast_disk()))
    try:
        for number in range(first, last):
            case = make_case(f"{seed}:{number}")
            ways = (False, True) if programs and number % programs == 0 else (False,)
            for process in ways:
                begun = time.monotonic()
                with judged_in(base, case, process=process) as ran:
                    end = "crash" if ran.crash else _named(ran.code)
                    way = "program" if process else case.command
                    tally.ends[way, case.mutation, end] += 1
                    tally.findings += [(case.seed, case.command, finding) for finding in ran.findings]
                if not process:
                    tally.slowest = max(tally.slowest, (time.monotonic() - begun, case.seed))
    finally:
        shutil.rmtree(base, ignore_errors=True)
    return tally


def _named(code: int) -> str:
    return ExitCode(code).name.lower() if code in list(ExitCode) else str(code)


def _no_git() -> None:
    """Every step asks git for the revision, which takes longer than the step."""
    import curation.step

    curation.step.code_revision = lambda: "fuzz"


def _fast_disk() -> str | None:
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


def _kind(finding: str) -> str:
    """What findings of one cause have in common: without what was said last, quotations and numbers."""
    shown = finding.split(": ", 2)[1] if finding.startswith("crash: ") else finding
    return re.sub(r"'[^']*'|\"[^\"]*\"", "…", re.sub(r"(?<!:)\b\d+", "N", shown))[:90]


def replay(seed: str, keep: Path | None) -> int:
    case = make_case(seed)
    folder = keep or Path(tempfile.mkdtemp(prefix="fuzz-replay-"))
    print(f"{case.command}, {case.mutation}; files in {folder}/work")
    print(ascii(f"python -m curation {shlex.join(case.argv)}"))
    _no_git()
    ran = judge(case, folder)
    print(f"exit code {_named(ran.code)}\nstdout {ran.out[:2000]!r}\nstderr {ran.err[:2000]!r}")
    for finding in ran.findings:
        print("FINDING", ascii(finding))
    return 1 if ran.findings else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", default="1")
    parser.add_argument(
        "--programs", type=int, default=1000, help="every N-th case as a program too; 0: none"
    )
    parser.add_argument("--findings", type=Path, default=Path("fuzz-findings.jsonl"))
    parser.add_argument("--replay", metavar="SEED")
    parser.add_argument("--keep", type=Path, help="folder for the files of --replay")
    arguments = parser.parse_args()
    if arguments.replay:
        return replay(arguments.replay, arguments.keep)
    begun = time.monotonic()
    jobs = [
        (arguments.seed, first, min(first + _CHUNK, arguments.count), arguments.programs)
        for first in range(0, arguments.count, _CHUNK)
    ]
    whole = Tally()
    with multiprocessing.get_context("spawn").Pool(arguments.workers) as pool:
        for done, tally in enumerate(pool.imap_unordered(run_chunk, jobs), 1):
            whole.ends.update(tally.ends)
            whole.findings += tally.findings
            whole.slowest = max(whole.slowest, tally.slowest)
            if done % 20 == 0 or done == len(jobs):
                spent = time.monotonic() - begun
                print(
                    f"{done * _CHUNK} cases, {len(whole.findings)} findings, {spent:.0f} s", file=sys.stderr
                )
    report(whole, time.monotonic() - begun)
    if whole.findings:
        lines = [json.dumps({"seed": s, "command": c, "finding": f}) for s, c, f in sorted(whole.findings)]
        arguments.findings.write_text("\n".join(lines) + "\n", encoding="utf-8")
        print(f"written to {arguments.findings}; --replay SEED runs one again")
    return 1 if whole.findings else 0


def report(whole: Tally, seconds: float) -> None:
    """Cases by what was done to them, by command and by how they ended; findings by kind."""
    for title, place in (("done to the input", 1), ("command", 0), ("end", 2)):
        counted: Counter[str] = Counter()
        fine: Counter[str] = Counter()
        for key, number in whole.ends.items():
            counted[key[place]] += number
            fine[key[place]] += number if key[2] == "ok" else 0
        print(f"\n{title:<24}{'cases':>8}" + ("" if place == 2 else f"{'exit 0':>8}"))
        for name, number in sorted(counted.items()):
            print(f"{name:<24}{number:>8}" + ("" if place == 2 else f"{fine[name]:>8}"))
    print(
        f"\n{sum(whole.ends.values())} runs in {seconds:.0f} s; the slowest {whole.slowest[0]:.1f} s ({whole.slowest[1]})"
    )
    kinds: dict[tuple[str, str], list[str]] = {}
    for seed, command, finding in sorted(whole.findings):
        kinds.setdefault((command, _kind(finding)), []).append(seed)
    for (command, finding), seeds in sorted(kinds.items(), key=lambda pair: -len(pair[1])):
        print(ascii(f"{len(seeds)} x {command}: {finding} (e.g. {seeds[0]})"))
    print(f"{len(whole.findings)} findings")


if __name__ == "__main__":
    sys.exit(main())
