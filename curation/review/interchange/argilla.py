"""Argilla's settings of a data set, and its records with responses.

Source of the layout: what `Settings.to_json` and `Record.to_dict` of Argilla's Python client write; checked against
`argilla` 2.8.0.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from curation.counts import Counts
from curation.review.interchange.criteria import CRITERIA, divided
from curation.review.interchange.shown import APPROVE, REJECT, Shown, Tally
from curation.review.process import Process
from schemas.ability import doit_abilities
from schemas.canonical import canonical_json
from schemas.instance import Instance
from schemas.jsonl import LineWriter, as_line, write_atomic

RECORDS, SETTINGS, USERS = "records.jsonl", "settings.json", "users.json"
WRITES = (RECORDS, SETTINGS, USERS)
_FIELDS = {
    "prompt": "Instruction",
    "options": "Options",
    "answer": "Gold answer",
    "response": "Gold response",
    "distractors": "Distractors",
}
_METADATA = ("ability", "form", "state", "origin", "source")


def user_id(actor: str) -> str:
    """The same UUID for the same annotator in every export; Argilla makes a user with it, see the documentation."""
    return str(uuid5(NAMESPACE_URL, f"abilitymix:annotator:{actor}"))


def write(items: Iterable[Shown], process: Process, out: Path) -> Counts:
    """A record a line; the settings of the data set; annotators by the id that stands in the responses."""
    tally = Tally()
    users: dict[str, str] = {}
    abilities: set[str] = set()
    with LineWriter(out / RECORDS) as file:
        for shown in items:
            tally.add(shown)
            abilities.add(shown.content.ability)
            users |= {user_id(vote.actor): vote.actor for vote in shown.votes}
            file.write(canonical_json(record(shown)).encode() + b"\n")
    write_atomic(out / SETTINGS, canonical_json(settings(abilities, process.filter_votes)) + "\n")
    write_atomic(out / USERS, canonical_json(users) + "\n")
    return tally.counts(str(out))


def record(shown: Shown) -> dict[str, Any]:
    """What `argilla.Record.from_dict` reads. A field that is empty is left out; `instance` is the whole row."""
    content = shown.content
    responses: dict[str, list[dict[str, Any]]] = {}
    for vote in shown.votes:
        whose = {"user_id": user_id(vote.actor), "status": "submitted"}
        criteria, rest = divided(vote.reason)
        for question, value in (("verdict", vote.verdict), ("criterion", criteria), ("reason", rest)):
            if value:
                responses.setdefault(question, []).append({"value": value, **whose})
    origin = {"origin": content.origin} if isinstance(content, Instance) else {}
    return {
        "id": content.id,
        "fields": {name: text for name, text in shown.texts().items() if text},
        "metadata": {
            "ability": content.ability,
            "form": content.form,
            "state": shown.state,
            **origin,
            "source": content.source.name,
            "instance": as_line(content),
        },
        "responses": responses,
        "suggestions": {},
        "vectors": {},
    }


def settings(abilities: Iterable[str], votes: int) -> dict[str, Any]:
    """What `argilla.Settings.from_json` reads.

    Args:
        abilities: whose guidelines are told.
        votes: submitted responses after which a record is complete.
    """
    wanted = set(abilities)
    told = [a for a in doit_abilities().values() if a.name in wanted and a.guidelines]
    return {
        "guidelines": "\n\n".join(f"{a.title} ({a.name})\n{a.guidelines}" for a in told) or None,
        "fields": [_field(name, title) for name, title in _FIELDS.items()],
        "questions": [_verdict(), _criterion(), _reason()],
        "metadata": [_property(name) for name in _METADATA],
        "vectors": [],
        "allow_extra_metadata": True,
        "distribution": {"strategy": "overlap", "min_submitted": votes},
        "mapping": None,
    }


def _field(name: str, title: str) -> dict[str, Any]:
    # Markdown in data would be obeyed.
    shown = {"type": "text", "use_markdown": False}
    return {"name": name, "title": title, "required": name == "prompt", "settings": shown, "type": "text"}


def _verdict() -> dict[str, Any]:
    options = [{"value": APPROVE, "text": "Approve"}, {"value": REJECT, "text": "Reject"}]
    return {
        "name": "verdict",
        "title": "Verdict",
        "required": True,
        "settings": {"type": "label_selection", "options": options, "visible_options": None},
        "type": "label_selection",
    }


def _criterion() -> dict[str, Any]:
    options = [{"value": criterion, "text": criterion} for criterion in CRITERIA]
    return {
        "name": "criterion",
        "title": "If not, which criterion",
        "required": False,
        "settings": {"type": "multi_label_selection", "options": options, "visible_options": len(options)},
        "type": "multi_label_selection",
    }


def _reason() -> dict[str, Any]:
    return {
        "name": "reason",
        "title": "If not, why",
        "required": False,
        "settings": {"type": "text", "use_markdown": False},
        "type": "text",
    }


def _property(name: str) -> dict[str, Any]:
    # Where a record stands is nothing that whoever judges it should see.
    seen = name != "state"
    how = {"type": "terms", "values": None, "visible_for_annotators": seen}
    return {"name": name, "title": name, "settings": how, "visible_for_annotators": seen}
