"""Clusters for people: texts made safe, and what differs between them made visible."""

from __future__ import annotations

import heapq
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import numpy as np

from curation.dedup.store import ROWS, load_rows
from curation.dedup.table import Table
from curation.dedup.write import CLUSTERS, changed, lines_at, row_in
from curation.step import read_step
from schemas.errors import AbilitymixError, MissingFile
from schemas.instance import Frozen
from schemas.jsonl import read_models
from schemas.terminal import one_line, visible

# Characters of equal text shown on each side of a difference, and those of a difference that are compared at all.
_AROUND, _COMPARED = 12, 3000


class Member(Frozen):
    """One row of a cluster.

    Args:
        number: of the row, from 1, over all inputs.
        kind: `keeper`, `exact`, `near`, `semantic`, `conflict`, or `apart` of one that stays.
        similarity: to the keeper, or to the row it came by; the keeper has none.
        apart: why it stays.
        via: id of the row that it was compared with, where that one went as well.
    """

    id: str
    row: str
    number: int
    kept: bool
    kind: str
    similarity: float | None = None
    apart: tuple[str, ...] = ()
    via: str = ""


class Cluster(Frozen):
    """A line of `clusters.jsonl`: its first member is the keeper, or the first row of a conflict that nobody survived."""

    ability: str
    keeper: str | None
    kind: str
    dropped: int
    members: tuple[Member, ...]


@dataclass(frozen=True)
class Wanted:
    """Which clusters: of an ability, with a member of a kind, with a member whose id begins so or whose row is it."""

    ability: str = ""
    kind: str = ""
    subject: str = ""

    def has(self, cluster: Cluster) -> bool:
        subject, members = self.subject, cluster.members
        return (
            self.ability in ("", cluster.ability)
            and (not self.kind or any(member.kind == self.kind for member in members))
            and (not subject or any(m.id.startswith(subject) or m.row == subject for m in members))
        )


def find_clusters(folder: Path, wanted: Wanted, most: int) -> tuple[list[Cluster], int]:
    """The largest clusters that are wanted, largest first, and how many there are.

    Raises:
        MissingFile: no clusters there. BadData: a line that is no cluster of this version.
    """
    path = folder / CLUSTERS
    count = 0

    def matching() -> Iterator[tuple[int, int, Cluster]]:
        nonlocal count
        for number, cluster in enumerate(read_models(path, Cluster)):
            if cluster.members and wanted.has(cluster):
                count += 1
                yield len(cluster.members), -number, cluster

    if not path.is_file():
        raise MissingFile("no clusters.jsonl there", where=str(folder), do="name the folder of a dedup step")
    found = heapq.nlargest(most, matching(), key=lambda one: one[:2])
    return [cluster for _, _, cluster in found], count


def texts_of(folder: Path, clusters: Sequence[Cluster], members: int) -> tuple[dict[int, str], str]:
    """(row number -> text of the first members of each cluster, why there are none)."""
    wanted = {m.number: m.id for cluster in clusters for m in cluster.members[:members]}
    texts: dict[int, str] = {}
    try:
        table = _table(folder)
        rows = np.array(sorted(n - 1 for n in wanted if 0 < n <= len(table)), np.int64)
        for row, line in lines_at(table, rows):
            path = table.files[table.file[row]]
            value: dict[str, Any] = row_in(line, path)
            if value["id"] != wanted[row + 1]:
                raise changed(path)
            texts[row + 1] = "\n".join(str(message["content"]) for message in value["messages"])
    except AbilitymixError as error:
        return {}, error.line()
    except (KeyError, TypeError, IndexError, OSError):
        return {}, "the inputs are not what they were"
    return texts, ""


def _table(folder: Path) -> Table:
    step = read_step(folder)
    if step is None:
        raise MissingFile("no step.json there", where=str(folder), do="name the folder of a dedup step")
    return load_rows(folder / ROWS, [Path(path) for path in step.inputs], [])


def lines_about(cluster: Cluster, texts: dict[int, str], members: int, full: bool) -> Iterator[str]:
    """A cluster in lines that are safe for a terminal.

    Args:
        texts: row number -> text, of those that are known.
        members: how many are shown.
        full: whole texts, not only what is around a difference.
    """
    shown, left = cluster.members[:members], len(cluster.members) - members
    about = (
        f"{cluster.kind} cluster of {len(cluster.members)} in {cluster.ability}, {cluster.dropped} dropped"
    )
    yield one_line(about, 160)
    head = texts.get(shown[0].number)
    for place, member in enumerate(shown):
        yield f"  {_told(member)}"
        text = texts.get(member.number)
        if text is None:
            continue
        if not place or head is None:
            yield f"      {safe(text) if full else one_line(safe(text), 160)}"
        else:
            yield f"      {difference(head, text, full)}"
    if left > 0:
        yield f"  and {left} more"


def _told(member: Member) -> str:
    mark = "kept   " if member.kept else "dropped"
    about = member.kind
    if member.similarity is not None:
        about += f" {member.similarity:.3f}"
    if member.apart:
        about += f", other {' and '.join(member.apart)}"
    if member.via:
        about += f", by way of {member.via[:12]}"
    return f"{mark} {visible(member.id[:12])} {one_line(member.row, 60)}  {one_line(about, 120)}"


def safe(text: str) -> str:
    """Text on one line: its line ends are shown as ↵, controls as escapes."""
    return visible(text.replace("\r\n", "\n").replace("\n", "↵"))


def marked(text: str) -> str:
    """Text that differs: its spaces and invisible characters are shown as well."""
    out = []
    for char in text:
        kind = unicodedata.category(char)
        if char == " ":
            out.append("␣")
        elif kind in ("Zs", "Cf", "Zl", "Zp", "Co", "Cn"):
            out.append(f"\\u{ord(char):04x}")
        else:
            out.append(safe(char))
    return "".join(out)


def difference(one: str, other: str, full: bool = False) -> str:
    """`other` against `one` on one line: [-what only one has-]{+what only the other has+}, … for equal stretches."""
    if one == other:
        return "(the same text)"
    start = _common(one, other)
    end = _common(one[start:][::-1], other[start:][::-1])
    a, b = one[start : len(one) - end], other[start : len(other) - end]
    out = [_equal(one[:start], full, first=True)]
    if len(a) + len(b) > _COMPARED:
        out.append(_change(a, b, full))
    else:
        for tag, i, j, k, m in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
            out.append(_equal(a[i:j], full) if tag == "equal" else _change(a[i:j], b[k:m], full))
    out.append(_equal(one[len(one) - end :], full, last=True))
    return "".join(out)


def _common(one: str, other: str) -> int:
    length = min(len(one), len(other))
    return next((i for i in range(length) if one[i] != other[i]), length)


def _equal(text: str, full: bool, first: bool = False, last: bool = False) -> str:
    if full or len(text) <= 2 * _AROUND + 1:
        return safe(text)
    before = "" if first else safe(text[:_AROUND])
    return f"{before}…{'' if last else safe(text[-_AROUND:])}"


def _change(one: str, other: str, full: bool) -> str:
    return (f"[-{_cut(one, full)}-]" if one else "") + (f"{{+{_cut(other, full)}+}}" if other else "")


def _cut(text: str, full: bool) -> str:
    return marked(text) if full or len(text) <= 120 else marked(text[:119]) + "…"
