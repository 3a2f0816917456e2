"""Answer forms: parsers on the kinds of reply that models give, comparison, chance."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.forms import FORMS, form_of


@pytest.mark.parametrize(
    ("reply", "letter"),
    [
        ("B", "B"),
        ("Ｂ", "B"),
        ("答案是：B。", "B"),
        ("选B", "B"),
        ("故选：C", "C"),
        ("A不对，因为鱼用鳃呼吸。答案：D", "D"),
        ("(B) 鲸", "B"),
        ("鲸", "B"),
        ("The answer is C.", "C"),
        ("A和B都有道理", None),
        ("不知道", None),
        ("", None),
        ("DNA", None),
    ],
)
def test_choice(reply: str, letter: str | None) -> None:
    assert form_of("choice").parse(reply, ("鱼", "鲸", "蛙", "鸟")) == letter


@pytest.mark.parametrize(
    ("reply", "letters"),
    [("ACD", "ACD"), ("答案：A、C", "AC"), ("选 B, A 。", "AB"), ("ＡＢ", "AB"), ("都不对", None)],
)
def test_several_choice(reply: str, letters: str | None) -> None:
    assert form_of("several_choice").parse(reply) == letters


@pytest.mark.parametrize(
    ("reply", "answer"),
    [("对", "对"), ("不正确", "错"), ("正确。", "对"), ("错误", "错"), ("False", "错"), ("嗯", None)],
)
def test_true_false(reply: str, answer: str | None) -> None:
    assert form_of("true_false").parse(reply) == answer


@pytest.mark.parametrize(
    ("reply", "answer", "right"),
    [
        ("3*4=12\n#### 12", "12", True),
        ("所以 \\boxed{\\frac{1}{2}}", "0.5", True),
        ("答案：1,200", "1200", True),
        ("一共 7 个", "7", True),
        ("一共 7 个", "8", False),
        ("没有数", "8", False),
    ],
)
def test_worked_answer(reply: str, answer: str, right: bool) -> None:
    form = form_of("worked_answer")
    assert form.compare(form.parse(reply), answer) is right


def test_cloze_ignores_width_and_a_lead() -> None:
    form = form_of("cloze")
    assert form.compare(form.parse("答案：春 风。"), "春 风")
    assert not form.compare(form.parse("秋风"), "春风")


def test_code_takes_the_last_fenced_block() -> None:
    assert form_of("code").parse("说明\n```python\nx = 1\n```\n") == "x = 1"


@pytest.mark.parametrize("name", sorted(FORMS))
@given(reply=st.text())
def test_no_parser_raises(name: str, reply: str) -> None:
    form = FORMS[name]
    form.compare(form.parse(reply, ("a", "b")), "A")
