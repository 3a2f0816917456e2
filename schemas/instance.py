"""The instance: one instruction, its gold answer, and where it came from."""

from __future__ import annotations

import re
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from schemas.canonical import sha256_of

Role = Literal["system", "user", "assistant"]
Origin = Literal["human", "synthetic"]
FormName = Literal["choice", "several_choice", "true_false", "cloze", "worked_answer", "open", "code"]
UNLABELLED = "unlabelled"
LETTERS = "ABCDEFGHIJ"

_UNENCODABLE = re.compile("[\ud800-\udfff\x00]")


def _clean(text: str) -> str:
    found = _UNENCODABLE.search(text)
    if found:
        kind = "a NUL character" if found.group() == "\0" else "an unpaired surrogate"
        raise ValueError(f"text holds {kind} at position {found.start()}")
    return text


Text = Annotated[str, AfterValidator(_clean)]
AbilityName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]


class Frozen(BaseModel):
    """Base of every type of the project: frozen, and an unknown field is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


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

    name: Text
    row: Text
    licence: Text = ""
    group: Text = ""


class Candidate(Frozen):
    """An instance still without a gold answer: the last message is the user's."""

    id: str = ""
    ability: AbilityName
    form: FormName
    messages: tuple[Message, ...]
    choices: tuple[Text, ...] = ()
    source: Source

    @model_validator(mode="after")
    def _valid(self) -> Candidate:
        if not self.messages or self.messages[-1].role != "user":
            raise ValueError("a candidate ends with the user's message")
        return _with_id(self, [self.ability, self.form, _dump(self.messages), self.choices])

    @property
    def prompt(self) -> tuple[Message, ...]:
        return self.messages


class Instance(Frozen):
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
    choices: tuple[Text, ...] = ()
    answer: Text = ""
    distractors: tuple[Distractor, ...] = ()
    origin: Origin = "human"
    source: Source
    parents: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _valid(self) -> Instance:
        from schemas.forms import form_of  # the forms import this module

        if len(self.messages) < 2 or self.messages[-1].role != "assistant":
            raise ValueError(
                "the last message must be the assistant's gold answer, after at least one user message"
            )
        if not any(m.role == "user" for m in self.messages):
            raise ValueError("there is no user message")
        if not self.response.strip():
            raise ValueError("the gold answer is empty")
        form_of(self.form).validate(self)
        distractors = [d.model_dump(mode="json") for d in self.distractors]
        content = [self.ability, self.form, _dump(self.messages), self.choices, self.answer, distractors]
        return _with_id(self, content)

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


class Decision(Frozen):
    """Why a row or an instance was kept or not. Appended, never changed."""

    subject: str
    stage: str
    rule: str
    kept: bool
    reason: str = ""
    evidence: str = ""


def _dump(messages: tuple[Message, ...]) -> list[list[str]]:
    return [[m.role, m.content] for m in messages]


Identified = TypeVar("Identified", Candidate, Instance)


def _with_id(row: Identified, content: object) -> Identified:
    computed = sha256_of(content)
    if row.id and row.id != computed:
        raise ValueError(f"id {row.id[:12]}… does not match the content, whose id is {computed[:12]}…")
    object.__setattr__(row, "id", computed)
    return row
