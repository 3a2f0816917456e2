"""The whole report: sums, sentences, the card's file, the terminal."""

from __future__ import annotations

import json

import numpy as np
import pytest

from curation.export.history import AgreementFile
from curation.review.agreement.acts import Act
from curation.review.agreement.exported import MEASURES, file_of
from curation.review.agreement.outcome import Outcome
from curation.review.agreement.report import AgreementReport
from curation.review.agreement.settings import settings_of
from curation.review.agreement.summary import summary
from curation.review.agreement.text import report_text
from curation.review.agreement.votes import Vote, Votes
from curation.review.process import Process
from schemas.errors import BadData
from schemas.text_table import width
from tests.curation.review.agreement.verdict_rows import HOUR, from_table, golden, review

OUTCOMES = (
    Outcome(
        ability="ethics", items=60, filtered=40, filter_kept=38, passed=38, rejected=2, in_filter=20, verdicts_left=40
    ),
    Outcome(
        ability="math", items=500, filtered=300, filter_kept=150, revised=100, reviewed=80, review_kept=60, passed=210,
        rejected=20, in_filter=200, in_revise=50, in_review=20, verdicts_left=440, revises=True,
    ),
)  # fmt: skip


@pytest.fixture(scope="module")
def report() -> AgreementReport:
    rows = review(300, 0)
    rows += [
        v._replace(item=v.item + 1000, ability="ethics", kept=True, at=v.at + HOUR) for v in review(40, 1)
    ]  # type: ignore[operator]
    acts = [Act(v.annotator, v.ability, v.stage, v.at, v.seconds) for v in rows]
    acts += [Act("wang", "math", "revise", 1e9 + 9e4 + 200 * i, 150) for i in range(100)]
    return summary(rows, OUTCOMES, gold=golden("zhao", right=5, passed_wrong=20), acts=acts)


def test_rates_by_hand(report: AgreementReport) -> None:
    ethics, math = report.abilities
    assert ethics.filter_pass is not None
    assert ethics.filter_pass.share == pytest.approx(0.95)
    assert math.revision is not None
    assert (math.revision.count, math.revision.of) == (100, 250)
    assert math.review_pass is not None
    assert math.review_pass.share == pytest.approx(0.75)
    assert ethics.review_pass is None
    assert report.total.items == 560
    assert report.total.filter_pass is not None
    assert report.total.filter_pass.count == 188
    for line in (*report.abilities, report.total):
        assert line.items == line.passed + line.rejected + line.pending


def test_agreement_of_each_ability_and_all(report: AgreementReport) -> None:
    ethics, math = report.abilities
    assert ethics.agreement.of("Fleiss' kappa").value is None
    assert ethics.agreement.of("Gwet's AC1").value == 1
    assert report.total.agreement.items == ethics.agreement.items + math.agreement.items == 340
    assert len(report.pairs) == 6
    ac1 = [p.of("Gwet's AC1").value for p in report.pairs]
    assert ac1 == sorted(ac1)  # type: ignore[type-var]
    assert sum(p.units for p in report.pairs) == report.total.agreement.units


def test_the_report_is_json_and_comes_back(report: AgreementReport) -> None:
    assert AgreementReport.model_validate(json.loads(report.model_dump_json())) == report


def test_the_cards_file_names_nobody(report: AgreementReport) -> None:
    written = file_of(report)
    text = written.model_dump_json()
    assert AgreementFile.model_validate_json(text) == written
    assert not any(name in text for name in ("chen", "lin", "wang", "zhao"))
    assert {(a.ability, a.measure) for a in written.agreement} == {
        *(("", n) for n in MEASURES),
        *(("math", n) for n in MEASURES),
        ("ethics", "observed agreement"),
        ("ethics", "Gwet's AC1"),
    }
    assert all(
        a.low is not None and a.high is not None and a.low <= a.value <= a.high for a in written.agreement
    )


def test_the_same_votes_give_the_same_report(report: AgreementReport) -> None:
    rows = review(100, 5)
    assert summary(rows, OUTCOMES[1:]) == summary(rows[::-1], OUTCOMES[1:])


def test_it_fits_a_terminal_and_says_what_to_beware_of(report: AgreementReport) -> None:
    text = report_text(report)
    assert max(width(line) for line in text.splitlines()) <= 100
    assert "ethics" in text
    assert "every verdict approves" in " ".join(text.split())
    assert "zhao has 20.0% [8,40] of 25 gold items right" in " ".join(text.split())


def test_hostile_names_are_shown_and_not_obeyed() -> None:
    bad = "\x1b[31mred\u202e" + "长" * 60
    rows = [v._replace(ability=bad, annotator=v.annotator.replace("zhao", bad)) for v in review(100, 6)]
    text = report_text(summary(rows, []))
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert max(width(line) for line in text.splitlines()) <= 100


def test_nothing_and_next_to_nothing() -> None:
    empty = summary([], [])
    assert empty.votes == 0
    assert (
        empty.total.agreement.of("observed agreement").explanation
        == "no instance was judged by two annotators"
    )
    assert file_of(empty).agreement == ()
    report_text(empty)
    one = summary(from_table("1"), OUTCOMES)
    assert one.alone == 1
    assert one.total.agreement.units == 0
    assert [line.ability for line in one.abilities] == ["ethics", "math"]
    report_text(one)


def test_the_settings_are_the_reviews_own() -> None:
    found = settings_of(Process(filter_votes=3, review_votes=1, training_accuracy=0.9))
    assert (found.filter_votes, found.review_votes, found.gold_accuracy) == (3, 1, 0.9)


def test_bad_votes_are_refused() -> None:
    rows = from_table("11 10")
    with pytest.raises(BadData, match="lin has two standing votes in one filter"):
        Votes.of([*rows, rows[1]._replace(kept=False)])
    with pytest.raises(BadData, match="there is no stage 'revise'"):
        Votes.of([rows[0]._replace(stage="revise")])
    with pytest.raises(ValueError, match="different lengths"):
        Votes.from_columns(
            item=[1, 2],
            ability=["a"],
            stage=["filter"],
            round=[0],
            annotator=["lin"],
            kept=[True],
            at=[0],
            seconds=[0],
        )


def test_an_undone_unit_is_not_there_and_another_round_is_another_unit() -> None:
    rows = from_table("11 10 00")
    again = (
        rows
        + [v._replace(round=1, stage="review") for v in rows]
        + [v._replace(stage="review") for v in rows]
    )
    votes = Votes.of(again)
    assert len(np.unique(votes.units())) == 9
    assert summary(again, []).total.agreement.units == 9


def test_a_vote_can_be_a_plain_tuple() -> None:
    assert Vote(1, "math", "filter", 0, "lin", True, 0.0).seconds == 0
    assert len(Votes.of(tuple(v) for v in from_table("11"))) == 2  # type: ignore[misc]
