"""An open item: no single right answer, scored by comparing the gold response with distractors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from schemas.forms.base import Scoring

if TYPE_CHECKING:
    from schemas.instance import Instance


class Open:
    name = "open"
    scoring: Scoring = "distractors"

    def validate(self, instance: Instance) -> None:
        if not instance.distractors:
            return
        gold = instance.response.strip()
        texts = [d.text.strip() for d in instance.distractors]
        if gold in texts:
            raise ValueError("a distractor is the gold response itself")
        if len(set(texts)) != len(texts):
            raise ValueError("two distractors are the same")
        if "" in texts:
            raise ValueError("a distractor is empty")

    def render(self, question: str, choices: Sequence[str] = ()) -> str:
        return question

    def reply(self, answer: str) -> str:
        return answer

    def parse(self, response: str, choices: Sequence[str] = ()) -> str | None:
        return response.strip() or None

    def compare(self, parsed: str | None, answer: str) -> bool:
        """Open responses are not matched; comparison with distractors needs a model's perplexities."""
        return False

    def chance(self, instance: Instance) -> float:
        """1 / (1 + distractors); 0 for an item without any, which can't be scored."""
        return 1 / (1 + len(instance.distractors)) if instance.distractors else 0.0
