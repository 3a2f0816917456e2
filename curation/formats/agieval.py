"""AGIEval: JSON lines of `passage`, `question`, `options`, `label`, `answer`, `other`.

`label` is a letter or a list of letters. Rows without options (mathcloze, math) have their answer in `answer`, and
the English ones a solution in `other`.
"""

from __future__ import annotations

from collections.abc import Mapping

from curation.formats.base import Raw, Target
from curation.formats.building import (
    fields_of,
    form_option,
    item,
    lettered_item,
    passage_group,
    text_of,
    texts_of,
    unlettered,
)
from curation.formats.gold import letters_or_text
from curation.formats.reading import Records
from schemas.forms import form_of
from schemas.instance import Candidate, Instance


class AgiEval(Records):
    about = "AGIEval's JSON lines of passage, question, options, label, answer"
    options: Mapping[str, str] = {}

    def convert(self, raw: Raw, target: Target) -> Instance | Candidate:
        row = fields_of(raw)
        passage, question = text_of(row, "passage", required=False), text_of(row, "question")
        whole, group = (f"{passage}\n{question}" if passage else question), passage_group(passage)
        if row.get("options"):
            label = row.get("label")
            gold = "".join(map(str, label)) if isinstance(label, list) else text_of(row, "label")
            choices = unlettered(texts_of(row, "options"))
            return lettered_item(target, raw, whole, choices, letters_or_text(gold, choices), group=group)
        answer = text_of(row, "answer")
        other = row.get("other")
        solution = text_of(other, "solution", required=False) if isinstance(other, dict) else ""
        form = form_option(target, "worked_answer" if target.allows("worked_answer") else "cloze")
        if form == "worked_answer":
            return item(target, raw, form, whole, answer, reply=solution or _reply(answer), group=group)
        return item(target, raw, form, whole, answer, group=group)


def _reply(answer: str) -> str:
    """A response that gives nothing but the answer; in a box where the plain words would be cut short, as at a `;`."""
    worked = form_of("worked_answer")
    plain = worked.reply(answer)
    return plain if worked.compare(worked.parse(plain), answer) else f"\\boxed{{{answer}}}"


FORMAT = AgiEval()
