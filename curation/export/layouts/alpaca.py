"""Alpaca's `instruction`, `input`, `output`, with the `system` and `history` that LLaMA-Factory reads beside them.

The whole question stands in `instruction`: where an instance's question came in two fields once, nobody knows any more
where the one ended. `system` and `history` are always there, empty where a row has none, because the readers of
JSON lines want the same columns in every row.
"""

from __future__ import annotations

from curation.export.layouts.base import Layout, Row, llama_factory, text
from curation.export.layouts.turns import turns_of
from schemas.instance import Instance


def to_alpaca(instance: Instance) -> Row:
    """Raises Unfit unless user and assistant speak in turns."""
    system, pairs = turns_of(instance)
    *before, (instruction, output) = pairs
    return {
        "instruction": instruction,
        "input": "",
        "output": output,
        "system": system,
        "history": [list(pair) for pair in before],
    }


LAYOUT = Layout(
    about="JSON lines of instruction, input, output, system, history",
    row=to_alpaca,
    loses=("ability", "form", "choices", "answer", "distractors", "origin", "source", "group", "parents"),
    extras=llama_factory(
        {
            "columns": {
                "prompt": "instruction",
                "query": "input",
                "response": "output",
                "system": "system",
                "history": "history",
            }
        }
    ),
    features=(
        *map(text, ("instruction", "input", "output", "system")),
        {"name": "history", "list": {"list": "string"}},
    ),
)
