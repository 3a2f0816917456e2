"""Argilla: the settings of a dataset and its records, in the files that `rg.Dataset.from_disk` reads, and votes back.

Every text field has `use_markdown` off: Argilla then shows a text as it is, and HTML in an instance stays text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from curation.review.interchange.base import (
    APPROVE,
    CRITERIA,
    REJECT,
    Row,
    Vote,
    divided,
    majority,
    rejoined,
    shown_answer,
    shown_distractors,
    shown_options,
    shown_prompt,
)
from schemas.ability import Ability, doit_abilities
from schemas.errors import BadData
from schemas.terminal import one_line

Json = dict[str, Any]
VERDICT, CRITERION, REASON = "verdict", "criterion", "reason"
FIELDS: Mapping[str, str] = {
    "instruction": "Instruction",
    "answer": "Answer",
    "options": "Options",
    "distractors": "Distractors",
    "verdicts": "Verdicts so far",
}
METADATA = ("ability", "form", "state", "source")


def argilla_settings(abilities: Mapping[str, Ability] | None = None, min_submitted: int = 2) -> Json:
    """`settings.json` of a dataset.

    Args:
        abilities: whose guidelines are shown; DoIT's if missing.
        min_submitted: responses of different users that finish a record.
    """
    known = abilities or doit_abilities()
    guidelines = "\n\n".join(f"{a.title} {a.title_zh}\n\n{a.guidelines}" for a in known.values())
    return {
        "guidelines": guidelines,
        "allow_extra_metadata": True,
        "distribution": {"strategy": "overlap", "min_submitted": min_submitted},
        "mapping": None,
        "vectors": [],
        "fields": [
            {
                "name": name,
                "title": title,
                "required": name == "instruction",
                "settings": {"type": "text", "use_markdown": False},
            }
            for name, title in FIELDS.items()
        ],
        "questions": [
            _question(VERDICT, "Keep it?", True, _labels("label_selection", (APPROVE, REJECT))),
            _question(
                CRITERION, "If not: which criterion", False, _labels("multi_label_selection", CRITERIA)
            ),
            _question(REASON, "If not: why", False, {"type": "text", "use_markdown": False}),
        ],
        "metadata": [
            {"name": name, "title": name, "settings": {"type": "terms", "visible_for_annotators": True}}
            for name in METADATA
        ],
    }


def argilla_dataset(name: str = "review") -> Json:
    """`dataset.json` of a dataset. It gets its settings from their own file."""
    return {"name": name, "status": "draft", "allow_extra_metadata": True}


def _question(name: str, title: str, required: bool, settings: Json) -> Json:
    return {"name": name, "title": title, "required": required, "settings": settings}


def _labels(kind: str, values: tuple[str, ...]) -> Json:
    shown = {"visible_options": len(values)} if len(values) > 2 else {}
    return {"type": kind, "options": [{"value": v, "text": v} for v in values], **shown}


def argilla_records(rows: Iterable[Row], *, users: Mapping[str, str] | None = None) -> Iterator[Json]:
    """Records, one a row, as `Record.to_dict` writes them.

    Argilla takes a response only from a user of the server, so that is what a verdict becomes for annotators in
    `users`. All verdicts stand in the field `verdicts`, and their majority, if there is one, is a suggestion.

    Args:
        users: annotator -> id (UUID) of the user.
    """
    users = users or {}
    for content, state, verdicts in rows:
        fields = {
            "instruction": shown_prompt(content),
            "answer": shown_answer(content),
            "options": shown_options(content),
            "distractors": shown_distractors(content),
            "verdicts": "\n".join(
                f"{v.annotator} ({v.stage}): {APPROVE if v.kept else REJECT}{f': {v.reason}' if v.reason else ''}"
                for v in verdicts
            ),
        }
        responses: dict[str, list[Json]] = {}
        for verdict in verdicts:
            user = users.get(verdict.annotator)
            if user is None:
                continue
            criteria, rest = divided(verdict.reason)
            said: Json = {VERDICT: APPROVE if verdict.kept else REJECT, CRITERION: criteria, REASON: rest}
            for question, value in said.items():
                if value:
                    one = {"value": value, "user_id": user, "status": "submitted"}
                    responses.setdefault(question, []).append(one)
        most = majority(verdicts)
        suggested = {VERDICT: {"value": most[0], "score": most[1], "agent": "majority"}} if most else {}
        yield {
            "id": content.id,
            "fields": {name: text for name, text in fields.items() if text or name == "instruction"},
            "metadata": {
                "ability": content.ability,
                "form": content.form,
                "state": state,
                "source": one_line(f"{content.source.name}:{content.source.row}", 200),
            },
            "suggestions": suggested,
            "responses": responses,
            "vectors": {},
            "status": "completed" if state in ("passed", "rejected") else "pending",
        }


def argilla_votes(records: Iterable[Any], *, users: Mapping[str, str] | None = None) -> Iterator[Vote]:
    """The votes in `records.json` of a dataset that Argilla wrote to the disk; drafts and discarded ones are none.

    Args:
        records: the file, read.
        users: id of a user -> annotator; others are named by their id.

    Raises:
        BadData: a record, by its place from 1, that is not one of ours.
    """
    users = users or {}
    for place, record in enumerate(records, 1):
        try:
            said: dict[str, dict[str, Any]] = {}
            for question, responses in (record.get("responses") or {}).items():
                for one in responses:
                    if one.get("status", "submitted") in ("submitted", None):
                        said.setdefault(str(one["user_id"]), {})[question] = one["value"]
            for user, values in said.items():
                if VERDICT not in values:
                    continue
                if values[VERDICT] not in (APPROVE, REJECT):
                    raise KeyError(f"verdict {values[VERDICT]!r}")
                yield Vote(
                    id=str(record["id"]),
                    annotator=users.get(user, user),
                    kept=values[VERDICT] == APPROVE,
                    reason=rejoined(values.get(CRITERION) or (), values.get(REASON) or ""),
                )
        except (KeyError, TypeError, AttributeError) as error:
            what = f"not a record of an exported review ({type(error).__name__}: {one_line(str(error), 60)})"
            raise BadData(what, where=f"record {place}", do="write the dataset with to_disk") from None
