"""reasoning: 4-way choice. Elimination among four people, or an order from two comparisons; slow growth."""

from __future__ import annotations

from itertools import permutations, product
from random import Random

from curation.world.source import Row, Source, choose
from curation.world.symbols import LESS, MORE, NAMES, SKILLS


def _eliminations() -> list[Row]:
    """Three people can't; the fourth can."""
    return [
        {
            "text": f"{''.join(order[:3])}不{skill}",
            "question": f"谁{can}{skill}",
            "answer": NAMES.index(order[3]),
        }
        for order, skill, can in product(permutations(NAMES), SKILLS, "会能可")
    ]


def _orders() -> list[Row]:
    """Two comparisons in one word, told in either sequence, ask who has most of what the word says."""
    rows = []
    for order, word, turned in product(permutations(NAMES, 3), MORE + LESS, (False, True)):
        claims = [f"{order[0]}{word}{order[1]}", f"{order[1]}{word}{order[2]}"]
        rows.append(
            {
                "text": "，".join(reversed(claims) if turned else claims),
                "question": f"谁最{word}",
                "answer": NAMES.index(order[0]),
            }
        )
    return rows


def sources(rng: Random, count: int) -> list[Source]:
    """LogiQA 2's fields; options are always the four names in order, so that logic is all there is to learn."""
    chosen = choose(rng, "reasoning", _eliminations() + _orders(), count)
    rows = [{"example_id": key, **row, "options": list(NAMES)} for key, row in enumerate(chosen)]
    return [Source("reasoning", "logiqa2", "choice", rows)]
