"""CMoralEval: JSON lines in files without an ending; `choices` carry their letters, `correct_answer` is one or several.

Some of its files ask about the same scenario in other words (what one should do, what one should not). Rows with the
same options are therefore one group. A question that asks 哪些 has any number of right options; any other has one
unless it names several.
"""

from __future__ import annotations

from collections.abc import Mapping

from curation.formats.base import Raw, Rejected, Target
from curation.formats.building import (
    fields_of,
    group_of,
    lettered_item,
    letters_of,
    passage_group,
    text_of,
    texts_of,
    unlettered,
)
from curation.formats.reading import Records
from schemas.instance import Candidate, Instance


class CMoralEval(Records):
    about = "CMoralEval's JSON lines of question, lettered choices and correct_answer"
    options: Mapping[str, str] = {}

    def convert(self, raw: Raw, target: Target) -> Instance | Candidate:
        row = fields_of(raw)
        choices = unlettered(texts_of(row, "choices"))
        value = row.get("correct_answer")
        letters = letters_of(
            "".join(map(str, value)) if isinstance(value, list) else text_of(row, "correct_answer")
        )
        wrong = row.get("wrong_answer")
        if isinstance(wrong, str) and set(wrong) & set(letters):
            raise Rejected("an option is both correct and wrong")
        group = group_of(row) or passage_group("\n".join(sorted(choices)))
        question = text_of(row, "question")
        # One letter alone would otherwise make it a choice item, and its form give away that one is right.
        several = "哪些" in question and target.allows("several_choice")
        return lettered_item(target, raw, question, choices, letters, group=group, several=several)


FORMAT = CMoralEval()
