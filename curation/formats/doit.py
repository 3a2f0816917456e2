"""The paper's own layout: JSON lines of `messages`, `type`, and in evaluation files `question_format`, `choices`, `answer`.

The layout does not say which answer form a row has: `question_format` 1 is an open item whose `choices` are the gold
response and its distractors, 0 is exact match, and the form follows from the ability and from what is written there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from curation.formats.base import Raw, Rejected, Target
from curation.formats.building import (
    candidate,
    conversation,
    fields_of,
    form_option,
    group_of,
    letters_of,
    text_of,
    texts_of,
)
from curation.formats.messages import conversation_of
from curation.formats.reading import Records
from schemas.forms import form_of
from schemas.forms.base import lettered
from schemas.instance import LETTERS, UNLABELLED, Candidate, Instance


class Doit(Records):
    about = "DoIT's layout: messages, type, question_format, choices, answer"
    options: Mapping[str, str] = {}

    def convert(self, raw: Raw, target: Target) -> Instance | Candidate:
        row = fields_of(raw)
        target = _labelled(row, target)
        messages, group = conversation_of(row), group_of(row)
        if messages[-1][0] == "user":
            return candidate(target, raw, form_option(target, target.free_form), messages, group)
        response = messages[-1][1].strip()
        if row.get("question_format") == 1:
            gold, *distractors = texts_of(row, "choices")
            if gold != response:
                raise Rejected("the first of choices is not the gold response")
            form = form_option(target, target.free_form)
            return conversation(target, raw, form, messages, distractors=distractors, group=group)
        choices = _options_in(messages[-2][1])
        answer = text_of(row, "answer", required=False) if "answer" in row else ""
        form = form_option(target, _form(target, answer or response, choices))
        if form in ("choice", "several_choice"):
            answer = letters_of(answer or form_of(form).parse(response, choices) or "")
        elif form == "worked_answer" and not answer:
            answer = form_of(form).parse(response) or ""
        elif form in ("cloze", "true_false"):
            answer = answer or response
        elif form in ("open", "code"):
            answer = ""
        used = choices if form in ("choice", "several_choice") else ()
        return conversation(target, raw, form, messages, answer, choices=used, group=group)


def to_doit(instance: Instance) -> dict[str, Any]:
    """One instance as a row of the layout. Ids, origin and source are no part of it and get lost.

    Where the response says more than the answer, the answer is written beside it.
    """
    row: dict[str, Any] = {
        "messages": [m.model_dump() for m in instance.messages],
        "type": instance.ability,
    }
    if instance.distractors:
        row["question_format"] = 1
        row["choices"] = [instance.response, *(d.text for d in instance.distractors)]
    elif instance.answer:
        row["question_format"] = 0
        if instance.form == "worked_answer" or instance.answer != instance.response:
            row["answer"] = instance.answer
    if instance.source.group:
        row["group"] = instance.source.group
    return row


def _labelled(row: Mapping[str, Any], target: Target) -> Target:
    """The row's own `type` names its ability, unless the caller did; they must not contradict each other."""
    named = text_of(row, "type", required=False)
    if not named or named == target.ability:
        return target
    if target.ability != UNLABELLED:
        raise Rejected(f"type says {named!r}, but the file was read as {target.ability}")
    if target.abilities and named not in target.abilities:
        raise Rejected(f"unknown ability {named!r} in type")
    return replace(target, ability=named)


def _form(target: Target, answer: str, choices: list[str]) -> str:
    if choices:
        parsed = form_of("several_choice").parse(answer, choices) or ""
        return "choice" if len(parsed) == 1 and target.allows("choice") else "several_choice"
    if target.ability == UNLABELLED or target.allows("open"):
        return "open"
    if target.allows("true_false") and answer in ("对", "错"):
        return "true_false"
    return next((f for f in ("worked_answer", "cloze", "code") if target.allows(f)), "open")


def _options_in(prompt: str) -> list[str]:
    """Option texts of the `A.text` lines that end a rendered prompt; empty if it ends otherwise."""
    lines = prompt.split("\n")
    for count in range(min(len(LETTERS), len(lines) - 1), 1, -1):
        tail = lines[-count:]
        texts = [line[2:] for line in tail]
        if tail == lettered(texts):
            return texts
    return []


FORMAT = Doit()
