"""Multiple choice as CSV: `Question`, `A`, `B`, …, `Answer`, an optional `group`, and an unnamed index (CMMLU).

Rows whose only options are 对 and 错, or that have no options and answer 对 or 错, are true/false items.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from curation.formats.base import Raw, Rejected, Target
from curation.formats.building import (
    TRUE_FALSE,
    candidate,
    fields_of,
    form_option,
    group_of,
    item,
    lettered_item,
    letters_of,
    text_of,
)
from curation.formats.gold import letters_or_text
from curation.formats.reading import Records
from schemas.forms import form_of
from schemas.instance import LETTERS, Candidate, Instance


class McqCsv(Records):
    about = "CSV with the columns Question, A, B, ..., Answer and perhaps group"
    options: Mapping[str, str] = {
        "question": "name of the question's column, Question if missing",
        "answer": "name of the answer's column, Answer if missing",
        "empty": "`pending` keeps rows without an answer as candidates; they are rejected otherwise",
    }
    tabular = True

    def columns(self, options: Mapping[str, str]) -> Sequence[str]:
        question, answer = _names(options)
        return [question] if options.get("empty") == "pending" else [question, answer]

    def convert(self, raw: Raw, target: Target) -> Instance | Candidate:
        row = fields_of(raw)
        names, group = _names(target.options), group_of(row)
        waits = target.options.get("empty") == "pending"
        question, answer = text_of(row, names[0]), text_of(row, names[1], required=not waits)
        choices = [text_of(row, letter, required=False) for letter in LETTERS if letter in row]
        while choices and not choices[-1]:
            choices.pop()
        true_false = not choices or {c: TRUE_FALSE.get(c) for c in choices}.keys() == {"对", "错"}
        if not answer:
            form = form_option(target, "true_false" if true_false else "choice")
            shown = () if true_false else choices
            asked = form_of(form).render(question, shown)
            return candidate(target, raw, form, [("user", asked)], group, shown)
        if true_false:
            said = _claim(answer, choices)
            return item(target, raw, form_option(target, "true_false"), question, said, group=group)
        letters = letters_or_text(answer, choices)
        return lettered_item(target, raw, question, choices, letters, group=group)


def _names(options: Mapping[str, str]) -> tuple[str, str]:
    return options.get("question", "Question"), options.get("answer", "Answer")


def _claim(answer: str, choices: Sequence[str]) -> str:
    """对 or 错, said as such or by the letter of the option. Raises Rejected for anything else."""
    said = TRUE_FALSE.get(answer.upper()) if not choices else None
    if said is None and choices:
        place = LETTERS.find(letters_of(answer)) if answer not in choices else choices.index(answer)
        said = choices[place] if 0 <= place < len(choices) else None
    if said is None:
        raise Rejected(f"the gold answer {answer!r} is neither 对 nor 错")
    return said


FORMAT = McqCsv()
