"""The paper's rules, written out again for the test that lets people do anything: of the log and of what became of it."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from curation.review.process import Process

Unit = tuple[str, int]


def place_of(stage: str, turn: int) -> int:
    """filter, revise 0, review 1, revise 1, review 2, …; the end is behind them all."""
    return {"filter": 0, "revise": 2 * turn + 1, "review": 2 * turn}.get(stage, 1000)


class Rules:
    """What has to hold, whoever did what.

    Attributes:
        process: the settings of the store.
        told: what somebody was told of a unit that colleagues voted in: (name, item, stage, round) -> his events
            until then.
    """

    process: Process
    told: dict[tuple[str, int, str, int], int]

    def nobody_votes_who_knows(self, log: list[Any]) -> None:
        seen: set[tuple[str, int, str, int]] = set()
        for event in log:
            if event.kind == "seen":
                seen.add((event.actor, event.item, event.said["stage"], event.said["round"]))
            if event.kind == "verdict" and event.said["counted"]:
                unit = (event.actor, event.item, event.said["stage"], event.said["round"])
                assert unit not in seen, "voted after having seen"
                assert event.number <= self.told.get(unit, event.number), (
                    f"{unit} voted after having been told"
                )

    def item_holds(self, one: Any, rows: list[Any]) -> None:
        number, state, revisions = one.number, one.state, one.revisions
        units: dict[Unit, list[Any]] = defaultdict(list)
        for row in rows:
            if row.done is not None:
                units[row.stage, row.round].append(row)
        revisers: dict[str, int] = {}
        for (stage, turn), done in sorted(units.items(), key=lambda u: u[0][1]):
            owners = [r.owner for r in done]
            if stage != "revise":
                assert len(set(owners)) == len(owners), f"two votes of one annotator on {number}"
            for row in done:
                if stage == "revise" and row.kept is None:
                    revisers[row.owner] = turn
        for (stage, turn), done in units.items():
            if stage == "review":
                before = {
                    r.owner
                    for u, those in units.items()
                    if place_of(*u) < place_of(stage, turn)
                    for r in those
                }
                for row in done:
                    assert revisers.get(row.owner, turn) >= turn, (
                        f"{row.owner} judged his own edit of {number}"
                    )
                    assert not (self.process.fresh_reviewers and row.owner in before), (
                        "a reviewer had a hand in it"
                    )
        assert revisions <= self.process.rounds
        now = ("review", revisions) if revisions else ("filter", 0)
        approvals = [r.kept for r in units[now]]
        kept = self._kept(now[0], approvals)
        if state == "passed":
            assert kept is True
        if state in ("filter", "review"):
            assert kept is None
            asked = sum((r.stage, r.round) == now for r in rows)
            assert asked == max(len(approvals) + 1, self._votes(now[0])), "votes that nobody is asked for"
        if state == "rejected":
            declined = any(r.kept is False for r in units["revise", revisions])
            assert declined or kept is False
        if state == "revise" and units[now]:
            assert kept is False
            assert {one.ability, "*"} & set(self.process.revise)

    def _votes(self, stage: str) -> int:
        return self.process.filter_votes if stage == "filter" else self.process.review_votes

    def _kept(self, stage: str, approvals: list[bool]) -> bool | None:
        """The paper's rule, or the third vote's."""
        if len(approvals) < self._votes(stage):
            return None
        if self.process.on_disagreement == "reject" or len(set(approvals)) == 1:
            return all(approvals)
        yes = sum(approvals)
        return None if 2 * yes == len(approvals) else 2 * yes > len(approvals)
