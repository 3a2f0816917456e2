"""Alike and yet not the same: what keeps two near-duplicates both.

| reason | what differs |
|---|---|
| `numbers` | the numbers of the prompts, in their order: Arabic ones, and Chinese numerals too unless the response is free |
| `gold` | what the gold answer says; of free responses, less than half of their character pairs are common |
| `options` | the option texts, in whatever order |
| `negation` | nothing but a negation, or 正确 for 错误 |
| `question` | the prompts' last lines: less than half of their character pairs are common (one passage, two questions) |
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from curation.dedup.settings import REASONS

BIT = {reason: 1 << place for place, reason in enumerate(REASONS)}
PART = 0.5
_ARABIC = re.compile(r"\d+(?:[.,:/]\d+)*")
_CHINESE = re.compile(r"\d+(?:[.,:/]\d+)*|[零〇一二三四五六七八九十百千万亿两半]+")
_NEGATION = re.compile(r"没有|正确|错误|[不没无非未否勿莫别]|\b(?:not|no|never)\b|n't", re.IGNORECASE)


@dataclass
class Compared:
    """One side of a pair; what is looked at is computed once and only if it is needed."""

    text: str
    prompt: int
    question: str
    free: bool
    meant: int
    options: int

    @cached_property
    def numbers(self) -> list[str]:
        return (_ARABIC if self.free else _CHINESE).findall(self.text[: self.prompt])

    @cached_property
    def affirmed(self) -> str:
        return _NEGATION.sub("", self.text)

    @cached_property
    def response(self) -> str:
        return self.text[self.prompt + 1 :]

    @cached_property
    def response_pairs(self) -> frozenset[str]:
        return _pairs(self.response)

    @cached_property
    def question_pairs(self) -> frozenset[str]:
        return _pairs(self.question)


def apart(one: Compared, other: Compared) -> int:
    """Bits of all reasons that keep two rows apart, in the order of `REASONS`; 0 if they are one."""
    found = 0
    if one.numbers != other.numbers:
        found |= BIT["numbers"]
    if one.meant != other.meant or _other_response(one, other):
        found |= BIT["gold"]
    if one.options != other.options:
        found |= BIT["options"]
    if one.text != other.text and one.affirmed == other.affirmed:
        found |= BIT["negation"]
    if one.question != other.question and _unlike(one.question_pairs, other.question_pairs):
        found |= BIT["question"]
    return found


def _other_response(one: Compared, other: Compared) -> bool:
    if not (one.free and other.free) or one.response == other.response:
        return False
    return _unlike(one.response_pairs, other.response_pairs)


def _pairs(text: str) -> frozenset[str]:
    return frozenset(text[i : i + 2] for i in range(max(1, len(text) - 1))) if text else frozenset()


def _unlike(one: frozenset[str], other: frozenset[str]) -> bool:
    either = len(one | other)
    # One of them empty: there is nothing to compare.
    return bool(one and other) and len(one & other) < PART * either
