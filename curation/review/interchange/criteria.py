"""The paper's three criteria of quality, taken out of a reason: other tools ask for them with choices of their own."""

from __future__ import annotations

# What the terminal writes at the beginning of a reason with one key.
CRITERIA = ("incorrect", "not diverse", "unethical")


def divided(reason: str) -> tuple[list[str], str]:
    """(criteria, the rest) of a reason. `incorrect: the answer is C` is the criterion and a remark."""
    found: list[str] = []
    rest = reason.strip()
    while criterion := next((c for c in CRITERIA if rest == c or rest.startswith((f"{c};", f"{c}:"))), None):
        found.append(criterion)
        rest = rest[len(criterion) + 1 :].strip()
    return list(dict.fromkeys(found)), rest
