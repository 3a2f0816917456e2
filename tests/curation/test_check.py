from __future__ import annotations

import pytest

from curation.check import check
from curation.rules import RULES, rules_from
from schemas.errors import BadSpec
from tests.curation.curation_rows import choice, open_item

GOOD = [
    choice("鲸属何类"),
    open_item("1+1", "2"),
    open_item("Write a line.", "Roses are red, violets are blue."),
    open_item("解 $x^{{2}}=4$", "由 $\\alpha$ 得 $x=\\pm 2$"),
    open_item("写歌", "啦啦啦\n" * 3 + "完"),
    open_item("写码", "```python\nfor i in range(3):\n    print(i)\n```"),
    open_item("作诗", "春风又绿江南岸，\n明月何时照我还。"),
]
BAD = [
    ("length", open_item("写", "春" * 5000), "more than 4000"),
    ("script", open_item("Привет, как дела", "Хорошо спасибо"), "of 26 letters"),
    ("refusal", open_item("写诗", "抱歉，我无法提供这样的内容。"), "抱歉"),
    ("refusal", open_item("写诗", "作为一个人工智能，我没有感情。"), "人工智能"),
    ("residue", open_item("写诗<|im_end|>", "春"), "im_end"),
    ("residue", open_item("写{{ topic }}的诗", "春"), "topic"),
    ("residue", open_item("写诗", "### Response: 春"), "Response"),
    ("mojibake", open_item("写诗", "春\ufffd天"), "wrongly decoded"),
    ("mojibake", open_item("写诗", "锟斤拷锟斤拷"), "锟斤拷"),
    ("mojibake", open_item("写诗", "æ˜¥å¤©"), "wrongly decoded"),
    ("mojibake", open_item("写诗", "红\x1b[31m字"), "control character"),
    ("repeated_lines", open_item("写诗", "春天来了\n" * 9 + "完"), "9 times"),
    ("truncated", open_item("写码", "```python\nx=1"), "fence"),
    ("truncated", open_item("写", "春天来了。" * 30 + "然后，"), "breaks off"),
]


def test_good_rows_pass_every_rule():
    kept, decisions = check(GOOD)
    assert kept == GOOD
    assert decisions == []


@pytest.mark.parametrize(("rule", "row", "words"), BAD)
def test_each_rule_rejects_what_it_is_for_and_says_why(rule, row, words):
    kept, (decision,) = check([row])
    assert not kept
    assert (decision.stage, decision.rule, decision.subject) == ("check", rule, row.id)
    assert words in decision.reason
    assert decision.reason.isprintable()
    assert decision.evidence == "s:1"
    assert check([row], rules_from({rule: False}))[0] == [row]


def test_rules_are_tuned_and_misspelt_settings_named():
    assert check([open_item("写", "春天")], rules_from({"length": {"maximum": 2}}))[1][0].rule == "length"
    russian = BAD[1][1]
    assert check([russian], rules_from({"script": {"allowed": ["cyrillic"]}}))[0] == [russian]
    for settings, nearest in [
        ({"lenght": False}, "length"),
        ({"length": {"maxmum": 3}}, "maximum"),
        ({"length": {"maximum": "3"}}, "not like 4000"),
        ({"length": {"maximum": True}}, "not like 4000"),
        ({"length": 3}, "neither true, false"),
    ]:
        with pytest.raises(BadSpec, match=nearest):
            rules_from(settings)
    assert list(rules_from()) == list(RULES)
