"""A worked solution that ends in a final answer; only the final answer is compared."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from schemas.forms.base import Scoring

if TYPE_CHECKING:
    from schemas.instance import Instance

# Braces within braces within braces: \boxed{\frac{\sqrt{3}}{2}}.
_BOXED = re.compile(r"\\boxed\s*\{((?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*)\}")
_MARKED = re.compile(r"(?:####|#)\s*([^\n#]+)\s*$")
_STATED = re.compile(r"(?:答案|结果|answer)\s*(?:是|为|is)?\s*[::]?\s*([^\n。;]+)", re.IGNORECASE)
_NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?(?:/\d+)?")
_FRACTION = re.compile(r"\\[dt]?frac\s*\{([^{}]+)\}\s*\{([^{}]+)\}")


class WorkedAnswer:
    name = "worked_answer"
    scoring: Scoring = "exact"

    def validate(self, instance: Instance) -> None:
        if not instance.answer.strip():
            raise ValueError("a worked item needs its final answer")
        if not self.compare(self.parse(instance.response), instance.answer):
            raise ValueError("the worked solution does not end in the final answer")

    def render(self, question: str, choices: Sequence[str] = ()) -> str:
        return question

    def reply(self, answer: str) -> str:
        return f"答案：{answer}"

    def parse(self, response: str, choices: Sequence[str] = ()) -> str | None:
        """The boxed, marked (`#### 12`) or stated final answer, else the last number."""
        text = unicodedata.normalize("NFKC", response)
        for pattern in (_BOXED, _MARKED, _STATED):
            found = pattern.findall(text)
            if found:
                return str(found[-1]).strip().rstrip(".") or None
        numbers = _NUMBER.findall(text)
        return str(numbers[-1]) if numbers else None

    def compare(self, parsed: str | None, answer: str) -> bool:
        return parsed is not None and _value(parsed) == _value(answer)

    def chance(self, instance: Instance) -> float:
        return 0.0


def _value(text: str) -> Fraction | str:
    """A number where the text is one, so that 0.5, 1/2 and \\frac{1}{2} agree; otherwise the bare text."""
    flat = unicodedata.normalize("NFKC", text).replace("$", "").replace(",", "")
    flat = re.sub(r"\s+", "", _FRACTION.sub(r"\1/\2", flat)).rstrip(".。")
    try:
        return Fraction(flat)
    except (ValueError, ZeroDivisionError):
        return flat
