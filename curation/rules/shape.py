"""Rules about size and repetition. Lengths are in characters: Chinese has no spaces to count words by."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from schemas.instance import Instance

if TYPE_CHECKING:
    from curation.rules import Verdict


def length(instance: Instance, *, minimum: int = 1, maximum: int = 4000) -> Verdict:
    """All messages together have `minimum` to `maximum` characters."""
    have = sum(len(m.content) for m in instance.messages)
    if have < minimum:
        return False, f"{have} characters, fewer than {minimum}"
    if have > maximum:
        return False, f"{have} characters, more than {maximum}"
    return True


def repeated_lines(instance: Instance, *, times: int = 4, share: float = 0.5, shortest: int = 4) -> Verdict:
    """No line of the response stands there more than `times` times and makes up more than `share` of its lines.

    Lines of fewer than `shortest` characters do not count: brackets and refrains repeat for good reasons.
    """
    lines = [line.strip() for line in instance.response.split("\n") if line.strip()]
    if len(lines) <= times:
        return True
    line, count = Counter(lines).most_common(1)[0]
    if count > times and count > share * len(lines) and len(line) >= shortest:
        return False, f"one line stands {count} times among {len(lines)}"
    return True
