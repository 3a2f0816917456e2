"""What deduplication compares of one instance."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b

import orjson

from curation.canonical import canonical_text, gold_text, prompt_text
from curation.dedup.settings import DedupSettings
from curation.script_variants import to_simplified
from schemas.instance import LETTERS, Instance

FREE = ("open", "code")
_OPTION = re.compile(r"\s*[(（]?[A-Za-z][)）.．、:：]")


@dataclass(frozen=True, slots=True)
class Features:
    """One row, as it is compared.

    Args:
        key: 16 bytes, equal for exact duplicates.
        gold: hash of the gold answer in its form's notation; 0 for a free response, which is part of the key.
        meant: hash of what the gold answer says: the texts of the right options, wherever they stand. 0 for a free
            response, which is part of the text.
        options: hash of the option texts, in any order; 0 without options.
        text: what near-duplicates are told by.
        prompt: characters of the text that are prompt; what follows is the response.
        question: the prompt's last line, options aside, if it has several.
    """

    key: bytes
    gold: int
    meant: int
    options: int
    text: str
    prompt: int
    question: str


def features_of(row: Instance, settings: DedupSettings) -> Features:
    turn: Callable[[str], str] = to_simplified if settings.script == "simplified" else str
    prompt, gold = turn(prompt_text(row)), turn(gold_text(row))
    options = [turn(canonical_text(choice)) for choice in row.choices]
    free = row.form in FREE
    key = ["" if settings.across else row.ability, prompt, options, gold if free else ""]
    whole = settings.compare == "whole" or (settings.compare == "auto" and free)
    response = (gold if free else turn(canonical_text(row.response))) if whole else ""
    return Features(
        key=blake2b(orjson.dumps(key), digest_size=16).digest(),
        gold=0 if free else _number(gold),
        meant=0 if free else _number("\n".join(sorted(_meant(row.answer, options, gold)))),
        options=_number("\n".join(sorted(options))) if options else 0,
        text=f"{prompt}\n{response}" if whole else prompt,
        prompt=len(prompt),
        question=turn(_question(row)),
    )


def _number(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "little")


def _meant(answer: str, options: list[str], gold: str) -> list[str]:
    places = [LETTERS.find(letter) for letter in answer]
    if options and places and all(0 <= place < len(options) for place in places):
        return [options[place] for place in places]
    return [gold]


def _question(row: Instance) -> str:
    text = row.instruction.strip()
    if "\n" not in text:
        return ""
    lines = [line for line in text.split("\n") if line.strip()]
    while len(lines) > 1 and row.choices and _OPTION.match(lines[-1]):
        lines.pop()
    return canonical_text(lines[-1]) if len(lines) > 1 else ""
