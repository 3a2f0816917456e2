"""Alpaca's `instruction`, `input`, `output`, under those names or with a prefix such as `zh_`.

Some collections leave the words `输入：` and `输出：` standing in front of a field; they are taken off.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from curation.formats.base import Raw, Rejected, Target
from curation.formats.building import (
    TRUE_FALSE,
    answer_in,
    candidate,
    conversation,
    fields_of,
    form_option,
    group_of,
    item,
    text_of,
)
from curation.formats.reading import Records
from schemas.forms import form_of
from schemas.instance import Candidate, Instance

_LABEL = re.compile(r"^(?:输入|输出|輸入|輸出)\s*[:：]\s*")
_NO_INPUT = {"<noinput>", "<无输入>", "无输入", "無輸入"}


class Alpaca(Records):
    about = "a JSON array or JSON lines of instruction, input, output"
    options: Mapping[str, str] = {
        "prefix": "stands before the three names, e.g. zh_",
        "instruction": "name of the instruction's column",
        "input": "name of the input's column",
        "output": "name of the output's column",
        "empty": "`pending` keeps rows without an output as candidates; they are rejected otherwise",
    }

    def convert(self, raw: Raw, target: Target) -> Instance | Candidate:
        row, options = fields_of(raw), target.options
        prefix = options.get("prefix", "")
        name = {n: options.get(n, prefix + n) for n in ("instruction", "input", "output")}
        instruction = text_of(row, name["instruction"])
        given = _LABEL.sub("", text_of(row, name["input"], required=False))
        question = instruction if not given or given in _NO_INPUT else f"{instruction}\n{given}"
        group, before = group_of(row), _before(row)
        claim = TRUE_FALSE.get(text_of(row, name["output"], required=False))
        form = form_option(
            target, "true_false" if claim and target.allows("true_false") else target.free_form
        )
        waits = options.get("empty") == "pending"
        reply = _LABEL.sub("", text_of(row, name["output"], required=not waits))
        if not reply and waits:
            return candidate(target, raw, form, [*before, ("user", question)], group)
        if not reply:
            raise Rejected(f"{name['output']} is empty")
        if before:
            answer = answer_in(form, reply)
            said = [*before, ("user", question), ("assistant", reply)]
            return conversation(target, raw, form, said, answer, group=group)
        if form == "true_false":
            answer = claim or form_of(form).parse(reply) or ""
            return item(target, raw, form, question, answer, group=group)
        answer = answer_in(form, reply)
        return item(target, raw, form, question, answer, reply=reply, group=group)


def _before(row: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(role, content) of what stands before the question: `system`, and `history` as pairs of what both sides said."""
    system, history = text_of(row, "system", required=False), row.get("history")
    found = [("system", system)] if system else []
    if history is not None and not isinstance(history, list):
        raise Rejected("history is not a list")
    for number, pair in enumerate(history or [], 1):
        if (
            not isinstance(pair, list)
            or len(pair) != 2
            or not all(isinstance(t, str) and t.strip() for t in pair)
        ):
            raise Rejected(f"turn {number} of history is no pair of texts")
        found += [("user", pair[0]), ("assistant", pair[1])]
    return found


FORMAT = Alpaca()
