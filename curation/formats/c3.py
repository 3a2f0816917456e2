"""C3: one JSON array of `[utterances, questions, id]`; `answer` is the right option's text, not a letter.

A row is a question, keyed DIALOGUE.QUESTION; the questions of a dialogue are one group. Line ends may be CRLF.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from curation.formats.base import Raw, Tally, Target
from curation.formats.building import fields_of, lettered_item, spread, text_of, texts_of
from curation.formats.gold import place_of
from curation.formats.reading import Spread
from schemas.instance import LETTERS, Candidate, Instance
from schemas.terminal import one_line


class C3(Spread):
    about = "C3's JSON array of [utterances, questions, id]; the answer is an option's text"
    options: Mapping[str, str] = {}

    def cut(self, raws: Iterator[Raw], tally: Tally) -> Iterator[Raw]:
        for raw in raws:
            found = _triple(raw.value)
            # A dialogue is as many rows as it has questions; one that has none is a row without.
            tally.rows += max(1, len(found[1])) if found else 1
            if raw.problem:
                yield raw
            elif not found:
                yield Raw(raw.key, problem="the row is not [utterances, questions, id]")
            elif not found[1]:
                yield Raw(raw.key, problem="the dialogue has no questions")
            else:
                for key, question in spread(raw.key, found[1]):
                    fields = question if isinstance(question, dict) else {}
                    yield Raw(key, {**fields, "utterances": found[0], "id": found[2]})

    def convert(self, raw: Raw, target: Target) -> Instance | Candidate:
        row = fields_of(raw)
        dialogue = "\n".join(u.replace("\r", "") for u in texts_of(row, "utterances"))
        question = text_of(row, "question")
        choices = texts_of(row, "choice")
        letter = LETTERS[place_of(text_of(row, "answer"), choices)]
        name = row["id"]
        group = f"{target.source}/{one_line(str(name), 60)}" if isinstance(name, str | int) else ""
        return lettered_item(target, raw, f"{dialogue}\n{question}", choices, letter, group=group)


def _triple(value: Any) -> tuple[Any, list[Any], Any] | None:
    """(utterances, questions, id) of a dialogue, as C3's own files have it or as rows of a table do.

    There it is `documents`, `questions`, `document_id`, and the questions may be a list a field.
    """
    if isinstance(value, list) and len(value) == 3 and isinstance(value[1], list):
        return value[0], value[1], value[2]
    if not isinstance(value, dict) or "documents" not in value:
        return None
    questions = value.get("questions")
    if isinstance(questions, dict) and questions and all(isinstance(v, list) for v in questions.values()):
        columns = list(questions.values())
        if any(len(column) != len(columns[0]) for column in columns):
            return None
        questions = [dict(zip(questions, row, strict=True)) for row in zip(*columns, strict=True)]
    return (value["documents"], questions, value.get("document_id")) if isinstance(questions, list) else None


FORMAT = C3()
