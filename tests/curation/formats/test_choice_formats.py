"""mcq-csv, c3, logiqa2, cmoraleval, agieval: rows of our own with the quirks of the real files."""

from __future__ import annotations

import json

HEAD = ",Question,A,B,C,D,Answer\n"


def test_mcq_csv_is_rendered_with_letters(read):
    row = read(
        "mcq-csv", HEAD + "0,鲸属于哪一类,鱼类,哺乳类,鸟类,两栖类,B\n", ability="biology", licence="CC0"
    ).one
    assert row.form == "choice"
    assert row.messages[0].content == "鲸属于哪一类\nA.鱼类\nB.哺乳类\nC.鸟类\nD.两栖类"
    assert (row.response, row.answer) == ("B", "B")
    assert (row.source.name, row.source.row, row.source.licence) == ("raw", "1", "CC0")


def test_mcq_csv_keeps_the_group_column_and_drops_empty_last_options(read):
    text = "Question,A,B,C,D,Answer,group\n甲大还是乙大,甲,乙,,,ａ,wording-3\n"
    row = read("mcq-csv", text, ability="biology").one
    assert row.choices == ("甲", "乙")
    assert row.answer == "A"
    assert row.source.group == "wording-3"


def test_mcq_csv_reads_true_false_in_both_spellings(read):
    text = HEAD + "0,秦在汉前,对,错,,,A\n1,唐在宋后,对,错,,,B\n2,元在明前,,,,,正确\n"
    got = read("mcq-csv", text, ability="history")
    assert [(i.form, i.answer) for i in got.instances] == [
        ("true_false", "对"),
        ("true_false", "错"),
        ("true_false", "对"),
    ]
    assert got.instances[0].messages[0].content == "秦在汉前"


def test_mcq_csv_says_why_a_row_is_rejected(read):
    rows = [
        "0,问,甲,乙,丙,丁,E",
        "1,问,甲,乙,丙,丁,",
        "2,,甲,乙,丙,丁,A",
        "3,问,甲,,丙,丁,A",
        "4,问,甲,甲,丙,丁,A",
        "5,问,甲,乙,A",
        "6,问,甲,乙,丙,丁,好",
    ]
    got = read("mcq-csv", HEAD + "\n".join(rows), ability="biology")
    assert not got.instances
    assert got.reasons == [
        "the gold letter 'E' is not among the options A, B, C, D",
        "Answer is empty",
        "Question is empty",
        "option B is empty",
        "options A and B read the same",
        "5 cells under 7 columns",
        "the gold answer '好' is not made of option letters",
    ]
    assert got.decisions[0].subject == "raw:1"


def test_mcq_csv_with_a_line_that_is_not_utf8_loses_only_that_line(read):
    good = "0,问,甲,乙,丙,丁,A\n".encode()
    got = read("mcq-csv", HEAD.encode() + good + b"1,\xff\xfe,a,b,c,d,A\n" + good, ability="biology")
    assert len(got.instances) == 2
    assert got.reasons == ["not UTF-8"]


C3 = [
    [
        ["男：票在哪里？", "女：在抽屉里。"],
        [
            {"question": "票在哪里？", "choice": ["桌上", "抽屉里", "包里"], "answer": "抽屉里"},
            {"question": "谁问？", "choice": ["男的", "女的", "没人", "都问"], "answer": "男的"},
        ],
        "7-12",
    ],
    [["男：好。"], [{"question": "几块？", "choice": ["五块", "六块", "五块"], "answer": "五块"}], "8"],
    [["男：好。"], [{"question": "几块？", "choice": ["五块", "六块"], "answer": "七块"}], "9"],
    [["男：好。"], [], "10"],
    ["no", "dialogue"],
]


def test_c3_answers_are_texts_and_a_dialogue_is_a_group(read):
    text = json.dumps(C3, ensure_ascii=False, indent=1).replace("\n", "\r\n")
    got = read("c3", text, ability="understanding", name="c3-d.json")
    first, second = got.instances
    assert first.messages[0].content == "男：票在哪里？\n女：在抽屉里。\n票在哪里？\nA.桌上\nB.抽屉里\nC.包里"
    assert (first.answer, second.answer) == ("B", "A")
    assert first.source.group == second.source.group == "c3-d/7-12"
    assert [i.source.row for i in got.instances] == ["1.1", "1.2"]
    assert got.reasons == [
        "the gold answer stands at two options",
        "the gold answer is none of the options",
        "the dialogue has no questions",
        "the row is not [utterances, questions, id]",
    ]


def test_logiqa2_counts_answers_from_zero_and_groups_by_context(read):
    rows = [
        {
            "example_id": 1,
            "answer": 2,
            "text": "甲比乙高。",
            "question": "谁矮？",
            "options": ["甲", "丙", "乙"],
        },
        {
            "example_id": 2,
            "answer": 0,
            "text": "甲比乙高。",
            "question": "谁高？",
            "options": ["甲", "丙", "乙"],
        },
        {"example_id": 3, "answer": 7, "text": "甲", "question": "谁？", "options": ["甲", "乙"]},
        {"example_id": 4, "answer": True, "text": "甲", "question": "谁？", "options": ["甲", "乙"]},
        {"example_id": 5, "answer": 0, "text": "甲", "options": ["甲", "乙"]},
        {"example_id": 6, "answer": 0, "text": "甲", "question": "谁？", "options": []},
    ]
    got = read("logiqa2", "\n".join(json.dumps(r, ensure_ascii=False) for r in rows), ability="reasoning")
    first, second = got.instances
    assert first.messages[0].content.startswith("甲比乙高。\n谁矮？\nA.甲")
    assert first.answer == "C"
    assert first.source.group == second.source.group
    assert first.source.group.startswith("text:")
    assert got.reasons == [
        "the gold answer is option 7, counted from 0, of 2",
        "the gold answer is not a place among the options",
        "there is no question",
        "options is empty",
    ]


def cmoral(question: str, choices: list[str], correct: object, wrong: str = "") -> str:
    row = {"index": 1, "category": ["家庭"], "question": question, "choices": choices}
    return json.dumps({**row, "correct_answer": correct, "wrong_answer": wrong}, ensure_ascii=False)


def test_cmoraleval_takes_letters_off_and_links_one_scenario(read):
    choices = ["A.帮忙。", "B.走开。", "C.看着。"]
    lines = [cmoral("你应该怎么做？", choices, "A"), cmoral("你不应该怎么做？", choices, "B")]
    got = read("cmoraleval", "\n".join(lines), ability="ethics")
    first, second = got.instances
    assert first.choices == ("帮忙。", "走开。", "看着。")
    assert (first.form, first.answer) == ("choice", "A")
    assert first.source.group == second.source.group


def test_cmoraleval_with_several_right_options(read):
    lines = [
        cmoral("怎么做？", ["A.甲", "B.乙", "C.丙", "D.丁"], "DA", "BC"),
        cmoral("应做哪些", ["A.甲", "B.乙", "C.丙", "D.戊"], "B"),
        cmoral("怎么做？", ["A.甲", "B.乙"], "A", "A"),
        cmoral("怎么做？", ["A.甲", "B.乙"], ""),
        cmoral("怎么做？", [], "A"),
    ]
    got = read("cmoraleval", "\n".join(lines), ability="ethics")
    assert [(i.form, i.answer) for i in got.instances] == [("several_choice", "AD"), ("several_choice", "B")]
    assert got.reasons == [
        "an option is both correct and wrong",
        "correct_answer is empty",
        "choices is empty",
    ]


def agi(**fields: object) -> str:
    row = {"passage": None, "question": "问", "options": None, "label": None, "answer": None, "other": None}
    return json.dumps({**row, **fields}, ensure_ascii=False)


def test_agieval_labels_passages_and_prefixes(read):
    lines = [
        agi(passage="文。", options=["(A)甲", "(B)乙"], label="B"),
        agi(question="问二", options=["A 甲", "B: 乙", "C．丙"], label=["A", "C"]),
        agi(question="问三", options=["C.elegans", "D.丁", "CO"], label="A"),
    ]
    first, second, third = read("agieval", "\n".join(lines)).instances
    assert first.messages[0].content == "文。\n问\nA.甲\nB.乙"
    assert (second.form, second.answer, second.choices) == ("several_choice", "AC", ("甲", "乙", "丙"))
    assert third.choices == ("C.elegans", "D.丁", "CO")


def test_agieval_without_options(read):
    lines = [agi(question="$1+1$", answer="2"), agi(answer="3", other={"solution": "So \\boxed{3}."}), agi()]
    got = read("agieval", "\n".join(lines), ability="math")
    assert [(i.form, i.answer, i.response) for i in got.instances] == [
        ("worked_answer", "2", "答案：2"),
        ("worked_answer", "3", "So \\boxed{3}."),
    ]
    assert got.reasons == ["answer is empty"]
