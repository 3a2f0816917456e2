"""The printed report fits a terminal, whatever people and abilities are called and however large a number is."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from curation.review.agreement.acts import GoldVote
from curation.review.agreement.outcome import Outcome
from curation.review.agreement.short import short
from curation.review.agreement.summary import summary
from curation.review.agreement.text import COLUMNS, report_text
from curation.review.agreement.votes import Vote
from schemas.text_table import width

names = st.lists(
    st.text(
        st.sampled_from(
            "a史\x1b\u202e[",
        ),
        min_size=1,
        max_size=64,
    ),
    min_size=2,
    max_size=3,
    unique=True,
)


@settings(max_examples=25, deadline=None)
@given(
    people=names,
    ability=st.sampled_from(["code", "creative_writing_of_very_long_chinese_novels_and_more_stories"]),
    kept=st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=40),
    scale=st.sampled_from([1, 1_000_000]),
)
def test_no_line_is_wider_than_the_terminal(
    people: list[str], ability: str, kept: list[tuple[bool, bool]], scale: int
) -> None:
    votes = [
        Vote(item, ability, "filter", 0, people[who], own, 1e9 + 60 * item + 86_400 * (item % 9), 30.0)
        for item, pair in enumerate(kept)
        for who, own in enumerate(pair)
    ]
    gold = [GoldVote(5000 + n, ability, people[0], True, n % 2 == 0, 1e9 + n, 20.0) for n in range(30)]
    outcome = Outcome(
        ability=ability, items=9 * scale, filtered=len(kept), filter_kept=sum(a and b for a, b in kept),
        in_filter=8 * scale, rejected=scale, verdicts_left=16 * scale, revises=True,
    )  # fmt: skip
    text = report_text(summary(votes, [outcome, Outcome(ability="history", items=3, in_filter=3)], gold=gold))
    assert max(map(width, text.splitlines())) <= COLUMNS
    assert "\x1b" not in text
    assert "\u202e" not in text


def test_rounding_never_makes_a_hundred_of_less() -> None:
    votes = [
        Vote(item, "code", "filter", 0, who, item > 0 or who == "lin", 1e9 + item, 5.0)
        for item in range(4000)
        for who in ("lin", "wang")
    ]
    text = report_text(summary(votes, [Outcome(ability="code", items=4000, filtered=4000, filter_kept=3999)]))
    row = next(line for line in text.splitlines() if line.startswith("code"))
    assert row.split()[2] == "99.9%+"
    assert any(".99+" in line for line in text.splitlines())


def test_short_takes_only_the_tie_of_a_unit_that_needed_one_more_vote() -> None:
    third = {("code", "filter"): {(2, 2): 10, (0, 2): 4, (2, 3): 3, (1, 3): 3}}
    plain = {("code", "filter"): {(2, 2): 6, (0, 2): 4, (1, 2): 6}, ("math", "filter"): {(2, 2): 4}}
    assert short(third) == short(plain)
    assert short(third)["filter"].percent == 14 / 20


def test_short_is_silent_of_what_says_nothing() -> None:
    assert short({}) == {}
    assert short({("code", "filter"): {(2, 2): 9}})["filter"] == (None, None, None)
    assert short({("code", "filter"): {(1, 1): 900}})["filter"] == (None, None, None)
    every = short({("code", "review"): {(2, 2): 500}})["review"]
    assert (every.percent, every.alpha, every.ac1) == (1.0, None, 1.0)
