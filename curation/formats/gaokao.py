"""GAOKAO-Bench: one JSON object whose `example` lists questions with their options inside, broken as the PDF broke.

A question with several answers is one row a sub-question where `（1）`, `（2）`, … or their numbers in the paper (`17.`,
`18.`, …) tell them apart, keyed INDEX.NUMBER, and one rejected row an answer otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from curation.formats.base import Raw, Rejected, Tally, Target
from curation.formats.building import (
    answer_in,
    fields_of,
    form_option,
    group_of,
    item,
    lettered_item,
    letters_of,
    spread,
    text_of,
)
from curation.formats.reading import Spread
from schemas.instance import Candidate, Instance

_NUMBERED = re.compile(r"^\s*\d+\s*[.．、]\s*")
_POINTS = re.compile(r"^\s*[(（]\s*\d+\s*分\s*[)）]\s*")
_PART = re.compile(r"[(（]\s*(\d)\s*[)）]")
# The number of a question in its paper; 2.5 and ①~② are none, nor is 1. behind a letter.
_NUMBER = re.compile(r"(?<![\dA-Za-z.．~～-])(\d{1,2})\s*[.．、](?!\d)")
# A text of nothing but marks must not take its length squared.
_MARKS = 200
# What a backslash and a letter of LaTeX became when somebody read them as an escape: \bar, \frac, \vec, \alpha.
_ESCAPES = {"\x08": "\\b", "\x0c": "\\f", "\x0b": "\\v", "\x07": "\\a"}
# The same where the escape is white space, and only what follows tells: \times, \text, \right, \rho, \neq, \nabla.
_LOST = re.compile(
    r"\t(?=(?:imes|heta|ext|an|riangle|herefore|au|frac)\b)|\r(?=(?:ight|ho|angle)\b)|\n(?=(?:eq|abla)\b)"
)
_LETTER = {"\t": "\\t", "\r": "\\r", "\n": "\\n"}
# A broken line goes on in the next one unless that begins an item of a list.
_BREAK = re.compile(r"\s*\n(?!\s*(?:[A-D]\s*[.．、]|[①-⑳]|[(（]\s*\d+\s*[)）]|材料|图))\s*")
_HAN = "[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef“”‘’…—]"
_GAP = re.compile(rf"(?<={_HAN})[ \u3000]+|[ \u3000]+(?={_HAN})")
# In an option a gap between two words is meant (four idioms in a row); beside a punctuation mark it never is.
_MARK = "[\u3000-\u303f\uff00-\uffef“”‘’…—]"
_GAP_AT_MARK = re.compile(rf"(?<={_MARK})[ \u3000]+|[ \u3000]+(?={_MARK})")
_BLANK = re.compile(r"[ \u3000]{4,}(?=[，。；、,;])")


class Gaokao(Spread):
    at = "example"
    about = "GAOKAO-Bench's JSON object of examples with the options inside the question"
    options: Mapping[str, str] = {}

    def cut(self, raws: Iterator[Raw], tally: Tally) -> Iterator[Raw]:
        for raw in raws:
            example = raw.value
            answers = example.get("answer") if isinstance(example, dict) else None
            tally.rows += max(1, len(answers)) if isinstance(answers, list) else 1
            if raw.problem:
                yield raw
            else:
                yield from _rows(raw.key, example)

    def convert(self, raw: Raw, target: Target) -> Instance | Candidate:
        row = fields_of(raw)
        question, answer = text_of(row, "question"), row.get("answer")
        if isinstance(answer, str):
            reply = tidy(answer)
            form = form_option(target, "open")
            parsed = answer_in(form, reply)
            return item(target, raw, form, tidy(unnumbered(question)), parsed, reply=reply)
        if not isinstance(answer, list) or len(answer) != 1 or not isinstance(answer[0], str):
            raise Rejected("the gold answer is not one entry of option letters")
        stem, choices = split_options(question)
        name = group_of(row)
        group = f"{target.source}/{name}" if name else ""
        passage = tidy(unnumbered(text_of(row, "passage", required=False)))
        asked = tidy(unnumbered(stem))
        return lettered_item(
            target,
            raw,
            f"{passage}\n{asked}" if passage else asked,
            [tidy(c, _GAP_AT_MARK) for c in choices],
            letters_of(answer[0]),
            group=group,
        )


def _rows(key: str, example: Any) -> Iterator[Raw]:
    """One row an answer. Several answers to a question that cannot be cut are one rejected row each."""
    answers = example.get("answer") if isinstance(example, dict) else None
    if not isinstance(answers, list) or len(answers) < 2:
        yield Raw(key, example)
        return
    question = example.get("question")
    passage, bodies = sub_questions(question if isinstance(question, str) else "", len(answers))
    for i, (sub_key, answer) in enumerate(spread(key, answers)):
        if bodies:
            fields = {"passage": passage, "question": bodies[i], "answer": [answer], "group": key}
            yield Raw(sub_key, fields)
        else:
            yield Raw(sub_key, problem=f"{len(answers)} answers, but the sub-questions cannot be told apart")


def sub_questions(question: str, count: int) -> tuple[str, list[str]]:
    """(passage, `count` sub-questions), marked （1）, （2）, … or by their numbers in the paper, 17., 18., …

    No sub-questions if they are not all there, each with its options. The last run of marks counts.
    """
    for mark in (_PART, _NUMBER):
        marks = list(mark.finditer(question))[-_MARKS:]
        for start in range(len(marks) - count, -1, -1):
            chain = _run(marks[start:], count)
            if not chain or (mark is _PART and chain[0].group(1) != "1"):
                continue
            ends = [m.start() for m in chain[1:]] + [len(question)]
            passage = question[: chain[0].start()].strip()
            bodies = [
                _POINTS.sub("", question[m.end() : e]).strip() for m, e in zip(chain, ends, strict=True)
            ]
            if all(_find_options(body) for body in bodies):
                return passage, bodies
    return "", []


def _run(marks: Sequence[re.Match[str]], count: int) -> list[re.Match[str]]:
    """The first mark and the next ones that count on from it; empty if there are fewer than `count`."""
    chain = [marks[0]]
    for mark in marks[1:]:
        if len(chain) < count and int(mark.group(1)) == int(chain[-1].group(1)) + 1:
            chain.append(mark)
    return chain if len(chain) == count else []


def split_options(question: str) -> tuple[str, list[str]]:
    """The stem and the texts of options A to D. Raises Rejected if they do not all stand in the question."""
    found = _find_options(question)
    if not found:
        raise Rejected("options A to D do not stand in the question")
    ends = [*(m.start() for m in found[1:]), len(question)]
    return question[: found[0].start()], [question[m.end() : e] for m, e in zip(found, ends, strict=True)]


def _find_options(text: str) -> list[re.Match[str]]:
    """The last `A.` that is followed by `B.`, `C.`, `D.`: each after a gap, or else after anything but a letter."""
    for before in (r"(?:(?<=\s)|^)", r"(?<![A-Za-z])"):
        marks = {letter: re.compile(rf"{before}{letter}\s*[.．、]") for letter in "ABCD"}
        for first in reversed(list(marks["A"].finditer(text))):
            chain = [first]
            for letter in "BCD":
                found = marks[letter].search(text, chain[-1].end())
                if not found:
                    break
                chain.append(found)
            if len(chain) == 4:
                return chain
    return []


def unnumbered(question: str) -> str:
    """A question without its number and points in the paper: `3．（ 6分）` is no part of it."""
    return _POINTS.sub("", _NUMBERED.sub("", question))


def tidy(text: str, gap: re.Pattern[str] = _GAP) -> str:
    """Text as it was before the PDF: lines joined, gaps between Chinese characters closed, LaTeX's letters mended."""
    for lost, meant in _ESCAPES.items():
        text = text.replace(lost, meant)
    text = _LOST.sub(lambda found: _LETTER[found.group()], text)
    lines = _BREAK.sub(_joint, _BLANK.sub("____", text.replace("\r", "").strip()))
    return re.sub(r"[ \t]+\n", "\n", gap.sub("", lines)).strip()


def _joint(found: re.Match[str]) -> str:
    """Nothing between Chinese characters, a space where Latin words or formulas meet."""
    whole, start, end = found.string, found.start(), found.end()
    before, after = whole[start - 1 : start], whole[end : end + 1]
    return " " if before.isascii() and after.isascii() and before and after else ""


FORMAT = Gaokao()
