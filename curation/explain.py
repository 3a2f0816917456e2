"""An instance's whole story: the row it came from, what was decided about it, and where it stands now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from schemas.errors import BadData
from schemas.jsonl import read_jsonl
from schemas.terminal import one_line

STAGES = ("standardize", "check", "dedup", "decontaminate", "split", "synth")
_SHORTEST = 6


@dataclass
class Story:
    """Everything that is known about one subject.

    Args:
        ids: ids of the instances that match.
        rows: their source rows, `source:row`.
        places: (file, instance) of every copy on the disk.
        decisions: about any of the ids or rows.
    """

    ids: set[str] = field(default_factory=set)
    rows: set[str] = field(default_factory=set)
    places: list[tuple[Path, dict[str, Any]]] = field(default_factory=list)
    decisions: list[dict[str, Any]] = field(default_factory=list)


def find_story(subject: str, folders: Sequence[Path]) -> Story:
    """Look `subject` up in every JSON lines file under the folders.

    Args:
        subject: an id, its first characters (six or more), or a source row `source:row`.
        folders: what curation wrote: pools and the folders of single steps.

    Raises:
        BadData: nothing of that name, or the beginning of several ids.
    """
    files = [f for folder in folders for f in sorted(folder.rglob("*.jsonl")) if f.name != "log.jsonl"]
    decided = [row for f in files if f.name == "decisions.jsonl" for _, row in read_jsonl(f)]
    story = Story()
    for file, row in _instances(files):
        if _is(subject, row["id"]) or _row_key(row) == subject:
            story.places.append((file, row))
            story.ids.add(row["id"])
            story.rows.add(_row_key(row))
    for decision in decided:
        if _is(subject, decision["subject"]):
            story.ids.add(decision["subject"])
            story.rows |= {decision["evidence"]} if ":" in decision.get("evidence", "") else set()
        elif subject in (decision["subject"], decision.get("evidence")) and ":" in subject:
            story.rows.add(subject)
    if not story.ids and not story.rows:
        raise BadData(
            f"nothing here is called {one_line(subject, 80)}", do="give an id of six characters or more"
        )
    by_id = len(story.ids) > 1 and not all(":" in i for i in story.ids) and ":" not in subject
    if by_id:
        shown = ", ".join(sorted(i[:12] for i in story.ids)[:4])
        raise BadData(f"{len(story.ids)} instances begin so: {shown}", do="give more characters of the id")
    known = story.ids | story.rows
    story.decisions = sorted(
        (d for d in decided if d["subject"] in known or (d.get("evidence") or "?") in known),
        key=lambda d: STAGES.index(d["stage"]) if d["stage"] in STAGES else len(STAGES),
    )
    return story


def tell(story: Story) -> Iterator[str]:
    """The story in lines that are safe to print."""
    for key in sorted(story.rows):
        yield f"row {one_line(key)}"
    seen = set()
    for _, row in story.places:
        if row["id"] not in seen:
            seen.add(row["id"])
            yield from _describe(row)
    for decision in story.decisions:
        verdict = "kept" if decision["kept"] else "not kept"
        about = f" [{one_line(decision['subject'], 40)}]" if len(story.ids | story.rows) > 1 else ""
        reason = f": {decision['reason']}" if decision.get("reason") else ""
        yield one_line(f"{decision['stage']}{about} {verdict} by {decision['rule']}{reason}")
    if not story.decisions:
        yield "no rule and no step had anything against it"
    for file, _ in story.places:
        yield f"stands in {one_line(str(file))}"
    if not story.places:
        yield "stands in no file now"


def _describe(row: dict[str, Any]) -> Iterator[str]:
    source = row["source"]
    yield f"instance {row['id']}"
    yield one_line(f"  {row['ability']}, {row['form']}, {row.get('origin', 'human')}")
    licence, group = source.get("licence") or "not stated", source.get("group")
    yield one_line(f"  licence {licence}" + (f", group {group}" if group else ""))
    for parent in row.get("parents", ()):
        yield one_line(f"  made from {parent}")
    for message in row["messages"]:
        yield one_line(f"  {message['role']}: {message['content']}", 200)
    for distractor in row.get("distractors", ()):
        yield one_line(f"  distractor: {distractor['text']}", 200)


def _instances(files: Sequence[Path]) -> Iterator[tuple[Path, dict[str, Any]]]:
    for file in files:
        if file.name == "decisions.jsonl":
            continue
        for _, row in read_jsonl(file):
            if isinstance(row.get("id"), str) and isinstance(row.get("source"), dict) and "messages" in row:
                yield file, row


def _is(subject: str, identity: str) -> bool:
    return len(subject) >= _SHORTEST and ":" not in subject and identity.startswith(subject)


def _row_key(row: dict[str, Any]) -> str:
    return f"{row['source'].get('name')}:{row['source'].get('row')}"
