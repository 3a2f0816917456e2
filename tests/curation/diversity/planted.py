"""Pools with a known truth: various rows, and among them a planted share of one wording."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

from schemas.instance import Instance, Message, Source
from schemas.jsonl import write_jsonl

CHARACTERS = [chr(c) for c in range(0x4E00, 0x4E00 + 3000)]


def row(
    number: int,
    prompt: str,
    reply: str,
    *,
    ability: str = "creative_writing",
    system: str = "",
    origin: str = "human",
) -> Instance:
    first = [Message(role="system", content=system)] if system else []
    return Instance.model_validate(
        {
            "ability": ability,
            "form": "open",
            "messages": [
                *first,
                Message(role="user", content=prompt),
                Message(role="assistant", content=reply),
            ],
            "origin": origin,
            "source": Source(name="planted", row=str(number)),
        }
    )


def various(count: int, seed: int = 0, **fields: str) -> list[Instance]:
    """Rows of random characters: nothing in them is shared but by chance."""
    rng = random.Random(seed)
    return [row(n, noise(rng, 30), noise(rng, 80), **fields) for n in range(count)]


def noise(rng: random.Random, most: int) -> str:
    return "".join(rng.choices(CHARACTERS, k=rng.randint(most // 2, most)))


def planted(count: int, share: float, template: str, seed: int = 0, **fields: str) -> list[Instance]:
    """`share` of the prompts fill the gap `{}` of a template with a few random characters."""
    rng = random.Random(seed)
    rows = []
    for number in range(count):
        prompt = template.format(noise(rng, 6)) if number < share * count else noise(rng, 30)
        rows.append(row(number, prompt, noise(rng, 80), **fields))
    return rows


def written(folder: Path, rows: Sequence[Instance], name: str = "rows.jsonl") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    write_jsonl(folder / name, rows)
    return folder / name
