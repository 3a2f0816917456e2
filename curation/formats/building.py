"""Rows into instances: what all readers share, so that a quirk is named in the same words everywhere."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

from pydantic import ValidationError

from curation.canonical import canonical_text
from curation.formats.base import Raw, Rejected, Target
from schemas.errors import BadSpec
from schemas.forms import FORMS, form_of
from schemas.instance import LETTERS, Candidate, Instance
from schemas.jsonl import first_reason

Row = TypeVar("Row", Instance, Candidate)

TRUE_FALSE = {
    "对": "对",
    "错": "错",
    "正确": "对",
    "错误": "错",
    "對": "对",
    "錯": "错",
    "正確": "对",
    "錯誤": "错",
    "√": "对",
    "×": "错",
    "T": "对",
    "F": "错",
}


def fields_of(raw: Raw) -> Mapping[str, Any]:
    """The row as an object. Raises Rejected if it is something else."""
    if not isinstance(raw.value, dict):
        raise Rejected(f"the row is not an object but {_kind(raw.value)}")
    return raw.value


def text_of(fields: Mapping[str, Any], name: str, *, required: bool = True) -> str:
    """A text field without white space around it; empty if missing or null and not required."""
    value = fields.get(name)
    if value is None:
        value = ""
    if not isinstance(value, str):
        raise Rejected(f"{name} is not a text but {_kind(value)}")
    if required and not value.strip():
        raise Rejected(f"{name} is empty" if name in fields else f"there is no {name}")
    return value.strip()


def group_of(fields: Mapping[str, Any]) -> str:
    """The field `group` of rows that carry one."""
    value = fields.get("group")
    return str(value) if isinstance(value, str | int) else ""


def texts_of(fields: Mapping[str, Any], name: str) -> list[str]:
    """A list of texts, each without white space around it. Raises Rejected for anything else, and if empty."""
    value = fields.get(name)
    if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
        raise Rejected(f"{name} is not a list of texts")
    if not value:
        raise Rejected(f"{name} is empty")
    return [v.strip() for v in value]


def passage_group(passage: str) -> str:
    """A group for all rows over the same passage, wherever they come from; empty for no passage."""
    flat = canonical_text(passage)
    digest = hashlib.sha256(flat.encode("utf-8", "surrogatepass")).hexdigest()
    return f"text:{digest[:16]}" if flat else ""


def letters_of(value: str) -> str:
    """Gold letters in order: `ca`, `A、C` and `(A)(C)` become `AC`. Raises Rejected if there are none."""
    flat = unicodedata.normalize("NFKC", value).upper()
    found = re.sub(r"[\s,.、。;()及和]+", "", flat)
    if not found:
        raise Rejected("there is no gold answer")
    if not set(found) <= set(LETTERS):
        raise Rejected(f"the gold answer {value!r} is not made of option letters")
    if len(set(found)) < len(found):
        raise Rejected(f"the gold answer {value!r} names a letter twice")
    return "".join(sorted(found))


def unlettered(choices: Sequence[str]) -> list[str]:
    """Options without their own letter in front: `(A)x`, `A.x`, `A．x`, `A、x`, `A: x`, `A x`.

    Anything but the letter in brackets is only taken off when every option has one, or `C.elegans` would lose its C.
    """
    found = [
        re.match(rf"\s*(?:([(（]{letter}[)）])|{letter}(?:[.．、:：]|(?=\s)))\s*", choice)
        for letter, choice in zip(LETTERS, choices, strict=False)
    ]
    everywhere = len(found) == len(choices) and all(found)
    return [
        choice[mark.end() :].strip() if mark and (everywhere or mark.group(1)) else choice.strip()
        for choice, mark in zip(choices, [*found, *[None] * (len(choices) - len(found))], strict=True)
    ]


def lettered_item(
    target: Target,
    raw: Raw,
    question: str,
    choices: Sequence[str],
    letters: str,
    *,
    group: str = "",
    several: bool = False,
) -> Instance:
    """A `choice` or `several_choice` instance.

    A single letter makes it a choice item unless `several` options could have been right, the ability has no choice
    items, or the option `form` says otherwise.
    """
    for i, choice in enumerate(choices):
        if not choice:
            raise Rejected(f"option {LETTERS[i % 10]} is empty")
    flat = [canonical_text(c) for c in choices]
    twice = next((i for i, c in enumerate(flat) if c in flat[:i]), None)
    if twice is not None:
        first = flat.index(flat[twice])
        raise Rejected(f"options {LETTERS[first % 10]} and {LETTERS[twice % 10]} read the same")
    single = len(letters) == 1 and not several and target.allows("choice")
    form = form_option(target, "choice" if single else "several_choice")
    if form not in ("choice", "several_choice"):
        raise Rejected(f"a row with options cannot take the form {form}")
    return item(target, raw, form, question, letters, choices=choices, group=group)


def item(
    target: Target,
    raw: Raw,
    form: str,
    question: str,
    answer: str,
    *,
    reply: str = "",
    choices: Sequence[str] = (),
    distractors: Sequence[str] = (),
    group: str = "",
) -> Instance:
    """One single-turn instance whose texts the form renders. Raises Rejected with the type's own reason."""
    if not question.strip():
        raise Rejected("the question is empty")
    prompt = form_of(form).render(question, choices)
    messages = (
        ("user", prompt),
        ("assistant", reply or form_of(form).reply(answer)),
    )
    return conversation(
        target, raw, form, messages, answer, choices=choices, distractors=distractors, group=group
    )


def conversation(
    target: Target,
    raw: Raw,
    form: str,
    messages: Sequence[tuple[str, str]],
    answer: str = "",
    *,
    choices: Sequence[str] = (),
    distractors: Sequence[str] = (),
    group: str = "",
) -> Instance:
    """An instance from whole messages. Raises Rejected with the type's own reason."""
    values: dict[str, Any] = {
        "ability": target.ability,
        "form": form,
        "messages": [{"role": role, "content": content} for role, content in messages],
        "answer": answer,
        "origin": target.origin,
        "source": _source(target, raw, group),
    }
    if choices:
        values["choices"] = choices
    if distractors:
        values["distractors"] = [{"text": text} for text in distractors]
    # One call of pydantic for the whole row, nested types included, is a third of one call a type.
    return _validated(Instance, values)


def candidate(
    target: Target,
    raw: Raw,
    form: str,
    messages: Sequence[tuple[str, str]],
    group: str = "",
    choices: Sequence[str] = (),
) -> Candidate:
    """A row without a gold answer, which waits for one. Raises Rejected with the type's own reason."""
    values = {
        "ability": target.ability,
        "form": form,
        "messages": [{"role": role, "content": content} for role, content in messages],
        "choices": choices,
        "source": _source(target, raw, group),
    }
    return _validated(Candidate, values)


def _validated(model: type[Row], values: dict[str, Any]) -> Row:
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise Rejected(first_reason(error)) from None


def answer_in(form: str, reply: str) -> str:
    """The answer that a gold response gives, in the form's notation; empty for free forms, and where it gives none."""
    return "" if form in ("open", "code") else form_of(form).parse(reply) or ""


def form_option(target: Target, otherwise: str) -> str:
    """The option `form`, or what the reader found. Raises BadSpec for a form that does not exist."""
    form = target.options.get("form", otherwise)
    if form not in FORMS:
        raise BadSpec(f"unknown form {form!r}", where="option form", do=f"known: {', '.join(FORMS)}")
    return form


def spread(prefix: str, rows: Sequence[Any]) -> Iterator[tuple[str, Any]]:
    """Keys `PREFIX.1`, `PREFIX.2`, … for the rows that one raw element holds."""
    for number, row in enumerate(rows, 1):
        yield f"{prefix}.{number}", row


def _source(target: Target, raw: Raw, group: str) -> dict[str, str]:
    return {"name": target.source, "row": raw.key, "licence": target.licence, "group": group}


def _kind(value: object) -> str:
    names = {dict: "an object", list: "a list", str: "a text", bool: "a truth value", type(None): "nothing"}
    return names.get(type(value), "a number")
