"""LogiQA 2: JSON lines (in a `.txt`) of `text`, `question`, `options`, and `answer` as a place counted from 0."""

from __future__ import annotations

from collections.abc import Mapping

from curation.formats.base import Raw, Rejected, Target
from curation.formats.building import fields_of, lettered_item, passage_group, text_of, texts_of
from curation.formats.reading import Records
from schemas.instance import LETTERS, Candidate, Instance


class LogiQa2(Records):
    about = "LogiQA 2's JSON lines of text, question, options and the answer's place"
    options: Mapping[str, str] = {}

    def convert(self, raw: Raw, target: Target) -> Instance | Candidate:
        row = fields_of(raw)
        passage, question = text_of(row, "text", required=False), text_of(row, "question")
        choices, place = texts_of(row, "options"), row.get("answer")
        if not isinstance(place, int) or isinstance(place, bool):
            raise Rejected("the gold answer is not a place among the options")
        if not 0 <= place < min(len(choices), len(LETTERS)):
            raise Rejected(f"the gold answer is option {place}, counted from 0, of {len(choices)}")
        whole = f"{passage}\n{question}" if passage else question
        return lettered_item(target, raw, whole, choices, LETTERS[place], group=passage_group(passage))


FORMAT = LogiQa2()
