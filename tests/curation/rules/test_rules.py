"""What each rule rejects and lets through; the settings; rules of the user's own."""

from __future__ import annotations

import pickle
import sys
from pathlib import Path

import pytest

from curation.rules import OFF_UNLESS_ASKED, RULES, rules_from
from curation.rules.described import described, markdown
from schemas.errors import BadSpec
from schemas.instance import Message
from tests.curation.curation_rows import choice, open_item
from tests.curation.rules.rule_rows import BAD, ESSAY, GOOD, item

DOCS = Path(__file__).parents[3] / "docs" / "rules.md"


@pytest.mark.parametrize("name", RULES)
def test_good_rows_pass(name):
    if name not in OFF_UNLESS_ASKED:
        assert [(r.response, v) for r in GOOD if (v := RULES[name](r)) is not True] == []


@pytest.mark.parametrize(("name", "row", "words"), BAD)
def test_bad_rows_are_rejected_with_what_and_where(name, row, words):
    kept, reason = RULES[name](row)
    assert kept is False
    assert words in reason
    assert reason.isprintable()


def test_every_rule_has_a_row_that_it_rejects():
    assert {name for name, _, _ in BAD} == set(RULES) - set(OFF_UNLESS_ASKED)


def verdict(name, row, **settings):
    return rules_from({name: settings or True})[name](row)


def test_lengths_are_tuned_apart():
    row = open_item("春" * 10, "夏" * 20)
    assert verdict("length", row) is True
    for settings, words in [
        ({"minimum": 31}, "instance has 30 characters, fewer than 31"),
        ({"maximum": 29}, "instance has 30 characters, more than 29"),
        ({"prompt_minimum": 11}, "prompt has 10 characters, fewer"),
        ({"prompt_maximum": 9}, "prompt has 10 characters, more"),
        ({"response_minimum": 21}, "response has 20 characters, fewer"),
        ({"response_maximum": 19}, "response has 20 characters, more"),
    ]:
        assert words in verdict("length", row, **settings)[1]
    assert verdict("length", row, minimum=30, maximum=30, prompt_maximum=10, response_maximum=20) is True


def test_latin_letters_in_a_chinese_set():
    mixed = open_item("写一句", "我用 Python 写 code")
    assert "latin" not in rules_from()
    assert "Latin" in verdict("latin", mixed)[1]
    assert verdict("latin", mixed, maximum=0.7) is True
    assert verdict("latin", open_item("写一句", ESSAY)) is True


def test_simplified_and_traditional_by_choice():
    simplified, traditional = open_item("写", "学习历史，这里说过"), open_item("寫", "學習歷史，這裡說過")
    assert "hanzi" not in rules_from()
    assert verdict("hanzi", simplified) is True
    assert "學" in verdict("hanzi", traditional)[1]
    assert verdict("hanzi", traditional, variant="traditional") is True
    assert "simplified characters" in verdict("hanzi", simplified, variant="traditional")[1]
    # What both write alike says nothing, and a stray character is allowed.
    assert verdict("hanzi", open_item("天地", "日月山水人"), variant="traditional") is True
    assert verdict("hanzi", open_item("写", "学习历史，这里说过，并记录下来，后来实现了。歷")) is True


def test_languages_and_scripts_by_choice():
    russian = next(row for name, row, _ in BAD if name == "script")
    french = next(row for name, row, _ in BAD if name == "language")
    assert verdict("script", russian, allowed=["cyrillic"]) is True
    assert verdict("language", french, allowed=["fr", "zh"]) is True
    english = open_item("Write.", "The house that we live in is one of the oldest in town, and we like it.")
    assert "reads as en" in verdict("language", english, allowed=["zh"])[1]
    assert "reads as zh" in verdict("language", open_item("写", ESSAY), allowed=["en"])[1]
    assert verdict("script", open_item("ａ", "Ｈｅｌｌｏ，カ"), allowed=["latin"], minimum=0.8) is True


def test_kangxi_radicals_are_damage_if_asked_for():
    row = open_item("下列说法", "⽤⼤⼒")
    assert verdict("mojibake", row) is True
    assert "3 radical characters" in verdict("mojibake", row, radicals=2)[1]


def test_parts_of_rules_are_switched():
    for name, setting, row in [
        ("residue", {"labels": False}, open_item("写诗", "输出：春眠不觉晓")),
        (
            "refusal",
            {"self_reference": False},
            open_item("你做了什么？", "作为一个 AI 助手，我帮助过许多人。"),
        ),
        ("refusal", {"asks": False}, open_item("总结这篇文章", "您没有提供文章的内容，请把它发给我。")),
        ("pii", {"phone": False}, open_item("联系谁？", "请打 13927164538。")),
        ("pii", {"id_card": False}, open_item("号码", "11010519491231002X")),
        ("pii", {"email": False}, open_item("邮箱", "li.wei88@163.com")),
        ("pii", {"bank_card": False}, open_item("号码", "6222021716441234564")),
        ("truncated", {"shortest": 1000}, open_item("写", ESSAY * 2 + "然后，")),
    ]:
        assert verdict(name, row) is not True, row
        assert verdict(name, row, **setting) is True, row
    unended = open_item("写", ESSAY * 2 + "后来下雨了")
    assert verdict("truncated", unended) is True
    assert "no end" in verdict("truncated", unended, unended=True)[1]
    stem = choice("下列说法正确的有")
    assert verdict("single_answer", stem) is True
    assert "several answers" in verdict("single_answer", stem, loose=True)[1]


def test_numbers_that_only_look_personal():
    for text in (
        "12927164538",  # no such segment
        "13927164538.5 元",
        "x = 13927164538 * 2",
        "编号 2013927164538001",
        "11010519491231002X1",
        "110105194912310021",  # check digit
        "110105194913310024",  # no such month
        "6222 0217 1644 1234 560",  # Luhn
        "6222000000000000",
        "13800000000",
        "13812345678",
        "a@b",
        "user@example.com",
        "@decorator.method",
    ):
        assert verdict("pii", open_item("看", text)) is True, text


def test_only_free_responses_are_read_for_refusals_and_ends():
    refused = item("cloze", "填空", "抱歉，我无法提供", "抱歉，我无法提供")
    assert verdict("refusal", refused) is True
    assert verdict("truncated", item("code", "写", "x = (" + "1," * 80, "")) is True


def test_all_turns_are_looked_at_and_named():
    row = open_item("一", "二")
    turns = (("system", "好"), ("user", "红\ufffd"), ("assistant", "绿"), ("user", "蓝"), ("assistant", "白"))
    messages = tuple(Message(role=r, content=c) for r, c in turns)  # type: ignore[arg-type]
    row = type(row).model_validate(row.model_dump(exclude={"id", "messages"}) | {"messages": messages})
    assert "message 2 (user), character 2" in RULES["mojibake"](row)[1]


def test_misspelt_settings_are_named():
    for settings, nearest in [
        ({"lenght": False}, "length"),
        ({"length": {"maxmum": 3}}, "maximum"),
        ({"length": {"maximum": "3"}}, "not like 4000"),
        ({"length": {"maximum": True}}, "not like 4000"),
        ({"length": {"maximum": -1}}, "not like 4000"),
        ({"length": 3}, "neither true, false"),
        ({"script": {"minimum": 1.5}}, "not like 0.5"),
        ({"script": {"allowed": ["cyrilic"]}}, "cyrillic"),
        ({"script": {"allowed": "cjk"}}, "not like"),
        ({"language": {"allowed": ["xx"]}}, "does not know 'xx'"),
        ({"hanzi": {"variant": "simple"}}, "simplified"),
        ({"latex": {"strict": True}}, "known: none"),
        ({"mine": True}, "unknown rule"),
    ]:
        with pytest.raises(BadSpec, match=nearest):
            rules_from(settings)
    assert list(rules_from()) == [name for name in RULES if name not in OFF_UNLESS_ASKED]
    assert list(rules_from(dict.fromkeys(OFF_UNLESS_ASKED, True))) == list(RULES)


def test_rules_travel_to_workers():
    rules = rules_from({"length": {"maximum": 3}, "script": {"allowed": ["latin"]}})
    travelled = pickle.loads(pickle.dumps(rules))
    assert [n for n, rule in travelled.items() if rule(open_item("写诗", "春天")) is not True] == [
        "length",
        "script",
    ]


@pytest.fixture
def own(tmp_path, monkeypatch):
    (tmp_path / "house_rules.py").write_text(
        "def short(instance, *, limit=5):\n"
        '    """At most `limit` characters."""\n'
        "    return True if len(instance.response) <= limit else (False, f'more than {limit}')\n"
        "def wrong(instance):\n    return None\n"
        "def broken(instance):\n    return 1 / 0\n"
        "number = 3\n",
        encoding="utf-8",
    )
    monkeypatch.syspath_prepend(tmp_path)
    yield
    sys.modules.pop("house_rules", None)


@pytest.mark.usefixtures("own")
def test_a_rule_of_ones_own():
    from curation.check import check, settings_of

    rules = rules_from({"short": {"use": "house_rules:short", "limit": 2}})
    assert list(rules)[-1] == "short"
    assert settings_of(rules)["short"] == {"limit": 2, "use": "house_rules:short"}
    rules = pickle.loads(pickle.dumps(rules))
    kept, (decision,) = check([open_item("写", "春天"), open_item("写", "春天来")], rules)
    assert len(kept) == 1
    assert (decision.rule, decision.reason) == ("short", "more than 2")
    assert (rules["short"].__doc__ or "").startswith("At most")


@pytest.mark.usefixtures("own")
@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"use": "house_rules"}, "module:function"),
        ({"use": 3}, "module:function"),
        ({"use": "no_such_module:f"}, "cannot load"),
        ({"use": "house_rules:nothing"}, "cannot load"),
        ({"use": "house_rules:number"}, "not a function"),
        ({"use": "house_rules:short", "lmit": 3}, "lmit"),
    ],
)
def test_a_rule_that_cannot_be_loaded_is_one_line(table, words):
    with pytest.raises(BadSpec, match=words):
        rules_from({"mine": table})


@pytest.mark.usefixtures("own")
def test_a_rule_that_fails_is_one_line():
    row = open_item("写", "春天")
    with pytest.raises(BadSpec, match=r"answered None; answer True or \(False, reason\)"):
        rules_from({"mine": {"use": "house_rules:wrong"}})["mine"](row)
    with pytest.raises(BadSpec, match=r"ZeroDivisionError .*house_rules.py:7"):
        rules_from({"mine": {"use": "house_rules:broken"}})["mine"](row)


def test_the_documentation_has_every_rule_and_setting():
    assert all(d.about and meaning for d in described() for _, _, meaning in d.settings)
    assert markdown() in DOCS.read_text(encoding="utf-8"), (
        "print curation.rules.described.markdown() into docs/rules.md"
    )
    for name in RULES:
        assert f"| {name} |" in DOCS.read_text(encoding="utf-8"), f"an example of what {name} rejects"
