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
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from curation.dedup.grams import I64, U64, gram_hashes
from curation.dedup.jaccard import jaccard
from curation.dedup.settings import REASONS, Reason
from curation.dedup.table import I32, Flags

BIT = {reason: 1 << place for place, reason in enumerate(REASONS)}
_PART, _GRAM = 0.5, 2
_ARABIC = re.compile(r"\d+(?:[.,:/]\d+)*")
_CHINESE = re.compile(r"\d+(?:[.,:/]\d+)*|[零〇一二三四五六七八九十百千万亿两半]+")
_NEGATION = re.compile(r"没有|正确|错误|[不没无非未否勿莫别]|\b(?:not|no|never)\b|n't", re.IGNORECASE)


@dataclass(frozen=True)
class Sides:
    """The rows that pairs are made of. All arrays and lists: (rows).

    Args:
        texts: (text, question) of each.
        prompt: characters of the text that are prompt.
        free: the response is free.
        meant, options: hashes, see `curation.dedup.features`.
    """

    texts: Sequence[tuple[str, str]]
    prompt: I32
    free: Flags
    meant: U64
    options: U64


def apart(sides: Sides, one: I64, other: I64) -> NDArray[np.uint8]:
    """For each pair the bits of all reasons that keep its rows apart, in the order of `REASONS`; 0 if they are one."""
    found = np.zeros(len(one), np.uint8)
    if not len(one):
        return found
    rows, at = np.unique(np.concatenate((one, other)), return_inverse=True)
    a, b = at[: len(one)], at[len(one) :]
    picked = [(*sides.texts[row], int(sides.prompt[row]), bool(sides.free[row])) for row in rows.tolist()]
    responses = [text[prompt + 1 :] if free else "" for text, _, prompt, free in picked]
    questions = [question for _, question, _, _ in picked]
    numbers = _coded([tuple(_numbers(text[:prompt], free)) for text, _, prompt, free in picked])
    affirmed = _coded([_NEGATION.sub("", text) for text, *_ in picked])
    texts = _coded([text for text, *_ in picked])
    differ: dict[Reason, Flags] = {
        "numbers": numbers[a] != numbers[b],
        "gold": (sides.meant[one] != sides.meant[other]) | _unlike(responses, a, b),
        "options": sides.options[one] != sides.options[other],
        "negation": (texts[a] != texts[b]) & (affirmed[a] == affirmed[b]),
        "question": _unlike(questions, a, b),
    }
    for reason, mask in differ.items():
        found |= np.where(mask, np.uint8(BIT[reason]), np.uint8(0))
    return found


def _numbers(prompt: str, free: bool) -> list[str]:
    return (_ARABIC if free else _CHINESE).findall(prompt)


def _coded(values: Sequence[Hashable]) -> I64:
    """Equal values have equal numbers."""
    codes: dict[Hashable, int] = {}
    return np.array([codes.setdefault(value, len(codes)) for value in values], np.int64)


def _unlike(texts: Sequence[str], a: I64, b: I64) -> Flags:
    """Which pairs of texts have less than half of their character pairs in common; texts of fewer than two
    characters are compared as wholes, and an empty one with nothing."""
    padded = [f"{text}\0" if len(text) == 1 else text for text in texts]
    codes = _coded(padded)
    there = np.array([bool(text) for text in texts])
    found: Flags = (codes[a] != codes[b]) & there[a] & there[b]
    at = np.flatnonzero(found)
    found[at] = jaccard(gram_hashes(padded, _GRAM), a[at], b[at]) < np.float32(_PART)
    return found
