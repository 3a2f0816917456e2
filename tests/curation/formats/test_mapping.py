"""A format as TOML: the sample as documented, every way to name an answer, and mistakes that name the setting."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from curation.formats import find_format, format_rule
from curation.formats.mapped.fields import Template, value_at
from curation.standardize import standardize
from schemas.errors import BadData, BadSpec, MissingFile
from schemas.instance import Candidate, Decision, Instance

SAMPLE = Path("examples/formats")
Map = Callable[..., list[Any]]


@pytest.fixture
def mapped(tmp_path: Path) -> Map:
    """mapped(toml, rows or text, **settings of standardize) -> outcomes."""

    def run(toml: str, rows: Any, **settings: Any) -> list[Any]:
        (tmp_path / "mine.toml").write_text(toml, encoding="utf-8")
        text = rows if isinstance(rows, str) else "\n".join(json.dumps(r) for r in rows)
        raw = tmp_path / settings.pop("name", "raw.jsonl")
        raw.write_text(text, encoding="utf-8")
        return list(standardize([raw], str(tmp_path / "mine.toml"), **settings))

    return run


def kinds(outcomes: list[Any]) -> list[str]:
    """`A` for an instance with that answer, `pending`, or the reason."""
    return [
        o.reason
        if isinstance(o, Decision)
        else "pending"
        if isinstance(o, Candidate)
        else o.answer or o.response
        for o in outcomes
    ]


def test_the_sample(tmp_path: Path) -> None:
    outcomes = list(standardize([SAMPLE / "exam_questions.json"], str(SAMPLE / "exam_questions.toml")))
    assert kinds(outcomes) == [
        "B",
        "AC",
        "A",
        "pending",
        "status is 'draft'",
        "subject is '地理', which names no ability",
    ]
    instances = [o for o in outcomes if isinstance(o, Instance)]
    assert [(i.ability, i.form) for i in instances] == [
        ("biology", "choice"),
        ("ethics", "several_choice"),
        ("history", "choice"),
    ]
    assert instances[0].choices == ("鲤鱼", "鲸", "青蛙")
    assert instances[2].instruction == "秦统一六国后，推行郡县制。\n这一制度加强了\nA.中央集权\nB.分封"
    assert instances[2].source.group == outcomes[3].source.group == "p7"
    assert outcomes[3].choices == ("郡县制", "分封制")


def test_the_sample_from_the_command_line(tmp_path: Path) -> None:
    command = [
        "-m",
        "curation",
        "standardize",
        str(SAMPLE / "exam_questions.json"),
        "--json",
        "--out",
        str(tmp_path),
    ]
    done = subprocess.run(
        [sys.executable, *command, "--format", str(SAMPLE / "exam_questions.toml")],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    counts = json.loads(done.stdout)
    assert {k: counts[k] for k in ("rows", "accepted", "rejected", "pending")} == {
        "rows": 6,
        "accepted": 3,
        "rejected": 2,
        "pending": 1,
    }
    assert format_rule(str(SAMPLE / "exam_questions.toml")) == "exam_questions"


OPTIONS = 'question = "q"\nchoices = "o"\nanswer = "a"\n'


@pytest.mark.parametrize(
    ("kind", "answers", "found"),
    [
        ("letter", ["B", "b", "(A)", ["A", "C"], "AC", "E", "好", "AA"],
         ["B", "B", "A", "AC", "AC", "the gold letter 'E' is not among the options A, B, C",
          "the gold answer '好' is not made of option letters", "the gold answer 'AA' names a letter twice"]),
        ("index_from_0", [0, "2", 1.0, [0, 1], 3, -1, "x", True],
         ["A", "C", "B", "AB", "the gold answer is option 3, counted from 0, of 3",
          "the gold answer '-1' is not a place among the options", "the gold answer 'x' is not a place among the options",
          "the gold answer 'true' is not a place among the options"]),
        ("index_from_1", [1, "3", 0], ["A", "C", "the gold answer is option 0, counted from 1, of 3"]),
        ("option_text", ["乙", "A．甲", ["丙", "甲"], "A large one", "丁"],
         ["B", "A", "AC", "the gold answer is none of the options", "the gold answer is none of the options"]),
    ],
)  # fmt: skip
def test_every_way_to_name_the_gold_answer(
    kind: str, answers: list[Any], found: list[str], mapped: Map
) -> None:
    rows = [{"q": "问", "o": ["A.甲", "B.乙", "C.丙"], "a": answer} for answer in [*answers, None, ""]]
    got = mapped(f'{OPTIONS}answer_is = "{kind}"\n', rows)
    assert kinds(got) == [*found, "pending", "pending"]
    got = mapped(f'{OPTIONS}answer_is = "{kind}"\nmissing_answer = "reject"\n', rows)
    assert kinds(got)[-2:] == ["there is no gold answer"] * 2


def test_option_texts_that_begin_with_a_word_of_one_letter(mapped: Map) -> None:
    rows = [{"q": "which", "o": ["A large one", "large one"], "a": "A large one"}]
    assert kinds(mapped(f'{OPTIONS}answer_is = "option_text"\n', rows)) == ["A"]
    assert kinds(mapped(f'{OPTIONS}answer_is = "option_text"\n', [{**rows[0], "a": "large one"}])) == ["B"]


def test_columns_of_a_table_as_options(mapped: Map) -> None:
    toml = (
        'columns = ["question", "answer"]\ntabular = true\nquestion = "question"\n'
        'choices = ["A", "B", "C", "D"]\nanswer = "answer"\nanswer_is = "letter"\n'
    )
    text = (
        "id,question,A,B,C,D,answer,explanation\n0,问,甲,乙,,,B,略\n1,问,甲,乙,丙,丁,,\n2,问,甲,,丙,丁,A,\n"
    )
    assert kinds(mapped(toml, text, name="ceval")) == ["B", "pending", "option B is empty"]
    with pytest.raises(BadData, match="there is no column answer"):
        mapped(toml, "question,A\n1,2\n", name="ceval")


def test_options_inside_objects(mapped: Map) -> None:
    toml = 'question = "q.stem"\nchoices = "q.choices.*.text"\nanswer = "key"\nanswer_is = "letter"\n'
    row = {
        "q": {"stem": "问", "choices": [{"label": "A", "text": "甲"}, {"label": "B", "text": "乙"}]},
        "key": "B",
    }
    (got,) = mapped(toml, [row])
    assert (got.choices, got.answer) == (("甲", "乙"), "B")


def test_free_answers_replies_and_distractors(mapped: Map) -> None:
    toml = 'question = "q"\nanswer = "a"\nreply = "{steps}\\n#{a}"\nform = "worked_answer"\n'
    got = mapped(
        toml,
        [
            {"q": "1+1", "a": 2, "steps": "一加一"},
            {"q": "1+1", "a": None},
            {"q": "1+1", "a": 3, "steps": "#4#"},
        ],
    )
    assert (got[0].answer, got[0].response) == ("2", "一加一\n#2")
    assert kinds(got)[1] == "pending"
    toml = 'question = "q"\nreply = "r"\ndistractors = "wrong"\n'
    got = mapped(
        toml,
        [
            {"q": "写", "r": "春", "wrong": ["夏", ""]},
            {"q": "写", "r": "春", "wrong": "冬"},
            {"q": "写", "r": ""},
        ],
    )
    assert [[d.text for d in o.distractors] for o in got[:2]] == [["夏"], ["冬"]]
    assert kinds(got)[2] == "pending"
    toml = (
        'question = "q"\nanswer = "a"\nform = "true_false"\nanswer_map = { "true" = "对", "false" = "错" }\n'
    )
    assert kinds(mapped(toml, [{"q": "秦在汉前", "a": True}, {"q": "秦在汉前", "a": "F"}])) == ["对", "错"]
    toml = 'question = "q"\nanswer = "a"\nform = "cloze"\n'
    assert kinds(mapped(toml, [{"q": "对春风", "a": "秋雨"}])) == ["秋雨"]


def test_prompts_alone_are_pending_and_a_system_text_may_be_constant(mapped: Map) -> None:
    (got,) = mapped(
        'question = "{act}：{prompt}"\nsystem = "你是助手"\n', [{"act": "厨师", "prompt": "做菜"}]
    )
    assert isinstance(got, Candidate)
    assert [m.content for m in got.messages] == ["你是助手", "厨师：做菜"]
    toml = f'{OPTIONS}answer_is = "letter"\nsystem = "{{s}}"\n'
    (got,) = mapped(toml, [{"q": "问", "o": ["甲", "乙"], "a": "A", "s": "只答字母"}])
    assert [m.content for m in got.messages] == ["只答字母", "问\nA.甲\nB.乙", "A"]


def test_an_ability_from_a_field(mapped: Map) -> None:
    toml = 'question = "q"\nreply = "r"\n[ability]\nfield = "s"\n'
    rows = [{"q": "问", "r": "答", "s": s} for s in ("creative_writing", "cooking", "")]
    assert kinds(mapped(toml, rows)) == ["答", "unknown ability 'cooking'", "s is '', which names no ability"]
    got = mapped(toml, rows, ability="role_play")
    assert kinds(got)[0] == "the row is of creative_writing, but the file was read as role_play"
    assert kinds(mapped(toml + 'otherwise = "unlabelled"\n', rows))[2] == "答"
    (got,) = mapped('question = "q"\nreply = "r"\nability = "role_play"\n', rows[:1])
    assert got.ability == "role_play"


def test_rows_that_are_no_good_say_why(mapped: Map) -> None:
    toml = f'{OPTIONS}answer_is = "letter"\n'
    rows: list[Any] = [
        {"q": "", "o": ["甲", "乙"], "a": "A"}, {"q": ["问"], "o": ["甲", "乙"], "a": "A"}, {"q": "问", "a": "A"},
        {"q": "问", "o": [{"x": 1}], "a": "A"}, {"q": "问", "o": ["甲", "甲"], "a": "A"}, {"q": "问", "o": ["甲"], "a": "A"},
        {"q": "问", "o": ["甲", "乙"], "a": {"x": 1}}, 7,
    ]  # fmt: skip
    assert kinds(mapped(toml, rows)) == [
        "the question is empty",
        "q is not a text",
        "there are no options",
        "choices: o is not a list of texts",
        "options A and B read the same",
        "a choice item needs 2 to 10 options, this one has 1",
        "the gold answer is not a text",
        "the row is not an object but a number",
    ]


@pytest.mark.parametrize(
    ("toml", "message"),
    [
        ('questoin = "q"', "unknown key 'questoin'.*did you mean 'question'"),
        ("", "question: Field required"),
        ('question = "{q"', "a brace without its other one"),
        ('question = "{}"', "no field between the braces"),
        (f'{OPTIONS}answer_is = "number"', "answer_is"),
        (OPTIONS, "say in answer_is how"),
        ('question = "q"\nanswer = "a"\nanswer_is = "letter"', "needs choices"),
        (f'{OPTIONS}answer_is = "text"', "choices need an answer"),
        ('question = "q"\nform = "essay"', "form"),
        ('question = "q"\n[form]\nfield = "k"\nmap = { x = "essay" }', "unknown form 'essay'; known: choice"),
        ('question = "q"\nchoices = "o"\nreply = "r"', "leave reply out"),
        ('question = "q"\n[ability]\nfeild = "x"', "unknown key 'ability.*feild'"),
        ("question = ", "not TOML"),
    ],
)
def test_a_mistake_in_the_file_names_the_setting(toml: str, message: str, mapped: Map) -> None:
    with pytest.raises(BadSpec, match=message) as caught:
        mapped(toml, [])
    assert "mine.toml" in caught.value.where
    assert "\n" not in caught.value.line()


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(MissingFile, match="no such settings file"):
        find_format(str(tmp_path / "none.toml"))
    with pytest.raises(BadSpec):
        find_format(str(tmp_path))


def test_options_of_the_command_still_hold(mapped: Map) -> None:
    toml = 'rows = "data"\nquestion = "q"\nreply = "r"\n'
    text = json.dumps({"data": [{"q": "一", "r": "甲"}], "more": [{"q": "二", "r": "乙"}]})
    assert kinds(mapped(toml, text)) == ["甲"]
    assert kinds(mapped(toml, text, options={"rows": "more"})) == ["乙"]
    assert kinds(mapped(toml, text, options={"match": "^二"})) == [
        "the instruction does not match the source's pattern"
    ]
    with pytest.raises(BadSpec, match="no option 'prefix'"):
        mapped(toml, text, options={"prefix": "zh_"})
    # The same rows without the object around them are read as well; another object over many lines is not.
    assert kinds(mapped(toml, [{"q": "一", "r": "甲"}] * 2)) == ["甲", "甲"]
    assert kinds(mapped(toml, '[{"q": "一", "r": "甲"}]')) == ["甲"]
    with pytest.raises(BadData, match="--option rows=KEY"):
        mapped(toml, json.dumps({"other": []}, indent=1))


# Templates

NAMES = st.text(st.characters(codec="utf-8", exclude_characters="{}.*\n\r\0"), min_size=1, max_size=5).filter(
    lambda t: t == t.strip() and bool(t)
)


@given(
    parts=st.lists(
        st.tuples(st.text(max_size=5).filter(lambda t: "\n" not in t), NAMES), min_size=1, max_size=4
    )
)
def test_a_template_holds_its_fields_and_its_braces(parts: list[tuple[str, str]]) -> None:
    row = {name: f"<{name}>" for _, name in parts}
    text = "".join(
        literal.replace("{", "{{").replace("}", "}}") + "{" + name + "}" for literal, name in parts
    )
    filled = Template.parse(text).fill(row)
    assert filled == "".join(literal + f"<{name}>" for literal, name in parts).strip()


def test_lines_of_empty_fields_are_left_out() -> None:
    template = Template.parse("背景：{a}\n{b}\n\n问：{c}{d}")
    assert template.fill({"c": 1.5}) == "问：1.5"
    assert template.fill({"a": "甲", "c": "乙", "d": False}) == "背景：甲\n\n问：乙false"


def test_paths() -> None:
    row = {"a": {"b": [{"c": 1}, {"c": 2}]}, "a.b": "dotted"}
    assert value_at(row, "a.b") == "dotted"
    assert value_at(row, "a.b.1.c") == 2
    assert value_at(row, "a.b.*.c") == [1, 2]
    for path in ("a.c", "a.b.2", "a.b.-1", "a.b.x", "x", "a.b.0.c.d", "a.b.9999999999999999999"):
        assert value_at(row, path) is None


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(
        st.dictionaries(
            st.sampled_from(["q", "o", "a", "s", "r"]),
            st.recursive(
                st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=4), st.sampled_from("AB")),
                lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=2), inner, max_size=2)),
                max_leaves=6,
            ),
        ),
        max_size=6,
    ),
    toml=st.sampled_from(
        [
            f'{OPTIONS}answer_is = "letter"\ngroup = "s"',
            f'{OPTIONS}answer_is = "index_from_0"\nsystem = "{{s}}"',
            f'{OPTIONS}answer_is = "option_text"\n[ability]\nfield = "s"\notherwise = "unlabelled"',
            'question = "{q}\\n{s}"\nanswer = "a"\nreply = "r"\nform = "worked_answer"',
            'question = "q"\nreply = "{r}"\ndistractors = ["o", "s"]\nwhere = { a = ["A", ""] }',
        ]
    ),
)  # fmt: skip
def test_whatever_the_rows_hold_each_comes_out_once(rows: list[Any], toml: str, mapped: Map) -> None:
    outcomes = mapped(toml, rows)
    assert len(outcomes) == len(rows)
    assert all(o.reason for o in outcomes if isinstance(o, Decision))
