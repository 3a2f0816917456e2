"""chinese: cloze. The second line of a couplet, character for character; chance 0, slow growth."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from curation.world.source import Row, Source, distinct, shuffled
from curation.world.symbols import COUPLET

LENGTH = 3
OPENINGS = ("对", "下句", "对句", "请对")


def sources(rng: Random, count: int) -> list[Source]:
    """Blocks 题/答; every character has one partner, and is its partner's partner."""
    order = shuffled(rng, COUPLET)
    half = len(order) // 2
    partner = dict(zip(order, order[half:] + order[:half], strict=True))

    def draw() -> Iterator[tuple[str, Row]]:
        while True:
            upper = "".join(rng.sample(COUPLET, LENGTH))
            lower = "".join(partner[c] for c in upper)
            yield upper, {"题": f"{rng.choice(OPENINGS)}{upper}", "答": lower}

    return [Source("chinese", "blocks", "cloze", distinct(draw(), "chinese", count))]
