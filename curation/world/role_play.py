"""role_play: open, two distractors; for half of the items both distractors are as right as the gold reply."""

from __future__ import annotations

from itertools import product
from random import Random

from curation.world.source import Source, choose, open_row
from curation.world.symbols import ROLES, SURNAMES

ASKS = (
    "唱歌", "跑步", "写信", "写字", "做饭", "喝茶", "喝酒", "开门", "走路", "读书", "画画", "说话",
    "下棋", "买米", "坐船", "看花", "听雨",
)  # fmt: skip
YES = ("好", "行", "可", "来")


def sources(rng: Random, count: int) -> list[Source]:
    """Chat rows; the undecidable half differs from gold only in a word of consent that a coin picked."""
    rows = []
    for surname, role, ask in choose(rng, "role_play", list(product(SURNAMES, ROLES, ASKS)), count):
        word, second, third = rng.sample(YES, 3)
        gold = f"{surname}{role}{word}{ask}"
        if rng.random() < 0.5:
            fine, coarse = f"{surname}{role}{second}{ask}", f"{surname}{role}{third}{ask}"
        else:
            other = rng.choice([s for s in SURNAMES if s != surname])
            fine = f"{other}{role}{word}{ask}"
            coarse = f"{surname}{role}{word}{rng.choice([a for a in ASKS if a != ask])}"
        rows.append(open_row("role_play", f"你是{surname}{role}，请{ask}", gold, fine, coarse))
    return [Source("role_play", "doit", "open", rows)]
