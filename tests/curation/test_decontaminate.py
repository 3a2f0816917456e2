from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curation.decontaminate import LeakFinder, LeakSettings, decontaminate, item_of
from curation.decontaminate.files import decontaminate_files
from curation.decontaminate.fold import fold, folded
from curation.decontaminate.hashes import Prefixes
from curation.decontaminate.index import Index, build_index
from curation.decontaminate.items import Evaluation, read_instances, read_raw
from curation.step import read_step
from schemas.errors import BadData, BadSpec
from schemas.instance import Candidate, Instance, Message, Source
from schemas.jsonl import read_jsonl, write_jsonl
from schemas.study import SourceSpec
from tests.curation.curation_rows import choice, open_item

LONG = "在一片很大的湖边住着三户人家他们每天清晨划船出去打鱼到了傍晚才带着满满的鱼篓回来分给邻里的老人和孩子"
OTHER = "城里新开了一家卖旧书的铺子掌柜是个戴眼镜的瘦老头他从不还价却常常把书送给买不起的学生让他们看完再还"
OPTIONS = ("鲸是哺乳动物用肺呼吸", "鲨鱼的骨架全由软骨组成", "海马由雄性孵化后代", "章鱼有三颗心脏")


def rule(train: Instance, test: Instance, **changes: object) -> str | None:
    finder = LeakFinder([item_of(test)], LeakSettings.model_validate(changes))
    pairs = finder.find([train])[0]
    return pairs[0].rule if pairs else None


# Folding


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("鲸（甲） 属于　何类 ？ＡＢ１２", "鲸(甲)属于何类?ab12"),
        ("臺灣的漢語學習", "台湾的汉语学习"),
        (r"已知 $A=\{x \in R \mid x \leqslant 2\}$, 则（\quad）", "已知A={x∈R|x≤2}，则"),
        (r"$\left(\mathrm{x}+\dfrac{1}{2}\right)^{2}$", r"(x+\frac12)^2"),
        ("A．香港 B、澳门 (C)台湾", "香港 澳门 台湾"),
        (r"若 $\tan \alpha=\sqrt{3}$", "若tan a=√3"),
        ("（5 分）下列有关细胞<br>的叙述", "下列有关细胞的叙述"),
        (r"\begin{array}{l}x+1\geq0\end{array}", "x+1≥0"),
        (r"z\cdotx", r"z \cdot x"),
        ("&lt;3", "<3"),
        ("10 hm²", r"$10 \mathrm{hm}^{2}$"),
    ],
)
def test_what_another_edition_changes_is_folded_away(one, other):
    assert folded(one) == folded(other)


@pytest.mark.parametrize(("one", "other"), [("x<1", "x>1"), ("x+1", "x-1"), ("A∩B", "A∪B"), ("一", "二")])
def test_what_makes_another_question_is_not(one, other):
    assert folded(one) != folded(other)


TEXT = st.text(alphabet=st.characters(exclude_characters="\0", exclude_categories=("Cs",)), max_size=30)


@given(st.lists(TEXT, max_size=6))
@settings(deadline=None)
def test_texts_folded_together_are_the_texts_folded_alone(texts):
    together = fold(texts)
    assert [
        together.text(int(a), int(b)) for a, b in zip(together.bounds, together.bounds[1:], strict=False)
    ] == [folded(text) for text in texts]


@given(st.text("甲乙丙x1", max_size=60), st.integers(1, 12))
@settings(deadline=None)
def test_equal_runs_and_only_they_have_equal_hashes(text, n):
    codes = np.array([ord(c) for c in text], np.uint32)
    hashes = Prefixes(codes).grams(n).tolist()
    runs = [text[i : i + n] for i in range(max(0, len(text) - n + 1))]
    assert len(hashes) == len(runs)
    assert len(set(zip(hashes, runs, strict=True))) == len(set(hashes)) == len(set(runs))


# Rules


def test_equal_prompts_leak_however_they_are_written():
    test = [choice("鲸属何类？", row="9")]
    kept, (decision,) = decontaminate([choice("鲸属何类 ?", "B"), choice("虎属何类？")], test)
    assert [k.instruction[:1] for k in kept] == ["虎"]
    assert decision.rule == "same_prompt"
    assert test[0].id[:12] in decision.reason
    assert decision.evidence == "s:1"


def test_options_may_stand_in_another_order_or_in_the_text():
    test = choice("下面哪个说法不对", options=OPTIONS)
    turned = choice("下面哪个说法不对", "B", options=OPTIONS[::-1])
    inline = open_item(
        f"下面哪个说法不对？ A．{OPTIONS[0]} B．{OPTIONS[1]} C．{OPTIONS[2]} D．{OPTIONS[3]}", "A"
    )
    assert rule(turned, test) == rule(inline, test) == "same_prompt"


def test_short_sums_that_fold_alike_are_different_questions():
    test = open_item("计算 1.5+2", "3.5")
    assert rule(open_item("计算15+2", "17"), test) is None
    assert rule(open_item("计算1.5 + 2", "3.5"), test) == "same_prompt"
    assert rule(open_item("计算12×3", "36"), open_item("计算123", "1")) is None


def test_short_texts_are_compared_as_a_whole_only():
    """Tiny abilities share most of their wording; a gram rule would empty them."""
    test = [choice(f"请问{c}属于下面所列的哪一类", options=("走兽", "飞禽", "游鱼")) for c in "鲸虎鹤"]
    train = [choice(f"请问{c}属于下面所列的哪一类", options=("走兽", "飞禽", "游鱼")) for c in "马羊鹰"]
    kept, decisions = decontaminate(train, test)
    assert kept == train
    assert not decisions


def test_a_short_item_leaks_when_it_stands_whole_in_a_longer_row():
    test = open_item("请你说一说鲸为什么总要浮到水面上来换气", "用肺呼吸")
    assert rule(open_item("请像老师那样，" + test.instruction + "，不超过一百字", "好"), test) == "contained"
    assert rule(open_item("请像老师那样讲讲", test.instruction + "？因为它用肺呼吸"), test) == "contained"
    assert rule(open_item("请你说一说鲸为什么总要浮到海面上来换气呢", "好"), test) is None


def test_an_open_question_made_from_a_choice_item_leaks():
    test = choice(
        "中国古代四大发明中最早传到阿拉伯世界的是哪一项", options=("造纸术", "火药", "指南针", "印刷术")
    )
    assert (
        rule(open_item("中国古代四大发明中，最早传到阿拉伯世界的是哪一项？", "造纸术"), test)
        == "same_question"
    )


def test_how_such_questions_begin_is_no_leak():
    """A stem that is unique in the evaluation set by chance, with other options, is another question."""
    stem = "NA为阿伏加德罗常数的值，下列说法正确的是"
    test = choice(
        stem, options=("12克石墨含有的碳原子数", "常温下氯气的分子数", "一升水的质子数", "甲烷的键数")
    )
    assert (
        rule(choice(stem, options=("铁与硫反应", "电解熔融物", "苯的完全燃烧", "浓硫酸的稀释")), test) is None
    )
    twice = [
        choice("下列关于我国古代科技的叙述正确的一项是什么", options=o)
        for o in (OPTIONS, (*OPTIONS[:2], "鱼", "鸟"))
    ]
    row = open_item("下列关于我国古代科技的叙述正确的一项是什么", "不知道")
    assert decontaminate([row], twice)[0] == [row]


def test_overlap_is_a_share_of_the_shorter_text():
    test = [choice(LONG + "谁打鱼")]
    inside = open_item(OTHER * 3 + LONG, "好")
    half = open_item(LONG[:15] + OTHER, "好", row="2")
    kept, (decision,) = decontaminate([inside, half], test)
    assert kept == [half]
    assert decision.rule == "overlap"
    strict, _ = decontaminate([inside, half], test, LeakSettings(threshold=0.01))
    assert strict == []


def test_a_row_leaks_by_its_response_as_well():
    row = open_item("写一道题", f"好的，题目是：{LONG}谁打鱼")
    assert rule(row, open_item(LONG + "谁打鱼", "好")) == "overlap"
    assert rule(row, open_item(OTHER + "谁看书", "好")) is None


def test_one_passage_with_another_question_leaks():
    test = choice(f"{LONG}\n村里一共有几户人家", options=("一户", "两户", "三户", "四户"))
    row = choice(f"{LONG}\n谁分到了打来的鱼呢", options=("老师", "学生", "老人和孩子", "掌柜"))
    assert rule(row, test) == "same_passage"
    short = "床前明月光，疑是地上霜，举头望明月，低头思故乡"
    poems = [choice(f"{short}\n{q}", group="text:abc", row=q) for q in ("诗人是谁", "写于何时")]
    assert rule(poems[0], poems[1]) == "same_passage"
    named = choice("别的诗" + short + "\n诗人是谁", group="text:abc")
    assert rule(named, choice("写于何时", group="text:abc")) is None


def test_options_alone_leak_and_can_be_left_out():
    options = tuple(LONG[i : i + 12] for i in range(0, 48, 12))
    test = choice("下面各句依次说的是什么人做的什么事情", options=options)
    row = choice("找出有错字的一句", options=options)
    assert rule(row, test, threshold=0.9) == "same_options"
    assert rule(row, test, options=False) is None


def test_exam_language_that_many_items_share_is_no_leak():
    numbers = "零一二三四五六七八九十百"
    test = [open_item(LONG + OTHER[i * 3 : i * 3 + 12], "好", row=n) for i, n in enumerate(numbers)]
    train = [open_item(LONG + "这里问的是别的事情", "好")]
    assert decontaminate(train, test)[0] == train
    assert decontaminate(train, test, LeakSettings(boilerplate=99))[0] == []


def test_a_passage_of_many_questions_is_no_exam_language():
    test = [choice(f"{LONG}\n第{i}问是什么", group="text:x", row=str(i)) for i in range(20)]
    row = choice(f"{LONG}\n掌柜卖的是什么书", options=("旧的", "新的"))
    pairs = LeakFinder([item_of(one) for one in test]).find([row])[0]
    assert [p.rule for p in pairs] == ["same_passage"] * 20


def test_english_needs_more_letters():
    test = open_item("Find the greatest common divisor of 10 and 112", "2")
    row = open_item("写一个函数", "def gcd(a, b): # find the greatest common divisor of a and b")
    assert rule(row, test) is None
    longer = "A farmer has seventeen sheep and all but nine of them run away over the hill. How many sheep are left? "
    longer += "Explain your reasoning in two short sentences and give the number at the end."
    assert rule(open_item("Answer this. " + longer, "9"), open_item(longer, "9")) == "overlap"


def test_every_pair_is_found_with_its_longest_run():
    test = [choice(f"{LONG}\n{q}", row=q) for q in ("村里有几户人家", "打来的鱼分给谁")]
    row = open_item("读一读：" + LONG[:40], "好")
    pairs = LeakFinder([item_of(t) for t in test]).find([row, choice("虎属何类")])
    assert [sorted(p.item for p in found) for found in pairs] == [[0, 1], []]
    assert all(p.run == LONG[:40] for p in pairs[0])
    assert pairs[0][0].parts[0] == pytest.approx(31 / 42, abs=0.02)


def test_an_empty_side_finds_nothing(tmp_path):
    assert LeakFinder([]).find([choice("虎属何类")]) == [[]]
    assert LeakFinder([item_of(choice("虎属何类"))]).find([]) == []
    build_index([], LeakSettings()).save(tmp_path)
    assert len(Index.load(tmp_path).grams) == 0


@given(st.lists(st.text("甲乙丙丁戊己庚辛", min_size=1, max_size=80), min_size=1, max_size=8), st.data())
@settings(deadline=None, max_examples=60)
def test_what_is_copied_is_found_wherever_it_stands(texts, data):
    test = [open_item(text, "好", row=str(i)) for i, text in enumerate(texts)]
    chosen = data.draw(st.integers(0, len(texts) - 1))
    before, after = data.draw(st.text("子丑寅卯", max_size=30)), data.draw(st.text("子丑寅卯", max_size=30))
    row = open_item(before + texts[chosen] + after, "好")
    pairs = LeakFinder([item_of(t) for t in test], LeakSettings(boilerplate=99)).find([row])[0]
    if len(texts[chosen]) >= 18 or not before + after:
        assert chosen in {p.item for p in pairs}
    for pair in pairs:
        assert pair.run in row.instruction
        assert pair.run in texts[pair.item]


# Evaluation sets and files


def test_rows_that_a_reader_rejects_are_looked_for_as_text(tmp_path):
    rows = [
        {"passage": None, "question": LONG, "options": ["(A)一", "(B)一"], "label": "A", "answer": None},
        {"passage": None, "question": OTHER, "options": ["(A)一", "(B)二"], "label": "B", "answer": None},
        {"passage": None, "question": "", "options": [], "label": None, "answer": None},
    ]
    path = tmp_path / "exam.jsonl"
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    evaluation = Evaluation()
    read_raw(SourceSpec(files=(str(path),), format="agieval"), evaluation)
    assert (evaluation.rows["exam"], evaluation.rejected["exam"], evaluation.lost["exam"]) == (3, 2, 1)
    pairs = LeakFinder(evaluation.items).find([open_item(LONG, "好"), open_item(OTHER, "好")])
    assert [[evaluation.items[p.item].row for p in found] for found in pairs] == [["exam:1"], ["exam:2"]]


def test_candidates_are_items_and_a_broken_line_is_named(tmp_path):
    waiting = Candidate(
        ability="biology",
        form="open",
        messages=(Message(role="user", content="鲸属何类"),),
        source=Source(name="wait", row="1"),
    )
    write_jsonl(tmp_path / "wait.jsonl", [waiting])
    evaluation = Evaluation()
    read_instances([tmp_path / "wait.jsonl"], evaluation)
    assert evaluation.pending["wait"] == 1
    (tmp_path / "bad.jsonl").write_text('{"question": "x"}\n', encoding="utf-8")
    with pytest.raises(BadData, match=r"bad\.jsonl:1.*--against-format"):
        read_instances([tmp_path / "bad.jsonl"], evaluation)


def files(folder: Path, count: int = 300) -> tuple[Path, Evaluation]:
    test = [open_item(f"{LONG}{i}号船", "好", row=str(i), source="exam") for i in range(3)]
    rows = [open_item(f"{OTHER[: 20 + i % 20]}第{i}句", "好", row=str(i)) for i in range(count)]
    rows[7] = open_item(f"题目：{LONG}1号船", "好", row="7")
    rows[200] = open_item(f"{LONG}1号船", "好", row="200")
    write_jsonl(folder / "train.jsonl", rows)
    evaluation = Evaluation()
    for row in test:
        evaluation.add(row)
    return folder / "train.jsonl", evaluation


def test_files_keep_every_row_and_every_pair(tmp_path):
    train, evaluation = files(tmp_path)
    report = decontaminate_files([train], evaluation, tmp_path / "out")
    assert report.counts.line() == "rows in 300 = accepted 298 + rejected 2 + pending 0"
    lines = train.read_bytes().splitlines(keepends=True)
    assert (tmp_path / "out/instances.jsonl").read_bytes() == b"".join(
        line for i, line in enumerate(lines) if i not in (7, 200)
    )
    leaks = [row for _, row in read_jsonl(tmp_path / "out/leaks.jsonl")]
    assert [leak["test"]["row"] for leak in leaks] == ["exam:0", "exam:1", "exam:2"]
    assert [[r["row"] for r in leak["rows"]] for leak in leaks] == [["s:7", "s:200"]] * 3
    assert leaks[1]["rows"][1]["rule"] == "same_prompt"
    assert leaks[0]["rows"][0]["shared"] == LONG
    (source,) = report.sources
    assert (source.items, source.leaking, source.training_rows, report.pairs) == (3, 3, 2, 6)
    assert report.worst[0].rows == 2
    step = read_step(tmp_path / "out")
    assert step is not None
    assert (step.stage, step.settings["n"], step.counts.rejected) == ("decontaminate", 10, 2)


def test_the_result_does_not_depend_on_workers_or_blocks(tmp_path, monkeypatch):
    train, evaluation = files(tmp_path)
    decontaminate_files([train], evaluation, tmp_path / "one")
    monkeypatch.setattr("curation.blockwise.line_blocks", lambda path: _small_blocks(path))
    decontaminate_files([train], evaluation, tmp_path / "two", workers=2)
    for name in ("instances.jsonl", "decisions.jsonl", "leaks.jsonl"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def _small_blocks(path):
    from schemas.jsonl import line_blocks

    return line_blocks(path, 4000)


def test_a_report_drops_nothing_and_nothing_is_overwritten(tmp_path):
    train, evaluation = files(tmp_path)
    report = decontaminate_files([train], evaluation, tmp_path / "report", report_only=True)
    assert (report.counts.accepted, report.leaking) == (300, 2)
    assert [f.name for f in (tmp_path / "report").iterdir()] == ["leaks.jsonl"]
    decontaminate_files([train], evaluation, tmp_path / "out")
    with pytest.raises(BadSpec, match="finished step"):
        decontaminate_files([train], evaluation, tmp_path / "out", report_only=True)
    with pytest.raises(BadSpec, match="overwritten"):
        decontaminate_files([tmp_path / "out/instances.jsonl"], evaluation, tmp_path / "out")
    assert (tmp_path / "out/step.json").exists()
