"""Runs a case and says what is wrong with what came of it: a finding is a sentence, and there should be none."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from types import FrameType
from typing import Any

from schemas.errors import ExitCode
from schemas.terminal import _BIDI
from tests.curation.fuzz import mutations
from tests.curation.fuzz.cases import Case

_SUM = re.compile(r"^rows in (\d+) = (.*)$", re.MULTILINE)
_ROOT = Path(__file__).resolve().parents[3]
SECONDS = 30
_OUT_OF_HERE = ("/tmp/escaped.jsonl",)


@dataclass
class Ran:
    """What one run left behind."""

    code: int
    out: str
    err: str
    crash: str = ""
    findings: list[str] = field(default_factory=list)


class _TooLong(BaseException):
    """The case did not end."""


def judge(case: Case, folder: Path, *, process: bool = False) -> Ran:
    """Lay a case out in an empty folder, run it there, and look at everything it left.

    Args:
        process: as a program of its own, and not in this process.
    """
    work = folder / "work"
    work.mkdir(parents=True)
    case.lay_out(work)
    for argv in case.before:
        first = _in_process(argv, work)
        if first.crash:
            first.findings.append(f"crash: {first.crash}")
        if first.code or first.crash:  # rows that were made hostile may be refused
            return first
    if case.damage:
        _damage(work / "first", Random(f"{case.seed} damage"))
    before = _listing(folder)
    ran = _in_process(case.argv, work) if not process else _as_program(case, work)
    ran.findings += [*_of_streams(ran), *_of_files(case, ran, folder, before), *_of_sums(case, ran, work)]
    return ran


@contextmanager
def judged_in(base: Path, case: Case, *, process: bool = False) -> Iterator[Ran]:
    """`judge` in a folder that is gone afterwards."""
    folder = base / "case"
    shutil.rmtree(folder, ignore_errors=True)
    try:
        yield judge(case, folder, process=process)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _damage(folder: Path, rng: Random) -> None:
    """Do to one file of a step what disks, editors and hasty people do."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    if not files:
        return
    path = rng.choice(files)
    data = path.read_bytes()
    kind = rng.randrange(6)
    if kind == 0:
        path.unlink()
    elif kind == 1:
        path.unlink()
        path.mkdir()
    elif kind == 2 and path.suffix in (".json", ".jsonl"):
        path.write_bytes(_other_types(data, rng))
    elif kind == 3:
        path.write_bytes(rng.choice(files).read_bytes())
    elif kind == 4:
        path.write_bytes(data[: rng.randrange(len(data) + 1)])
    else:
        path.write_bytes(mutations.random_bytes(data, rng))


def _other_types(data: bytes, rng: Random) -> bytes:
    """JSON, or JSON lines, with some values of another type."""
    try:
        rows = [json.loads(data)]
    except ValueError:
        rows = [json.loads(line) for line in data.split(b"\n") if line.strip()]
    if not rows:
        return b"{}\n"
    return "".join(mutations.dumped(r, ascii=False) + "\n" for r in mutations.wrong_types(rows, rng)).encode(
        "utf-8", "surrogatepass"
    )


def _in_process(argv: list[str], work: Path) -> Ran:
    from curation.__main__ import COMMANDS
    from schemas.cli import main

    # As a terminal's: stdout refuses what it cannot encode, stderr shows it as an escape.
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", errors="strict", write_through=True)
    err = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", errors="backslashreplace", write_through=True)
    here, crash, code = Path.cwd(), "", 0
    previous = signal.signal(signal.SIGALRM, _give_up)
    os.chdir(work)
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        with redirect_stdout(out), redirect_stderr(err):
            # Building the parsers of all other commands would take longer than most cases.
            mine = [c for c in COMMANDS if c.name == argv[0]] or COMMANDS
            code = main("curation", "", mine, argv)
    except SystemExit as end:  # argparse
        code = int(end.code or 0)
    except _TooLong:
        crash = f"took more than {SECONDS} s"
    except BaseException as error:
        crash = _where(error)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)
        os.chdir(here)
    shown = [stream.buffer.getvalue().decode("utf-8") for stream in (out, err)]  # type: ignore[attr-defined]
    return Ran(code, *shown, crash=crash)


def _as_program(case: Case, work: Path) -> Ran:
    environment = {**os.environ, "PYTHONPATH": str(_ROOT), "PYTHONIOENCODING": ""}
    try:
        done = subprocess.run(
            [sys.executable, "-m", "curation", *case.argv],
            cwd=work,
            env=environment,
            capture_output=True,
            timeout=2 * SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Ran(1, "", "", crash="took too long")
    except ValueError:  # a NUL in an argument: no shell can say that either
        return Ran(ExitCode.USAGE, "", "usage: \nerror: NUL")
    return Ran(
        done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")
    )


def _of_streams(ran: Ran) -> Iterator[str]:
    if ran.crash:
        yield f"crash: {ran.crash}"
        return
    if "Traceback (most recent call last)" in ran.err:
        yield f"traceback: {ran.err.strip().splitlines()[-1][:300]}"
    for name, text in (("stdout", ran.out), ("stderr", ran.err)):
        raw = next(
            (c for c in text if c != "\n" and (c in _BIDI or unicodedata.category(c) in ("Cc", "Cs"))), None
        )
        if raw is not None:
            line = next(line for line in text.split("\n") if raw in line)
            yield f"{name} has a raw {raw!r}: {line[:160]!r}"
    known = {int(code) for code in ExitCode}
    if ran.code not in known:
        yield f"exit code {ran.code} has no name"
    errors = [line for line in ran.err.split("\n") if line.startswith("error [")]
    usage = ran.code == ExitCode.USAGE and "usage:" in ran.err
    if ran.code == 0 and errors:
        yield f"an error, but exit code 0: {errors[0][:160]}"
    if ran.code != 0 and len(errors) != 1 and not usage:
        yield f"{len(errors)} error lines with exit code {ran.code}: {ran.err[:200]!r}"
    if errors and ": ; " in errors[0]:
        yield f"an error without words: {errors[0][:160]}"


def _of_files(case: Case, ran: Ran, folder: Path, before: dict[str, bytes | str]) -> Iterator[str]:
    after = _listing(folder)
    inside = f"work/{case.out}" if case.out else None
    # Beside a single file an export puts its ids and its card.
    family = inside.rsplit(".", 1)[0] if inside and case.command == "export" else None
    # A link that stands where `--out` points is the user's own wish.
    elsewhere = f"work/{case.links['out']}".split("/")[1] if "out" in case.links else ""
    for name, content in before.items():
        if after.get(name) != content:
            yield f"the input {name!r} was changed"
    for name in after:
        if name in before:
            continue
        at_home = inside is not None and (
            name == inside or name.startswith(inside + "/") or inside.startswith(name + "/")
        )
        at_home = (
            at_home
            or bool(family and name.startswith(family))
            or bool(elsewhere and name.startswith(f"work/{elsewhere}"))
        )
        if not at_home:
            yield f"a file outside the out folder: {name!r}"
        if name.endswith(".tmp") or (
            Path(name).name.startswith(".") and at_home and Path(name).name != Path(case.out).name
        ):
            yield f"a temporary file is left: {name!r}"
        if ran.code != 0 and at_home and after[name] != "folder" and name not in before:
            yield f"an error, but {name!r} was written"
    for name in _OUT_OF_HERE:
        if Path(name).exists():
            Path(name).unlink()
            yield f"a file outside everything: {name}"


def _of_sums(case: Case, ran: Ran, work: Path) -> Iterator[str]:
    if ran.code != 0 or ran.crash or case.command in ("explain", "clusters") or "--help" in case.argv:
        return
    counts = _counts(case, ran)
    if counts is None:
        yield f"no sum: {ran.out[:160]!r}"
        return
    rows, parts = counts
    if rows != sum(parts.values()):
        yield f"the sum does not add up: {rows} = {parts}"
    if case.rows is not None and not {"--limit", "--split"} & set(case.argv) and rows != case.rows:
        yield f"{case.rows} rows went in, the sum says {rows}"
    for part, name in (("accepted", "instances.jsonl"), ("pending", "pending.jsonl")):
        path = work / case.out / name if case.out else None
        if path is None or part not in parts or not path.is_file() or case.command in ("export", "diversity"):
            continue
        lines = path.read_bytes().count(b"\n")
        if lines != parts[part]:
            yield f"{name} has {lines} lines, the sum says {parts[part]} {part}"
    rejected = work / case.out / "decisions.jsonl" if case.out else None
    if rejected is not None and "rejected" in parts and rejected.is_file():
        yield from _of_decisions(rejected, parts["rejected"])


def _of_decisions(path: Path, rejected: int) -> Iterator[str]:
    dropped = 0
    for line in path.read_bytes().split(b"\n"):
        if line:
            row = json.loads(line)
            dropped += not row.get("kept", True)
            if not row.get("subject"):
                yield f"a decision about nothing: {line[:160]!r}"
            if not row.get("kept", True) and not row.get("reason") and row.get("stage") != "diversity":
                yield f"a rejection without a reason: {line[:160]!r}"
    if dropped < rejected:
        yield f"{rejected} rows rejected, {dropped} decisions say why"


def _counts(case: Case, ran: Ran) -> tuple[int, dict[str, int]] | None:
    """Rows in, and what became of them, as the program said it."""
    if "--json" in case.argv:
        try:
            told: Any = json.loads(ran.out)
        except ValueError:
            return None
        if isinstance(told.get("counts"), dict):
            told = told["counts"]
        if "rejected" in told:
            return told["rows"], {k: told[k] for k in ("accepted", "rejected", "pending")}
        if "parts" in told and isinstance(told["parts"], list):
            return told["rows"], {p["name"]: p["rows"] for p in told["parts"]}
        numbers = {k: v for k, v in told.items() if isinstance(v, int) and k != "rows"}
        return told.get("rows", sum(numbers.values())), numbers
    if case.command == "validate":
        found = re.findall(r": (\d+) valid instances(?:, (\d+) broken lines)?$", ran.out, re.MULTILINE)
        if not found:
            return None
        valid, broken = (sum(int(one[i] or 0) for one in found) for i in (0, 1))
        return valid + broken, {"accepted": valid, "broken": broken}
    found = _SUM.findall(ran.out)
    if not found:
        return None
    rows, told = found[-1]
    if told.startswith("looked at"):
        return int(rows), {"looked at": int(told.split(",")[0].split()[-1])}
    bare = re.sub(r"\([^)]*\)", "", told)
    parts = dict(re.findall(r"(\w+) (\d+)", bare))
    return int(rows), {name: int(number) for name, number in parts.items()}


def _listing(folder: Path) -> dict[str, bytes | str]:
    """Everything under a folder: path -> bytes, or what it is."""
    found: dict[str, bytes | str] = {}
    for root, folders, files in os.walk(folder):
        for name in [*folders, *files]:
            path = Path(root) / name
            key = str(path.relative_to(folder))
            if path.is_symlink():
                found[key] = f"link to {path.readlink()}"
            else:
                found[key] = "folder" if path.is_dir() else path.read_bytes()
    return found


def _where(error: BaseException) -> str:
    """The last place of our own code in a traceback, and the error."""
    places, trace = [], error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        if "site-packages" not in code.co_filename and str(_ROOT) in code.co_filename:
            places.append(f"{Path(code.co_filename).relative_to(_ROOT)}:{trace.tb_lineno}")
        trace = trace.tb_next
    return f"{type(error).__name__} at {places[-1] if places else '?'}: {str(error)[:200]!r}"


def _give_up(signal: int, frame: FrameType | None) -> None:
    raise _TooLong
