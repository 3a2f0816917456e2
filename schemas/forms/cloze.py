"""A gap to be filled; the answer is the filling."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING

from schemas.forms.base import Scoring

if TYPE_CHECKING:
    from schemas.instance import Instance

_LEAD = re.compile(r"^(?:答案|答|填)\s*(?:是|为)?\s*[::]\s*")


class Cloze:
    name = "cloze"
    scoring: Scoring = "exact"

    def validate(self, instance: Instance) -> None:
        if not instance.answer.strip():
            raise ValueError("a cloze item needs the filling as its answer")
        if not self.compare(self.parse(instance.response), instance.answer):
            raise ValueError("the gold response is not the gold filling")

    def render(self, question: str, choices: Sequence[str] = ()) -> str:
        return question

    def reply(self, answer: str) -> str:
        return answer

    def parse(self, response: str, choices: Sequence[str] = ()) -> str | None:
        return _LEAD.sub("", _canonical(response)) or None

    def compare(self, parsed: str | None, answer: str) -> bool:
        return parsed is not None and _canonical(parsed) == _canonical(answer)

    def chance(self, instance: Instance) -> float:
        return 0.0


def _canonical(text: str) -> str:
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text)).strip().rstrip(".。 ")
