"""The paper's layout: `curated/<part>/<ability>_<part>.json`, JSON lines of messages, type, question_format, …"""

from __future__ import annotations

from curation.export.layouts.base import Layout
from curation.formats.doit import to_doit


def _place(part: str, ability: str) -> str:
    return f"curated/{part}/{ability}_{part}.json"


LAYOUT = Layout(
    about="the paper's layout: one file a part and ability, or one file",
    row=to_doit,
    loses=("form", "kind", "origin", "source", "parents"),
    suffix=".json",
    place=_place,
)
