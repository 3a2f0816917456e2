"""The whole report of a store, as it stands at one moment."""

from __future__ import annotations

from curation.review.agreement.report import AgreementReport
from curation.review.agreement.settings import Settings, settings_of
from curation.review.agreement.standing import outcomes, standing
from curation.review.agreement.summary import summary
from curation.review.dashboard import dashboard
from curation.review.store import SECOND, ReviewStore

RECENT_DAYS = 7  # as the dashboard's


def report_of(store: ReviewStore, *, seed: int = 0) -> AgreementReport | None:
    """None before any unit is decided.

    Args:
        seed: of the resamples and of the forecast's draws.
    """
    chosen = settings_of(store.process).model_dump() | {"seed": seed, "recent_days": RECENT_DAYS}
    with store.database.reading() as connection:  # one state throughout
        now = store.now()
        known = dashboard(connection, store, "", now)
        if not any(one.filtered or one.reviewed for one in known.abilities):
            return None
        found = standing(connection)
        ends = outcomes(connection, known.abilities, store.process)
    return summary(
        found.votes,
        ends,
        gold=found.gold,
        acts=found.acts,
        now=now / SECOND,
        settings=Settings.model_validate(chosen),
    )
