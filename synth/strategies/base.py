"""What every strategy answers."""

from __future__ import annotations

from typing import Protocol

from schemas.instance import Candidate, Instance, Message, Source

Prompt = Instance | Candidate


class Strategy(Protocol):
    """From a prompt to a request, and from the model's reply to an instance. Both are pure."""

    name: str

    def messages(self, prompt: Prompt) -> tuple[Message, ...]:
        """What the model is asked; ends with a user's message."""

    def instance(self, prompt: Prompt, reply: str, source: Source) -> Instance:
        """The row that a reply makes. Raises ValueError with a sentence if it makes none."""
