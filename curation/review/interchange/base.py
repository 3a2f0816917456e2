"""What goes to another tool: an item as it is now, and the verdicts that were given on that very text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from schemas.instance import LETTERS, Candidate, Frozen, Instance

APPROVE, REJECT = "approve", "reject"
# The paper's three criteria of quality, under which the terminal rejects with one key.
CRITERIA = ("incorrect", "not diverse", "unethical")


class Verdict(Frozen):
    """One annotator's verdict.

    Args:
        annotator: a name.
        stage: `filter` or `review`.
        kept: approved.
        reason: free text; may begin with one of `CRITERIA`.
        seconds: that it took; 0 if nobody knows.
    """

    annotator: str
    stage: str
    kept: bool
    reason: str = ""
    seconds: float = 0.0


class Row(NamedTuple):
    """An item. Args: state: `filter`, `revise`, `review`, `passed`, `rejected`; verdicts: on this content."""

    content: Instance | Candidate
    state: str
    verdicts: Sequence[Verdict] = ()


class Vote(Frozen):
    """A verdict that came back from another tool.

    Args:
        id: of the instance or candidate.
        annotator: as the tool names who voted, or as `users` does.
        kept: approved.
        reason: criteria and free text, with a semicolon between.
    """

    id: str
    annotator: str
    kept: bool
    reason: str = ""


def divided(reason: str) -> tuple[list[str], str]:
    """(criteria, the rest) of a reason. `incorrect: the answer is C` is the criterion and a remark."""
    found: list[str] = []
    rest = reason.strip()
    while criterion := next((c for c in CRITERIA if rest == c or rest.startswith((f"{c};", f"{c}:"))), None):
        found.append(criterion)
        rest = rest[len(criterion) + 1 :].strip()
    return list(dict.fromkeys(found)), rest


def rejoined(criteria: Sequence[str], rest: str) -> str:
    """The reason that `divided` took apart."""
    return "; ".join([*(c for c in CRITERIA if c in criteria), *([rest.strip()] if rest.strip() else [])])


def shown_prompt(content: Instance | Candidate) -> str:
    """All that the model is shown as one text; roles stand before the messages where there are several."""
    messages = content.prompt
    if len(messages) == 1:
        return messages[0].content
    return "\n\n".join(f"[{m.role}]\n{m.content}" for m in messages)


def shown_answer(content: Instance | Candidate) -> str:
    return content.response if isinstance(content, Instance) else ""


def shown_options(content: Instance | Candidate) -> str:
    """The options with letters, one a line; gold ones have a mark."""
    gold = content.answer if isinstance(content, Instance) else ""
    return "\n".join(
        f"{letter}. {text}{' ✓' if letter in gold else ''}"
        for letter, text in zip(LETTERS, content.choices, strict=False)
    )


def shown_distractors(content: Instance | Candidate) -> str:
    if not isinstance(content, Instance):
        return ""
    return "\n\n".join(f"[{d.kind or 'of no kind'}]\n{d.text}" for d in content.distractors)


def majority(verdicts: Sequence[Verdict]) -> tuple[str, float] | None:
    """(verdict of the majority, its share); None without one."""
    kept = sum(v.kept for v in verdicts)
    if 2 * kept == len(verdicts):
        return None
    return (APPROVE if 2 * kept > len(verdicts) else REJECT), max(kept, len(verdicts) - kept) / len(verdicts)
