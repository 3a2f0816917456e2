"""gaokao: options inside the question, lines as a PDF breaks them, several answers."""

from __future__ import annotations

import json

import pytest

from curation.formats.gaokao import split_options, tidy
from schemas.errors import BadData


def paper(*examples: dict[str, object]) -> str:
    return json.dumps({"keywords": "k", "example": list(examples)}, ensure_ascii=False)


def example(question: str, *answer: str) -> dict[str, object]:
    return {
        "question": question,
        "answer": list(answer),
        "year": "2001",
        "index": 0,
        "analysis": "",
        "score": 6,
    }


def test_one_question(read):
    text = "3．（ 6分）下列关于细\n胞的说法 ，正确的是（ 　　） \nA．有 DNA   \nB．无膜  C．会\n动\nD．很大\n"
    row = read("gaokao", paper(example(text, "B")), ability="biology").one
    assert row.messages[0].content == "下列关于细胞的说法，正确的是（）\nA.有 DNA\nB.无膜\nC.会动\nD.很大"
    assert row.answer == "B"


def test_options_without_a_gap_between_them_are_found(read):
    text = "1．（4分）这反映了（）\nA．甲事增多B．乙事减少C．丙事不变D．丁事消失\n"
    assert read("gaokao", paper(example(text, "D")), ability="history").one.choices[3] == "丁事消失"


def test_numbers_and_formulas_in_options_stay_whole(read):
    text = "2. (5 分) 若 $x \\in R$, 则 $x\\cdot\x08ar{x}=$ ( )\nA. 2.5\nB. $\x0crac{1}{2}$\nC. 1\nD. 0\n"
    row = read("gaokao", paper(example(text, "A"))).one
    assert row.choices == ("2.5", "$\\frac{1}{2}$", "1", "0")
    assert "\\bar{x}" in row.messages[0].content


def test_several_letters_and_several_sub_questions(read):
    several = example("1．下列正确的是\nA．甲 B．乙 C．丙 D．丁", "AC")
    parts = example(
        "7．（9分）读文章，完成下列各题。文章。（1）第一问 A．一 B．二 C．三 D．四 （2）第二问 A．五 B．六 C．七 D．八",
        "B",
        "C",
    )
    lost = example("8．据此完成两题。第一问 A．一 B．二 C．三 D．四 第二问 A．五 B．六 C．七 D．八", "A", "B")
    got = read("gaokao", paper(several, parts, lost))
    first, second, third = got.instances
    assert (first.form, first.answer) == ("several_choice", "AC")
    assert "文章" in second.instruction
    assert "第二问" not in second.instruction
    assert third.choices == ("五", "六", "七", "八")
    assert second.source.group == third.source.group == "raw/2"
    assert got.reasons == ["2 answers, but the sub-questions cannot be told apart"] * 2
    assert [d.subject for d in got.decisions] == ["raw:3.1", "raw:3.2"]


def test_questions_whose_options_were_pictures_are_rejected(read):
    got = read(
        "gaokao",
        paper(example("1．图中（）\nA． B． C． D．", "A"), example("2．问", "A"), {"question": "x"}),
    )
    assert got.reasons == [
        "option A is empty",
        "options A to D do not stand in the question",
        "the gold answer is not one entry of option letters",
    ]


def test_free_answers_are_open_unless_said_otherwise(read):
    row = {"question": "13. (5 分) 求 $x$", "answer": "$2$\n"}
    assert read("gaokao", paper(row)).one.form == "open"
    assert read("gaokao", paper(row), options={"form": "cloze"}).one.answer == "$2$"


def test_rows_may_stand_a_line_each_or_in_an_array(read):
    rows = [example("1．问 A．甲 B．乙 C．丙 D．丁", "B"), example("2．问 A．甲 B．乙 C．丙 D．丁", "C")]
    for text in (
        "\n".join(json.dumps(r) for r in rows),
        json.dumps(rows),
        json.dumps({"example": rows}, indent=1),
    ):
        assert [i.answer for i in read("gaokao", text).instances] == ["B", "C"]
    assert read("gaokao", "[]").instances == read("gaokao", "[]").decisions == []


def test_a_file_of_another_kind_is_one_clear_error_or_rejected_rows(read):
    for text in ('{\n "data": []\n}', '{"example": [', '{"example": [{}'):
        with pytest.raises(BadData):
            read("gaokao", text)
    for text in ("{}", "{", b"\xff", "7"):
        assert len(read("gaokao", text).reasons) == 1


def test_sub_questions_by_their_numbers_in_the_paper(read):
    first, second = (
        "1．（4 分）第一问（ ） A．一 B．2.5 C．三 D．四",
        "2.（4 分）第二问 A．五 B．六\nC．七 D．八",
    )
    row = example(f"某地 30．3 万人。据此完成 1～2 题．\n{first}\n{second}\n", "B", "D")
    one, two = read("gaokao", paper(row)).instances
    assert one.instruction == "某地30．3万人。据此完成1～2题．\n第一问（）\nA.一\nB.2.5\nC.三\nD.四"
    assert (two.answer, two.choices) == ("D", ("五", "六", "七", "八"))
    # A chain that does not count on, or a part without its four options, is nothing to guess at.
    for broken in (
        "1．问 A．一 B．二 C．三 D．四 3．问 A．一 B．二 C．三 D．四",
        "1．问 A．一 B．二 C．三 2．问 A．一 B．二 C．三 D．四",
    ):
        assert (
            read("gaokao", paper(example(broken, "A", "B"))).reasons
            == ["2 answers, but the sub-questions cannot be told apart"] * 2
        )


def test_the_last_four_options_count_and_blanks_stay_visible():
    stem, options = split_options("A、B两组相比 A．甲 B．乙 C．丙 D．丁")
    assert stem.strip() == "A、B两组相比"
    assert [o.strip() for o in options] == ["甲", "乙", "丙", "丁"]
    assert tidy("他      ，走了") == "他____，走了"
