from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from curation.export import export
from curation.standardize import standardize
from schemas.errors import BadData
from schemas.instance import Instance, Message, Source
from schemas.jsonl import write_jsonl
from tests.curation.curation_rows import choice, open_item

LINE = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp", "Zs")), min_size=1, max_size=12)


@st.composite
def instances(draw: st.DrawFn) -> Instance:
    question = draw(LINE)
    kind = draw(st.sampled_from(["choice", "open", "distractors"]))
    if kind == "choice":
        options = tuple(draw(st.lists(LINE, min_size=2, max_size=5, unique=True)))
        letter = "ABCDE"[draw(st.integers(0, len(options) - 1))]
        prompt = "\n".join([question, *(f"{a}.{o}" for a, o in zip("ABCDE", options, strict=False))])
        return Instance(
            ability="biology",
            form="choice",
            messages=(Message(role="user", content=prompt), Message(role="assistant", content=letter)),
            choices=options,
            answer=letter,
            source=Source(name="x", row="1", group=draw(st.sampled_from(["", "g"]))),
        )
    texts = draw(st.lists(LINE, min_size=3, max_size=3, unique_by=str.strip))
    wrong = tuple(texts[1:]) if kind == "distractors" else ()
    return open_item(question, texts[0], ability="role_play", distractors=wrong)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(instances(), min_size=1, max_size=4))
def test_doit_there_and_back(tmp_path, rows):
    path = tmp_path / "doit.json"
    assert export(rows, "doit", path) == len(rows)
    back = list(standardize([path], "doit"))
    assert [b.id for b in back] == [r.id for r in rows]
    assert [b.source.group for b in back] == [r.source.group for r in rows]


def test_doit_writes_the_fields_of_the_paper(tmp_path):
    rows = [open_item("写诗", "春", distractors=("秋", "冬")), choice("哪个", "B")]
    export(rows, "doit", tmp_path / "d.json")
    one, two = [json.loads(x) for x in (tmp_path / "d.json").read_text(encoding="utf-8").splitlines()]
    assert one["type"] == "creative_writing"
    assert one["question_format"] == 1
    assert one["choices"] == ["春", "秋", "冬"]
    assert two["question_format"] == 0
    assert two["messages"][0] == {"role": "user", "content": "哪个\nA.甲\nB.乙"}


def test_alpaca_and_messages_there_and_back(tmp_path):
    rows = [open_item("写诗", "春天来了")]
    for layout in ("alpaca", "messages"):
        export(rows, layout, tmp_path / layout)
        (back,) = standardize([tmp_path / layout], layout, ability="creative_writing")
        assert back.id == rows[0].id


def test_a_conversation_is_no_alpaca_row_and_nothing_half_written_stays(tmp_path):
    said = [Message(role=r, content="好") for r in ("user", "assistant", "user", "assistant")]
    talk = Instance(ability="role_play", form="open", messages=tuple(said), source=Source(name="x", row="1"))
    with pytest.raises(BadData, match="conversation"):
        export([open_item("写", "春"), talk], "alpaca", tmp_path / "a.json")
    assert list(tmp_path.iterdir()) == []


def test_parquet_holds_every_field(tmp_path):
    datasets = pytest.importorskip("datasets")
    rows = [open_item("写诗", "春", distractors=("秋", "冬")), choice("哪个", "B", group="g")]
    assert export(rows, "parquet", tmp_path / "p.parquet") == 2
    table = datasets.Dataset.from_parquet(str(tmp_path / "p.parquet"), cache_dir=str(tmp_path / "cache"))
    assert [Instance.model_validate(r) for r in table.to_list()] == rows
    write_jsonl(tmp_path / "same.jsonl", rows)
