"""Worked expressions: the number facts and the order of operations that math and code share (planted transfer)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import product

LARGEST_DIGIT = 5
LARGEST_VALUE = 10


@dataclass(frozen=True)
class Worked:
    """An expression, its steps in the order they are done (left side, value), and what it comes to."""

    text: str
    steps: tuple[tuple[str, int], ...]

    @property
    def value(self) -> int:
        return self.steps[-1][1]


def _value(left: int, sign: str, right: int) -> int:
    return left * right if sign == "*" else left + right if sign == "+" else left - right


def work(digits: tuple[int, ...], signs: tuple[str, ...]) -> Worked:
    """Work out ``d0 s0 d1 s1 d2 ...``: multiplications first, then from the left."""
    text = str(digits[0]) + "".join(f"{sign}{digit}" for sign, digit in zip(signs, digits[1:], strict=True))
    numbers, left, steps = list(digits), list(signs), []
    while left:
        at = left.index("*") if "*" in left else 0
        value = _value(numbers[at], left[at], numbers[at + 1])
        steps.append((f"{numbers[at]}{left[at]}{numbers[at + 1]}", value))
        numbers[at : at + 2], left[at : at + 1] = [value], []
    return Worked(text, tuple(steps))


@cache
def expressions() -> tuple[Worked, ...]:
    """All expressions of four digits 1 to 4 with at most one multiplication and every step between 0 and 16."""
    found = []
    for signs in product("+-*", repeat=3):
        if signs[1:].count("*") > 0:
            continue
        for digits in product(range(1, LARGEST_DIGIT + 1), repeat=4):
            worked = work(digits, signs)
            if all(0 <= value <= LARGEST_VALUE for _, value in worked.steps):
                found.append(worked)
    return tuple(found)
