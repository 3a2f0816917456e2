"""A story in lines that are safe to print."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from curation.explain.scan import Found
from curation.explain.story import (
    NOTES,
    REVIEW,
    StepStory,
    Story,
    export_file,
    export_line,
    members_of,
    row_key_of,
)
from curation.export.history import rules_of
from schemas.terminal import one_line

_SHOWN = 10
# What a line of a note says that the rest of the story says as well.
_KNOWN = {"members", "rows", "id", "row", "here", "part", "used", "ability", "keeper", "dropped", "kind"}
_NAMES = {"id", "row", "number", "kept"}
# What a verdict of a review was about: the filter, or the review of a revision.
_UNIT = re.compile(r"filter|review \d+")
# A nested subset of a part: `train.n64.jsonl`.
_NESTED = re.compile(r"(.+)\.n(\d+)")


def tell(story: Story) -> Iterator[str]:
    """From the raw row over every step to the files it stands in."""
    raw = {found.row: found for found in story.raw}
    for key in story.rows:
        yield f"row {one_line(key)}"
        if key in raw:
            yield _under(f"in {raw[key].file}, format {raw[key].format}")
            text = raw[key].problem or json.dumps(raw[key].value, ensure_ascii=False)
            yield _under(f"reads {text}", 400)
    for i in story.ids:
        if i in story.instances:
            yield from _describe(story.instances[i])
        else:
            yield f"instance {one_line(i)}"
    yield from _lineage(story)
    told: set[int] = set()
    for step in story.steps:
        told |= {id(decision) for decision in step.decisions}
        yield from _step(step, story)
    for found in story.decisions:
        if id(found.row) not in told:
            yield _decision(found.row, story)
    against = [d for d in story.decisions if not d.row.get("kept")]
    if not against and not any(step.state == "pending" for step in story.steps):
        yield "no rule and no step had anything against it"
    for found in story.preferred[:_SHOWN]:
        row = found.row
        yield one_line(f"{row['stage']} kept it and not {row['subject']}, by {row['rule']}")
    if len(story.preferred) > _SHOWN:
        yield f"and {len(story.preferred) - _SHOWN} more for which it was kept"
    steps = {id(note) for step in story.steps for note in step.notes}
    for note in story.notes:
        said = _note(note, story) if id(note) not in steps else ""
        if said:
            yield one_line(f"{note.file.stem}: {said}")
    for found in story.places:
        yield f"stands in {one_line(f'{found.file}:{found.line}')}{_about([row_key_of(found.row)], story)}"
    for found in story.exports:
        yield f"exported to {one_line(f'{export_file(found)}:{export_line(found)}')}"
    if not story.places and not story.exports:
        yield "stands in no file now"


def _under(text: str, width: int = 300) -> str:
    """A line that belongs to the one above it."""
    return "  " + one_line(text, width)


def _describe(row: dict[str, Any]) -> Iterator[str]:
    """What an instance says. Its line was found by its id, and need not be whole."""
    try:
        yield from list(_texts(row))
    except (KeyError, TypeError, AttributeError):
        yield one_line(f"instance {row['id']}")
        yield _under("its line is damaged: not all of an instance is there")


def _texts(row: dict[str, Any]) -> Iterator[str]:
    source = row["source"]
    yield one_line(f"instance {row['id']}")
    yield _under(f"{row['ability']}, {row['form']}, {row.get('origin', 'human')}")
    licence, group = source.get("licence") or "not stated", source.get("group")
    yield _under(f"licence {licence}" + (f", group {group}" if group else ""))
    for message in row["messages"]:
        yield _under(f"{message['role']}: {message['content']}", 200)
    if row.get("answer"):
        yield _under(f"answer: {row['answer']}", 200)
    for distractor in row.get("distractors") or ():
        yield _under(f"distractor: {distractor['text']}", 200)


def _lineage(story: Story) -> Iterator[str]:
    for parent, found in story.parents.items():
        where = (
            f", which stands in {found.file}:{found.line}"
            if found
            else ", which stands in none of these files"
        )
        yield one_line(f"made from {parent}{where}")
    for child in story.children[:_SHOWN]:
        yield one_line(f"{child.row['id']} was made from it, in {child.file}:{child.line}")
    if len(story.children) > _SHOWN:
        yield f"and {len(story.children) - _SHOWN} more were made from it"


def _about(names: Sequence[str], story: Story) -> str:
    """Which of several ids and rows is meant; nothing where the story is of one."""
    several = len(story.ids) > 1 or len(story.rows) > 1
    return f" [{one_line(', '.join(names), 80)}]" if several else ""


def _decision(row: Mapping[str, Any], story: Story) -> str:
    verdict, where = "kept" if row.get("kept") else "not kept", ""
    said = str(row.get("evidence") or "") if row["stage"] == REVIEW else ""
    if said in ("revised", "declined"):
        verdict = said
    elif _UNIT.fullmatch(said):
        where = f" in {said}"
    reason = f": {row['reason']}" if row.get("reason") else ""
    about = _about([row["subject"]], story)
    return one_line(f"{row['stage']}{about} {verdict} by {row['rule']}{where}{reason}")


def _step(told: StepStory, story: Story) -> Iterator[str]:
    """What one step did: its decisions, or in which words it let the subject pass."""
    stage = told.step.stage
    where = f" [{one_line(told.folder.name, 80)}]"
    for decision in told.decisions:
        yield _decision(decision, story) + where
    failed = {d["rule"] for d in told.decisions if d["stage"] == "check" and not d.get("kept")}
    rules = rules_of(told.step)
    if failed and rules:
        yield f"  failed {len(failed)} of {len(rules)} rules and passed the others"
    decided = {str(d["subject"]) for d in told.decisions} | {str(d.get("evidence")) for d in told.decisions}
    # Rows with one content have one id: of copies some went, and one may have stayed.
    kept = [row for row in dict.fromkeys(row_key_of(p.row) for p in told.places) if row not in decided]
    if told.state:
        waits = ": it waits for people's verdicts" if told.state == "pending" else ""
        yield one_line(f"{stage} {told.state}{waits}{where}", 500)
    elif kept and (not told.decisions or len(story.rows) > 1):
        how = "pending: it waits for a gold answer" if told.pending else "kept"
        details = [d for d in (_rules(rules), _part(told), _compared(told)) if d] if not told.pending else []
        line = f"{stage}{_about(kept, story)} {how}{': ' if details else ''}{'; '.join(details)}{where}"
        yield one_line(line, 500)
    if told.came and not told.places and not told.decisions and not told.notes:
        yield one_line(f"{stage}: it went in and did not come out, and no decision says why{where}")
    for note in told.notes:
        said = _note(note, story) if note.file.stem in NOTES else ""
        if said:
            yield _under(said, 400)


def _rules(rules: Mapping[str, Mapping[str, Any]]) -> str:
    """How many rules were passed, and which of them had other settings than they have by default."""
    if not rules:
        return ""
    changed = [
        f"{rule}.{name} = {json.dumps(value, ensure_ascii=False)}"
        for rule, settings in rules.items()
        for name, value in settings.items()
        if value != _default(rule, name)
    ]
    words = f"passed all {len(rules)} rules ({', '.join(rules)})"
    return words + (f" with {', '.join(changed)}" if changed else ", their settings the default ones")


def _default(rule: str, name: str) -> Any:
    from curation.check import settings_of
    from curation.rules import rules_from

    value = settings_of(rules_from()).get(rule, {}).get(name)
    return list(value) if isinstance(value, tuple) else value


def _part(told: StepStory) -> str:
    """Which part of a split an instance stands in, and in which nested subsets of it."""
    if told.step.stage != "split":
        return ""
    stems = list(dict.fromkeys(place.file.stem for place in told.places))
    sizes = sorted(int(found[2]) for stem in stems if (found := _NESTED.fullmatch(stem)))
    parts = [stem for stem in stems if not _NESTED.fullmatch(stem)]
    return "in " + ", ".join(parts) + (f", nested subsets {', '.join(map(str, sizes))}" if sizes else "")


def _compared(told: StepStory) -> str:
    """With how many evaluation items of which sources a row was compared and none found."""
    evaluation = told.step.settings.get("evaluation")
    if told.step.stage != "decontaminate" or not isinstance(evaluation, dict):
        return ""
    return "repeats none of " + ", ".join(f"{items} items of {name}" for name, items in evaluation.items())


def _note(note: Found, story: Story) -> str:
    """A cluster's members, a leak with its evidence, any other line as its fields."""
    members, test = members_of(note.row), note.row.get("test")
    mine = [m for m in members if m.get("id") in story.ids or m.get("row") in story.rows]
    if isinstance(test, dict) and mine:
        what = _fields({k: v for k, v in mine[0].items() if k not in ("id", "row")})
        return f"leaks evaluation item {test.get('row') or test.get('id')}: {what}"
    members = sorted(members, key=lambda m: m not in mine)  # a large cluster is told in part
    shown = ", ".join(map(_member, members[:_SHOWN]))
    shown += f" and {len(members) - _SHOWN} more" if len(members) > _SHOWN else ""
    if isinstance(test, dict):
        return f"{len(members)} training rows leak it: {shown}"
    rest = _fields({k: v for k, v in note.row.items() if k not in _KNOWN})
    return "; ".join(filter(None, [f"cluster of {len(members)}: {shown}" if members else "", rest]))


def _member(member: Mapping[str, Any]) -> str:
    name = str(member.get("row") or str(member.get("id", "?"))[:12])
    rest = _fields({k: v for k, v in member.items() if k not in _NAMES})
    return f"{name} ({rest})" if rest else name


def _fields(row: Mapping[str, Any]) -> str:
    return ", ".join(
        f"{name} {value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}"
        for name, value in row.items()
        if value not in (None, "", [], {})
    )
