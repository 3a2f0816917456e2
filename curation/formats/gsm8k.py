"""GSM8K: `question` and `answer`, whose steps carry calculator marks `<<48/2=24>>` and whose last line is `#### N`.

The marks are removed and the reply ends in `#N`, which `schemas.forms.worked_answer` reads as the final answer.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from curation.formats.base import Raw, Rejected, Target
from curation.formats.building import fields_of, form_option, group_of, item, text_of
from curation.formats.reading import Records
from schemas.instance import Candidate, Instance

_MARK = re.compile(r"<<[^<>\n]*>>")


class Gsm8k(Records):
    about = "GSM8K's JSON lines of question and answer, which ends in #### N"
    options: Mapping[str, str] = {}

    def convert(self, raw: Raw, target: Target) -> Instance | Candidate:
        row = fields_of(raw)
        question = text_of(row, "question")
        steps, mark, final = text_of(row, "answer").rpartition("####")
        answer = final.strip().replace(",", "")
        if not mark or not answer:
            raise Rejected("the answer does not end in #### and a number")
        if "\n" in answer:
            raise Rejected("something follows the line of the final answer")
        worked = [line.strip() for line in _MARK.sub("", steps).split("\n")]
        reply = "\n".join([*filter(None, worked), f"#{answer}"])
        form = form_option(target, "worked_answer")
        return item(target, raw, form, question, answer, reply=reply, group=group_of(row))


FORMAT = Gsm8k()
