"""The instance: one instruction, its gold answer, and where it came from."""

from __future__ import annotations

import hashlib
from typing import Annotated, Any, Literal, TypeVar

import orjson
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from schemas.forms import FORMS
from schemas.forms.base import LETTERS as LETTERS

Role = Literal["system", "user", "assistant"]
Origin = Literal["human", "synthetic"]
FormName = Literal["choice", "several_choice", "true_false", "cloze", "worked_answer", "open", "code"]
UNLABELLED = "unlabelled"

AbilityName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]


def _without_nul(text: str) -> str:
    if "\0" in text:
        raise ValueError(f"text holds a NUL character at position {text.index(chr(0))}")
    return text


# A constraint, even one that nothing breaks, makes pydantic look at the text as UTF-8: unpaired surrogates are refused.
Short = Annotated[str, Field(min_length=0)]
Text = Annotated[Short, AfterValidator(_without_nul)]


class Frozen(BaseModel):
    """Base of every type of the project: frozen, and an unknown field is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class TextRow(Frozen):
    """Base of the rows that files of millions are made of: nothing but texts in them, so that a line is quick to write.

    Unpaired surrogates and NULs are refused; NULs in `choices`, `answer` and `source` by the row, once for all of them.
    """

    def row(self) -> dict[str, Any]:
        """The fields that do not hold their default, as JSON has them."""
        return self.model_dump(mode="json", exclude_defaults=True)

    def line(self) -> bytes:
        """The canonical JSON of `row()`, the same bytes as `schemas.canonical.canonical_json` writes."""
        return orjson.dumps(self.row(), option=orjson.OPT_SORT_KEYS)


class Message(Frozen):
    role: Role
    content: Text


class Distractor(Frozen):
    """A wrong response to an open item: `fine` alters a detail, `coarse` is fluent but ignores the instruction."""

    text: Text
    kind: Literal["fine", "coarse"] | None = None


class Source(Frozen):
    """Where a row came from. It travels with the instance but is no part of its id.

    Args:
        name: the source's name, e.g. the file's stem.
        row: the row's key in that source.
        licence: as the source states it; empty if it states none.
        group: rows of one group (a shared passage, a wording) never straddle a split.
    """

    name: Short
    row: Short
    licence: Short = ""
    group: Short = ""


class Candidate(TextRow):
    """An instance still without a gold answer: the last message is the user's."""

    id: str = ""
    ability: AbilityName
    form: FormName
    messages: tuple[Message, ...]
    choices: tuple[Short, ...] = ()
    source: Source

    @model_validator(mode="after")
    def _valid(self) -> Candidate:
        if not self.messages or self.messages[-1].role != "user":
            raise ValueError("a candidate ends with the user's message")
        return _with_id(self, [self.ability, self.form, _dump(self.messages), self.choices])

    def row(self) -> dict[str, Any]:
        return _row(self)

    @property
    def prompt(self) -> tuple[Message, ...]:
        return self.messages


class Instance(TextRow):
    """One validated instance.

    Args:
        id: sha256 of the canonical (ability, form, messages, choices, answer, distractors); never of where it came
            from. Filled in when left empty, checked when given.
        ability: an ability's field name, or `unlabelled`.
        form: the answer form, see `schemas.forms`.
        messages: the conversation; the last message is the gold answer.
        choices: option texts without letters, for the choice forms.
        answer: the gold answer in the form's own notation (`B`, `ACD`, `对`, a number); empty for open items.
        distractors: wrong responses, for items scored by comparison.
        origin: `human` or `synthetic`.
        source: name, row key, licence, group.
        parents: ids of the instances this one was made from.
    """

    id: str = ""
    ability: AbilityName
    form: FormName
    messages: tuple[Message, ...]
    choices: tuple[Short, ...] = ()
    answer: Short = ""
    distractors: tuple[Distractor, ...] = ()
    origin: Origin = "human"
    source: Source
    parents: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _valid(self) -> Instance:
        messages = self.messages
        if len(messages) < 2 or messages[-1].role != "assistant":
            raise ValueError(
                "the last message must be the assistant's gold answer, after at least one user message"
            )
        if messages[0].role != "user" and not any(m.role == "user" for m in messages):
            raise ValueError("there is no user message")
        response = messages[-1].content
        if not response or response.isspace():
            raise ValueError("the gold answer is empty")
        FORMS[self.form].validate(self)
        distractors = [{"kind": d.kind, "text": d.text} for d in self.distractors]
        content = [self.ability, self.form, _dump(messages), self.choices, self.answer, distractors]
        return _with_id(self, content)

    def row(self) -> dict[str, Any]:
        row = _row(self)
        if self.answer:
            row["answer"] = self.answer
        if self.distractors:
            row["distractors"] = [
                {"text": d.text} if d.kind is None else {"text": d.text, "kind": d.kind}
                for d in self.distractors
            ]
        if self.origin != "human":
            row["origin"] = self.origin
        if self.parents:
            row["parents"] = self.parents
        return row

    @property
    def prompt(self) -> tuple[Message, ...]:
        """Every message but the gold answer."""
        return self.messages[:-1]

    @property
    def response(self) -> str:
        """The gold answer's text."""
        return self.messages[-1].content

    @property
    def instruction(self) -> str:
        """The last user message."""
        return next(m.content for m in reversed(self.messages) if m.role == "user")


class Decision(TextRow):
    """Why a row or an instance was kept or not. Appended, never changed."""

    subject: str
    stage: str
    rule: str
    kept: bool
    reason: str = ""
    evidence: str = ""


def _dump(messages: tuple[Message, ...]) -> list[list[str]]:
    return [[m.role, m.content] for m in messages]


def _row(row: Candidate | Instance) -> dict[str, Any]:
    """What candidates and instances have in common."""
    found: dict[str, Any] = {
        "id": row.id,
        "ability": row.ability,
        "form": row.form,
        "messages": [{"role": m.role, "content": m.content} for m in row.messages],
        "source": _source_row(row.source),
    }
    if row.choices:
        found["choices"] = row.choices
    return found


def _source_row(source: Source) -> dict[str, str]:
    row = {"name": source.name, "row": source.row}
    if source.licence:
        row["licence"] = source.licence
    if source.group:
        row["group"] = source.group
    return row


Identified = TypeVar("Identified", Candidate, Instance)


def _with_id(row: Identified, content: object) -> Identified:
    source = row.source
    _without_nul(source.name + source.row + source.licence + source.group)
    # The same bytes as canonical_json(content), in a tenth of the time.
    data = orjson.dumps(content)
    if rb"\u0000" in data:
        for text in (*row.choices, getattr(row, "answer", "")):
            _without_nul(text)
    computed = hashlib.sha256(data).hexdigest()
    if row.id != computed:
        if row.id:
            raise ValueError(f"id {row.id[:12]}… does not match the content, whose id is {computed[:12]}…")
        object.__setattr__(row, "id", computed)  # frozen
    return row
