"""How two sources differ where an eye sees it: length, openers, variety. In characters, as Chinese has no spaces."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from schemas.instance import Instance
from schemas.terminal import one_line

OPENER = 4


@dataclass(frozen=True)
class Gap:
    """Of one ability and one origin.

    Args:
        rows: how many responses.
        length: median characters of a response.
        opener: share of the responses that begin with the commonest first four characters.
        distinct_1, distinct_2: distinct character 1- and 2-grams over all of them, on the first `characters`
            characters of the source, because the ratio falls with the amount of text.
        characters: the budget both sources were cut to.
    """

    ability: str
    source: str
    rows: int
    length: float
    opener: float
    distinct_1: float
    distinct_2: float
    characters: int


def gap(human: Sequence[Instance], synthetic: Sequence[Instance]) -> list[Gap]:
    """Two lines per ability that both sources have, human first."""
    found = []
    for ability in dict.fromkeys(i.ability for i in human):
        sides = {
            name: [i.response for i in rows if i.ability == ability]
            for name, rows in (("human", human), ("synthetic", synthetic))
        }
        if all(sides.values()):
            budget = min(sum(map(len, texts)) for texts in sides.values())
            found += [_measure(ability, name, texts, budget) for name, texts in sides.items()]
    return found


def distinct(texts: Sequence[str], size: int, budget: int) -> float:
    """Distinct character n-grams over all n-grams within the first `budget` characters (Li et al. 2016); 0 if none."""
    grams: Counter[str] = Counter()
    for text in texts:
        piece = text[: max(0, budget)]
        budget -= len(piece)
        grams.update(piece[i : i + size] for i in range(len(piece) - size + 1))
    return len(grams) / grams.total() if grams else 0.0


def _measure(ability: str, source: str, texts: Sequence[str], budget: int) -> Gap:
    openers = Counter(text[:OPENER] for text in texts)
    return Gap(
        ability=ability,
        source=source,
        rows=len(texts),
        length=statistics.median(map(len, texts)),
        opener=openers.most_common(1)[0][1] / len(texts),
        distinct_1=distinct(texts, 1, budget),
        distinct_2=distinct(texts, 2, budget),
        characters=budget,
    )


def as_text(found: Sequence[Gap]) -> str:
    lines = [
        f"{'ability':<20}{'source':<11}{'rows':>7}{'length':>8}{'opener':>8}{'distinct-1':>12}{'distinct-2':>12}"
    ]
    for g in found:
        numbers = f"{g.rows:>7}{g.length:>8.0f}{g.opener:>8.3f}{g.distinct_1:>12.3f}{g.distinct_2:>12.3f}"
        lines.append(f"{one_line(g.ability, 19):<20}{g.source:<11}{numbers}")
    return "\n".join(lines)
