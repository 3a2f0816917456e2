"""Conversations as the layouts for training see them: a system text, then user and assistant in turns."""

from __future__ import annotations

from curation.export.layouts.base import Unfit
from schemas.instance import Instance


def turns_of(instance: Instance) -> tuple[str, list[tuple[str, str]]]:
    """The system's text (empty without one) and (user, assistant) pairs; the last reply is the gold answer.

    Raises:
        Unfit: a system message that is not the first, or two turns of one speaker. The tools that read such rows
            would drop or misread them, most of them without a word.
    """
    messages = instance.messages
    system = messages[0].content if messages[0].role == "system" else ""
    rest = messages[1:] if messages[0].role == "system" else messages
    pairs = []
    for number in range(0, len(rest) - 1, 2):
        said, replied = rest[number], rest[number + 1]
        if (said.role, replied.role) != ("user", "assistant"):
            break
        pairs.append((said.content, replied.content))
    if 2 * len(pairs) != len(rest):
        raise Unfit("user and assistant do not speak in turns" if not _late_system(instance) else _LATE)
    if not system.strip() and messages[0].role == "system":
        raise Unfit("the system's message is empty, which the layout cannot tell from none")
    return system, pairs


_LATE = "the system speaks in the middle of the conversation"


def _late_system(instance: Instance) -> bool:
    return any(m.role == "system" for m in instance.messages[1:])
