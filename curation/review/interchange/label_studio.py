"""Label Studio: tasks that it imports, the labelling interface they need, and votes out of what it exports.

Only `Text` shows anything of an item: Label Studio escapes what it shows. `HyperText`, which would run HTML that stands
in an instance, is not used, and `valueType` keeps a text that looks like an address from being fetched.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from xml.sax.saxutils import quoteattr

from curation.review.interchange.base import (
    APPROVE,
    CRITERIA,
    REJECT,
    Row,
    Verdict,
    Vote,
    divided,
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
VERDICT, CRITERION, REASON, SHOWN = "verdict", "criterion", "reason", "instruction"
# Field of a task's data -> heading. Every task has all of them.
SHOWN_FIELDS: Mapping[str, str] = {
    SHOWN: "Instruction",
    "answer": "Answer",
    "options": "Options",
    "distractors": "Distractors",
    "guidelines": "Guidelines",
}


def label_studio_config() -> str:
    """The labelling interface, as XML: an item with its parts, a verdict, and for a rejection criteria and a reason."""
    lines = ["<View>", '  <Header value="$title"/>']
    for name, heading in SHOWN_FIELDS.items():
        lines.append(f'  <Header value={quoteattr(heading)} size="5"/>')
        lines.append(f'  <Text name="{name}" value="${name}" valueType="text"/>')
    lines.append(
        f'  <Choices name="{VERDICT}" toName="{SHOWN}" choice="single" required="true" showInline="true">'
    )
    lines += [f"    <Choice value={quoteattr(value)}/>" for value in (APPROVE, REJECT)]
    lines.append("  </Choices>")
    shown_if = f'visibleWhen="choice-selected" whenTagName="{VERDICT}" whenChoiceValue="{REJECT}"'
    lines.append(
        f'  <Choices name="{CRITERION}" toName="{SHOWN}" choice="multiple" showInline="true" {shown_if}>'
    )
    lines += [f"    <Choice value={quoteattr(value)}/>" for value in CRITERIA]
    lines.append("  </Choices>")
    lines.append(
        f'  <TextArea name="{REASON}" toName="{SHOWN}" rows="2" maxSubmissions="1" editable="true"'
        f' placeholder="reason" {shown_if}/>'
    )
    return "\n".join([*lines, "</View>", ""])


def label_studio_tasks(
    rows: Iterable[Row],
    *,
    emails: Mapping[str, str] | None = None,
    abilities: Mapping[str, Ability] | None = None,
) -> Iterator[Json]:
    """Tasks, one a row.

    A verdict is a prediction whose `model_version` is the annotator, which any project imports. Label Studio takes an
    annotation only from a member of the project, so that is what a verdict becomes for annotators in `emails`.

    Args:
        emails: annotator -> e-mail address of the member.
        abilities: whose titles and guidelines are shown; DoIT's if missing.
    """
    known = abilities or doit_abilities()
    emails = emails or {}
    for content, state, verdicts in rows:
        ability = known.get(content.ability)
        title = f"{ability.title} {ability.title_zh}".strip() if ability else content.ability
        task: Json = {
            "data": {
                "id": content.id,
                "title": f"{title} · {content.form} · {state}",
                "ability": content.ability,
                "form": content.form,
                "state": state,
                "source": f"{content.source.name}:{content.source.row}",
                SHOWN: shown_prompt(content),
                "answer": shown_answer(content),
                "options": shown_options(content),
                "distractors": shown_distractors(content),
                "guidelines": ability.guidelines if ability else "",
            }
        }
        for verdict in verdicts:
            result = list(_result(verdict))
            if verdict.annotator in emails:
                one: Json = {"completed_by": {"email": emails[verdict.annotator]}, "result": result}
                if verdict.seconds:
                    one["lead_time"] = verdict.seconds
                task.setdefault("annotations", []).append(one)
            else:
                one = {"model_version": f"{verdict.annotator} ({verdict.stage})", "result": result}
                task.setdefault("predictions", []).append(one)
        yield task


def _result(verdict: Verdict) -> Iterator[Json]:
    def region(name: str, kind: str, value: Json) -> Json:
        return {"from_name": name, "to_name": SHOWN, "type": kind, "value": value}

    yield region(VERDICT, "choices", {"choices": [APPROVE if verdict.kept else REJECT]})
    criteria, rest = divided(verdict.reason)
    if criteria:
        yield region(CRITERION, "choices", {"choices": criteria})
    if rest:
        yield region(REASON, "textarea", {"text": [rest]})


def label_studio_votes(tasks: Iterable[Any], *, users: Mapping[str, str] | None = None) -> Iterator[Vote]:
    """The votes of an export in Label Studio's JSON; annotations that were cancelled or say nothing are none.

    Args:
        tasks: the export, read.
        users: e-mail address, or number of the user as text -> annotator; others are named as the export does.

    Raises:
        BadData: a task, by its place from 1, that is not one of ours.
    """
    users = users or {}
    for place, task in enumerate(tasks, 1):
        try:
            identity = str(task["data"]["id"])
            annotations = task.get("annotations") or []
            for one in annotations:
                vote = None if one.get("was_cancelled") else _vote(identity, one, users)
                if vote is not None:
                    yield vote
        except (KeyError, TypeError, AttributeError, IndexError) as error:
            what = f"not a task of an exported review ({type(error).__name__}: {one_line(str(error), 60)})"
            raise BadData(what, where=f"task {place}", do="export the project as JSON") from None


def _vote(identity: str, annotation: Json, users: Mapping[str, str]) -> Vote | None:
    values: dict[str, list[str]] = {}
    for region in annotation["result"]:
        value = region["value"]
        values[region["from_name"]] = [str(v) for v in value.get("choices") or value.get("text") or ()]
    said = values.get(VERDICT)
    if not said:
        return None
    if said[0] not in (APPROVE, REJECT):
        raise KeyError(f"verdict {said[0]!r}")
    who = annotation.get("completed_by")
    name = str(who["email"] if isinstance(who, Mapping) else who)
    reason = rejoined(values.get(CRITERION, ()), " ".join(values.get(REASON, ())))
    return Vote(id=identity, annotator=users.get(name, name), kept=said[0] == APPROVE, reason=reason)
