"""Conversations: `messages` of role and content; open items, or candidates where the user has the last word."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from curation.formats.base import Raw, Rejected, Target
from curation.formats.building import answer_in, candidate, conversation, fields_of, form_option, group_of
from curation.formats.reading import Records
from schemas.instance import Candidate, Instance

ROLES = ("user", "assistant", "system")


class Messages(Records):
    about = "JSON lines or an array of rows with messages: role and content"
    options: Mapping[str, str] = {}

    def convert(self, raw: Raw, target: Target) -> Instance | Candidate:
        row = fields_of(raw)
        messages, group = conversation_of(row), group_of(row)
        form = form_option(target, target.free_form)
        if messages[-1][0] == "user":
            return candidate(target, raw, form, messages, group)
        answer = answer_in(form, messages[-1][1])
        return conversation(target, raw, form, messages, answer, group=group)


def conversation_of(row: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(role, content) of every message. Raises Rejected unless a user speaks and every turn has a known role."""
    value = row.get("messages")
    if not isinstance(value, list):
        raise Rejected("there are no messages" if value is None else "messages is not a list")
    if not value:
        raise Rejected("messages is empty")
    found: list[tuple[str, str]] = []
    for message in value:
        role = message.get("role") if isinstance(message, dict) else None
        content = message.get("content") if isinstance(message, dict) else None
        if role not in ROLES:
            raise Rejected(f"message {len(found) + 1} has no role system, user or assistant")
        if content is not None and not isinstance(content, str):
            raise Rejected(f"the content of message {len(found) + 1} is not a text")
        if not content or content.isspace():
            raise Rejected(f"message {len(found) + 1} is empty")
        found.append((role, content))
    if found[0][0] != "user" and not any(role == "user" for role, _ in found):
        raise Rejected("no message is the user's")
    if found[-1][0] == "system":
        raise Rejected("the last message is the system's")
    return found


FORMAT = Messages()
