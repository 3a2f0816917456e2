"""The second pass: rows that stay as they stood, a decision for each that goes, and the clusters."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from curation.blockwise import lines_of
from curation.canonical import identified
from curation.counts import Counts
from curation.dedup.guards import BIT
from curation.dedup.judge import NOBODY, Kind, Verdicts
from curation.dedup.table import Table
from schemas.errors import BadData, MissingFile
from schemas.instance import Decision
from schemas.jsonl import LineWriter, line_blocks
from schemas.progress import Progress, Tick

INSTANCES, DECISIONS, CLUSTERS = "instances.jsonl", "decisions.jsonl", "clusters.jsonl"
_RULES = {
    Kind.EXACT: "duplicate",
    Kind.CONFLICT: "conflict",
    Kind.NEAR: "near",
    Kind.SEMANTIC: "semantic",
}
_KINDS = {Kind.EXACT: "exact", Kind.CONFLICT: "conflict", Kind.NEAR: "near", Kind.SEMANTIC: "semantic"}


@dataclass(frozen=True)
class Name:
    """What a row is called: its id, its source row, its gold answer as far as it fits into a reason."""

    id: str
    row: str
    gold: str


@dataclass(frozen=True)
class Written:
    """What came of it: the sum, clusters by kind, and rows that were kept although they are similar to others."""

    counts: Counts
    clusters: dict[str, int]
    apart: dict[str, int]


def write_all(table: Table, verdicts: Verdicts, out: Path, progress: Progress) -> Written:
    """Write `instances.jsonl`, `decisions.jsonl`, `clusters.jsonl`; all of them or none.

    Raises:
        MissingFile, BadData: an input is gone or is not what it was when its rows were compared.
    """
    names = _names(table, verdicts)
    reasons: Counter[str] = Counter()
    with ExitStack() as stack:
        kept_to, decided, clustered = (
            stack.enter_context(LineWriter(out / name)) for name in (INSTANCES, DECISIONS, CLUSTERS)
        )
        kinds: Counter[str] = Counter()
        for line, kind in _clusters(table, verdicts, names):
            clustered.write(line)
            kinds[kind] += 1
        accepted = done = 0
        for number in range(len(table.files)):
            for first, lines in _rows_of(table, number):
                stays = verdicts.kind[first : first + len(lines)] == Kind.KEPT
                kept = [line for line, stay in zip(lines, stays.tolist(), strict=True) if stay]
                data = lines_of(kept)
                if data.count(b"\n") != len(kept):  # damaged records point at something that is no line
                    raise changed(table.files[number])
                kept_to.write(data)
                accepted += len(kept)
                for row in (np.flatnonzero(~stays) + first).tolist():
                    decision = _decision(row, verdicts, names)
                    reasons[f"{decision.stage}/{decision.rule}"] += 1
                    decided.write(decision.line() + b"\n")
                done += len(lines)
                progress(Tick("dedup: writing", done, len(table)))
        counts = Counts(
            rows=len(table),
            accepted=accepted,
            rejected=sum(reasons.values()),
            reasons=dict(reasons.most_common()),
        ).checked(str(out))
    progress(Tick("dedup: writing", done, len(table)))
    bits = verdicts.reasons[verdicts.apart_from != NOBODY]
    apart = {reason: int(((bits & bit) > 0).sum()) for reason, bit in BIT.items()}
    return Written(counts, dict(sorted(kinds.items())), {k: v for k, v in apart.items() if v})


def _rows_of(table: Table, number: int) -> Iterator[tuple[int, list[bytes]]]:
    """(number of the first row, lines) of each block of a file. Raises BadData at its end if the file has changed."""
    path = table.files[number]
    first, stop = np.searchsorted(table.file, (number, number + 1)).tolist()
    starts, ends = table.start[first:stop], table.start[first:stop] + table.size[first:stop]
    digest = hashlib.sha256()
    for block in line_blocks(path):
        digest.update(block.data)
        low, high = np.searchsorted(starts, (block.start, block.start + len(block.data))).tolist()
        data = block.data
        cuts = zip(
            (starts[low:high] - block.start).tolist(), (ends[low:high] - block.start).tolist(), strict=True
        )
        if high > low:
            yield first + low, [data[begin:end] for begin, end in cuts]
    if digest.hexdigest() != table.digests[number]:
        raise changed(path)


def changed(path: Path) -> BadData:
    return BadData(
        "the file has changed since its rows were compared",
        where=str(path),
        do="run dedup on the files again",
    )


def _names(table: Table, verdicts: Verdicts) -> dict[int, Name]:
    """The names of all rows that a cluster or a decision speaks of."""
    speaks = (verdicts.kind != Kind.KEPT) | (verdicts.apart_from != NOBODY)
    wanted = [np.flatnonzero(speaks), verdicts.head[speaks]]
    wanted += [column[speaks & (column != NOBODY)] for column in (verdicts.via, verdicts.apart_from)]
    rows = np.unique(np.concatenate(wanted))
    found: dict[int, Name] = {}
    conflict = verdicts.kind == Kind.CONFLICT
    for row, line in lines_at(table, rows):
        value = row_in(line, table.files[table.file[row]])
        gold = str(value.get("answer") or value["messages"][-1]["content"]) if conflict[row] else ""
        found[row] = Name(value["id"], f"{value['source']['name']}:{value['source']['row']}", gold[:80])
    return found


def lines_at(table: Table, rows: NDArray[Any]) -> Iterator[tuple[int, bytes]]:
    """(row number, line) of some rows, in ascending order."""
    starts, sizes, files = table.start[rows].tolist(), table.size[rows].tolist(), table.file[rows]
    for number in np.unique(files).tolist():
        try:
            file = table.files[number].open("rb")
        except FileNotFoundError:
            raise MissingFile("no such file", where=str(table.files[number]), do="put it back") from None
        with file:
            for at in np.flatnonzero(files == number).tolist():
                file.seek(starts[at])
                yield int(rows[at]), file.read(sizes[at])


def row_in(line: bytes, path: Path) -> dict[str, Any]:
    """The instance in a line. Raises BadData if it is none: the file has changed."""
    try:
        value = identified(line)
        if isinstance(value["id"], str) and isinstance(value["source"]["name"], str):
            found: dict[str, Any] = value
            return found
    except (ValueError, KeyError, TypeError):
        pass
    raise changed(path)


def _decision(row: int, verdicts: Verdicts, names: dict[int, Name]) -> Decision:
    kind, head, via = Kind(verdicts.kind[row]), int(verdicts.head[row]), int(verdicts.via[row])
    other = names[head if via == NOBODY else via].row
    if kind == Kind.EXACT:
        reason = f"the same as {other}"
    elif kind == Kind.CONFLICT:
        lost = bool(verdicts.kind[head] == Kind.CONFLICT)
        reason = f"{other} has the same prompt and another gold answer"
        if lost:
            reason = f"one prompt has several gold answers, such as {names[head].gold!r} of {names[head].row}"
    else:
        alike = "character grams" if kind == Kind.NEAR else "embeddings"
        reason = f"similar to {other}: {verdicts.similarity[row]:.3f} by {alike}"
    if via != NOBODY:
        reason += f", which went for {names[head].row}"
    return Decision(
        subject=names[row].row,
        stage="dedup",
        rule=_RULES[kind],
        kept=False,
        reason=reason[:300],
        evidence="" if verdicts.kind[head] == Kind.CONFLICT else names[head].id,
    )


def _clusters(table: Table, verdicts: Verdicts, names: dict[int, Name]) -> Iterator[tuple[bytes, str]]:
    """(line, kind) of every cluster, in the order of their heads; a head's members from the one most like it on."""
    gone = np.flatnonzero(verdicts.kind != Kind.KEPT)
    gone = gone[verdicts.head[gone] != gone]
    alike = np.flatnonzero(verdicts.apart_from != NOBODY)
    head = np.concatenate((verdicts.head[gone], verdicts.apart_from[alike]))
    row = np.concatenate((gone, alike))
    stays = np.concatenate((np.zeros(len(gone), np.bool_), np.ones(len(alike), np.bool_)))
    likeness = np.concatenate((verdicts.similarity[gone], verdicts.likeness[alike]))
    order = np.lexsort((verdicts.rank[row], -likeness, stays, head))
    begins = np.flatnonzero(np.diff(head[order], prepend=-1))
    for begin, end in zip(begins.tolist(), np.append(begins, len(order))[1:].tolist(), strict=True):
        at = order[begin:end]
        yield _cluster(table, int(head[at[0]]), row[at].tolist(), stays[at].tolist(), verdicts, names)


def _cluster(
    table: Table,
    head: int,
    rows: list[int],
    stays: list[bool],
    verdicts: Verdicts,
    names: dict[int, Name],
) -> tuple[bytes, str]:
    lost = bool(verdicts.kind[head] == Kind.CONFLICT)
    members = [
        {
            "id": names[head].id,
            "row": names[head].row,
            "number": head + 1,
            "kept": not lost,
            "kind": "conflict" if lost else "keeper",
        }
    ]
    kinds = set()
    for row, stay in zip(rows, stays, strict=True):
        kind = "apart" if stay else _KINDS[Kind(verdicts.kind[row])]
        kinds.add(kind)
        member = {
            "id": names[row].id,
            "row": names[row].row,
            "number": row + 1,
            "kept": stay,
            "kind": kind,
            "similarity": round(float(verdicts.likeness[row] if stay else verdicts.similarity[row]), 4),
        }
        if stay:
            member["apart"] = [reason for reason, bit in BIT.items() if verdicts.reasons[row] & bit]
        elif verdicts.via[row] != NOBODY:
            member["via"] = names[int(verdicts.via[row])].id
        members.append(member)
    strongest = next(k for k in ("conflict", "semantic", "near", "exact", "apart") if k in kinds)
    cluster = {
        "ability": table.abilities[table.ability[head]],
        "keeper": None if lost else names[head].id,
        "kind": strongest,
        "dropped": stays.count(False) + lost,
        "members": members,
    }
    return orjson.dumps(cluster, option=orjson.OPT_SORT_KEYS) + b"\n", strongest
