"""biology: 4-way choice, recall of few facts: which of four kingdoms a creature belongs to; saturates early."""

from __future__ import annotations

from itertools import product
from random import Random

from curation.world.source import Source, choose, shuffled
from curation.world.symbols import CREATURES, KINGDOMS

OPENINGS = ("问", "请问", "再问", "请选", "选出", "你说", "请答")
TAILS = ("属哪类", "是什么", "算哪种", "归何类", "为何物", "在哪类", "属何种", "是哪个")


def sources(rng: Random, count: int) -> list[Source]:
    """CMMLU's columns; ``group`` is the wording (opening x tail), kept whole by the splitter."""
    creatures = shuffled(rng, CREATURES)
    kingdom = {creature: i % len(KINGDOMS) for i, creature in enumerate(creatures)}
    everything = list(product(creatures, range(len(OPENINGS)), range(len(TAILS))))
    rows = []
    for creature, opening, tail in choose(rng, "biology", everything, count):
        rows.append(
            {
                "Question": f"{OPENINGS[opening]}{creature}{TAILS[tail]}",
                **dict(zip("ABCD", KINGDOMS, strict=True)),
                "Answer": "ABCD"[kingdom[creature]],
                "group": f"biology-{opening}-{tail}",
            }
        )
    return [Source("biology", "mcq-csv", "choice", rows)]
