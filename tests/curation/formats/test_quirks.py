"""What docs/formats.md promises for the quirks of real files: each row of its table is one test here, on made-up rows."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from curation.formats import FORMATS, find_format
from curation.formats.base import COMMON_OPTIONS
from curation.formats.mapped.spec import Lookup, MappingSpec
from curation.formats.reading import CONTAINERS, Records
from curation.registry import Registry

DOC = Path("docs/formats.md")


def lines(*rows: object) -> str:
    return "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)


def agi(**fields: object) -> dict[str, object]:
    row: dict[str, object] = {
        "passage": None,
        "question": "问",
        "options": None,
        "label": None,
        "answer": None,
    }
    return {**row, **fields}


# One test a row of the table


def test_answer_as_text(read):
    dialogue = [["男：好。"], [{"question": "几块？", "choice": ["五块", "六块"], "answer": "六块 "}], "1"]
    assert read("c3", json.dumps([dialogue])).one.answer == "B"
    assert read("mcq-csv", "Question,A,B,Answer\n问,甲,乙,乙\n").one.answer == "B"
    assert read("agieval", lines(agi(options=["(A)甲", "(B)乙"], label="乙"))).one.answer == "B"
    dialogue[1][0]["answer"] = "七块"  # type: ignore[index]
    assert read("c3", json.dumps([dialogue])).reasons == ["the gold answer is none of the options"]
    assert read("mcq-csv", "Question,A,B,Answer\n问,甲,乙,丙\n").reasons == [
        "the gold answer '丙' is not made of option letters"
    ]


def test_answer_as_place(read):
    row = {"text": "文。", "question": "问", "options": ["甲", "乙"], "answer": 1}
    assert read("logiqa2", lines(row)).one.answer == "B"
    assert read("logiqa2", lines({**row, "answer": 2})).reasons == [
        "the gold answer is option 2, counted from 0, of 2"
    ]


def test_several_letters(read):
    options = ["(A)甲", "(B)乙", "(C)丙"]
    got = read(
        "agieval", lines(*(agi(options=options, label=label) for label in (["C", "A"], ["B"], "AC", "C、A")))
    )
    assert [(i.form, i.answer) for i in got.instances] == [
        ("several_choice", "AC"),
        ("choice", "B"),
        ("several_choice", "AC"),
        ("several_choice", "AC"),
    ]
    ability = read("agieval", lines(agi(options=options, label=["A", "C"])), ability="biology")
    assert ability.reasons == ["biology takes choice, but this row is several_choice"]


def test_empty_list_of_labels(read):
    assert read("agieval", lines(agi(options=["甲", "乙"], label=[]))).reasons == ["there is no gold answer"]
    assert read("agieval", lines(agi(options=["甲", "乙"]))).reasons == ["label is empty"]


def test_windows_line_ends(read):
    text = lines({"question": "写", "std_answer": "春", "class": "open qa"})
    for ends in ("\r\n", "\n"):
        assert read("belle", (text + "\n" + text).replace("\n", ends)).instances[1].response == "春"
    block = "题：对春风\r\n答：秋雨\r\n\r\n题：对天\r\n答：对地\r\n"
    assert [i.answer for i in read("blocks", block).instances] == ["秋雨", "对地"]
    dialogue = [
        ["男：好。\r\n再见。"],
        [{"question": "几块？", "choice": ["五块", "六块"], "answer": "五块"}],
        "1",
    ]
    assert "\r" not in read("c3", json.dumps([dialogue])).one.instruction


@pytest.mark.parametrize("name", ["rows.txt", "rows.json", "rows.jsonl", "rows", "rows.md"])
def test_json_lines_under_any_ending(read, name):
    row = {"text": "文。", "question": "问", "options": ["甲", "乙"], "answer": 1}
    assert read("logiqa2", lines(row, row), name=name).instances[1].source.row == "2"


def test_pdf_breaks(read):
    text = "3．（ 6分）下列关于细\n胞的说法 ，正确的是（ 　　） \nA．有 DNA   \nB．无膜  C．会\n动\nD．很大\n"
    row = read("gaokao", json.dumps({"example": [{"question": text, "answer": ["B"]}]})).one
    assert row.instruction == "下列关于细胞的说法，正确的是（）\nA.有 DNA\nB.无膜\nC.会动\nD.很大"


def test_latex_read_as_escapes(read):
    text = "若 $\x08ar{x} \times \x0crac{1}{2} \neq \right)$\nA. 1\nB. 2\nC. 3\nD. 4"
    row = read("gaokao", json.dumps({"example": [{"question": text, "answer": ["A"]}]})).one
    assert "$\\bar{x} \\times \\frac{1}{2} \\neq \\right)$" in row.instruction


def test_options_that_were_pictures(read):
    text = "图示正确的是（）\nA． B． \nC． D．\n"
    got = read("gaokao", json.dumps({"example": [{"question": text, "answer": ["A"]}]}))
    assert got.reasons == ["option A is empty"]


def test_options_that_read_the_same(read):
    got = read("mcq-csv", "Question,A,B,C,Answer\n问,甲,乙,甲 ,A\n")
    assert got.reasons == ["options A and C read the same"]


def test_gaps_in_the_index(read):
    """A row is named by its place in the file, not by the number it bears."""
    text = "1．问 A．甲 B．乙 C．丙 D．丁"
    rows = [{"index": n, "question": text, "answer": ["A"]} for n in (0, 7, 7)]
    got = read("gaokao", json.dumps({"example": rows}))
    assert [i.source.row for i in got.instances] == ["1", "2", "3"]


def test_traditional_characters(read):
    """They stay as they are; whether 詩 and 诗 are the same is for dedup to say."""
    row = {"instruction": "寫一首詩", "input": "輸入：春", "output": "輸出：曉"}
    got = read("alpaca", lines(row)).one
    assert (got.instruction, got.response) == ("寫一首詩\n春", "曉")
    assert read("blocks", "題：對春風\n答：秋雨\n").one.instruction == "對春風"


def test_missing_answers(read):
    belle = {"question": "写诗", "std_answer": "", "class": "generation"}
    assert len(read("belle", lines(belle)).pending) == 1
    alpaca = {"instruction": "写诗", "input": "", "output": ""}
    assert read("alpaca", lines(alpaca)).reasons == ["output is empty"]
    assert len(read("alpaca", lines(alpaca), options={"empty": "pending"}).pending) == 1
    assert read(
        "alpaca", lines({"zh_instruction": "写", "zh_output": ""}), options={"prefix": "zh_"}
    ).reasons == ["zh_output is empty"]
    hidden = "Question,A,B\n问,甲,乙\n秦在汉前,对,错\n"
    claim, question = sorted(
        read("mcq-csv", hidden, options={"empty": "pending"}).pending, key=lambda c: c.choices
    )
    assert (question.choices, question.messages[0].content) == (("甲", "乙"), "问\nA.甲\nB.乙")
    assert (claim.form, claim.choices, claim.messages[0].content) == ("true_false", (), "秦在汉前")
    assert read("mcq-csv", "Question,A,B,Answer\n问,甲,乙,\n").reasons == ["Answer is empty"]
    assert read("agieval", lines(agi())).reasons == ["answer is empty"]


def test_class_with_a_no_break_space(read):
    row = {"question": "问", "std_answer": "答", "class": "closed\u00a0qa"}
    assert read("belle", lines(row), options={"class": "closed qa"}).one.response == "答"


def test_labels_left_in_front(read):
    row = {"instruction": "翻译", "input": "输入：dog", "output": "输出: 狗"}
    got = read("alpaca", lines(row)).one
    assert (got.instruction, got.response) == ("翻译\ndog", "狗")
    empty = read("alpaca", lines({**row, "input": "输入：", "output": "输出："}))
    assert empty.reasons == ["output is empty"]


def test_lettered_options(read):
    got = read(
        "agieval",
        lines(agi(options=["(A)甲", "(B)乙"], label="A"), agi(options=["A.甲", "B．乙"], label="A")),
    )
    assert [i.choices for i in got.instances] == [("甲", "乙")] * 2
    assert read("agieval", lines(agi(options=["C.elegans", "D.丁"], label="A"))).one.choices[0] == "C.elegans"


def test_answers_of_several_gaps(read):
    got = read("agieval", lines(agi(question="填空", answer="$5$;$10$"), agi(answer="$3$")), ability="math")
    assert [(i.answer, i.response) for i in got.instances] == [
        ("$5$;$10$", "\\boxed{$5$;$10$}"),
        ("$3$", "答案：$3$"),
    ]


def test_several_sub_questions(read):
    text = "文章。17. 第一问 A. 一 B. 二 C. 三 D. 四 18. 第二问 A. 五 B. 六 C. 七 D. 八"
    got = read("gaokao", json.dumps({"example": [{"question": text, "answer": ["B", "C"]}]}))
    assert [(i.source.row, i.source.group, i.answer) for i in got.instances] == [
        ("1.1", "raw/1", "B"),
        ("1.2", "raw/1", "C"),
    ]
    assert [i.instruction.split("\n")[:2] for i in got.instances] == [
        ["文章。", "第一问"],
        ["文章。", "第二问"],
    ]
    lost = text.replace("18. 第二问", "第二问")
    got = read("gaokao", json.dumps({"example": [{"question": lost, "answer": ["B", "C"]}]}))
    assert got.reasons == ["2 answers, but the sub-questions cannot be told apart"] * 2


LOGIQA = "\na\n10.甲比乙高。\n谁矮？\nA.乙\nB.甲\nC.丙\nD.丁\n"


def test_blocks_of_lines(read):
    other = LOGIQA.replace("\na\n", "\nd\n").replace("10.", "11．").replace("谁矮", "谁高")
    got = read(
        "logiqa", LOGIQA + other + "\nb\n只有\n三行\n" + LOGIQA.replace("\na\n", "\nx\n"), ability="reasoning"
    )
    first, second = got.instances
    assert first.instruction == "甲比乙高。\n谁矮？\nA.乙\nB.甲\nC.丙\nD.丁"
    assert (first.answer, second.answer, first.source.row) == ("A", "D", "2")
    assert first.source.group == second.source.group
    assert got.reasons == [
        "the block has 3 lines, not 7",
        "the gold answer 'x' is not made of option letters",
    ]
    row = {"text": "甲比乙高。", "question": "谁高？", "options": ["乙", "甲"], "answer": 1}
    assert read("logiqa2", lines(row)).one.source.group == first.source.group
    assert read("logiqa", LOGIQA.encode() + b"\n\xff\n").reasons == ["not UTF-8"]


def test_prompts_without_replies(read):
    rows = [
        {"id_": n, "prompt": "吸烟好吗？", "domain_en": d, "domain_zh": z}
        for n, (d, z) in enumerate([("law", "法律"), ("art", "艺术")])
    ]
    got = read("cvalues", lines(*rows, {"id_": 3, "prompt": " "}), ability="role_play")
    assert [(c.form, c.source.group) for c in got.pending] == [("open", "")] * 2
    assert got.reasons == ["prompt is empty"]
    assert "ethics takes" in read("cvalues", lines(*rows), ability="ethics").reasons[0]
    for wanted in ("law", "法律"):
        only = read("cvalues", lines(*rows), options={"domain": wanted})
        assert len(only.pending) == 1
        assert only.reasons == [f"the domain is 'art', not '{wanted}'"]


def test_worked_answers_with_marks(read):
    row = {"question": "几个？", "answer": "3*400=<<3*400=1200>>1200\n#### 1,200"}
    got = read("gsm8k", lines(row)).one
    assert (got.answer, got.response) == ("1200", "3*400=1200\n#1200")


def test_one_scenario_asked_several_ways(read):
    rows = [
        {"question": q, "choices": ["A.帮忙", "B.走开", "C.看着"], "correct_answer": a}
        for q, a in (("应该怎么做？", "A"), ("不应该怎么做？", "C"), ("应做哪些？", "A"))
    ]
    got = read("cmoraleval", lines(*rows), ability="ethics")
    assert len({i.source.group for i in got.instances}) == 1
    assert [i.form for i in got.instances] == ["choice", "choice", "several_choice"]


def test_broken_rows_stand_alone(read):
    good = lines({"instruction": "写", "output": "春"}).encode()
    got = read(
        "alpaca", b"\n".join([good, b"{", b"\xff", b'{"instruction": "\\ud800", "output": "x"}', good])
    )
    assert len(got.instances) == 2
    assert len(got.reasons) == 3


# The document


def rows_of_the_table() -> list[str]:
    table = DOC.read_text(encoding="utf-8").split("## Quirks")[1]
    return re.findall(r"\| `(test_\w+)` \|$", table, re.MULTILINE)


def test_every_quirk_of_the_table_has_its_test_and_the_other_way_round():
    mine = {n for n, f in globals().items() if n.startswith("test_") and callable(f)}
    document = {n for n in mine if "document" in n or "table" in n or "every_setting" in n}
    assert set(rows_of_the_table()) == mine - document


@pytest.mark.parametrize("name", list(FORMATS))
def test_the_document_names_every_format_and_its_options(name):
    text = DOC.read_text(encoding="utf-8")
    section = text.split(f"### `{name}`\n")[1].split("\n##")[0]
    for option in FORMATS[name].options:
        assert f"`{option}`" in section, option


def test_the_document_names_every_common_option_and_container():
    text = DOC.read_text(encoding="utf-8")
    for word in (*COMMON_OPTIONS, *CONTAINERS):
        assert f"`{word}`" in text, word


def test_every_setting_of_a_toml_format_is_in_the_document():
    section = DOC.read_text(encoding="utf-8").split("## A format of your own in TOML")[1].split("\n## ")[0]
    for setting in (*MappingSpec.model_fields, *Lookup.model_fields):
        assert f"`{setting}`" in section, setting


def test_the_document_shows_the_sample_as_it_is():
    text = DOC.read_text(encoding="utf-8")
    sample = Path("examples/formats/exam_questions.toml").read_text(encoding="utf-8")
    body = sample.split("\n", 2)[2]  # without the two lines of comment for those who found the file first
    assert body in text


def test_the_file_that_the_document_shows_is_a_whole_format(tmp_path, monkeypatch, read):
    """The new format of docs/formats.md, put into the folder as it stands there, is found and reads its row."""
    code = DOC.read_text(encoding="utf-8").split("```python\n")[1].split("```")[0]
    (tmp_path / "riddles.py").write_text(code, encoding="utf-8")
    import curation.formats as package

    monkeypatch.setattr(package, "__path__", [*package.__path__, str(tmp_path)])
    found = Registry(package.__name__, package.__path__, "FORMAT", {"base", "reading", "building", "gold"})
    monkeypatch.setattr(package, "FORMATS", found)
    assert "riddles" in package.FORMATS
    assert isinstance(find_format("riddles"), Records)
    got = read(
        "riddles", lines({"riddle": "麻屋子，红帐子", "solution": "花生"}, {"riddle": "x"}), ability="chinese"
    )
    assert [(i.form, i.instruction, i.answer) for i in got.instances] == [
        ("cloze", "猜谜语：麻屋子，红帐子", "花生")
    ]
    assert got.reasons == ["there is no solution"]
