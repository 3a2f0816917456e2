"""Several right options; the answer is their letters in order."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING

from schemas.forms.base import Scoring, lettered, require_letters

if TYPE_CHECKING:
    from schemas.instance import Instance

_STATED = re.compile(r"(?:答案|应选|故选|选)\s*(?:是|为)?\s*[::]?\s*((?:[A-J][\s,、和及]*)+)")
_RUN = re.compile(r"(?<![A-Za-z])(?:[A-J][\s,、和及]*)+(?![A-Za-z])")


class SeveralChoice:
    name = "several_choice"
    scoring: Scoring = "exact"

    def validate(self, instance: Instance) -> None:
        require_letters(instance.answer, instance.choices)
        if not instance.answer or "".join(sorted(set(instance.answer))) != instance.answer:
            raise ValueError(
                f"the gold letters must be distinct and in order, this item has {instance.answer!r}"
            )
        if instance.response == instance.answer:
            return
        if not self.compare(self.parse(instance.response, instance.choices), instance.answer):
            raise ValueError(f"the gold response does not give the gold letters {instance.answer!r}")

    def render(self, question: str, choices: Sequence[str] = ()) -> str:
        return "\n".join([question, *lettered(choices)])

    def reply(self, answer: str) -> str:
        return answer

    def parse(self, response: str, choices: Sequence[str] = ()) -> str | None:
        text = unicodedata.normalize("NFKC", response).strip()
        runs = _STATED.findall(text) or _RUN.findall(text)
        letters = sorted({c for c in runs[-1] if c in "ABCDEFGHIJ"}) if runs else []
        return "".join(letters) or None

    def compare(self, parsed: str | None, answer: str) -> bool:
        return parsed is not None and parsed == answer

    def chance(self, instance: Instance) -> float:
        """1 over the number of non-empty subsets: the guesser does not know how many are right."""
        return 1.0 / ((1 << len(instance.choices)) - 1)
