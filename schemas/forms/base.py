"""What every answer form answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from schemas.instance import Instance

Scoring = Literal["exact", "distractors"]
LETTERS = "ABCDEFGHIJ"


class Form(Protocol):
    """One answer form. All methods are pure and never raise on a model's output."""

    name: str
    scoring: Scoring

    def validate(self, instance: Instance) -> None:
        """Raise ValueError with a sentence if the fields of `instance` contradict one another."""

    def render(self, question: str, choices: Sequence[str] = ()) -> str:
        """The user's message for a question and its option texts."""

    def reply(self, answer: str) -> str:
        """The gold response for an answer in the form's notation, where the form has a fixed one."""

    def parse(self, response: str, choices: Sequence[str] = ()) -> str | None:
        """The answer that a response gives, in the form's notation; None if it gives none."""

    def compare(self, parsed: str | None, answer: str) -> bool:
        """Whether a parsed answer is the gold one."""

    def chance(self, instance: Instance) -> float:
        """Expected score of a guesser who knows the form but not the answer."""


def lettered(choices: Sequence[str]) -> list[str]:
    """Options as `A.text` lines."""
    return [f"{letter}.{text}" for letter, text in zip(LETTERS, choices, strict=False)]


def require_letters(answer: str, choices: Sequence[str]) -> None:
    """Raise ValueError unless `choices` are 2 to 10 distinct texts and each letter of `answer` names one."""
    if not 2 <= len(choices) <= len(LETTERS):
        raise ValueError(f"a choice item needs 2 to {len(LETTERS)} options, this one has {len(choices)}")
    known = LETTERS[: len(choices)]
    wrong = [letter for letter in answer if letter not in known]
    if wrong:
        raise ValueError(f"the gold letter {wrong[0]!r} is not among the options {', '.join(known)}")
