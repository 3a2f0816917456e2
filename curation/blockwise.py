"""Steps that look at one row at a time: blocks of lines go in, lines of several files come out, and the rows are counted.

Memory is bounded by a few blocks, whatever the size of the files, and the result does not depend on the workers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from curation.counts import Counts
from curation.workers import in_order
from schemas.errors import MissingFile
from schemas.instance import Decision
from schemas.jsonl import Block, LineWriter, line_blocks
from schemas.progress import Progress, Tick, silent

Piece = TypeVar("Piece")


@dataclass(slots=True)
class Made:
    """What one piece of work came to.

    Args:
        files: file name -> its lines, newlines included.
        rows: rows in, counted where they were cut out of the piece.
        accepted, pending, rejected: what became of them.
        reasons: rejections by `stage/rule`.
        examples: the first reason of each.
    """

    files: dict[str, bytes]
    rows: int = 0
    accepted: int = 0
    pending: int = 0
    rejected: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)

    def reject(self, decision: Decision) -> None:
        """Count a rejected row by the decision that counts."""
        name = f"{decision.stage}/{decision.rule}"
        self.rejected += 1
        self.reasons[name] += 1
        self.examples.setdefault(name, decision.reason)


def write_pieces(
    out: Path,
    names: Sequence[str],
    work: Callable[[Piece], Made],
    pieces: Iterable[Piece],
    *,
    label: str,
    workers: int | None = 1,
    progress: Progress = silent,
) -> Counts:
    """Do `work` on every piece and write what it made, in the order of the pieces; returns the checked sum.

    Args:
        out: folder of the files `names`; each appears whole or not at all, and all of them only at the end.
        work: picklable, see `curation.workers.in_order`.
        label: of the progress, which is told the rows after every piece.

    Raises:
        Failed: rows got lost. What `work` raises comes out as it is, and nothing is written then.
    """
    whole = Made({})
    with ExitStack() as stack:
        files = {name: stack.enter_context(LineWriter(out / name)) for name in names}
        for made in in_order(work, pieces, workers):
            for name, data in made.files.items():
                files[name].write(data)
            whole.rows += made.rows
            whole.accepted += made.accepted
            whole.pending += made.pending
            whole.rejected += made.rejected
            whole.reasons.update(made.reasons)
            whole.examples = {**made.examples, **whole.examples}
            progress(Tick(label, whole.rows))
        counts = counts_of(whole).checked(str(out))
    progress(Tick(label, whole.rows, whole.rows))
    return counts


def counts_of(made: Made) -> Counts:
    return Counts(
        rows=made.rows,
        accepted=made.accepted,
        rejected=made.rejected,
        pending=made.pending,
        reasons=dict(made.reasons.most_common()),
        examples={
            name: made.examples[name] for name, _ in made.reasons.most_common() if name in made.examples
        },
    )


def require_files(files: Iterable[Path]) -> None:
    """Look for all files before the first one is worked on. Raises MissingFile for one that is not there."""
    for path in files:
        if not path.exists():
            raise MissingFile("no such file", where=str(path), do="check the path")


def blocks_of(files: Iterable[Path]) -> Iterator[Block]:
    """The blocks of several files, one file after the other."""
    for path in files:
        yield from line_blocks(path)


def lines_of(rows: list[bytes]) -> bytes:
    """Rows as lines, each with its newline."""
    return b"\n".join([*rows, b""]) if rows else b""
