"""Decisions of people: appended one by one, never changed; what stands is what replaying them leaves.

A verdict has the stage `review` and names its reviewer as the rule. Undoing one appends a further decision, of the
stage `review_undo`, that withdraws the reviewer's last verdict on that instance.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from schemas.append import append_lines, whole_lines
from schemas.errors import BadData, BadSpec
from schemas.instance import Decision
from schemas.jsonl import as_line, first_reason
from schemas.terminal import visible

REVIEW, UNDO = "review", "review_undo"


def append_decision(path: Path, decision: Decision) -> None:
    """When this returns, the decision is on the disk. Raises OSError if it is not."""
    append_lines(path, [as_line(decision)])


def read_decisions(path: Path) -> list[Decision]:
    """All decisions of a file, oldest first; none if there is no file. Raises BadData with the line that is none."""
    found = []
    for number, line in whole_lines(path):
        try:
            found.append(Decision.model_validate_json(line))
        except ValidationError as error:
            raise BadData(
                f"not a decision ({first_reason(error)})",
                where=f"{path}:{number}",
                do="restore the file or name another one",
            ) from None
    return found


class OwnVerdicts:
    """One reviewer's verdicts in a file of decisions. What others decided there is neither shown nor kept here.

    Args:
        path: the file; made with the first verdict.
        reviewer: the name that verdicts carry.

    Raises:
        BadSpec: a name that is empty or not one visible line. BadData: a damaged file.
    """

    def __init__(self, path: Path, reviewer: str) -> None:
        if not reviewer.strip() or visible(reviewer) != reviewer:
            raise BadSpec(
                f"{visible(reviewer)!r} is no name", where="--as", do="give a name of visible characters"
            )
        self.path, self.reviewer = path, reviewer
        self._stack: list[tuple[str, bool]] = []
        for decision in read_decisions(path):
            if decision.rule == reviewer:
                self._replay(decision)

    @property
    def standing(self) -> dict[str, bool]:
        """Instance id -> approved or not, for every instance with a verdict that was not withdrawn."""
        return dict(self._stack)

    @property
    def last(self) -> str | None:
        """Id of the instance judged last, of the verdicts that stand."""
        return self._stack[-1][0] if self._stack else None

    def judge(self, subject: str, kept: bool) -> None:
        """Approve or reject. A verdict given before on the same instance is overruled, not erased."""
        self._append(Decision(subject=subject, stage=REVIEW, rule=self.reviewer, kept=kept))

    def withdraw(self) -> str | None:
        """Take back the last verdict that stands, in this session or an earlier one; the id of its instance."""
        if not self._stack:
            return None
        subject, kept = self._stack[-1]
        self._append(Decision(subject=subject, stage=UNDO, rule=self.reviewer, kept=kept, reason="withdrawn"))
        return subject

    def _append(self, decision: Decision) -> None:
        append_decision(self.path, decision)  # first the disk, then what the screen is told
        self._replay(decision)

    def _replay(self, decision: Decision) -> None:
        if decision.stage == REVIEW:
            self._stack.append((decision.subject, decision.kept))
        elif decision.stage == UNDO:
            at = [i for i, (subject, _) in enumerate(self._stack) if subject == decision.subject]
            if at:
                del self._stack[at[-1]]
