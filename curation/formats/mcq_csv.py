"""Multiple choice as CSV: `Question`, `A`, `B`, …, `Answer`, an optional `group`, and an unnamed index (CMMLU).

Rows whose only options are 对 and 错, or that have no options and answer 对 or 错, are true/false items.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path

from curation.formats.base import Raw, Rejected, Tally, Target
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
from schemas.errors import BadData
from schemas.instance import LETTERS, Candidate, Instance
from schemas.terminal import one_line


class McqCsv:
    about = "CSV with the columns Question, A, B, ..., Answer and perhaps group"
    options: Mapping[str, str] = {}

    def read(self, path: Path, options: Mapping[str, str], tally: Tally) -> Iterator[Raw]:
        # surrogateescape: a row that is not UTF-8 is told apart by its surrogates and rejected alone.
        with path.open("r", encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
            reader = csv.reader(file)
            header = _header(reader, path)
            number = 0
            while True:
                try:
                    cells = next(reader)
                except StopIteration:
                    return
                except csv.Error as error:
                    tally.rows, number = tally.rows + 1, number + 1
                    yield Raw(str(number), problem=f"not CSV ({error})")
                    continue
                if not any(c.strip() for c in cells):
                    continue
                tally.rows, number = tally.rows + 1, number + 1
                if len(cells) != len(header):
                    yield Raw(str(number), problem=f"{len(cells)} cells under {len(header)} columns")
                elif any("\ud800" <= c <= "\udfff" for cell in cells for c in cell):
                    yield Raw(str(number), problem="not UTF-8")
                else:
                    yield Raw(str(number), dict(zip(header, cells, strict=True)))

    def convert(self, raw: Raw, target: Target) -> Instance | Candidate:
        row = fields_of(raw)
        question, answer, group = text_of(row, "Question"), text_of(row, "Answer"), group_of(row)
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


def _header(reader: Iterator[list[str]], path: Path) -> list[str]:
    try:
        header = [name.strip() for name in next(reader, [])]
    except csv.Error as error:
        raise BadData(f"not CSV ({error})", where=str(path), do="mend the file") from None
    missing = [name for name in ("Question", "Answer") if name not in header]
    if header and missing:
        shown = one_line(", ".join(n or "(unnamed)" for n in header), 100)
        raise BadData(
            f"there is no column {missing[0]}; it has {shown}", where=str(path), do="name another --format"
        )
    twice = next((n for i, n in enumerate(header) if n and n in header[:i]), None)
    if twice:
        raise BadData(f"two columns are named {one_line(twice, 40)}", where=str(path), do="rename one")
    return header


FORMAT = McqCsv()
