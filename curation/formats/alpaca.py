"""Alpaca's `instruction`, `input`, `output`, under those names or with a prefix such as `zh_`.

Some collections leave the words `输入：` and `输出：` standing in front of a field; they are taken off.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from curation.formats.base import Raw, Target
from curation.formats.building import TRUE_FALSE, candidate, fields_of, form_option, group_of, item, text_of
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
        group = group_of(row)
        claim = TRUE_FALSE.get(text_of(row, name["output"], required=False))
        form = form_option(target, "true_false" if claim and target.allows("true_false") else _open(target))
        if options.get("empty") == "pending" and not text_of(row, name["output"], required=False):
            return candidate(target, raw, form, [("user", question)], group)
        reply = _LABEL.sub("", text_of(row, name["output"]))
        if form == "true_false":
            answer = claim or form_of(form).parse(reply) or ""
            return item(target, raw, form, question, answer, group=group)
        answer = "" if form in ("open", "code") else form_of(form).parse(reply) or ""
        return item(target, raw, form, question, answer, reply=reply, group=group)


def _open(target: Target) -> str:
    return "open" if target.allows("open") or not target.allows("code") else "code"


FORMAT = Alpaca()
