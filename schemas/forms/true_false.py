"""A statement that is right or wrong; the answer is 对 or 错."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING

from schemas.forms.base import Scoring

if TYPE_CHECKING:
    from schemas.instance import Instance

# Negations come first in the alternation: 不正确 must not be read as 正确.
_WORDS = re.compile(r"(不正确|不对|错误|错|×|false|no)|(正确|对|√|true|yes)", re.IGNORECASE)


class TrueFalse:
    name = "true_false"
    scoring: Scoring = "exact"

    def validate(self, instance: Instance) -> None:
        if instance.answer not in ("对", "错"):
            raise ValueError(f"a true/false item's answer is 对 or 错, not {instance.answer!r}")
        if not self.compare(self.parse(instance.response), instance.answer):
            raise ValueError(f"the gold response does not say {instance.answer!r}")

    def render(self, question: str, choices: Sequence[str] = ()) -> str:
        return question

    def reply(self, answer: str) -> str:
        return answer

    def parse(self, response: str, choices: Sequence[str] = ()) -> str | None:
        found = _WORDS.search(unicodedata.normalize("NFKC", response))
        if found is None:
            return None
        return "错" if found.group(1) else "对"

    def compare(self, parsed: str | None, answer: str) -> bool:
        return parsed is not None and parsed == answer

    def chance(self, instance: Instance) -> float:
        return 0.5
