"""The annotators' own numbers: gold items, agreement with colleagues, pass rate beside theirs, pace; and what stands out.

With many annotators some number is far out by chance. So a remark rests on an interval of level 1 - (1 - level) / people
(Bonferroni), and on counts that `Settings` asks for; the intervals that are shown have the level itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from curation.diversity.numbers import Portion, share_of
from curation.review.agreement.acts import GoldVote
from curation.review.agreement.beside import Beside, ratio_of, time_remarks, times_of
from curation.review.agreement.columns import Bools
from curation.review.agreement.labour import Labour, pace_of
from curation.review.agreement.report import Person
from curation.review.agreement.settings import Settings
from curation.review.agreement.shown import portion_of
from curation.review.agreement.units import Pairings, Units
from curation.review.agreement.votes import Votes


def people_of(
    votes: Votes,
    units: Units,
    pairings: Pairings,
    gold: Sequence[GoldVote],
    labour: Labour,
    settings: Settings,
) -> tuple[Person, ...]:
    """Everyone who did anything, by name."""
    names = sorted({*votes.annotators, *labour.acts.annotators, *(g.annotator for g in gold)})
    strict = 1 - (1 - settings.level) / max(len(names), 1)
    with_others = Beside(units, pairings)
    times = times_of(labour)
    found = []
    for name in names:
        code = votes.annotators.index(name) if name in votes.annotators else -1
        acts = _mine(labour, name)
        person = Person(
            name=name,
            verdicts=int((votes.annotator == code).sum()),
            slower=ratio_of(times[acts & ~np.isnan(times)], settings.level),
            pace=pace_of(labour, acts, settings.level),
            **_gold([g for g in gold if g.annotator == name], settings.level),
            **with_others.numbers(code, settings.level),
        )
        remarks = [
            *_gold_remarks(person, strict, settings),
            *with_others.remarks(person, code, strict, settings),
            *time_remarks(times[acts & ~np.isnan(times)], strict),
        ]
        found.append(person.model_copy(update={"remarks": tuple(remarks)}))
    return tuple(found)


def _mine(labour: Labour, name: str) -> Bools:
    acts = labour.acts
    if name not in acts.annotators:
        return np.zeros(len(acts), np.bool_)
    return np.asarray(acts.annotator == acts.annotators.index(name))


def _gold(mine: list[GoldVote], level: float) -> dict[str, Any]:
    after = [g for g in mine if not g.training]
    before = [g for g in mine if g.training]

    def right(some: list[GoldVote]) -> Portion | None:
        return share_of(sum(g.kept == g.approve for g in some), len(some), level) if some else None

    return {
        "gold": right(after),
        "false_approvals": sum(g.kept and not g.approve for g in after),
        "false_rejections": sum(g.approve and not g.kept for g in after),
        "training": right(before),
    }


def _gold_remarks(person: Person, level: float, settings: Settings) -> Iterator[str]:
    gold = person.gold
    if gold is None or gold.of < settings.least_gold:
        return
    strict = share_of(gold.count, gold.of, level)
    if strict.high < settings.gold_accuracy:
        wrong = gold.of - gold.count
        yield (
            f"has {portion_of(gold)} of {gold.of} gold items right, below the"
            f" {settings.gold_accuracy * 100:g}% that is asked for;"
            f" of {wrong} mistakes {person.false_approvals} approved what is wrong"
        )
