"""Labour time: what of the clock was work, and which pauses end a session (both rules are ours).

An act counts for the time that the annotator's program measured, but never for more than has passed since the same
annotator's previous act (a verdict is given after the one before it), and for no more than `verdict_minutes` or
`revision_minutes`: beyond that somebody went away. A revision may be put aside and taken up again, so what passed since
the act before does not bound it. Where nothing was measured, the time since the previous act counts, unless it is a
pause of more than `idle_minutes`; then the annotator's median for acts of that kind does. A pause of more than
`idle_minutes` between the end of one act and the beginning of the next begins a new session.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from curation.review.agreement.acts import GOLD, REVISE, Acts
from curation.review.agreement.columns import Bools, Floats, Ints, different, runs_of
from curation.review.agreement.report import Estimate, Pace
from curation.review.agreement.settings import Settings

# With fewer sessions a ratio's spread over them says nothing.
LEAST_SESSIONS = 3


@dataclass(frozen=True, eq=False)
class Labour:
    """Acts with the labour time of each.

    Args:
        worked: seconds of labour, (acts,).
        session: number of the session, (acts,).
        capped, guessed: see `curation.review.agreement.report.Pace`, (acts,).
        verdict: whether the act is a verdict of the filter or of a review, (acts,).
    """

    acts: Acts
    worked: Floats
    session: Ints
    capped: Bools
    guessed: Bools

    @property
    def verdict(self) -> Bools:
        return np.asarray(self.acts.stage < REVISE)

    @property
    def revision(self) -> Bools:
        return np.asarray(self.acts.stage == REVISE)


def labour_of(acts: Acts, settings: Settings) -> Labour:
    """The labour time of every act."""
    count = len(acts)
    first = np.append(True, np.diff(acts.annotator) != 0)[:count]
    since = np.where(first, np.inf, np.diff(acts.at, prepend=np.nan)[:count])
    revision = acts.stage == REVISE
    most = np.where(revision, settings.revision_minutes, settings.verdict_minutes) * 60
    idle = settings.idle_minutes * 60
    measured = acts.seconds > 0
    bound = np.where(revision, most, np.minimum(most, since))
    unmeasured = np.where(since <= idle, np.minimum(since, most), np.nan)
    worked = np.where(measured, np.minimum(acts.seconds, bound), unmeasured)
    guessed = np.isnan(worked)
    worked = _guess(worked, guessed, acts, revision)
    session = np.cumsum(first | (since - worked > idle)) - 1
    return Labour(acts, worked, session, measured & (acts.seconds > most), guessed)


def _guess(worked: Floats, guessed: Bools, acts: Acts, revision: Bools) -> Floats:
    """Unknown times as the annotator's median of that kind, or everyone's; 0 where nobody's is known."""
    filled = np.where(guessed, 0.0, worked)
    for kind in (revision, ~revision):
        wanting = guessed & kind
        if not wanting.any():
            continue
        known = kind & ~guessed
        everyone = float(np.median(worked[known])) if known.any() else 0.0
        for who in np.unique(acts.annotator[wanting]):
            own = worked[known & (acts.annotator == who)]
            filled[wanting & (acts.annotator == who)] = float(np.median(own)) if len(own) else everyone
    return filled


@dataclass(frozen=True)
class Rate:
    """Seconds an act, as a ratio of sums; on the log scale with its standard error over sessions (None: too few)."""

    seconds: float
    error: float | None
    sessions: int
    acts: int


def rate_of(labour: Labour, chosen: Bools) -> Rate | None:
    """The mean time of some acts, sessions taken as the sample (linearised ratio, Cochran 1977, section 6.5).

    None of no acts, or if none of them took any time.
    """
    spent = float(labour.worked[chosen].sum())
    if not chosen.any() or spent <= 0:
        return None
    place = runs_of(labour.session[chosen])
    times = np.bincount(place, labour.worked[chosen])
    counts = np.bincount(place)
    sessions, acts = len(counts), int(counts.sum())
    error = None
    if sessions >= LEAST_SESSIONS:
        parts = times / spent - counts / acts
        error = float(np.sqrt((parts**2).sum() * sessions / (sessions - 1)))
    return Rate(spent / acts, error, sessions, acts)


def pace_of(labour: Labour, chosen: Bools, level: float) -> Pace:
    """The pace over some acts, (acts,)."""
    if not chosen.any():
        return Pace()
    verdicts, revisions = chosen & labour.verdict, chosen & labour.revision
    rate = rate_of(labour, verdicts)
    revising = rate_of(labour, revisions)
    return Pace(
        verdicts=int(verdicts.sum()),
        revisions=int(revisions.sum()),
        gold=int((chosen & (labour.acts.stage == GOLD)).sum()),
        hours=round(float(labour.worked[chosen].sum()) / 3600, 6),
        verdict_hours=round(float(labour.worked[verdicts].sum()) / 3600, 6),
        an_hour=_an_hour(rate, level),
        median_seconds=round(float(np.median(labour.worked[verdicts])), 3) if verdicts.any() else None,
        revision_minutes=None if revising is None else round(revising.seconds / 60, 3),
        sessions=different(labour.session[chosen]),
        capped=int(labour.capped[chosen].sum()),
        guessed=int(labour.guessed[chosen].sum()),
    )


def _an_hour(rate: Rate | None, level: float) -> Estimate:
    from scipy.special import stdtrit

    if rate is None:
        return Estimate()
    value = 3600 / rate.seconds
    if rate.error is None:
        return Estimate(value=round(value, 3))
    wide = float(np.exp(stdtrit(rate.sessions - 1, 0.5 + level / 2) * rate.error))
    return Estimate(value=round(value, 3), low=round(value / wide, 3), high=round(value * wide, 3))
