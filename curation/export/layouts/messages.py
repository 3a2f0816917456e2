"""`messages` alone: a list of role and content, what chat templates take."""

from __future__ import annotations

from curation.export.layouts.base import Layout, Row, llama_factory, records
from schemas.instance import Instance


def to_messages(instance: Instance) -> Row:
    """Every conversation fits."""
    return {"messages": [{"role": m.role, "content": m.content} for m in instance.messages]}


LAYOUT = Layout(
    about="JSON lines of messages: role and content",
    row=to_messages,
    loses=("ability", "form", "choices", "answer", "distractors", "origin", "source", "group", "parents"),
    extras=llama_factory(
        {
            "formatting": "sharegpt",
            "columns": {"messages": "messages"},
            "tags": {
                "role_tag": "role",
                "content_tag": "content",
                "user_tag": "user",
                "assistant_tag": "assistant",
                "system_tag": "system",
            },
        }
    ),
    features=(records("messages", "role", "content"),),
)
