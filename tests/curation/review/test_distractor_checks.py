"""What a distractor is told: errors for what gives it away, warnings for what may."""

from __future__ import annotations

import pytest

from curation.review.distractor_checks import check_distractors, likeness

ASKED = "请用一句话介绍长江的长度和发源地。"
GOLD = "长江全长约6300公里，发源于青藏高原的唐古拉山脉。"
FINE = ("fine", "长江全长约3600公里，发源于青藏高原的唐古拉山脉。")
COARSE = ("coarse", "做红烧肉要先焯水，再用冰糖炒出糖色，小火慢炖。")


def said(
    *slots: tuple[str | None, str], asked: str = ASKED, gold: str = GOLD, program: bool = False
) -> list[str]:
    return [("! " if f.blocks else "") + f.line for f in check_distractors(asked, gold, slots, program)]  # type: ignore[arg-type]


def test_a_good_pair_is_left_alone() -> None:
    assert said(FINE, COARSE) == []


@pytest.mark.parametrize(
    ("slots", "expected"),
    [
        ([FINE, ("coarse", " \n")], "! distractor 2 is empty"),
        ([("fine", GOLD.replace("，", ", ") + "\n"), COARSE], "! distractor 1 is the gold answer itself"),
        ([FINE, ("coarse", FINE[1].replace("6", "６"))], "! distractor 2 is the same as distractor 1"),
        ([("fine", GOLD + "它很长。"), COARSE], "! distractor 1 holds the whole gold answer"),
        ([("coarse", "不对。" + GOLD), FINE], "! distractor 1 holds the whole gold answer"),
        ([FINE, ("coarse", "这里只重复：" + ASKED)], "! distractor 2 repeats the instruction"),
        ([FINE, ("coarse", "肉" * 200)], "! distractor 2 is too long: 200 characters against 26, 7.69 of the gold answer; let it be 0.25 to 4"),
        ([("fine", GOLD[:17] + "山。"), COARSE], "distractor 1 is too short: 19 characters against 26, 0.73"),
        ([FINE, ("coarse", "做红烧肉。" * 14)], "distractor 2 is too long: 70 characters against 26, 2.69"),
        ([("fine", GOLD[:22]), COARSE], "distractor 1 is a part of the gold answer: it leaves out and alters nothing"),
        ([("fine", GOLD.replace("，", "；")), COARSE], "distractor 1 differs from the gold answer in marks only"),
        ([("fine", COARSE[1]), ("coarse", "今天的天气很好，适合出门走走，晒晒太阳。")], "distractor 1 shares 0% with the gold answer: is it a coarse one?"),
        ([("fine", FINE[1]), ("coarse", FINE[1].replace("青藏", "云贵"))], "distractor 2 shares 76% with the gold answer: is it a fine one?"),
        ([FINE], "2 distractors are wanted, there are 1"),
        ([FINE, ("fine", FINE[1].replace("唐古拉", "昆仑"))], "no distractor is coarse-grained"),
        ([FINE, (None, COARSE[1])], "distractor 2 is neither called fine nor coarse"),
    ],
)  # fmt: skip
def test_each_thing_is_one_sentence(slots: list[tuple[str | None, str]], expected: str) -> None:
    found = said(*slots)
    assert any(line.startswith(expected) for line in found), found
    blocking = [line.startswith("!") for line in found]
    assert blocking == sorted(blocking, reverse=True)  # errors first
    assert any(blocking) == expected.startswith("!")


def test_a_coarse_one_may_repeat_what_the_gold_answer_repeats_too() -> None:
    line = "从前有一座山，山上有一座庙，庙里有一个老和尚"
    asked = f"续写：{line}"
    told = ("coarse", line + "，后来股市跌了。")
    assert "repeats 22 characters" in " ".join(said(told, FINE, asked=asked))
    assert "repeats" not in " ".join(said(told, FINE, asked=asked, gold=line + "，他每天给小和尚讲故事。"))


def test_in_a_program_indentation_and_marks_are_details() -> None:
    gold = "```python\ndef f(x):\n    if x:\n        x += 1\n    return x\n```"
    moved = gold.replace("    return", "        return")
    assert (
        said(
            ("fine", moved),
            ("coarse", "def g(y):\n    print('hello, world of tea')"),
            gold=gold,
            program=True,
        )
        == []
    )
    assert said(("fine", gold.replace("+=", "-=")), ("coarse", "def g(y):\n    print('hello, world of tea')"), gold=gold, program=True) == []  # fmt: skip
    same = gold.replace("\n", "  \n").replace("```python  \n", "").replace("```", "")
    assert said(("fine", same), gold=gold, program=True)[0] == "! distractor 1 is the gold answer itself"


def test_a_short_gold_answer_is_held_by_chance() -> None:
    found = said(("coarse", "好的，那就这样吧"), ("fine", "不是"), gold="好的")
    assert not any(line.startswith("!") for line in found)


def test_likeness_is_a_share() -> None:
    assert likeness("长江", "长江") == 1
    assert likeness("长江", "黄河") == 0
    assert likeness("", "") == 1
    assert likeness("江", "河") == 0
