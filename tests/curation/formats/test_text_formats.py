"""doit, messages, alpaca, gsm8k, belle, blocks: rows of our own with the quirks of the real files."""

from __future__ import annotations

import json

import pytest

from schemas.errors import BadData, BadSpec


def line(**fields: object) -> str:
    return json.dumps(fields, ensure_ascii=False)


def turns(*texts: str) -> list[dict[str, str]]:
    return [{"role": ("user", "assistant")[i % 2], "content": t} for i, t in enumerate(texts)]


def test_doit_open_items_carry_their_distractors(read):
    row = line(
        messages=turns("写一句", "春来"),
        type="creative_writing",
        question_format=1,
        choices=["春来", "冬去", "走"],
        group="g1",
    )
    got = read("doit", row).one
    assert (got.ability, got.form) == ("creative_writing", "open")
    assert [d.text for d in got.distractors] == ["冬去", "走"]
    assert got.source.group == "g1"


@pytest.mark.parametrize(
    ("ability", "prompt", "response", "form", "answer"),
    [
        ("biology", "哪个是鱼\nA.鲸\nB.鲤", "B", "choice", "B"),
        ("ethics", "该做哪些\nA.助人\nB.骗人\nC.让座", "AC", "several_choice", "AC"),
        ("history", "秦在汉前", "对", "true_false", "对"),
        ("chinese", "对春风", "秋雨", "cloze", "秋雨"),
    ],
)
def test_doit_exact_match_forms_follow_from_ability_and_text(read, ability, prompt, response, form, answer):
    got = read("doit", line(messages=turns(prompt, response), type=ability, question_format=0)).one
    assert (got.form, got.answer) == (form, answer)


def test_doit_maths_keeps_the_stated_answer(read):
    got = read(
        "doit", line(messages=turns("1+1", "1+1=2\n#2"), type="math", question_format=0, answer="2")
    ).one
    assert (got.form, got.answer) == ("worked_answer", "2")


def test_doit_rejections_and_candidates(read):
    rows = [
        line(type="code"),
        line(type="code", messages=[]),
        line(type="cooking", messages=turns("问", "答")),
        line(type="code", messages=turns("问", "答"), question_format=1, choices=["别的", "错"]),
        line(type="code", messages=turns("问", "答"), question_format=1, choices=["答", "答"]),
        line(type="code", messages=turns("问")),
    ]
    got = read("doit", "\n".join(rows))
    assert got.reasons == [
        "there are no messages",
        "messages is empty",
        "unknown ability 'cooking' in type",
        "the first of choices is not the gold response",
        "a distractor is the gold response itself",
    ]
    assert [c.prompt[0].content for c in got.pending] == ["问"]


def test_doit_type_must_agree_with_the_ability_asked_for(read):
    got = read("doit", line(messages=turns("问", "答"), type="code"), ability="role_play")
    assert got.reasons == ["type says 'code', but the file was read as role_play"]


def test_messages_with_a_system_turn(read):
    row = line(messages=[{"role": "system", "content": "你是厨师"}, *turns("你好", "欢迎")])
    got = read("messages", row, ability="role_play").one
    assert [m.role for m in got.messages] == ["system", "user", "assistant"]
    bad = [line(messages=[{"role": "robot", "content": "x"}]), line(messages=[{"role": "user"}]), "7"]
    assert read("messages", "\n".join(bad), ability="role_play").reasons == [
        "message 1 has no role system, user or assistant",
        "message 1 is empty",
        "the row is not an object but a number",
    ]


def test_alpaca_labels_columns_and_empty_outputs(read):
    rows = [
        {"instruction": "翻译", "input": "输入：dog", "output": "输出：狗"},
        {"instruction": "写诗", "input": "<noinput>", "output": "春"},
        {"instruction": "写诗", "input": "", "output": ""},
        {"instruction": "", "input": "", "output": "春"},
        {"instruction": "写诗"},
        {"instruction": ["写诗"], "output": "春"},
    ]
    got = read("alpaca", json.dumps(rows, ensure_ascii=False), ability="creative_writing")
    assert [(i.instruction, i.response) for i in got.instances] == [("翻译\ndog", "狗"), ("写诗", "春")]
    assert got.reasons == [
        "output is empty",
        "instruction is empty",
        "there is no output",
        "instruction is not a text but a list",
    ]


def test_alpaca_prefixed_columns_pattern_and_pending(read):
    rows = [
        {"en_instruction": "x", "zh_instruction": "写一首诗", "zh_input": "", "zh_output": "春"},
        {"zh_instruction": "算一算", "zh_output": "二"},
        {"zh_instruction": "写一封信", "zh_output": ""},
    ]
    options = {"prefix": "zh_", "match": "^写", "empty": "pending"}
    got = read("alpaca", json.dumps(rows, ensure_ascii=False), options=options, origin="synthetic")
    assert [(i.instruction, i.origin) for i in got.instances] == [("写一首诗", "synthetic")]
    assert got.reasons == ["the instruction does not match the source's pattern"]
    assert len(got.pending) == 1


def test_alpaca_claims_are_true_false_where_the_ability_has_them(read):
    rows = json.dumps(
        [{"instruction": "判断：秦在汉前", "input": "", "output": "对", "group": "w1"}], ensure_ascii=False
    )
    assert read("alpaca", rows, ability="history").one.form == "true_false"
    assert read("alpaca", rows, ability="role_play").one.form == "open"


def test_gsm8k_marks_go_and_the_reply_ends_in_the_answer(read):
    rows = [
        line(question="几个？", answer="先 3+4=<<3+4=7>>7 个\n再 7*200=<<7*200=1400>>1400\n#### 1,400"),
        line(question="几个？", answer="7 个"),
        line(question="几个？", answer=""),
        line(question="", answer="#### 7"),
        line(question="几个？", answer="#### "),
    ]
    got = read("gsm8k", "\n".join(rows), ability="math")
    assert got.instances[0].response == "先 3+4=7 个\n再 7*200=1400\n#1400"
    assert got.instances[0].answer == "1400"
    assert got.reasons == [
        "the answer does not end in #### and a number",
        "answer is empty",
        "question is empty",
        "the answer does not end in #### and a number",
    ]


def test_belle_rows_without_an_answer_wait(read):
    rows = [
        line(question="写诗", std_answer="", **{"class": "generation"}),
        line(question="写码", std_answer="x=1", **{"class": "code"}),
    ]
    got = read("belle", "\n".join(rows))
    assert len(got.pending) == len(got.instances) == 1
    only = read("belle", "\n".join(rows), ability="code", options={"class": "code"})
    assert len(only.instances) == 1
    assert only.reasons == ["the class is 'generation', not 'code'"]


def test_blocks_with_other_labels_and_what_is_missing(read):
    text = "题：对春风\n答：秋雨\n\n\n题：对天\n对地\n答：人\n\n题：没有答\n\n答：没有题\n\n题：空\n答：\n\n随便\n\n题：一\n题：二\n"
    got = read("blocks", text, ability="chinese")
    assert [(i.instruction, i.answer) for i in got.instances] == [("对春风", "秋雨"), ("对天\n对地", "人")]
    assert got.reasons == [
        "there is no answer",
        "there is no question",
        "answer is empty",
        "the block does not begin with a label",
        "the block has two lines 题",
    ]
    assert got.decisions[0].subject == "raw:9"
    options = {"question": "古文", "answer": "现代文", "form": "cloze", "ask": "译："}
    assert read("blocks", "古文：学而\n现代文：学习\n", options=options).one.instruction == "译：学而"


def test_json_shapes_are_told_apart_by_their_first_byte(read):
    rows = [{"instruction": f"写{i}", "output": "春" * 9000} for i in range(30)]
    array = json.dumps(rows, ensure_ascii=False, indent=2)
    lines = "\n\n".join(json.dumps(r, ensure_ascii=False) for r in rows)
    for text in (array, lines, "\ufeff" + array, "\ufeff" + lines, " \r\n" + array):
        assert [i.instruction for i in read("alpaca", text).instances] == [f"写{i}" for i in range(30)]
    assert read("alpaca", "").instances == read("alpaca", "[ ]").instances == []


@pytest.mark.parametrize("text", ["[1, 2", "[1 2]", "[,1]", '[{"a": ]', "[1] tail", "[", "[1,]", b"[\xff]"])
def test_a_broken_array_is_one_clear_error(read, text):
    with pytest.raises(BadData, match=r"JSON array|UTF-8"):
        read("alpaca", text)


def test_a_broken_line_is_one_rejected_row(read):
    good = line(instruction="写", output="春").encode()
    broken = [
        b"{",
        b"\xff\xfe",
        b'{"instruction": "\\ud800", "output": "x"}',
        b"[" * 100000,
        b"1" * 5000,
        b"null",
    ]
    got = read("alpaca", b"\n".join([good, *broken, good]))
    assert len(got.instances) == 2
    assert len(got.decisions) == len(broken)
    assert got.reasons[1] == "not UTF-8"
    assert "unpaired surrogate" in got.reasons[2]


def test_settings_that_do_not_exist_name_the_nearest(read):
    with pytest.raises(BadSpec, match="did you mean 'alpaca'"):
        read("alpacca", "")
    with pytest.raises(BadSpec, match="did you mean 'prefix'"):
        read("alpaca", "", options={"prefx": "zh_"})
    with pytest.raises(BadSpec, match="regular expression"):
        read("alpaca", "", options={"match": "("})
    with pytest.raises(BadData, match="did you mean 'biology'"):
        read("alpaca", "", ability="bilogy")


def test_an_ability_takes_only_its_own_forms(read):
    got = read("alpaca", '[{"instruction": "写", "output": "春"}]', ability="biology")
    assert got.reasons == ["biology takes choice, but this row is open"]
