"""A pool as the steps that find hints read it: instances apart from candidates, what was there before apart from what is new."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from curation.review.earlier import Earlier, Ids
from schemas.instance import Candidate, Instance, Message
from schemas.jsonl import LineWriter, line_blocks

_ANSWER = "待答"


@dataclass
class Pool:
    """The files of a pool, instances apart from candidates.

    Args:
        instances: files of nothing but instances.
        asked: a file of candidates as open instances with one and the same answer, which all steps can read.
        candidates: id of such an instance -> id of the candidate.
        items: id of a revision -> id of its item, where they are not the same.
        before: ids of items that were there before.
    """

    instances: list[Path] = field(default_factory=list)
    asked: list[Path] = field(default_factory=list)
    candidates: dict[str, str] = field(default_factory=dict)
    items: Mapping[str, str] = field(default_factory=dict)
    before: Ids = field(default_factory=Ids)

    def item(self, identity: str) -> str:
        """The item's id for that of an instance in the files."""
        identity = self.candidates.get(identity, identity)
        return self.items.get(identity, identity)

    def is_new(self, member: Mapping[str, Any]) -> bool:
        return self.item(member["id"]) not in self.before


def together(earlier: Earlier | None, pool: Pool, place: Path) -> Pool:
    """A pool together with what was there before, which comes first."""
    if earlier is None:
        return pool
    old = parted([earlier.path], place, "before")
    return Pool(
        [*old.instances, *pool.instances],
        [*old.asked, *pool.asked],
        {**old.candidates, **pool.candidates},
        earlier.items,
        earlier.ids,
    )


def parted(files: Sequence[Path], place: Path, name: str) -> Pool:
    """A file without candidates is left where it is. Args: name: for files of candidates."""
    pool, asked = Pool(), place / f"{name}.jsonl"
    with LineWriter(asked) as to:
        for number, path in enumerate(files):
            if not any(not _answered(line) for line in lines_of(path)):
                pool.instances.append(path)
                continue
            answered = place / f"{name}-answered-{number}.jsonl"
            with LineWriter(answered) as kept:
                for line in lines_of(path):
                    if _answered(line):
                        kept.write(line + b"\n")
                    else:
                        row = Candidate.model_validate_json(line)
                        made = _stand_in(row)
                        pool.candidates[made.id] = row.id
                        to.write(made.line() + b"\n")
            if answered.stat().st_size:
                pool.instances.append(answered)
    if pool.candidates:
        pool.asked.append(asked)
    return pool


def lines_of(path: Path) -> Iterator[bytes]:
    for block in line_blocks(path):
        yield from filter(bytes.strip, block.data.split(b"\n"))


def _answered(line: bytes) -> bool:
    found: bool = orjson.loads(line)["messages"][-1]["role"] == "assistant"
    return found


def _stand_in(row: Candidate) -> Instance:
    messages = (*row.messages, Message(role="assistant", content=_ANSWER))
    return Instance(
        ability=row.ability, form="open", messages=messages, choices=row.choices, source=row.source
    )
