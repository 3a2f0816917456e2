"""What a step that keeps some instances and drops others leaves in its folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from curation.counts import Counts
from curation.standardize import reasons_of
from schemas.instance import Decision, Instance
from schemas.jsonl import write_jsonl


def write(out: Path, seen: int, kept: Sequence[Instance], decisions: Sequence[Decision]) -> Counts:
    """Write `instances.jsonl` and `decisions.jsonl`; returns the sum. Raises Failed if rows got lost."""
    counts = Counts(
        rows=seen, accepted=len(kept), rejected=len(decisions), reasons=reasons_of(decisions)
    ).checked(str(out))
    write_jsonl(out / "instances.jsonl", kept)
    write_jsonl(out / "decisions.jsonl", decisions)
    return counts
