"""BELLE's evaluation set: JSON lines of `question`, `std_answer`, `class`; without an answer a row is a candidate."""

from __future__ import annotations

from collections.abc import Mapping

from curation.formats.base import Raw, Rejected, Target
from curation.formats.building import answer_in, candidate, fields_of, form_option, item, text_of
from curation.formats.reading import Records
from schemas.instance import Candidate, Instance


class Belle(Records):
    about = "BELLE's JSON lines of question, std_answer, class; unanswered rows stay pending"
    options: Mapping[str, str] = {"class": "take only rows of this class, e.g. code"}

    def convert(self, raw: Raw, target: Target) -> Instance | Candidate:
        row = fields_of(raw)
        question, reply = text_of(row, "question"), text_of(row, "std_answer", required=False)
        kind = " ".join(
            text_of(row, "class", required=False).split()
        )  # one class is written with a no-break space
        wanted = target.options.get("class", kind)
        if kind != wanted:
            raise Rejected(f"the class is {kind!r}, not {wanted!r}")
        form = form_option(target, target.free_form)
        if not reply:
            return candidate(target, raw, form, [("user", question)])
        answer = answer_in(form, reply)
        return item(target, raw, form, question, answer, reply=reply)


FORMAT = Belle()
