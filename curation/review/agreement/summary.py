"""From verdicts and counts to the report of a review."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from curation.diversity.numbers import Portion, share_of
from curation.review.agreement.acts import Act, Acts, GoldVote
from curation.review.agreement.columns import Ints
from curation.review.agreement.forecast import Forecaster
from curation.review.agreement.labour import labour_of, pace_of
from curation.review.agreement.measures import Agreements
from curation.review.agreement.outcome import Outcome
from curation.review.agreement.people import people_of
from curation.review.agreement.report import AbilityReport, Agreed, AgreementReport
from curation.review.agreement.settings import Settings
from curation.review.agreement.units import pairings_of, units_of
from curation.review.agreement.votes import JUDGED, Vote, Votes


def summary(
    votes: Votes | Iterable[Vote],
    outcomes: Iterable[Outcome],
    *,
    gold: Iterable[GoldVote] = (),
    acts: Acts | Iterable[Act] | None = None,
    now: float | None = None,
    settings: Settings | None = None,
) -> AgreementReport:
    """The whole report.

    Args:
        votes: standing verdicts of decided units, gold items apart.
        outcomes: one an ability.
        gold: verdicts on gold items.
        acts: everything that took time, verdicts of undecided units and revisions too; if missing, votes and gold.
        now: where the forecast starts, seconds since 1970; the last act if missing.

    Raises:
        BadData: as `Votes.from_columns`.
    """
    settings = settings or Settings()
    gold = tuple(gold)
    if not isinstance(votes, Votes):
        votes = Votes.of(votes)
    if acts is None:
        acts = Acts.of_votes(votes, gold)
    elif not isinstance(acts, Acts):
        acts = Acts.of(acts)
    units = units_of(votes, settings)
    pairings = pairings_of(units)
    agreements = Agreements(units, pairings, votes.annotators, settings)
    by_ability = {o.ability: o for o in outcomes}
    for name in votes.abilities:
        by_ability.setdefault(name, Outcome(ability=name, items=0))
    everything = np.arange(len(units))
    whole, stages = _agreed(agreements, units.stage, everything, "")
    if now is None:
        now = float(acts.at.max(initial=0.0))
    agreed = whole.of("observed agreement").value
    labour = labour_of(acts, settings)
    forecaster = Forecaster(labour, now, None if agreed is None else 1 - agreed, settings)
    lines, lefts = [], []
    for name in sorted(by_ability):
        code = votes.abilities.index(name) if name in votes.abilities else -1
        here, own = _agreed(agreements, units.stage, np.flatnonzero(units.ability == code), name)
        worked = acts.ability == (acts.abilities.index(name) if name in acts.abilities else -1)
        lefts.append(forecaster.left(by_ability[name]))
        lines.append(
            _line(by_ability[name], here, own, settings).model_copy(
                update={
                    "pace": pace_of(labour, worked, settings.level),
                    "forecast": forecaster.forecast(lefts[-1:], name),
                }
            )
        )
    total = _line(_sum(list(by_ability.values())), whole, stages, settings).model_copy(
        update={
            "pace": pace_of(labour, np.ones(len(acts), np.bool_), settings.level),
            "forecast": forecaster.forecast(lefts),
        }
    )
    return AgreementReport(
        settings=settings,
        abilities=tuple(lines),
        total=total,
        pairs=tuple(sorted(agreements.pairs(), key=_least_first)),
        people=people_of(votes, units, pairings, gold, labour, settings),
        votes=len(votes),
        alone=units.alone,
        asked_later=units.asked_later,
        at=now,
    )


def _agreed(
    agreements: Agreements, stage: Ints, chosen: Ints, ability: str
) -> tuple[Agreed, tuple[Agreed, ...]]:
    """Of both stages together, and of each that has units."""
    parts = [(name, chosen[stage[chosen] == code]) for code, name in enumerate(JUDGED)]
    stages = [agreements.group(part, ability=ability, stage=name) for name, part in parts if len(part)]
    if len(stages) == 1:  # the same units: no need to resample them twice
        return stages[0].model_copy(update={"stage": ""}), tuple(stages)
    return agreements.group(chosen, ability=ability), tuple(stages)


def _line(outcome: Outcome, agreed: Agreed, stages: tuple[Agreed, ...], settings: Settings) -> AbilityReport:
    def share(count: int, of: int) -> Portion | None:
        return share_of(count, of, settings.level) if of > 0 else None

    left_filter = outcome.items - outcome.in_filter - outcome.in_revise + outcome.revise_again
    return AbilityReport(
        ability=outcome.ability,
        items=outcome.items,
        passed=outcome.passed,
        rejected=outcome.rejected,
        pending=outcome.pending,
        filter_pass=share(outcome.filter_kept, outcome.filtered),
        revision=share(outcome.revised, left_filter) if outcome.revises or outcome.revised else None,
        review_pass=share(outcome.review_kept, outcome.reviewed),
        agreement=agreed,
        stages=stages,
    )


def _sum(outcomes: Sequence[Outcome]) -> Outcome:
    counts = (name for name, field in Outcome.model_fields.items() if field.annotation is int)
    sums = {name: sum(getattr(o, name) for o in outcomes) for name in counts if name != "review_votes"}
    return Outcome.model_validate({"ability": "", "revises": any(o.revises for o in outcomes), **sums})


def _least_first(pair: Agreed) -> tuple[bool, float, tuple[str, ...]]:
    value = pair.of("Gwet's AC1").value
    return value is None, 0.0 if value is None else value, pair.pair
