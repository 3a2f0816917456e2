"""What a format's TOML file may say."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from curation.formats.mapped.fields import Template
from schemas.instance import AbilityName, FormName, Frozen

AnswerIs = Literal["letter", "index_from_0", "index_from_1", "option_text", "text"]
Path = Annotated[str, Field(min_length=1)]


class Lookup(Frozen):
    """A field whose value decides.

    Args:
        field: its path.
        map: value -> what it stands for; the value itself if empty.
        otherwise: for values that `map` does not have; such a row is rejected if missing.
    """

    field: Path
    map: dict[str, str] = {}
    otherwise: str | None = None


class MappingSpec(Frozen):
    """A format as settings. Fields are named by dotted path; in a template they stand in braces.

    Args:
        about: one line for people.
        rows: path of the key that holds the rows where a file is one JSON object.
        tabular: files without a tell-tale ending or first byte are CSV.
        columns: a table has to have them, or it is refused as a whole.
        where: field -> the values a row must have there; others are rejected.
        system: template of the system's message.
        question: template, or one field.
        choices: a list field, or one field an option; lettered options lose their letters.
        answer: template, or one field.
        answer_is: how `answer` names the gold answer: option letters, the place of the option counted from 0 or 1, the
            option's own text, or a text in the form's notation. Several are a list, or letters in a row.
        answer_map: value of `answer` -> what it stands for, before anything else is made of it.
        reply: template of the whole response; what the answer form writes for `answer` if missing.
        form: the answer form, or a field that tells it; guessed from options and answer if missing.
        ability: the ability, or a field that tells it; the command's `--ability` if missing.
        group: template: rows of one group never straddle a split.
        distractors: a list field, or one field a distractor.
        missing_answer: what becomes of rows without a gold answer: `pending` candidates, or `reject`.
    """

    about: str = ""
    rows: str = ""
    tabular: bool = False
    columns: tuple[Path, ...] = ()
    where: dict[str, str | tuple[str, ...]] = {}
    system: str = ""
    question: Path
    choices: Path | tuple[Path, ...] = ()
    answer: str = ""
    answer_is: AnswerIs | None = None
    answer_map: dict[str, str] = {}
    reply: str = ""
    form: FormName | Lookup | None = None
    ability: AbilityName | Lookup | None = None
    group: str = ""
    distractors: Path | tuple[Path, ...] = ()
    missing_answer: Literal["pending", "reject"] = "pending"

    @field_validator("question", "answer", "reply", "group")
    @classmethod
    def _is_template(cls, text: str) -> str:
        Template.parse(text)
        return text

    @field_validator("system")
    @classmethod
    def _is_text(cls, text: str) -> str:
        Template.parse(text, bare=False)
        return text

    @model_validator(mode="after")
    def _fits(self) -> MappingSpec:
        kind = self.answer_is
        if kind not in (None, "text") and not self.choices:
            raise ValueError(f'answer_is = "{kind}" needs choices to point into')
        if self.choices and kind == "text":
            raise ValueError(
                'choices need an answer that is a letter, an index or an option\'s text, not "text"'
            )
        if kind and not self.answer:
            raise ValueError("answer_is without an answer")
        if self.choices and self.answer and kind is None:
            raise ValueError(
                "say in answer_is how the answer names its option: letter, index_from_0, index_from_1, option_text"
            )
        if self.choices and self.reply:
            raise ValueError("a choice item's response is its letters; leave reply out")
        if self.choices and self.distractors:
            raise ValueError("a choice item's wrong options are its choices; leave distractors out")
        return self
