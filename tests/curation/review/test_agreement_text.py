"""The printed report fits a terminal, whatever people and abilities are called and however large a number is."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from curation.review.agreement.acts import GoldVote
from curation.review.agreement.outcome import Outcome
from curation.review.agreement.short import short
from curation.review.agreement.summary import summary
from curation.review.agreement.text import COLUMNS, report_text
from curation.review.agreement.votes import Vote
from schemas.text_table import width

ROOT = Path(__file__).parents[3]

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


def told(table: list[str], **outcome: Any) -> str:
    """The report of one ability, a word an item and a character an annotator, as `from_table`; on one line."""
    votes = [
        Vote(
            item,
            "history",
            "filter",
            0,
            ("chen", "lin", "wang")[who],
            char == "1",
            1e9 + 60 * item + 86_400 * (item % 9),
            30.0,
        )
        for item, word in enumerate(table)
        for who, char in enumerate(word)
        if char != "."
    ]
    made = Outcome.model_validate(
        {"ability": "history", "items": len(table), "filtered": len(table), **outcome}
    )
    text = report_text(summary(votes, [made]))
    assert text == text.strip()
    assert ": ." not in text
    said = [line for line in text.replace("\n  ", " ").splitlines() if line.endswith(".")]
    assert len(said) == len(set(said))
    return " ".join(text.split())


def test_two_who_approved_everything_have_no_kappa_rather_than_one_of_0() -> None:
    text = told(["11."] * 20 + ["1.1", "1.0"] * 10)
    assert "chen and lin: Cohen's kappa, Fleiss' kappa, Krippendorff's alpha: every verdict approves" in text
    # Of the same pair is not said that its kappa is 0.
    assert "chen and wang: Cohen's kappa: chen approved every shared instance, so it is 0" in text
    assert "history: Cohen's kappa: in every pair somebody gave one verdict throughout" in text
    assert text.count("whatever the agreement") == 2


def test_a_rare_verdict_is_told_at_length_once() -> None:
    text = told(["11."] * 40 + ["10."] + ["01."] + ["1.1"] * 40 + ["1.0"])
    assert text.count("agreement for chance, and with") == 1
    assert "history: 98.2% of the verdicts approve" in text
    assert "of the rejections, a colleague shares 0.0%" in text
    assert "The same, with numbers of their own: chen and lin, chen and wang." in text


def test_one_annotator_or_little_shared_says_so_and_no_more() -> None:
    for table in (["1.."] * 40, ["1..", ".1."] * 40, ["11.", "1.1", ".11"] * 4):
        text = told(table)
        assert "Too little is known to say whether anybody stands out." in text
        assert "Nobody stands out" not in text
    assert "3 pairs that share fewer than 10 instances: too few to say anything." in text
    assert "pair units" not in text  # no table of dashes
    assert "Nobody stands out beyond what chance explains." in told(["11.", "00."] * 20)


def test_units_are_counted_in_the_singular_too() -> None:
    assert "1 unit with one verdict: no part" in told(["11."] * 10 + ["1.."])
    assert "2 units with one verdict: no part" in told(["11."] * 10 + ["1.."] * 2)
    assert "1 pair that shares fewer than 10 instances" in told(["11."] * 12 + [".11"] * 3 + ["1.1"] * 12)


def test_nothing_left_needs_no_forecast_and_slow_work_is_some_work() -> None:
    done = told(["11."] * 40)
    assert "go on" not in done
    left = told(["11."] * 40, items=60, in_filter=20, verdicts_left=40)
    assert "4 minutes of labour a day in history go on" in left
    assert left.count("A verdict takes") == 1


def test_what_is_never_revised_has_no_share_of_revisions() -> None:
    votes = [
        Vote(f"{ability}{n}", ability, "filter", 0, who, True, 1e9 + n)
        for ability in ("code", "history")
        for n in range(20)
        for who in ("lin", "wang")
    ]
    outcomes = [
        Outcome(ability="code", items=20, filtered=20, filter_kept=20, passed=20, revises=True),
        Outcome(ability="history", items=20, filtered=20, filter_kept=20, passed=20),
    ]
    found = summary(votes, outcomes)
    code, history = found.abilities
    assert code.revision is not None
    assert history.revision is None
    assert found.total.revision is not None
    assert found.total.revision.of == 40


def test_scipys_distributions_are_not_loaded() -> None:
    """They take most of a second; what the report needs of them is in `scipy.special`."""
    lines = (
        "import sys",
        "from tests.curation.review.agreement.verdict_rows import review",
        "from curation.review.agreement.summary import summary",
        "from curation.review.agreement.text import report_text",
        "assert 'times' in report_text(summary(review(900, 1, fast=.1), []))",
        "assert 'scipy.stats' not in sys.modules",
    )
    done = subprocess.run([sys.executable, "-c", "\n".join(lines)], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


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
