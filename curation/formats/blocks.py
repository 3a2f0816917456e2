"""Plain-text blocks: `题：…` and `答：…` lines, a blank line between items; a line without a label goes on the last.

Other labels are options, so that `古文：…` / `现代文：…` reads the same way.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from curation.formats.base import Raw, Rejected, Tally, Target
from curation.formats.building import fields_of, form_option, item, text_of
from curation.formats.reading import lines
from schemas.forms import form_of
from schemas.instance import Candidate, Instance

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
        labels = {options.get(n, d): n for n, d in (("question", "题"), ("answer", "答"), ("group", "组"))}
        begun, block = 0, list[str | None]()
        for number, line in lines(path):
            if line is not None and not line.strip():
                if block:
                    yield _block(begun, block, labels)
                block = []
                continue
            if not block:
                begun = number
                tally.rows += 1
            block.append(line)
        if block:
            yield _block(begun, block, labels)

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


def _block(begun: int, block: list[str | None], labels: Mapping[str, str]) -> Raw:
    fields, last = dict[str, str](), ""
    for line in block:
        if line is None:
            return Raw(str(begun), problem="not UTF-8")
        found = _LABEL.match(line)
        if found and found.group(1) in labels:
            last = labels[found.group(1)]
            if last in fields:
                return Raw(str(begun), problem=f"the block has two lines {found.group(1)}")
            fields[last] = found.group(2)
        elif last:
            fields[last] += f"\n{line}"
        else:
            return Raw(str(begun), problem="the block does not begin with a label")
    return Raw(str(begun), fields)


FORMAT = Blocks()
