"""A reader made of a TOML file; it behaves like the formats that are code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from curation.formats.base import Raw, Rejected, Target
from curation.formats.building import (
    TRUE_FALSE,
    candidate,
    conversation,
    fields_of,
    form_option,
    lettered_item,
    letters_of,
    unlettered,
)
from curation.formats.gold import index_of, place_of
from curation.formats.mapped.fields import Template, list_at, text_at
from curation.formats.mapped.spec import Lookup, MappingSpec
from curation.formats.reading import Records
from schemas.errors import BadSpec
from schemas.forms import FORMS, form_of
from schemas.instance import LETTERS, UNLABELLED, Candidate, Instance
from schemas.toml import load_spec

_CHOICE = ("choice", "several_choice")


class Mapped(Records):
    """A format that a TOML file describes.

    Raises:
        MissingFile: there is no such file.
        BadSpec: it says something impossible; an unknown key names the nearest known one.
    """

    options: Mapping[str, str] = {}

    def __init__(self, path: Path) -> None:
        self.spec = spec = load_spec(path, MappingSpec)
        self.about = spec.about or f"as {path.name} says"
        self.at, self.tabular = spec.rows, spec.tabular
        wrong = _unknown_form(spec.form)
        if wrong:
            raise BadSpec(f"unknown form {wrong!r}", where=str(path), do=f"known: {', '.join(FORMS)}")
        self._question, self._reply = Template.parse(spec.question), Template.parse(spec.reply)
        self._answer, self._group = Template.parse(spec.answer), Template.parse(spec.group)
        self._system = Template.parse(spec.system, bare=False)

    def columns(self, options: Mapping[str, str]) -> Sequence[str]:
        return self.spec.columns

    def convert(self, raw: Raw, target: Target) -> Instance | Candidate:
        row, spec = fields_of(raw), self.spec
        for path, wanted in spec.where.items():
            found = text_at(row, path)
            if found not in ([wanted] if isinstance(wanted, str) else wanted):
                raise Rejected(f"{path} is {found!r}")
        target = self._labelled(row, target)
        question = self._question.fill(row)
        if not question:
            raise Rejected("the question is empty")
        group = self._group.fill(row) if spec.group else ""
        form = _looked_up(row, spec.form, "form") or ""
        if spec.choices:
            return self._choice_item(raw, row, target, question, group, form)
        return self._free_item(raw, row, target, question, group, form)

    def _choice_item(
        self, raw: Raw, row: Mapping[str, Any], target: Target, question: str, group: str, form: str
    ) -> Instance | Candidate:
        choices = unlettered(_texts(row, self.spec.choices, "choices"))
        while isinstance(self.spec.choices, tuple) and choices and not choices[-1]:
            choices.pop()
        if not choices:
            raise Rejected("there are no options")
        if form or "form" in target.options:
            form = form_option(target, form)
        letters = self._letters(row, choices)
        if not letters:
            return self._pending(
                raw,
                target,
                form or ("choice" if target.allows("choice") else "several_choice"),
                question,
                group,
                choices,
                row,
            )
        if form:
            target = replace(target, options={**target.options, "form": form})
        made = lettered_item(target, raw, question, choices, letters, group=group)
        system = self._system.fill(row)
        if not system:
            return made
        said = [("system", system), *((m.role, m.content) for m in made.messages)]
        return conversation(target, raw, made.form, said, made.answer, choices=choices, group=group)

    def _free_item(
        self, raw: Raw, row: Mapping[str, Any], target: Target, question: str, group: str, form: str
    ) -> Instance | Candidate:
        spec = self.spec
        form = form_option(target, form or target.free_form)
        if form in _CHOICE:
            raise Rejected(f"a row without options cannot take the form {form}")
        answer = self._answer.fill(row) if spec.answer else ""
        answer = spec.answer_map.get(answer, answer)
        reply = self._reply.fill(row) if spec.reply else ""
        free = form in ("open", "code")
        if free and not reply:
            reply = answer
        if not (reply if free or not spec.answer else answer):
            return self._pending(raw, target, form, question, group, (), row)
        if free:
            answer = ""
        elif form == "true_false":
            answer = TRUE_FALSE.get(answer.upper(), answer)
        if not free and not answer:
            answer = form_of(form).parse(reply) or ""
        said = [
            *self._before(row),
            ("user", form_of(form).render(question)),
            ("assistant", reply or form_of(form).reply(answer)),
        ]
        distractors = (
            [t for t in _texts(row, spec.distractors, "distractors") if t] if spec.distractors else []
        )
        return conversation(target, raw, form, said, answer, distractors=distractors, group=group)

    def _letters(self, row: Mapping[str, Any], choices: Sequence[str]) -> str:
        """Gold letters in order; empty if there is no gold answer. Raises Rejected for one that is no option."""
        spec = self.spec
        if not spec.answer:
            return ""
        bare = "{" not in spec.answer
        values = list_at(row, spec.answer) if bare else [self._answer.fill(row)]
        said = [
            spec.answer_map.get(text, text)
            for text in (_as_text(value, "the gold answer") for value in values)
            if text
        ]
        if not said:
            return ""
        if spec.answer_is == "letter":
            return letters_of("".join(said))
        if spec.answer_is == "option_text":
            places = [place_of(text, choices) for text in said]
        else:
            places = [index_of(text, int(spec.answer_is == "index_from_1"), len(choices)) for text in said]
        return letters_of("".join(LETTERS[place] for place in places))

    def _labelled(self, row: Mapping[str, Any], target: Target) -> Target:
        """The target with the row's own ability. Raises Rejected for one that is unknown, or not the caller's."""
        named = _looked_up(row, self.spec.ability, "ability")
        if not named or named in (target.ability, UNLABELLED):
            return target
        if target.ability != UNLABELLED:
            raise Rejected(f"the row is of {named}, but the file was read as {target.ability}")
        if target.abilities and named not in target.abilities:
            raise Rejected(f"unknown ability {named!r}")
        return replace(target, ability=named)

    def _before(self, row: Mapping[str, Any]) -> list[tuple[str, str]]:
        system = self._system.fill(row)
        return [("system", system)] if system else []

    def _pending(
        self,
        raw: Raw,
        target: Target,
        form: str,
        question: str,
        group: str,
        choices: Sequence[str],
        row: Mapping[str, Any],
    ) -> Candidate:
        if self.spec.missing_answer == "reject":
            raise Rejected("there is no gold answer")
        said = [*self._before(row), ("user", form_of(form).render(question, choices))]
        return candidate(target, raw, form, said, group, choices)


def _looked_up(row: Mapping[str, Any], said: str | Lookup | None, what: str) -> str | None:
    if not isinstance(said, Lookup):
        return said
    value = text_at(row, said.field)
    found = said.map.get(value, said.otherwise) if said.map else value or said.otherwise
    if found is None:
        raise Rejected(f"{said.field} is {value!r}, which names no {what}")
    return found


def _unknown_form(said: str | Lookup | None) -> str:
    """A form that a lookup may give and that does not exist; empty if there is none."""
    if not isinstance(said, Lookup):
        return ""
    given = [*said.map.values(), *([said.otherwise] if said.otherwise is not None else [])]
    return next((value for value in given if value not in FORMS), "")


def _as_text(value: Any, what: str) -> str:
    return text_at({what: value}, what)


def _texts(row: Mapping[str, Any], named: str | tuple[str, ...], what: str) -> list[str]:
    if isinstance(named, tuple):
        return [text_at(row, path) for path in named]
    found = list_at(row, named)
    if not all(isinstance(v, str | int | float) for v in found):
        raise Rejected(f"{what}: {named} is not a list of texts")
    return [_as_text(v, what) for v in found]
