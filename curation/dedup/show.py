"""Clusters for people: texts made safe, and what differs between them made visible."""

from __future__ import annotations

import heapq
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import numpy as np

from curation.dedup.store import ROWS, load_rows
from curation.dedup.table import Table
from curation.dedup.write import CLUSTERS, lines_at, row_in
from curation.step import read_step
from schemas.errors import AbilitymixError, BadData, MissingFile
from schemas.jsonl import read_jsonl
from schemas.terminal import one_line, visible

# Characters of equal text shown on each side of a difference, and those of a text that are compared at all.
_AROUND, _COMPARED = 12, 3000
_FIELDS = {"id", "row", "number", "kept", "kind"}


@dataclass(frozen=True)
class Wanted:
    """Which clusters: of an ability, with a member of a kind, with a member whose id begins so or whose row is it."""

    ability: str = ""
    kind: str = ""
    subject: str = ""

    def has(self, cluster: dict[str, Any]) -> bool:
        members = cluster["members"]
        return (
            self.ability in ("", cluster["ability"])
            and (not self.kind or any(member["kind"] == self.kind for member in members))
            and (
                not self.subject
                or any(m["id"].startswith(self.subject) or m["row"] == self.subject for m in members)
            )
        )


def find_clusters(folder: Path, wanted: Wanted, most: int) -> tuple[list[dict[str, Any]], int]:
    """The largest clusters that are wanted, largest first, and how many there are.

    Raises:
        MissingFile: no clusters there. BadData: a line that is no cluster of this version.
    """
    path = folder / CLUSTERS
    count = 0

    def matching() -> Iterator[tuple[int, int, dict[str, Any]]]:
        nonlocal count
        for number, cluster in read_jsonl(path):
            try:
                members = cluster["members"]
                if not all(member.keys() >= _FIELDS for member in members):
                    raise KeyError("members")
                fits = wanted.has(cluster)
            except (KeyError, TypeError, AttributeError):
                raise BadData(
                    "not a cluster", where=f"{path}:{number}", do="name the folder of a dedup step"
                ) from None
            if fits:
                count += 1
                yield len(members), -number, cluster

    if not path.is_file():
        raise MissingFile("no clusters.jsonl there", where=str(folder), do="name the folder of a dedup step")
    found = heapq.nlargest(most, matching(), key=lambda one: one[:2])
    return [cluster for _, _, cluster in found], count


def add_texts(folder: Path, clusters: list[dict[str, Any]], members: int) -> str:
    """Put `text` into the first members of each cluster; a reason instead where the inputs cannot be read any more."""
    wanted = {m["number"] - 1: m["id"] for cluster in clusters for m in cluster["members"][:members]}
    try:
        table = _table(folder)
        rows = np.array(sorted(row for row in wanted if 0 <= row < len(table)), np.int64)
        texts: dict[int, str] = {}
        for row, line in lines_at(table, rows):
            value = row_in(line, table.files[table.file[row]])
            if value["id"] != wanted[row]:
                raise BadData("an input has changed", where=str(table.files[table.file[row]]))
            texts[row] = "\n".join(str(message["content"]) for message in value["messages"])
    except AbilitymixError as error:
        return error.line()
    except (KeyError, TypeError):
        return "an input has changed"
    for cluster in clusters:
        for member in cluster["members"][:members]:
            member["text"] = texts.get(member["number"] - 1, "")
    return ""


def _table(folder: Path) -> Table:
    step = read_step(folder)
    if step is None:
        raise MissingFile("no step.json there", where=str(folder), do="name the folder of a dedup step")
    return load_rows(folder / ROWS, [Path(path) for path in step.inputs], [])


def lines_about(cluster: dict[str, Any], members: int, full: bool) -> Iterator[str]:
    """A cluster in lines that are safe for a terminal.

    Args:
        members: how many are shown.
        full: whole texts, not only what is around a difference.
    """
    shown, left = cluster["members"][:members], len(cluster["members"]) - members
    gone = sum(not member["kept"] for member in cluster["members"])
    yield f"{cluster['kind']} cluster of {len(cluster['members'])} in {cluster['ability']}, {gone} of them dropped"
    head = shown[0]
    for member in shown:
        yield f"  {_told(member)}"
        if "text" not in member:
            continue
        if member is head:
            yield f"      {safe(head['text']) if full else one_line(safe(head['text']), 160)}"
        else:
            yield f"      {difference(head['text'], member['text'], full)}"
    if left > 0:
        yield f"  and {left} more"


def _told(member: dict[str, Any]) -> str:
    mark = "kept   " if member["kept"] else "dropped"
    about = member["kind"]
    if "similarity" in member:
        about += f" {member['similarity']:.3f}"
    if member.get("apart"):
        about += f", other {' and '.join(member['apart'])}"
    if member.get("via"):
        about += f", by way of {member['via'][:12]}"
    return f"{mark} {member['id'][:12]} {one_line(member['row'], 60)}  {about}"


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
