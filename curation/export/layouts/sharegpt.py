"""ShareGPT's `conversations` of `from` (human, gpt) and `value`; the system's text in a column of its own."""

from __future__ import annotations

from curation.export.layouts.base import Layout, Row, llama_factory, records, text
from curation.export.layouts.turns import turns_of
from schemas.instance import Instance


def to_sharegpt(instance: Instance) -> Row:
    """Raises Unfit unless user and assistant speak in turns."""
    system, pairs = turns_of(instance)
    said = [
        {"from": speaker, "value": text}
        for pair in pairs
        for speaker, text in zip(("human", "gpt"), pair, strict=True)
    ]
    return {"conversations": said, "system": system}


LAYOUT = Layout(
    about="JSON lines of conversations (from human or gpt, value) and system",
    row=to_sharegpt,
    loses=("ability", "form", "choices", "answer", "distractors", "origin", "source", "group", "parents"),
    extras=llama_factory(
        {"formatting": "sharegpt", "columns": {"messages": "conversations", "system": "system"}}
    ),
    features=(records("conversations", "from", "value"), text("system")),
)
