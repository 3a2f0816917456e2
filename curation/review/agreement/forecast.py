"""When a review will end: what is left, at the recent pace, with what the numbers leave open (ours).

Three things are uncertain and drawn together: the pass rate of what still waits in the filter (each rejection may
bring a revision and its reviews), the time of a verdict and of a revision (over sessions), and the hours worked a day
(over days, days off among them). Percentiles of the draws are the interval.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from curation.review.agreement.acts import GOLD
from curation.review.agreement.columns import Bools, Floats
from curation.review.agreement.labour import Labour, Rate, rate_of
from curation.review.agreement.outcome import Outcome
from curation.review.agreement.report import Estimate, Forecast
from curation.review.agreement.settings import Settings

DAY = 86_400.0
NO_HOURS, NO_DATE = "no hours", "no date: nobody worked"  # how such sentences begin
LEAST_DAYS = 3  # days with work in them, below which no date is told
_FAR = 100 * 365.25  # days; what would take longer has no date


@dataclass(frozen=True)
class Left:
    """What one ability still asks for: the best guess, and draws, (draws,). hours is None where no pace is known."""

    outcome: Outcome
    verdicts: float
    revisions: float
    verdict_draws: Floats
    revision_draws: Floats
    hours: float | None
    hour_draws: Floats
    assumes: tuple[str, ...]


class Forecaster:
    """Forecasts from one review's labour.

    Args:
        now: where the forecast starts, seconds since 1970.
        disagreement: share of units on which the first verdicts differ, for reviews with a third vote.
    """

    def __init__(self, labour: Labour, now: float, disagreement: float | None, settings: Settings) -> None:
        self._labour, self._now, self._settings = labour, now, settings
        self._disagreement = disagreement or 0.0
        recent = labour.acts.at > now - settings.recent_days * DAY
        self._recent = recent & (labour.acts.at <= now)
        self._rng = np.random.default_rng(settings.seed)

    def left(self, outcome: Outcome) -> Left:
        """What an ability still asks for."""
        draws, rng, assumes = self._settings.draws, self._rng, list[str]()
        least, waiting = outcome.verdicts_left, outcome.in_filter
        verdicts, revisions = float(least), float(outcome.in_revise)
        verdict_draws = np.full(draws, verdicts)
        revision_draws = np.full(draws, revisions)
        if outcome.third_vote:
            more = self._disagreement * (waiting + outcome.in_review)
            verdicts, verdict_draws = verdicts + more, verdict_draws + more
        if outcome.revises and waiting:
            kept, lost = outcome.filter_kept, outcome.filtered - outcome.filter_kept
            if outcome.filtered >= self._settings.least_items:
                revisions += waiting * lost / outcome.filtered
                rate = rng.beta(lost + 0.5, kept + 0.5, draws)
                revision_draws = revision_draws + rng.binomial(waiting, rate)
                assumes.append("what waits in the filter passes as often as what was decided")
            else:
                assumes.append(
                    f"no pass rate is known yet, so revisions of the {waiting:,} in the filter are left out"
                )
        verdicts += outcome.review_votes * revisions
        verdict_draws = verdict_draws + outcome.review_votes * revision_draws
        if revisions:
            assumes.append("every revision is handed in and reviewed once")
        hours, hour_draws = self._hours(outcome, verdicts, revisions, verdict_draws, revision_draws, assumes)
        return Left(
            outcome, verdicts, revisions, verdict_draws, revision_draws, hours, hour_draws, tuple(assumes)
        )

    def _hours(
        self,
        outcome: Outcome,
        verdicts: float,
        revisions: float,
        verdict_draws: Floats,
        revision_draws: Floats,
        assumes: list[str],
    ) -> tuple[float | None, Floats]:
        hours, draws = 0.0, np.zeros(self._settings.draws)
        kinds = (
            ("verdict", verdicts, verdict_draws, self._labour.verdict, self._settings.least_verdicts),
            ("revision", revisions, revision_draws, self._labour.revision, self._settings.least_revisions),
        )
        for name, count, drawn, kind, least in kinds:
            if not count:
                continue
            rate, whose = self._rate(outcome.ability, kind, least)
            if rate is None or rate.error is None:
                assumes.append(f"{NO_HOURS}: too little is known of the time of a {name}")
                return None, draws
            assumes.append(f"a {name} takes {_time(rate.seconds)}, {whose}")
            hours += count * rate.seconds / 3600
            noise = rate.error * self._rng.standard_t(rate.sessions - 1, self._settings.draws)
            draws = draws + drawn * rate.seconds * np.exp(np.clip(noise, -5, 5)) / 3600
        return hours, draws

    def _rate(self, ability: str, kind: Bools, least: int) -> tuple[Rate | None, str]:
        """The time of an act: the ability's own and recent, or of more acts where those are too few."""
        own = self._of(ability)
        everyone = np.ones(len(own), np.bool_)
        days = f"as in the last {self._settings.recent_days} days"
        choices = (
            (own & self._recent, days),
            (own, "as in this ability from the beginning"),
            (self._recent, f"{days} in all abilities"),
            (everyone, "as in all abilities from the beginning"),
        )
        for chosen, whose in choices:
            if int((chosen & kind).sum()) >= least:
                rate = rate_of(self._labour, chosen & kind)
                if rate is not None and rate.error is not None:
                    return rate, whose
        return None, ""

    def forecast(self, lefts: Sequence[Left], ability: str = "") -> Forecast:
        """The forecast of one ability, or of several together."""
        known = [one for one in lefts if one.hours is not None]
        least = sum(one.outcome.verdicts_left for one in lefts)
        verdicts = self._estimate(sum(o.verdicts for o in lefts), _sum(o.verdict_draws for o in lefts))
        revisions = self._estimate(sum(o.revisions for o in lefts), _sum(o.revision_draws for o in lefts))
        assumes = list(dict.fromkeys(s for one in lefts for s in one.assumes)) if ability else []
        found = Forecast(verdicts_least=least, verdicts=verdicts, revisions=revisions, assumes=tuple(assumes))
        if not verdicts.value and not revisions.value:
            return found
        if not known:
            return found.model_copy(update={"assumes": (*assumes, *([] if ability else [_no_hours(lefts)]))})
        if len(known) < len(lefts):
            names = ", ".join(o.outcome.ability for o in lefts if o.hours is None)
            assumes.append(f"without {names}, of which too little is known")
        hours = sum(one.hours or 0.0 for one in known)
        draws = _sum(one.hour_draws for one in known)
        dates: dict[str, str | None] = {}
        why = "no date while the pace of an ability is not known"
        if len(known) == len(lefts):
            dates, why = self._dates(hours, draws, ability)
        update: dict[str, object] = {"hours": self._estimate(hours, draws), **dates}
        return found.model_copy(update={**update, "assumes": (*assumes, why)})

    def _dates(self, hours: float, draws: Floats, ability: str) -> tuple[dict[str, str | None], str]:
        """From hours to days: as many hours a day as in the recent days, days without work among them."""
        acts, now = self._labour.acts, self._now
        mine = self._recent & (acts.stage != GOLD)
        if ability:
            mine &= self._of(ability)
        where = f" in {ability}" if ability else ""
        if not mine.any():
            return {}, f"{NO_DATE}{where} in the last {self._settings.recent_days} days"
        ago = np.floor((now - acts.at[mine]) / DAY).astype(np.int64)
        begun = float(acts.at.min())
        days = min(self._settings.recent_days, max(1, int(np.ceil((now - begun) / DAY))))
        daily = np.bincount(np.minimum(ago, days - 1), self._labour.worked[mine], minlength=days) / 3600
        active = int((daily > 0).sum())
        if active < LEAST_DAYS:
            return {}, f"no date: work on {active} of the last {days} days, {LEAST_DAYS} are needed"
        rate = float(daily.mean())
        again = daily[self._rng.integers(0, days, (len(draws), days))].mean(axis=1)
        # The days to come scatter as well, the less the more of them there are.
        ahead = np.maximum(draws / rate, 1.0)
        again = again + self._rng.normal(0.0, 1.0, len(draws)) * float(daily.std(ddof=1)) / np.sqrt(ahead)
        needed = np.where(again > rate * 1e-3, draws / np.maximum(again, rate * 1e-3), np.inf)
        low, high = np.quantile(needed, self._ends(), method="inverted_cdf")
        dates = {
            "date": _date(now, hours / rate),
            "first": _date(now, float(low)),
            "last": _date(now, float(high)),
        }
        return dates, f"{_labour(rate)} of labour a day{where} go on, as in the last {days} days"

    def _estimate(self, value: float, draws: Floats) -> Estimate:
        low, high = np.quantile(draws, self._ends())
        return Estimate(
            value=round(value, 3),
            low=round(min(float(low), value), 3),
            high=round(max(float(high), value), 3),
        )

    def _ends(self) -> tuple[float, float]:
        level = self._settings.level
        return (1 - level) / 2, (1 + level) / 2

    def _of(self, ability: str) -> Bools:
        acts = self._labour.acts
        if ability not in acts.abilities:
            return np.zeros(len(acts), np.bool_)
        return np.asarray(acts.ability == acts.abilities.index(ability))


def _no_hours(lefts: Sequence[Left]) -> str:
    """Why no ability has hours: the reason that they share, or all that there can be."""
    reasons = {text for one in lefts for text in one.assumes if text.startswith(NO_HOURS)}
    whole = f"{NO_HOURS}: too little is known of the time of a verdict or a revision"
    return reasons.pop() if len(reasons) == 1 else whole


def _sum(columns: Iterable[Floats]) -> Floats:
    return np.atleast_1d(np.sum(list(columns), axis=0))


def _time(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.1f} minutes"


def _labour(hours: float) -> str:
    if hours >= 1:
        return f"{hours:.1f} hours"
    return f"{hours * 60:.0f} minutes" if hours * 60 >= 2 else "under 2 minutes"


def _date(now: float, days: float) -> str | None:
    if not np.isfinite(days) or days > _FAR:
        return None
    return datetime.fromtimestamp(now + days * DAY, UTC).date().isoformat()
