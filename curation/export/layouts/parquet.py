"""Every field, in Parquet: one file a part, or one file."""

from __future__ import annotations

from curation.export.layouts.base import Layout, Row, one_file_a_part, records, text, texts
from schemas.instance import Instance


def to_row(instance: Instance) -> Row:
    """All fields, those that hold their default too: every row of a table has the same columns."""
    return {
        "id": instance.id,
        "ability": instance.ability,
        "form": instance.form,
        "messages": [{"role": m.role, "content": m.content} for m in instance.messages],
        "choices": list(instance.choices),
        "answer": instance.answer,
        "distractors": [{"text": d.text, "kind": d.kind} for d in instance.distractors],
        "origin": instance.origin,
        "source": {
            "name": instance.source.name,
            "row": instance.source.row,
            "licence": instance.source.licence,
            "group": instance.source.group,
        },
        "parents": list(instance.parents),
    }


FEATURES = (
    *map(text, ("id", "ability", "form")),
    records("messages", "role", "content"),
    texts("choices"),
    text("answer"),
    records("distractors", "text", "kind"),
    text("origin"),
    {"name": "source", "struct": [text(name) for name in ("name", "row", "licence", "group")]},
    texts("parents"),
)
LAYOUT = Layout(
    about="every field, in Parquet: one file a part, or one file",
    row=to_row,
    suffix=".parquet",
    place=one_file_a_part(".parquet"),
    parquet=True,
    features=FEATURES,
)
