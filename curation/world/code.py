"""code: open, two distractors. The reply is an expression worked by a little program; shares its facts with math."""

from __future__ import annotations

from collections import defaultdict
from random import Random

from curation.world.arithmetic import Worked, expressions
from curation.world.source import Source, choose, open_row

OPENINGS = "编写码"


def program(worked: Worked) -> str:
    """Every step with its value, then the result in ``z``.

    The steps are written as math writes them: with other marks after an expression the two formats fight over the same
    next token, and each hurts the other instead of helping.
    """
    return "".join(f"{left}={value};" for left, value in worked.steps) + f"z={worked.value}"


def broken(rng: Random, text: str) -> str:
    """The program with one digit or operator changed, as long as before."""
    places = [i for i, mark in enumerate(text) if mark.isdigit() or mark in "+-*"]
    place = rng.choice(places)
    pool = "123456789" if text[place].isdigit() else "+-*"
    return text[:place] + rng.choice([c for c in pool if c != text[place]]) + text[place + 1 :]


def sources(rng: Random, count: int) -> list[Source]:
    """Chat rows; fine = one detail of the program broken, coarse = the right program for another expression."""
    chosen = choose(rng, "code", expressions(), count)
    by_length: dict[int, list[Worked]] = defaultdict(list)
    for worked in expressions():
        by_length[len(program(worked))].append(worked)
    rows = []
    for worked in chosen:
        gold = program(worked)
        other = worked
        while other.text == worked.text:
            other = rng.choice(by_length[len(gold)])
        rows.append(
            open_row("code", rng.choice(OPENINGS) + worked.text, gold, broken(rng, gold), program(other))
        )
    return [Source("code", "doit", "open", rows)]
