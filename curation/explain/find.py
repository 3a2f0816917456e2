"""Look a subject up in everything that curation wrote, and in the steps behind it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from curation.explain.raw import raw_rows
from curation.explain.scan import Found, Search, parquet_ids, parquet_row, row_needles, text_needle
from curation.explain.story import NOTES, REVIEW, StepStory, Story, members_of, row_key_of, stage_order
from curation.step import STEP, Step, steps_behind
from schemas.errors import BadData
from schemas.terminal import one_line

SHORTEST = 6
# A source row that stands under more ids than this is no row: several sources share a name and a key.
_MOST = 20
_PASSED_OVER = ("log.jsonl", "journal.jsonl")


def find_story(subject: str, folders: Sequence[Path]) -> Story:
    """Look `subject` up in the files under the folders, and in those of every step behind them.

    Files are searched as bytes and only lines that name the subject are parsed: a file of a million rows takes about a second.

    Args:
        subject: an id, its first characters (six or more), or a source row `source:row`.
        folders: what curation wrote: pools, exports and folders of steps; of a chain of steps the last one is enough.

    Raises:
        BadData: nothing of that name, or the beginning of several ids.
    """
    steps = steps_behind([path for folder in folders for path in sorted(folder.rglob(STEP))])
    files, tables = _files(folders, steps)
    story, search = Story(subject), Search(files)
    _identify(story, search, tables)
    for found in search.lines([]):
        _sort(story, found)
    for path in tables:
        for wanted in story.ids:
            for number, _ in parquet_ids(path, wanted):
                story.exports.append(Found(path, number, {}))
                if wanted not in story.instances:
                    story.instances[wanted] = parquet_row(path, number)
                    story.rows = sorted({*story.rows, row_key_of(story.instances[wanted])})
    story.decisions.sort(key=lambda found: stage_order(found.row["stage"]))
    _follow_parents(story, search)
    seen = {found.file.resolve().parent for found in (*story.places, *story.decisions)}
    story.raw = raw_rows(story.rows, steps, seen)
    story.steps = [told for told in (_step_story(story, *step) for step in steps) if told is not None]
    return story


def _files(folders: Sequence[Path], steps: Sequence[tuple[Path, Step]]) -> tuple[list[Path], list[Path]]:
    """JSON lines files, and Parquet files, to look into: each once, in a fixed order."""
    lines: dict[Path, Path] = {}
    tables: dict[Path, Path] = {}
    for folder in folders:
        _add(lines, folder.rglob("*.jsonl"))
        _add(tables, folder.rglob("*.parquet"))
    for folder, step in steps:
        _add(lines, folder.glob("*.jsonl"))
        # A raw file has no rows of ours in it: it is read by its format, for the row's own text.
        if step.stage != "standardize":
            _add(lines, (Path(file) for file in step.inputs))
    return list(lines.values()), list(tables.values())


def _add(known: dict[Path, Path], paths: Iterable[Path]) -> None:
    for path in sorted(paths):
        hidden = path.name.startswith(".") or path.name in _PASSED_OVER
        if not hidden and path.is_file():
            known.setdefault(path.resolve(), path)


def _identify(story: Story, search: Search, tables: Sequence[Path]) -> None:
    """Fill in `ids` and `rows`: what the subject names, and what stands under the same row or id."""
    subject = story.subject
    by_id = ":" not in subject
    if by_id and len(subject) < SHORTEST:
        raise BadData(f"{one_line(subject, 80)} is too short", do="give an id of six characters or more")
    try:
        needles = [text_needle(subject)[:-1]] if by_id else row_needles(subject)
    except TypeError:  # bytes on the command line that are no text stand in no file of ours
        needles = []
    pairs = set()
    for found in search.lines(needles):
        pairs |= {p for p in _pairs(found) if (p[0].startswith(subject) if by_id else p[1] == subject)}
    ids = {i for i, _ in pairs if i}
    if by_id and needles:
        ids |= {i for path in tables for _, i in parquet_ids(path, subject)}
    rows = {row for _, row in pairs if row}
    if not ids and not rows:
        raise BadData(
            f"nothing here is called {one_line(subject, 80)}", do="give an id of six characters or more"
        )
    if by_id and len(ids) > 1:
        shown = ", ".join(sorted(i[:12] for i in ids)[:4])
        raise BadData(f"{len(ids)} instances begin so: {shown}", do="give more characters of the id")
    asked = frozenset(ids)
    # The same row under other ids (an item that was revised, or was given distractors), and the other way round.
    for _ in range(3):
        before = len(ids), len(rows)
        needles = [text_needle(i) for i in sorted(ids)] + [
            n for row in sorted(rows) for n in row_needles(row)
        ]
        more = {pair for found in search.lines(needles) for pair in _pairs(found)}
        rows |= {row for i, row in more if i in ids and row}
        others = {i for i, row in more if row in rows and i}
        if len(others) <= _MOST:
            ids |= others
        if (len(ids), len(rows)) == before:
            break
    story.ids = sorted(ids, key=lambda i: (i not in asked, i))
    story.rows = sorted(rows, key=lambda row: (row != subject, row))


def _pairs(found: Found) -> set[tuple[str, str]]:
    """(id, source row) that one line joins; either may be empty."""
    row = found.row
    kind = _kind(found)
    if kind in ("instance", "pending"):
        return {(str(row["id"]), row_key_of(row))}
    if kind == "decision":
        subject, evidence = str(row["subject"]), str(row.get("evidence") or "")
        if ":" in subject:
            return {("", subject)}
        return {(subject, evidence if ":" in evidence else "")}
    if kind == "ids":
        return {(str(row["id"]), "")}
    listed = members_of(row) + ([row["test"]] if isinstance(row.get("test"), dict) else [])
    return {(str(m.get("id") or ""), str(m.get("row") or "")) for m in listed} if kind in NOTES else set()


def _kind(found: Found) -> str:
    row = found.row
    messages = row.get("messages")
    if isinstance(row.get("id"), str) and isinstance(row.get("source"), dict) and isinstance(messages, list):
        last = messages[-1] if messages else None
        return "instance" if isinstance(last, dict) and last.get("role") == "assistant" else "pending"
    if all(isinstance(row.get(name), str) for name in ("subject", "stage", "rule")):
        return "decision"
    if row.keys() == {"id", "file", "line"} and isinstance(row["id"], str):
        return "ids"
    return found.file.stem if found.file.stem in NOTES else ""


def _sort(story: Story, found: Found) -> None:
    """Put one line that names an id or a row of the story where it belongs."""
    row, kind = found.row, _kind(found)
    if kind in ("instance", "pending"):
        if row["id"] in story.ids:
            story.places.append(found)
            story.instances.setdefault(row["id"], row)
        elif _made_from(story, row) and row["id"] not in {child.row["id"] for child in story.children}:
            story.children.append(found)
    elif kind == "decision":
        known = {*story.ids, *story.rows}
        if row["subject"] in known or row.get("evidence") in story.rows:
            story.decisions.append(found)
        elif row.get("evidence") in story.ids:
            story.preferred.append(found)
    elif kind == "ids":
        if row["id"] in story.ids:
            story.exports.append(found)
    elif kind:
        story.notes.append(found)


def _made_from(story: Story, row: dict[str, Any]) -> bool:
    return not {*story.ids}.isdisjoint(map(str, row.get("parents") or ()))


def _follow_parents(story: Story, search: Search) -> None:
    parents: list[str] = []
    for instance in story.instances.values():
        parents += [p for p in map(str, instance.get("parents") or ()) if p not in parents]
    story.parents = dict.fromkeys(parents)
    if not parents:
        return
    for found in search.lines([text_needle(p) for p in parents]):
        own = _kind(found) == "instance" and found.row["id"] in story.parents
        if own and story.parents[found.row["id"]] is None:
            story.parents[found.row["id"]] = found


def _waits(found: Found, step: Step) -> bool:
    """Whether a place is one of what is not settled yet: no gold answer, or verdicts of a review that are missing."""
    return _kind(found) == "pending" or (step.stage == REVIEW and found.file.name == "pending.jsonl")


def _step_story(story: Story, folder: Path, step: Step) -> StepStory | None:
    """What one step did with the subject; None if it never saw it."""

    def here(found: Found) -> bool:
        return folder in found.file.resolve().parents

    told = StepStory(folder, step)
    inputs = {Path(file) for file in step.inputs}
    told.places = [found for found in story.places if here(found)]
    told.pending = bool(told.places) and all(_waits(found, step) for found in told.places)
    told.decisions = [found.row for found in story.decisions if here(found)]
    told.notes = [found for found in (*story.notes, *story.exports) if here(found)]
    told.came = any(found.file.resolve() in inputs for found in story.places)
    return told if told.places or told.decisions or told.notes or told.came else None
