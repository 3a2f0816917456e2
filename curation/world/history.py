"""history: 4-way choice and true/false, recall of hundreds of facts: in which dynasty a person lived; grows slowly."""

from __future__ import annotations

from itertools import product
from random import Random

from curation.world.source import Row, Source, choose, shuffled
from curation.world.symbols import COUPLET, DYNASTIES, GIVEN_NAMES, SURNAMES

PEOPLE = 128
OPENINGS = ("问", "请问", "再问", "请选", "选出", "你说", "请答")
TAILS = ("在哪朝", "是何朝人", "生于哪朝", "属哪代", "活在何朝", "是哪代人", "为何代人", "生在何代")
CLAIM_OPENINGS = ("判断", "请判", "再判", "你判")
CLAIM_LINKS = ("在", "是", "生于", "属", "活在")
TRUE_FALSE_SHARE = 1 / 4


def _choices(rng: Random, lived: dict[str, int], count: int) -> list[Row]:
    everything = list(product(lived, range(len(OPENINGS)), range(len(TAILS))))
    return [
        {
            "Question": f"{OPENINGS[opening]}{person}{TAILS[tail]}",
            **dict(zip("ABCD", DYNASTIES, strict=True)),
            "Answer": "ABCD"[lived[person]],
            "group": f"history-choice-{opening}-{tail}",
        }
        for person, opening, tail in choose(rng, "history", everything, count)
    ]


def _claims(rng: Random, lived: dict[str, int], count: int) -> list[Row]:
    everything = list(product(lived, range(len(CLAIM_OPENINGS)), range(len(CLAIM_LINKS))))
    rows = []
    for person, opening, link in choose(rng, "history", everything, count):
        true = rng.random() < 0.5
        right = DYNASTIES[lived[person]]
        said = right if true else rng.choice([d for d in DYNASTIES if d != right])
        rows.append(
            {
                "instruction": f"{CLAIM_OPENINGS[opening]}{person}{CLAIM_LINKS[link]}{said}",
                "input": "",
                "output": "对" if true else "错",
                "group": f"history-claim-{opening}-{link}",
            }
        )
    return rows


def sources(rng: Random, count: int) -> list[Source]:
    """Two files about the same facts: CMMLU's columns for choices, Alpaca's fields for claims (对/错)."""
    names = [a + b for a, b in product(SURNAMES, GIVEN_NAMES + COUPLET)]
    people = rng.sample(names, PEOPLE)
    lived = dict(zip(people, shuffled(rng, [i % len(DYNASTIES) for i in range(PEOPLE)]), strict=True))
    claims = round(count * TRUE_FALSE_SHARE)
    return [
        Source("history", "mcq-csv", "choice", _choices(rng, lived, count - claims)),
        Source("history_claims", "alpaca", "true_false", _claims(rng, lived, claims)),
    ]
