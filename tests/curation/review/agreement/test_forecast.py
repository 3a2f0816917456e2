"""When it ends: by hand where nothing scatters, and against the end that a world comes to."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from curation.review.agreement.acts import Act, Acts
from curation.review.agreement.forecast import DAY, Forecaster
from curation.review.agreement.labour import labour_of
from curation.review.agreement.outcome import Outcome
from curation.review.agreement.report import Forecast
from curation.review.agreement.settings import Settings
from tests.curation.review.agreement.verdict_rows import HOUR

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC).timestamp()
SETTINGS = Settings()
LONELY = Act("wang", "math", "filter", NOW - 6 * DAY + 2 * HOUR, 36)  # a third session, on a day with work


def days(
    hours: list[float], seconds: float = 36.0, ability: str = "math", stage: str = "filter"
) -> list[Act]:
    """Work on the days before NOW, the last one last; one session a day."""
    rows = []
    for place, long in enumerate(hours):
        begin = NOW - (len(hours) - place) * DAY + HOUR
        rows += [
            Act("lin", ability, stage, begin + seconds * (i + 1), seconds)
            for i in range(round(long * HOUR / seconds))
        ]
    return rows


def forecast(outcome: Outcome, acts: list[Act], settings: Settings = SETTINGS) -> Forecast:
    made = Forecaster(labour_of(Acts.of(acts), settings), NOW, None, settings)
    return made.forecast([made.left(outcome)], outcome.ability)


def ahead(count: float) -> str:
    return (date(2026, 11, 2) + timedelta(days=count)).isoformat()


def test_by_hand_where_nothing_scatters() -> None:
    outcome = Outcome(ability="math", items=3000, in_filter=2000, passed=1000, verdicts_left=4000)
    found = forecast(outcome, days([2.0] * 14))
    assert found.verdicts.value == found.verdicts.low == found.verdicts.high == 4000
    assert found.hours.value == pytest.approx(40)
    assert (found.first, found.date, found.last) == (ahead(20), ahead(20), ahead(20))
    assert any("2.0 hours of labour a day in math go on" in text for text in found.assumes)


def test_days_off_count() -> None:
    outcome = Outcome(ability="math", items=100, in_filter=100, verdicts_left=4000)
    found = forecast(outcome, days([2.0, 0, 0, 0, 2.0, 0, 0, 2.0, 0, 0, 2.0, 0, 0, 2.0]))
    assert found.date == ahead(40 / (10 / 14))
    assert found.first is not None
    assert found.last is not None
    assert found.first < ahead(45) < ahead(70) < found.last


def test_rejections_to_come_bring_revisions_and_their_reviews() -> None:
    outcome = Outcome(
        ability="math", items=2000, filtered=1000, filter_kept=750, in_filter=800, in_revise=50, in_review=150,
        verdicts_left=1900, revises=True,
    )  # fmt: skip
    acts = days([2.0] * 14) + days([0.5] * 14, 180.0, stage="revise")
    found = forecast(outcome, acts)
    assert found.revisions.value == 50 + 200
    assert found.verdicts.value == 1900 + 2 * 250
    assert found.revisions.low is not None
    assert found.revisions.high is not None
    # The spread is that of a binomial with a rate known from 1,000: half a confidence interval is about 33.
    assert 20 < found.revisions.value - found.revisions.low < 45
    assert found.hours.value == pytest.approx(2400 * 36 / HOUR + 250 * 180 / HOUR)
    assert "a revision takes 3.0 minutes, as in the last 14 days" in found.assumes


def test_a_third_vote_is_expected_as_often_as_votes_differ() -> None:
    labour = labour_of(Acts.of(days([2.0] * 14)), SETTINGS)
    outcome = Outcome(ability="math", items=1000, in_filter=1000, verdicts_left=2000, third_vote=True)
    assert Forecaster(labour, NOW, 0.2, SETTINGS).left(outcome).verdicts == 2200


@pytest.mark.parametrize(
    ("outcome", "acts", "says"),
    [
        ({"verdicts_left": 10}, days([2.0] * 2), "no hours: too little is known of the time of a verdict"),
        ({"verdicts_left": 10, "in_revise": 3}, days([2.0] * 9), "too little is known of the time of a revision"),
        ({"verdicts_left": 500}, [a._replace(at=a.at - 40 * DAY) for a in days([2.0] * 9)], "nobody worked in math"),
        ({"verdicts_left": 500}, [*days([2.0, 0, 0, 0, 0, 2.0]), LONELY], "work on 2 of the last 6 days"),
        ({"verdicts_left": 500, "in_filter": 250, "revises": True, "filtered": 3, "filter_kept": 1},
         days([2.0] * 9), "no pass rate is known yet"),
    ],
)  # fmt: skip
def test_what_is_not_known_is_said(outcome: dict[str, int], acts: list[Act], says: str) -> None:
    found = forecast(Outcome(ability="math", items=1000, **outcome), acts)  # type: ignore[arg-type]
    assert any(says in text for text in found.assumes), found.assumes
    assert "no pass rate" in says or found.date is None


def test_an_ability_without_a_pace_takes_that_of_the_others() -> None:
    acts = days([2.0] * 14) + days([0.02] * 14, ability="ethics")[:10]
    outcome = Outcome(ability="ethics", items=100, in_filter=100, verdicts_left=200)
    found = forecast(outcome, acts)
    assert found.hours.value == pytest.approx(2, rel=0.01)
    assert any("in all abilities" in text for text in found.assumes)


def test_nothing_left() -> None:
    found = forecast(Outcome(ability="math", items=10, passed=10), days([2.0] * 14))
    assert found.verdicts.value == 0
    assert found.date is None
    assert found.hours.value is None


def test_several_abilities_add_up_and_one_without_a_pace_is_named() -> None:
    labour = labour_of(Acts.of(days([2.0] * 14)), SETTINGS)
    made = Forecaster(labour, NOW, None, SETTINGS)
    left = [Outcome(ability=a, items=100, in_filter=100, verdicts_left=1000) for a in ("ethics", "math")]
    left.append(Outcome(ability="code", items=10, in_revise=5))
    found = made.forecast([made.left(o) for o in left])
    assert found.verdicts_least == 2000
    assert found.verdicts.value == 2010
    assert found.hours.value == pytest.approx(20)
    assert any("without code" in text for text in found.assumes)


def test_why_all_together_have_no_hours_is_what_their_own_lines_say() -> None:
    """Verdicts are timed and revisions are not, so nothing may say that the time of a verdict is not known."""
    acts = days([2.0] * 3) + days([2.0] * 3, ability="code")
    made = Forecaster(labour_of(Acts.of(acts), SETTINGS), NOW, None, SETTINGS)
    lefts = [
        made.left(Outcome(ability=name, items=9, in_revise=9, revises=True)) for name in ("code", "math")
    ]
    assert made.forecast(lefts).assumes == ("no hours: too little is known of the time of a revision",)
    lefts.append(made.left(Outcome(ability="history", items=9, in_filter=9, verdicts_left=18)))
    assert "without code, math, of which too little is known" in made.forecast(lefts).assumes


def test_the_end_lies_between_the_dates_as_often_as_they_say() -> None:
    """200 worlds that go on as they were: two days off a week on average, hours and speed of a session by chance."""
    rng = np.random.default_rng(0)

    def day() -> list[float]:
        if rng.random() < 2 / 7:
            return []
        speed = 36 * rng.gamma(25, 1 / 25)
        return (speed * rng.gamma(3, 1 / 3, round(rng.uniform(40, 160)))).tolist()

    hits = 0
    settings = Settings(draws=500, idle_minutes=60)
    for _ in range(200):
        acts = []
        for place in range(14):
            begin, times = NOW - (14 - place) * DAY + HOUR, day()
            ends = begin + np.cumsum(times)
            acts += [Act("lin", "math", "filter", at, t) for t, at in zip(times, ends, strict=True)]
        left = int(rng.integers(400, 3000))
        found = forecast(
            Outcome(ability="math", items=left, in_filter=left, verdicts_left=left), acts, settings
        )
        needed = 0
        while left > 0:
            needed += 1
            left -= len(day())
        assert found.first is not None
        hits += found.first <= ahead(needed) and (found.last is None or ahead(needed - 1) <= found.last)
    assert 0.9 <= hits / 200 <= 1
