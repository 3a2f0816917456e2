"""Plain-text blocks: `题：…` and `答：…` lines, a blank line between items; a line without a label goes on the last.

Other labels are options, so that `古文：…` / `现代文：…` reads the same way.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from curation.formats.base import Raw, Rejected, Tally, Target
from curation.formats.building import fields_of, form_option, item, text_of
from curation.formats.containers.lines import Line
from curation.formats.containers.part import Part
from curation.formats.reading import texts
from schemas.forms import form_of
from schemas.instance import Candidate, Instance

_LABELS = {"question": ["题", "題"], "answer": ["答"], "group": ["组", "組"]}
_LABEL = re.compile(r"\s*([^\s:：]{1,8})[:：](.*)", re.DOTALL)


class Blocks:
    about = "plain-text blocks of 题：... and 答：... lines with blank lines between"
    options: Mapping[str, str] = {
        "question": "label of the question, 题 if missing",
        "answer": "label of the answer, 答 if missing",
        "group": "label of the group, 组 if missing",
        "ask": "stands in front of every question, for texts that do not say what is wanted",
    }

    def read(self, path: Path, options: Mapping[str, str], tally: Tally) -> Iterator[Raw]:
        named = {name: [options[name]] if name in options else also for name, also in _LABELS.items()}
        labels = {label: name for name, known in named.items() for label in known}
        for part, lines in texts(path, options):
            for begun, block in blocks(part, lines, tally):
                problem = next((line.problem for line in block if line.problem), "")
                yield Raw(begun, problem=problem) if problem else _block(begun, block, labels)

    def convert(self, raw: Raw, target: Target) -> Instance | Candidate:
        row = fields_of(raw)
        question, reply = text_of(row, "question"), text_of(row, "answer")
        form = form_option(target, "cloze")
        answer = "" if form in ("open", "code") else form_of(form).parse(reply)
        if answer is None:
            raise Rejected(f"the answer cannot be read as {form}")
        if form == "cloze":
            answer = reply
        whole = target.options.get("ask", "") + question
        group = text_of(row, "group", required=False)
        return item(target, raw, form, whole, answer, reply=reply, group=group)


def blocks(part: Part, lines: Iterator[Line], tally: Tally) -> Iterator[tuple[str, list[Line]]]:
    """(key, lines) of what stands between blank lines; the key is the number of its first line, behind the part's label.

    A part that is not read is one block of one line with its problem.
    """
    before = f"{part.label}:" if part.label else ""
    if part.problem:
        tally.rows += 1
        yield f"{before}0", [Line(0, "", part.problem)]
        return
    block = list[Line]()
    for line in lines:
        if not line.problem and not line.text.strip():
            if block:
                yield f"{before}{block[0].number}", block
            block = []
            continue
        if not block:
            tally.rows += 1
        block.append(line)
    if block:
        yield f"{before}{block[0].number}", block


def _block(key: str, block: list[Line], labels: Mapping[str, str]) -> Raw:
    fields, last = dict[str, str](), ""
    for line in block:
        found = _LABEL.match(line.text)
        if found and found.group(1) in labels:
            last = labels[found.group(1)]
            if last in fields:
                return Raw(key, problem=f"the block has two lines {found.group(1)}")
            fields[last] = found.group(2)
        elif last:
            fields[last] += f"\n{line.text}"
        else:
            return Raw(key, problem="the block does not begin with a label")
    return Raw(key, fields)


FORMAT = Blocks()
