"""Files of instances for the tests of deduplication, and what the command left."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from curation.dedup.files import DedupReport, dedup_files
from curation.dedup.settings import DedupSettings
from schemas.instance import Instance, Message, Source
from schemas.jsonl import write_jsonl
from tests.curation.curation_rows import open_item

LETTERS = [chr(c) for c in range(0x4E00, 0x9FA5, 7)]


def text(draw: random.Random, length: int = 80) -> str:
    return "".join(draw.choices(LETTERS, k=length))


def edited(whole: str, draw: random.Random, edits: int = 1) -> str:
    letters = list(whole)
    for _ in range(edits):
        letters[draw.randrange(8, len(letters) - 8)] = draw.choice(LETTERS)
    return "".join(letters)


def item(prompt: str, answer: str, *, form: str = "true_false", row: str = "1", **more: Any) -> Instance:
    return Instance.model_validate(
        {
            "ability": "history",
            "form": form,
            "messages": [Message(role="user", content=prompt), Message(role="assistant", content=answer)],
            "answer": answer,
            "source": Source(name="s", row=row),
            **more,
        }
    )


def families(seed: int, count: int) -> list[Instance]:
    """Open items in families of one to four near-duplicates, with exact duplicates among them, shuffled."""
    draw = random.Random(seed)
    rows = []
    for number in range(count):
        prompt, reply = text(draw, 40), text(draw, draw.randint(20, 120))
        ability = draw.choice(("creative_writing", "role_play"))
        for _ in range(draw.randint(1, 4)):
            reply_now = edited(reply, draw, draw.randint(0, 3))
            rows.append((prompt, reply_now, ability, number))
    draw.shuffle(rows)
    return [
        open_item(
            prompt,
            reply,
            ability=ability,
            row=str(place),
            source=f"s{place % 3}",
            origin="synthetic" if place % 4 == 0 else "human",
        )
        for place, (prompt, reply, ability, _) in enumerate(rows)
    ]


class Left:
    """What a run left in its folder."""

    def __init__(self, folder: Path, report: DedupReport) -> None:
        self.folder, self.report = folder, report
        self.rows = [row["source"]["row"] for row in lines(folder / "instances.jsonl")]
        self.decisions = lines(folder / "decisions.jsonl")
        self.clusters = lines(folder / "clusters.jsonl")

    @property
    def rules(self) -> list[str]:
        return [decision["rule"] for decision in self.decisions]

    def members(self, kind: str) -> list[dict[str, Any]]:
        return [m for cluster in self.clusters for m in cluster["members"] if m["kind"] == kind]

    @property
    def bytes(self) -> dict[str, bytes]:
        return {p.name: p.read_bytes() for p in self.folder.iterdir() if p.name != "step.json"}


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def run(folder: Path, rows: Sequence[Instance], workers: int = 1, out: str = "out", **settings: Any) -> Left:
    source = folder / "rows.jsonl"
    write_jsonl(source, rows)
    report = dedup_files([source], folder / out, DedupSettings(**settings), workers=workers)
    return Left(folder / out, report)
