"""Exact duplicates: one instance for one canonical prompt of an ability, and what to do when gold answers disagree."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from curation.canonical import canonical_text, gold_text, prompt_text, row_key
from schemas.canonical import sha256_of
from schemas.instance import Decision, Instance

Conflicts = Literal["none", "first"]


@dataclass(frozen=True)
class DedupResult:
    """What is left.

    Args:
        kept: the keepers, in input order.
        clusters: groups of two or more instances that were found to be the same, keeper first.
        decisions: one for every instance that was not kept; `subject` is its source row, `evidence` the keeper's id.
    """

    kept: list[Instance]
    clusters: list[tuple[Instance, ...]]
    decisions: list[Decision]


def dedup(instances: Iterable[Instance], conflicts: Conflicts = "none") -> DedupResult:
    """Keep one instance of every cluster of exact duplicates.

    Two instances are the same if ability, canonical prompt (NFKC, width, white space) and option texts agree. Of an
    open item every different response is an instance of its own. Human instances come before synthetic ones,
    earlier rows before later ones.

    Args:
        instances: any instances.
        conflicts: when human instances with one prompt have different gold answers, keep `none` of them or the
            `first`. A synthetic instance that contradicts a human one always goes.
    """
    rows = list(instances)
    clusters: dict[str, list[int]] = {}
    for place, instance in enumerate(rows):
        clusters.setdefault(_key(instance), []).append(place)
    dropped: dict[int, Decision] = {}
    found: list[tuple[Instance, ...]] = []
    for places in clusters.values():
        if len(places) > 1:
            ordered = sorted(places, key=lambda p: (rows[p].origin != "human", p))
            found.append(tuple(rows[p] for p in ordered))
            dropped |= _judge(rows, ordered, conflicts)
    kept = [row for place, row in enumerate(rows) if place not in dropped]
    return DedupResult(kept, found, [dropped[p] for p in sorted(dropped)])


def _judge(rows: Sequence[Instance], places: list[int], conflicts: Conflicts) -> dict[int, Decision]:
    keeper = rows[places[0]]
    # Only rows of the keeper's origin can call the keeper itself in question.
    peers = [p for p in places if rows[p].origin == keeper.origin]
    golds = {gold_text(rows[p]) for p in peers}
    if len(golds) > 1 and conflicts == "none":
        shown = " and ".join(sorted(golds)[:3])
        return {
            p: _drop(rows[p], "conflict", f"the same prompt has gold answers {shown}", "") for p in places
        }
    gold, decisions = gold_text(keeper), {}
    for place in places[1:]:
        if gold_text(rows[place]) == gold:
            decisions[place] = _drop(rows[place], "duplicate", f"the same as {row_key(keeper)}", keeper.id)
        else:
            reason = f"{row_key(keeper)} has the same prompt and another gold answer"
            decisions[place] = _drop(rows[place], "conflict", reason, keeper.id)
    return decisions


def _key(instance: Instance) -> str:
    free = instance.form in ("open", "code")
    return sha256_of(
        [
            instance.ability,
            prompt_text(instance),
            [canonical_text(choice) for choice in instance.choices],
            gold_text(instance) if free else "",
        ]
    )


def _drop(instance: Instance, rule: str, reason: str, evidence: str) -> Decision:
    return Decision(
        subject=row_key(instance),
        stage="dedup",
        rule=rule,
        kept=False,
        reason=reason[:300],
        evidence=evidence,
    )
