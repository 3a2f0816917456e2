"""The paper's layout: `curated/<part>/<ability>_<part>.json`, JSON lines of messages, type, question_format, …"""

from __future__ import annotations

from collections.abc import Sequence

from curation.export.layouts.base import Layout, records, text, texts
from curation.formats.doit import to_doit
from schemas.forms.base import lettered
from schemas.instance import Instance


def _also_loses(instance: Instance) -> Sequence[str]:
    """The only place for options is the end of the prompt."""
    if not instance.choices:
        return ()
    shown = instance.messages[-2].content.endswith("\n" + "\n".join(lettered(instance.choices)))
    return () if shown else ("choices outside of the prompt",)


def _place(part: str, ability: str) -> str:
    return f"curated/{part}/{ability}_{part}.json"


LAYOUT = Layout(
    about="the paper's layout: one file a part and ability, or one file",
    row=to_doit,
    loses=("form", "kind", "origin", "source", "parents"),
    also_loses=_also_loses,
    suffix=".json",
    place=_place,
    features=(
        records("messages", "role", "content"),
        text("type"),
        {"name": "question_format", "dtype": "int64"},
        texts("choices"),
        text("answer"),
        text("group"),
    ),
)
