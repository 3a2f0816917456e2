"""What is known about one subject, as data."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from curation.explain.scan import Found
from curation.step import Step

# In the order in which a row goes through them; a review's undo belongs to its review.
STAGES = ("standardize", "check", "dedup", "diversity", "decontaminate", "split", "review", "synth", "export")
# Files of lines that name ids and rows and are neither instances, decisions nor ids.
NOTES = ("clusters", "leaks", "sides")
REVIEW = "review"


def stage_order(stage: str) -> int:
    name = "review" if stage == "review_undo" else stage
    return STAGES.index(name) if name in STAGES else len(STAGES)


@dataclass(frozen=True)
class RawRow:
    """The row of a raw file that an instance was made from.

    Args:
        row: `source:key`.
        file: the raw file; None if no step says which.
        format: the format it was read as.
        value: the row's content in the format's own shape; None if the file is gone or has no such row now.
        problem: why there is no value.
    """

    row: str
    file: Path | None = None
    format: str = ""
    value: Any = None
    problem: str = ""


@dataclass
class StepStory:
    """What one step did with the subject.

    Args:
        folder, step: the step.
        places: where in its folder the subject stands.
        decisions: of the step, about the subject.
        came: it was in the files that the step read.
        pending: it waits there: for a gold answer, or in a review for people's verdicts.
        notes: what else the folder says: cluster, leak, side, place in an export.
    """

    folder: Path
    step: Step
    places: list[Found] = field(default_factory=list)
    decisions: list[dict[str, Any]] = field(default_factory=list)
    came: bool = False
    pending: bool = False
    notes: list[Found] = field(default_factory=list)

    @property
    def state(self) -> str:
        """What came of it in a review: `passed`, `pending`, `rejected`; empty of any other step."""
        if self.step.stage != REVIEW or not (self.places or self.decisions):
            return ""
        return "pending" if self.pending else "passed" if self.places else "rejected"


@dataclass
class Story:
    """Everything that is known about one subject.

    Args:
        subject: as asked.
        ids: ids of the instances that it names; several where one raw row stands under several.
        rows: their source rows, `source:row`.
        instances: id -> the instance, from the first file that holds it.
        places: instances and pending candidates on the disk.
        decisions: about any of the ids or rows, oldest stage first.
        preferred: decisions about others that went because of it.
        notes: lines of clusters, leaks and sides that name it.
        exports: lines of files of ids, and rows of Parquet files.
        parents, children: id -> where it stands, if it was found.
        raw: the raw rows.
        steps: what the steps did, the first one first.
    """

    subject: str
    ids: list[str] = field(default_factory=list)
    rows: list[str] = field(default_factory=list)
    instances: dict[str, dict[str, Any]] = field(default_factory=dict)
    places: list[Found] = field(default_factory=list)
    decisions: list[Found] = field(default_factory=list)
    preferred: list[Found] = field(default_factory=list)
    notes: list[Found] = field(default_factory=list)
    exports: list[Found] = field(default_factory=list)
    parents: dict[str, Found | None] = field(default_factory=dict)
    children: list[Found] = field(default_factory=list)
    raw: list[RawRow] = field(default_factory=list)
    steps: list[StepStory] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """The whole story for a program."""
        return {
            "subject": self.subject,
            "ids": self.ids,
            "rows": self.rows,
            "raw": [
                {
                    "row": r.row,
                    "file": str(r.file or ""),
                    "format": r.format,
                    "value": r.value,
                    "problem": r.problem,
                }
                for r in self.raw
            ],
            "instances": list(self.instances.values()),
            "steps": [
                {
                    "stage": s.step.stage,
                    "folder": str(s.folder),
                    "settings": s.step.settings,
                    "revision": s.step.revision,
                    "came": s.came,
                    "kept": list(dict.fromkeys(row_key_of(p.row) for p in s.places)) if not s.pending else [],
                    "pending": s.pending,
                    "state": s.state,
                    "files": [f"{p.file}:{p.line}" for p in s.places],
                    "decisions": s.decisions,
                    "notes": [_told(note) for note in s.notes],
                }
                for s in self.steps
            ],
            "decisions": [_told(d) for d in self.decisions],
            "preferred": [_told(d) for d in self.preferred],
            "notes": [_told(n) for n in self.notes],
            "places": [f"{p.file}:{p.line}" for p in self.places],
            "exports": [{"file": export_file(e), "line": export_line(e)} for e in self.exports],
            "parents": {i: f"{f.file}:{f.line}" if f else None for i, f in self.parents.items()},
            "children": {c.row["id"]: f"{c.file}:{c.line}" for c in self.children},
        }


def export_file(found: Found) -> str:
    """The exported file that a line of a file of ids speaks of; a Parquet row speaks of its own."""
    return str(found.file.parent / str(found.row["file"])) if "file" in found.row else str(found.file)


def export_line(found: Found) -> int:
    """The line there, or the row of a Parquet file, from 1."""
    return int(found.row["line"]) if "line" in found.row else found.start + 1


def members_of(row: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows that a cluster, or a leak's line, lists."""
    listed = row.get("members", row.get("rows"))
    return [member for member in listed if isinstance(member, dict)] if isinstance(listed, list) else []


def row_key_of(row: dict[str, Any]) -> str:
    return f"{row['source'].get('name')}:{row['source'].get('row')}"


def _told(found: Found) -> dict[str, Any]:
    return {"file": f"{found.file}:{found.line}", **found.row}
