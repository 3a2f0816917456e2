"""What is worth knowing beside an item, found by curation's own steps when a pool is put under review.

The terminal shows hints only after an annotator's first verdict, so that they don't judge in his place.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

import orjson

from schemas.jsonl import LineWriter, line_blocks
from schemas.progress import Progress, silent
from schemas.terminal import one_line

PERSONAL = "pii"


class Hint(NamedTuple):
    """One hint.

    Args:
        id: of the instance it stands beside.
        kind: `near_duplicate`, `leak`, `personal` or `rule`.
        text: a sentence.
        other: id of the instance that it speaks of, if that is one of the pool.
    """

    id: str
    kind: Literal["near_duplicate", "leak", "personal", "rule"]
    text: str
    other: str | None = None


def hints_for(
    files: Sequence[Path],
    *,
    against: Sequence[Path] = (),
    workers: int | None = 1,
    progress: Progress = silent,
) -> Iterator[Hint]:
    """Near-duplicates within the files, rules that fail, and leaks into test items.

    Runs `dedup`, `check` and `decontaminate` in a temporary folder, with their defaults, on the instances among the
    rows; candidates have no answer to look at yet.

    Args:
        files: JSON lines that `load` accepted.
        against: JSON lines of test items.

    Raises:
        As these steps.
    """
    from curation.check import check_files
    from curation.dedup.files import dedup_files

    with tempfile.TemporaryDirectory(prefix="abilitymix-") as folder:
        place = Path(folder)
        rows = place / "rows.jsonl"
        if not _instances(files, rows):
            return
        dedup_files([rows], place / "dedup", workers=workers, progress=progress)
        for cluster in _lines(place / "dedup" / "clusters.jsonl"):
            yield from _near(cluster)
        check_files([rows], place / "check", workers=workers, progress=progress)
        for decision in _lines(place / "check" / "decisions.jsonl"):
            kind: Literal["personal", "rule"] = "personal" if decision["rule"] == PERSONAL else "rule"
            yield Hint(decision["subject"], kind, one_line(f"rule {decision['rule']}: {decision['reason']}"))
        if against:
            yield from _leaks(rows, against, place, workers, progress)


def _instances(files: Sequence[Path], out: Path) -> int:
    """The rows that end with an answer, with their ids; how many."""
    from schemas.instance import Instance

    count = 0
    with LineWriter(out) as file:
        for path in files:
            for block in line_blocks(path):
                for line in block.data.splitlines():
                    if line.strip() and orjson.loads(line)["messages"][-1]["role"] == "assistant":
                        file.write(Instance.model_validate_json(line).line() + b"\n")
                        count += 1
    return count


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    for block in line_blocks(path):
        for line in block.data.splitlines():
            yield orjson.loads(line)


def _near(cluster: dict[str, Any]) -> Iterator[Hint]:
    """Every member points at the one that stands for the cluster, and that one at the nearest of them."""
    keeper = cluster["keeper"]
    others = [m for m in cluster["members"] if m["id"] != keeper]
    rows = {m["id"]: m["row"] for m in cluster["members"]}
    for member in others:
        yield Hint(member["id"], "near_duplicate", _alike(rows[keeper], member), keeper)
    if others:
        nearest = max(others, key=lambda m: (m.get("similarity", 1.0), m["id"]))
        more = f", and {len(others) - 1} more" if len(others) > 1 else ""
        yield Hint(keeper, "near_duplicate", _alike(nearest["row"], nearest) + more, nearest["id"])


def _alike(row: str, member: dict[str, Any]) -> str:
    share = member.get("similarity")
    how = "the same as" if share is None or share >= 1 else f"{share:.0%} the same as"
    return one_line(f"{how} {row}")


def _leaks(
    rows: Path, against: Sequence[Path], place: Path, workers: int | None, progress: Progress
) -> Iterator[Hint]:
    from curation.decontaminate.files import decontaminate_files
    from curation.decontaminate.items import Evaluation, read_instances

    evaluation = Evaluation()
    read_instances(list(against), evaluation)
    decontaminate_files(
        [rows], evaluation, place / "leaks", against=list(against), workers=workers, progress=progress
    )
    for leak in _lines(place / "leaks" / "leaks.jsonl"):
        for row in leak["rows"]:
            yield Hint(
                row["id"], "leak", one_line(f"shares {row['shared']!r} with test item {leak['test']['row']}")
            )
