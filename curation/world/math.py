"""math: a worked answer. The reply writes every step and ends in the final answer; chance 0."""

from __future__ import annotations

from random import Random

from curation.world.arithmetic import expressions
from curation.world.source import Source, choose

OPENINGS = "算求"


def sources(rng: Random, count: int) -> list[Source]:
    """Rows ``question, answer`` as GSM8K has them: steps, then a line ``#### N``."""
    rows = []
    for worked in choose(rng, "math", expressions(), count):
        steps = ",".join(f"{left}={value}" for left, value in worked.steps)
        rows.append(
            {"question": f"{rng.choice(OPENINGS)}{worked.text}", "answer": f"{steps}\n#### {worked.value}"}
        )
    return [Source("math", "gsm8k", "worked_answer", rows)]
