from __future__ import annotations

from curation.canonical import canonical_text
from curation.dedup import dedup
from tests.curation.curation_rows import choice, open_item


def test_canonical_text_ignores_width_and_idle_space_only():
    assert canonical_text("鲸（Ａ） 属\u200b于\n何类 ？") == "鲸(A)属于何类?"
    assert canonical_text("a  dog\nruns") == "a dog runs"
    assert canonical_text("3 + 4") == "3+4"
    assert canonical_text("一二") != canonical_text("一三")


def test_the_first_of_equal_prompts_is_kept_and_the_other_named():
    rows = [choice("鲸属何类？", row="1"), choice("虎属何类？", row="2"), choice("鲸属何类 ?", row="3")]
    found = dedup(rows)
    assert found.kept == rows[:2]
    (decision,) = found.decisions
    assert (decision.subject, decision.evidence) == ("s:3", rows[0].id)
    assert decision.rule == "duplicate"
    assert [tuple(r.source.row for r in c) for c in found.clusters] == [("1", "3")]


def test_other_options_or_another_ability_are_another_item():
    rows = [choice("哪个"), choice("哪个", options=("甲", "丙")), choice("哪个", ability="history")]
    assert dedup(rows).kept == rows


def test_conflicting_gold_answers():
    rows = [choice("哪个", "A", row="1"), choice("哪个", "B", row="2"), choice("别的", row="3")]
    none = dedup(rows)
    assert none.kept == rows[2:]
    assert {d.rule for d in none.decisions} == {"conflict"}
    assert "A and B" in none.decisions[0].reason
    first = dedup(rows, conflicts="first")
    assert first.kept == [rows[0], rows[2]]


def test_human_comes_before_synthetic_whatever_the_order():
    rows = [choice("哪个", "B", origin="synthetic", row="1"), choice("哪个", "A", row="2")]
    found = dedup(rows)
    assert found.kept == rows[1:]
    assert found.decisions[0].rule == "conflict"
    same = [choice("哪个", origin="synthetic", row="1"), choice("哪个", row="2")]
    assert dedup(same).decisions[0].rule == "duplicate"


def test_open_items_may_have_several_responses():
    rows = [
        open_item("写诗", "春", row="1"),
        open_item("写诗", "秋", row="2"),
        open_item("写诗", "春", row="3"),
    ]
    assert dedup(rows).kept == rows[:2]
