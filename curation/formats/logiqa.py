"""LogiQA 1: plain-text blocks of seven lines between blank ones: the right letter, the context, the question, options A-D.

The context's number in the exam is taken off. Rows over the same context are one group, also with LogiQA 2.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from curation.formats.base import Raw, Tally, Target
from curation.formats.blocks import blocks
from curation.formats.building import (
    fields_of,
    lettered_item,
    letters_of,
    passage_group,
    text_of,
    texts_of,
    unlettered,
)
from curation.formats.reading import texts
from schemas.instance import Candidate, Instance

_NUMBER = re.compile(r"^\s*\d{1,4}\s*[.．、](?!\d)\s*")
_LINES = 7


class LogiQa:
    about = "LogiQA 1's plain text: letter, context, question and four options, a blank line between"
    options: Mapping[str, str] = {}

    def read(self, path: Path, options: Mapping[str, str], tally: Tally) -> Iterator[Raw]:
        for part, lines in texts(path, options):
            for key, block in blocks(part, lines, tally):
                problem = next((line.problem for line in block if line.problem), "")
                if not problem and len(block) != _LINES:
                    problem = f"the block has {len(block)} lines, not {_LINES}"
                if problem:
                    yield Raw(key, problem=problem)
                    continue
                letter, context, question, *choices = (line.text for line in block)
                yield Raw(
                    key, {"letter": letter, "context": context, "question": question, "choices": choices}
                )

    def convert(self, raw: Raw, target: Target) -> Instance | Candidate:
        row = fields_of(raw)
        context, question = _NUMBER.sub("", text_of(row, "context")), text_of(row, "question")
        choices, letters = unlettered(texts_of(row, "choices")), letters_of(text_of(row, "letter"))
        group = passage_group(context)
        return lettered_item(target, raw, f"{context}\n{question}", choices, letters, group=group)


FORMAT = LogiQa()
