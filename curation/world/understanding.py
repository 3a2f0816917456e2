"""understanding: 3- or 4-way choice over a dialogue of two lines: what kind of thing does one of the two want."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from curation.world.source import Row, Source, distinct, shuffled
from curation.world.symbols import THINGS

SPEAKERS = "男女"
VERBS = "要买借送拿"
NODS = "好行是可"
NOD_SHARE = 0.4


def sources(rng: Random, count: int) -> list[Source]:
    """C3's arrays [utterances, questions, id]; ``answer`` is the text of the right choice."""

    def draw() -> Iterator[tuple[str, Row]]:
        while True:
            kinds = list(THINGS)[: rng.choice((3, 4))]
            asked_kind, other_kind = rng.sample(kinds, 2)
            verb = rng.choice(VERBS)
            asked, other = shuffled(rng, SPEAKERS)
            nods = rng.random() < NOD_SHARE  # Then no other kind is named: finding the speaker isn't needed.
            answer = rng.choice(NODS) if nods else verb + rng.choice(THINGS[other_kind])
            lines = [f"{asked}：{verb}{rng.choice(THINGS[asked_kind])}", f"{other}：{answer}"]
            row = {
                "utterances": shuffled(rng, lines),
                "question": f"{asked}{verb}哪类",
                "choice": kinds,
                "answer": asked_kind,
            }
            yield repr(row), row

    return [Source("understanding", "c3", "choice", distinct(draw(), "understanding", count))]
