"""C3: one JSON array of `[utterances, questions, id]`; `answer` is the right option's text, not a letter.

A row is a question, keyed DIALOGUE.QUESTION; the questions of a dialogue are one group. Line ends may be CRLF.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from curation.canonical import canonical_text
from curation.formats.base import Raw, Rejected, Tally, Target
from curation.formats.building import fields_of, lettered_item, spread, text_of, texts_of
from curation.formats.reading import records
from schemas.instance import LETTERS, Candidate, Instance
from schemas.terminal import one_line


class C3:
    about = "C3's JSON array of [utterances, questions, id]; the answer is an option's text"
    options: Mapping[str, str] = {}

    def read(self, path: Path, options: Mapping[str, str], tally: Tally) -> Iterator[Raw]:
        for raw in records(path, Tally()):
            value = raw.value
            fits = isinstance(value, list) and len(value) == 3 and isinstance(value[1], list)
            # A dialogue is as many rows as it has questions; one that has none is a row without.
            tally.rows += max(1, len(value[1])) if fits else 1
            if raw.problem:
                yield raw
            elif not fits:
                yield Raw(raw.key, problem="the row is not [utterances, questions, id]")
            elif not value[1]:
                yield Raw(raw.key, problem="the dialogue has no questions")
            else:
                for key, question in spread(raw.key, value[1]):
                    fields = question if isinstance(question, dict) else {}
                    yield Raw(key, {**fields, "utterances": value[0], "id": value[2]})

    def convert(self, raw: Raw, target: Target) -> Instance | Candidate:
        row = fields_of(raw)
        dialogue = "\n".join(u.replace("\r", "") for u in texts_of(row, "utterances"))
        question = text_of(row, "question")
        choices, answer = texts_of(row, "choice"), canonical_text(text_of(row, "answer"))
        places = [i for i, c in enumerate(choices) if canonical_text(c) == answer]
        if not places:
            raise Rejected("the gold answer is none of the options")
        if len(places) > 1:
            raise Rejected("the gold answer stands at two options")
        if places[0] >= len(LETTERS):
            raise Rejected(f"there are more than {len(LETTERS)} options")
        group = f"{target.source}/{one_line(str(row['id']), 60)}"
        return lettered_item(target, raw, f"{dialogue}\n{question}", choices, LETTERS[places[0]], group=group)


FORMAT = C3()
