"""The mix section: what is recommended, what was kept instead, and what the comparison measured."""

from __future__ import annotations

from analyze.report import render
from schemas.results import Report
from tests.analyze.report_page import Page
from tests.analyze.report_sample import NAMES, sample_report

KEPT = "The uniform mix is kept."


def abstaining(**change: object) -> Report:
    """The sample's mix as the best one found, and not recommended."""
    report = sample_report()
    mix = report.recommendation
    assert mix is not None
    allocations = tuple(a.model_copy(update={"n": a.uniform}) for a in mix.allocations)
    reason = (
        f"{KEPT} The best mix found promises +1.4 points, but Pr(gain > 0) is 0.896 where 0.900 is asked."
    )
    values = {"allocations": allocations, "abstained": True, "probability": 0.8957, "reason": reason}
    return report.model_copy(update={"recommendation": mix.model_copy(update=values), **change})


def section(page: Page) -> str:
    return page.text.split("The mix 数据配比")[1].split("Growth curves 生长曲线")[0]


def bars(page: Page) -> list[list[int]]:
    return [trace["x"] for trace in page.data("figure-data")["mix"]["data"]]


def test_the_ending_of_the_mix_is_printed_as_it_is() -> None:
    report = sample_report()
    assert report.comparison is not None
    clear = report.comparison.model_copy(update={"clear": True, "gain": 2.0})
    worse = report.comparison.model_copy(update={"clear": True, "gain": -2.0})
    assert "No clear gain." in section(Page(render(report)))
    assert "A clear gain." in section(Page(render(report.model_copy(update={"comparison": clear}))))
    assert "A clear loss." in section(Page(render(report.model_copy(update={"comparison": worse}))))


def test_a_recommended_mix_is_called_so() -> None:
    report = sample_report()
    page = Page(render(report))
    assert "recommended mix, human" in section(page)
    assert "other mix" not in section(page)
    assert report.recommendation is not None
    human = [a.n for a in report.recommendation.allocations if a.origin == "human"]
    assert bars(page)[:2] == [[256] * len(NAMES), human]


def test_an_abstaining_recommendation_shows_the_best_other_mix() -> None:
    page = Page(render(abstaining()))
    text = section(page)
    assert text.count(KEPT) == 1
    assert "The best other mix was trained and measured all the same." in text
    assert "with the best other mix found, 0.424 with the uniform mix" in text
    assert "best other mix found, human" in text
    assert "recommended" not in text
    assert "Pr(gain > 0) = 0.896" in text
    assert bars(page) == bars(Page(render(sample_report())))


def test_an_abstaining_recommendation_that_was_not_measured() -> None:
    text = section(Page(render(abstaining(comparison=None))))
    assert "measured all the same" not in text
    assert "The best other mix found was not trained against the uniform one" in text


def test_no_other_mix_was_found() -> None:
    report = abstaining(comparison=None)
    assert report.recommendation is not None
    same = tuple(a.model_copy(update={"best": a.uniform}) for a in report.recommendation.allocations)
    values = {"allocations": same, "reason": f"{KEPT} The fit finds no better one."}
    mix = report.recommendation.model_copy(update=values)
    page = Page(render(report.model_copy(update={"recommendation": mix})))
    assert "The fit finds no better one." in section(page)
    for word in ("other mix", "Predicted gain", "prediction only"):
        assert word not in section(page)
    assert bars(page)[0] == bars(page)[1]


def test_an_empty_reason_leaves_no_trace_and_a_comparison_can_stand_alone() -> None:
    report = sample_report()
    assert report.comparison is not None
    bare = report.comparison.model_copy(update={"reason": ""})
    text = section(Page(render(report.model_copy(update={"comparison": bare}))))
    assert "of the same size. " in text
    alone = section(Page(render(report.model_copy(update={"comparison": bare, "recommendation": None}))))
    assert "with the best mix found, 0.424 with the uniform mix of the same size: +0.70 points" in alone
