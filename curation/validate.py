"""Files of instances against the types: every broken line, not only the first."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from curation.workers import in_order
from schemas.errors import BadData
from schemas.instance import Instance
from schemas.jsonl import Block, line_blocks, models_in


@dataclass
class Validity:
    """How many lines of a file are instances, and what is wrong with the others, in order."""

    valid: int
    problems: list[str]


def validate_file(path: Path, workers: int | None = 1) -> Validity:
    """Look at every line of a file. Raises MissingFile or BadData for a file that is none."""
    whole = Validity(0, [])
    for found in in_order(_look, line_blocks(path), workers):
        whole.valid += found.valid
        whole.problems += found.problems
    return whole


def _look(block: Block) -> Validity:
    found = Validity(0, [])
    try:
        for _ in models_in(block, Instance):
            found.valid += 1
        return found
    except BadData:
        pass  # a broken line ends the reader of a block: look at this block's lines one by one
    found.valid = 0
    for number, line in enumerate(block.data.split(b"\n"), block.first):
        try:
            found.valid += sum(1 for _ in models_in(Block(block.path, number, line), Instance))
        except BadData as error:
            found.problems.append(f"{error.where}: {error.what}")
    return found
