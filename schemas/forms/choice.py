"""One right option out of several; the answer is its letter."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING

from schemas.forms.base import Scoring, lettered, require_letters

if TYPE_CHECKING:
    from schemas.instance import Instance

_STATED = re.compile(
    r"(?:答案|选择|选项|应选|故选|选|answer)\s*(?:是|为|is)?\s*[::]?\s*\(?([A-J])(?![A-Za-z])", re.IGNORECASE
)
_ALONE = re.compile(r"(?<![A-Za-z])([A-J])(?![A-Za-z])")


class Choice:
    name = "choice"
    scoring: Scoring = "exact"

    def validate(self, instance: Instance) -> None:
        require_letters(instance.answer, instance.choices)
        if len(instance.answer) != 1:
            raise ValueError(f"a choice item has one gold letter, this one has {instance.answer!r}")
        if instance.response == instance.answer:
            return
        if not self.compare(self.parse(instance.response, instance.choices), instance.answer):
            raise ValueError(f"the gold response does not give the gold letter {instance.answer!r}")

    def render(self, question: str, choices: Sequence[str] = ()) -> str:
        return "\n".join([question, *lettered(choices)])

    def reply(self, answer: str) -> str:
        return answer

    def parse(self, response: str, choices: Sequence[str] = ()) -> str | None:
        """The last letter stated as the answer, else a letter alone, else the option whose text is the response."""
        text = unicodedata.normalize("NFKC", response).strip()
        stated = _STATED.findall(text)
        if stated:
            return str(stated[-1]).upper()
        alone = set(_ALONE.findall(text))
        if len(alone) == 1:
            return str(alone.pop())
        same = [i for i, c in enumerate(choices) if unicodedata.normalize("NFKC", c).strip() == text]
        return "ABCDEFGHIJ"[same[0]] if len(same) == 1 else None

    def compare(self, parsed: str | None, answer: str) -> bool:
        return parsed is not None and parsed == answer

    def chance(self, instance: Instance) -> float:
        return 1 / len(instance.choices)
