"""Our own rows, from JSON lines, Parquet or a dataset folder: what an export as `parquet` or `hf` holds comes back whole.

Nothing is converted: ability, origin, licence, source and id are the row's own, whatever the command says.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from curation.formats.base import Raw, Rejected, Target
from curation.formats.building import fields_of
from curation.formats.reading import Records
from schemas.instance import Candidate, Instance
from schemas.jsonl import first_reason


class Instances(Records):
    about = (
        "abilitymix's own instances and candidates, as written by its steps and its parquet and hf exports"
    )
    options: Mapping[str, str] = {}

    def convert(self, raw: Raw, target: Target) -> Instance | Candidate:
        row = _without_nothing(fields_of(raw))
        messages = row.get("messages")
        last = messages[-1] if isinstance(messages, list) and messages else None
        waits = isinstance(last, dict) and last.get("role") == "user"
        model: type[Instance] | type[Candidate] = Candidate if waits else Instance
        try:
            return model.model_validate(row)
        except ValidationError as error:
            raise Rejected(first_reason(error)) from None


def _without_nothing(value: Mapping[str, Any]) -> dict[str, Any]:
    """A table has every column in every row: one that holds nothing is a field with its default."""
    row = {name: field for name, field in value.items() if field is not None}
    for name in ("distractors", "messages"):
        if isinstance(row.get(name), list):
            row[name] = [
                {k: v for k, v in one.items() if v is not None} if isinstance(one, dict) else one
                for one in row[name]
            ]
    return row


FORMAT = Instances()
