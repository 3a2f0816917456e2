"""What of the clock is labour, by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.review.agreement.acts import Act, Acts, GoldVote
from curation.review.agreement.labour import labour_of, pace_of, rate_of
from curation.review.agreement.settings import Settings
from curation.review.agreement.votes import Votes
from tests.curation.review.agreement.verdict_rows import HOUR, from_table

SETTINGS = Settings()
START = 1.79e9


def worked(*acts: tuple[float, float] | tuple[float, float, str]) -> list[float]:
    """Seconds of labour of one annotator's acts, given as (minute, measured seconds, stage)."""
    rows = [Act("lin", "math", a[2] if len(a) == 3 else "filter", START + 60 * a[0], a[1]) for a in acts]
    return labour_of(Acts.of(rows), SETTINGS).worked.tolist()


def test_what_was_measured_counts() -> None:
    assert worked((0, 20), (1, 30), (2, 40)) == [20, 30, 40]


def test_a_lunch_before_an_open_item_is_no_labour() -> None:
    assert worked((0, 20), (70, 70 * 60), (71, 30)) == [20, 600, 30]
    assert worked((0, 20), (90, 90 * 60, "revise")) == [20, 1800]


def test_no_verdict_takes_longer_than_since_the_one_before() -> None:
    assert worked((0, 20), (1, 300)) == [20, 60]
    # A revision that was put aside for two verdicts and taken up again does.
    assert worked((0, 20), (1, 30), (2, 30), (3, 400, "revise")) == [20, 30, 30, 400]


def test_without_a_measure_the_time_between_counts_and_a_pause_does_not() -> None:
    assert worked((0, 0), (1, 0), (3, 0), (60, 0), (61, 0)) == [60, 60, 120, 60, 60]


def test_sessions_end_with_a_pause() -> None:
    acts = Acts.of(
        [Act("lin", "math", "filter", START + 60 * m, 30) for m in (0, 1, 9, 30, 31)]
        + [Act("wang", "math", "filter", START + 60 * m, 30) for m in (0, 1)]
    )
    labour = labour_of(acts, SETTINGS)
    assert labour.session.tolist() == [0, 0, 0, 1, 1, 2, 2]
    # Long work is no pause: the second act began when the first ended.
    long = labour_of(
        Acts.of([Act("lin", "math", "revise", START, 60), Act("lin", "math", "revise", START + 1500, 1490)]),
        SETTINGS,
    )
    assert long.session.tolist() == [0, 0]


def test_pace_by_hand() -> None:
    rows = [Act("lin", "math", "filter", START + 60 * i, 36) for i in range(10)]
    rows += [Act("lin", "math", "revise", START + 700, 90), Act("lin", "math", "gold", START + 760, 30)]
    labour = labour_of(Acts.of(rows), SETTINGS)
    found = pace_of(labour, np.ones(12, np.bool_), 0.95)
    assert (found.verdicts, found.revisions, found.gold, found.sessions) == (10, 1, 1, 1)
    assert found.an_hour.value == pytest.approx(100)
    assert found.an_hour.low is None  # one session has no spread
    assert found.hours * HOUR == pytest.approx(480, abs=0.01)
    assert found.median_seconds == 36
    assert found.revision_minutes == 1.5
    assert pace_of(labour, np.zeros(12, np.bool_), 0.95).verdicts == 0


def test_the_interval_of_a_pace_is_over_sessions() -> None:
    """Of 300 worlds of 12 sessions with a speed each, the interval holds the true pace in about 95 %."""
    rng = np.random.default_rng(0)
    hits = 0
    for _ in range(300):
        rows = []
        for session in range(12):
            mean = 36 * rng.gamma(16, 1 / 16)
            times = mean * rng.gamma(4, 1 / 4, 40)
            at = START + session * 86_400 + np.cumsum(times)
            rows += [Act("lin", "math", "filter", a, t) for a, t in zip(at, times, strict=True)]
        labour = labour_of(Acts.of(rows), Settings(idle_minutes=60))
        found = pace_of(labour, np.ones(len(rows), np.bool_), 0.95).an_hour
        assert found.low is not None
        assert found.high is not None
        hits += found.low <= 100 <= found.high
    assert 0.9 <= hits / 300 <= 0.99


acts = st.lists(
    st.builds(
        Act,
        st.sampled_from(["lin", "wang"]),
        st.sampled_from(["math", "ethics"]),
        st.sampled_from(["filter", "review", "revise", "gold"]),
        st.floats(START, START + 1e6),
        st.one_of(st.just(0.0), st.floats(-10, 1e5), st.just(float("nan")), st.just(float("inf"))),
    ),
    min_size=1,
    max_size=40,
)


@given(acts)
def test_labour_is_never_more_than_the_clock_allows(rows: list[Act]) -> None:
    found = labour_of(Acts.of(rows), SETTINGS)
    assert (found.worked >= 0).all()
    assert np.isfinite(found.worked).all()
    most = np.where(found.revision, SETTINGS.revision_minutes, SETTINGS.verdict_minutes) * 60
    assert (found.worked <= most).all()
    assert (np.diff(found.session) >= 0).all()
    rate = rate_of(found, np.ones(len(rows), np.bool_))
    assert rate is None or rate.seconds * rate.acts == pytest.approx(found.worked.sum())
    assert labour_of(Acts.of(rows[::-1]), SETTINGS).worked.sum() == pytest.approx(found.worked.sum())


def test_votes_and_gold_items_are_acts() -> None:
    votes = Votes.of(from_table("11 10 01"))
    gold = [GoldVote(9, "ethics", "zhu", True, True, 2e9, 12.0)]
    found = Acts.of_votes(votes, gold)
    assert len(found) == 7
    assert found.annotators == ("chen", "lin", "zhu")
    assert found.abilities == ("ethics", "math")
    assert [found.annotators[i] for i in found.annotator] == ["chen"] * 3 + ["lin"] * 3 + ["zhu"]
