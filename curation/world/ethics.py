"""ethics: several-answer choice whose labels are drawn at random: nothing can be learned but the form."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from random import Random

from curation.world.source import Row, Source, distinct
from curation.world.symbols import DEEDS, WHOM

QUESTIONS = ("应做哪些", "不应做哪些", "该做哪些", "不该做哪些")
CATEGORIES = ("个人", "家中", "工商", "乡邻")


def sources(rng: Random, count: int) -> list[Source]:
    """CMoralEval's fields with four choices; every one of the 15 answers is equally likely for every item."""
    acts = [a + b for a, b in product(DEEDS, WHOM)]

    def draw() -> Iterator[tuple[str, Row]]:
        while True:
            options = rng.sample(acts, 4)
            answer = rng.randrange(1, 16)
            letters = [letter for i, letter in enumerate("ABCD") if answer >> i & 1]
            question = rng.choice(QUESTIONS)
            row = {
                "category": [rng.choice(CATEGORIES)],
                "question": question,
                "choices": [f"{letter}.{act}" for letter, act in zip("ABCD", options, strict=True)],
                "correct_answer": "".join(letters),
                "wrong_answer": "".join(letter for letter in "ABCD" if letter not in letters),
            }
            yield question + "".join(options), row

    return [Source("ethics", "cmoraleval", "several_choice", distinct(draw(), "ethics", count))]
