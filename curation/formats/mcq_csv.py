"""Multiple choice as CSV: `Question`, `A`, `B`, …, `Answer`, an optional `group`, and an unnamed index (CMMLU).

Rows whose only options are 对 and 错, or that have no options and answer 对 or 错, are true/false items.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from curation.formats.base import Raw, Rejected, Target
from curation.formats.building import (
    TRUE_FALSE,
    fields_of,
    form_option,
    group_of,
    item,
    lettered_item,
    letters_of,
    text_of,
)
from curation.formats.reading import Records
from schemas.instance import LETTERS, Candidate, Instance


class McqCsv(Records):
    about = "CSV with the columns Question, A, B, ..., Answer and perhaps group"
    options: Mapping[str, str] = {
        "question": "name of the question's column, Question if missing",
        "answer": "name of the answer's column, Answer if missing",
    }
    tabular = True

    def columns(self, options: Mapping[str, str]) -> Sequence[str]:
        return [options.get("question", "Question"), options.get("answer", "Answer")]

    def convert(self, raw: Raw, target: Target) -> Instance | Candidate:
        row = fields_of(raw)
        names = self.columns(target.options)
        question, answer, group = text_of(row, names[0]), text_of(row, names[1]), group_of(row)
        choices = [text_of(row, letter, required=False) for letter in LETTERS if letter in row]
        while choices and not choices[-1]:
            choices.pop()
        if {c: TRUE_FALSE.get(c) for c in choices}.keys() == {"对", "错"} or not choices:
            said = TRUE_FALSE.get(answer.upper()) if not choices else None
            if said is None and choices:
                place = LETTERS.find(letters_of(answer)) if answer not in choices else choices.index(answer)
                said = choices[place] if 0 <= place < len(choices) else None
            if said is None:
                raise Rejected(f"the gold answer {answer!r} is neither 对 nor 错")
            return item(target, raw, form_option(target, "true_false"), question, said, group=group)
        return lettered_item(target, raw, question, choices, letters_of(answer), group=group)


FORMAT = McqCsv()
