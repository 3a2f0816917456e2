"""Prompts as files hold them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pydantic import ValidationError

from schemas.errors import BadData
from schemas.instance import Candidate, Instance
from schemas.jsonl import first_reason, read_jsonl
from synth.strategies import Prompt


def read_prompts(path: Path) -> Iterator[Prompt]:
    """Instances, or candidates where the last message is the user's. Raises BadData with file and line."""
    for number, value in read_jsonl(path):
        try:
            last = value["messages"][-1]["role"]
        except (KeyError, IndexError, TypeError):
            last = ""
        try:
            yield (Candidate if last == "user" else Instance).model_validate(value)
        except ValidationError as error:
            raise BadData(
                first_reason(error), where=f"{path}:{number}", do="mend or remove the line"
            ) from None
