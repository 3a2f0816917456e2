from __future__ import annotations

from curation.decontaminate import decontaminate
from tests.curation.curation_rows import choice, open_item

LONG = "在一片很大的湖边住着三户人家他们每天清晨划船出去打鱼到了傍晚才带着满满的鱼篓回来分给邻里的老人和孩子"
OTHER = "城里新开了一家卖旧书的铺子掌柜是个戴眼镜的瘦老头他从不还价却常常把书送给买不起的学生让他们看完再还"


def test_equal_prompts_leak_however_they_are_written():
    test = [choice("鲸属何类？", row="9")]
    kept, (decision,) = decontaminate([choice("鲸属何类 ?", "B"), choice("虎属何类？")], test)
    assert [k.instruction[:1] for k in kept] == ["虎"]
    assert decision.rule == "same_prompt"
    assert test[0].id[:12] in decision.reason


def test_short_texts_are_compared_as_a_whole_only():
    """Tiny abilities share most of their wording; a gram rule would empty them."""
    test = [choice(f"请问{c}属于下面所列的哪一类", options=("走兽", "飞禽", "游鱼")) for c in "鲸虎鹤"]
    train = [choice(f"请问{c}属于下面所列的哪一类", options=("走兽", "飞禽", "游鱼")) for c in "马羊鹰"]
    kept, decisions = decontaminate(train, test)
    assert kept == train
    assert not decisions


def test_overlap_is_a_share_of_the_shorter_text():
    test = [choice(LONG + "谁打鱼")]
    inside = open_item(OTHER * 3 + LONG, "好")
    half = open_item(LONG[:15] + OTHER, "好", row="2")
    kept, (decision,) = decontaminate([inside, half], test)
    assert kept == [half]
    assert decision.rule == "overlap"
    strict, _ = decontaminate([inside, half], test, threshold=0.01)
    assert strict == []


def test_one_passage_with_another_question_leaks():
    test = [choice(LONG + "谁打鱼", group="text:abc")]
    train = [
        choice(OTHER + "谁看书", group="text:abc", row="2"),
        choice(OTHER + "谁看书", group="x/1", row="3"),
    ]
    kept, (decision,) = decontaminate(train, test)
    assert kept == train[1:]
    assert decision.rule == "same_passage"


def test_exam_language_that_many_items_share_is_no_leak():
    numbers = "零一二三四五六七八九十百"
    test = [open_item(LONG + OTHER[i * 3 : i * 3 + 12], "好", row=n) for i, n in enumerate(numbers)]
    train = [open_item(LONG + "这里问的是别的事情", "好")]
    assert decontaminate(train, test)[0] == train
    assert decontaminate(train, test, boilerplate=99)[0] == []
