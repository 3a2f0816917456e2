from __future__ import annotations

from curation.check import check, failures
from curation.rules import rules_from
from tests.curation.curation_rows import open_item
from tests.curation.rules.rule_rows import BAD, GOOD


def test_good_rows_pass_every_rule():
    kept, decisions = check(GOOD)
    assert kept == GOOD
    assert decisions == []


def test_the_first_rule_that_fails_decides_and_says_why():
    for rule, row, words in BAD:
        kept, (decision,) = check([row], rules_from({"latin": False}))
        assert not kept
        assert decision.rule == rule
        assert (decision.stage, decision.subject, decision.evidence) == ("check", row.id, "s:1")
        assert words in decision.reason
        assert decision.reason.isprintable()


def test_each_rule_can_be_switched_off():
    for rule, row, _ in BAD:
        assert rule not in [d.rule for d in failures(row, rules_from({rule: False}))]


def test_a_row_that_fails_two_rules_has_both():
    row = open_item("写诗", "抱歉，我无法提供这样的内容。\ufffd")
    assert [d.rule for d in failures(row, rules_from())] == ["mojibake", "refusal"]
