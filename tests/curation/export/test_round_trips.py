"""What goes out in a layout comes back through that layout's reader with the same id."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from curation.export.write import export
from curation.formats import FORMATS
from curation.standardize import standardize
from schemas.forms import form_of
from schemas.instance import Distractor, Instance, Message, Source
from schemas.jsonl import write_jsonl
from tests.curation.curation_rows import choice, open_item
from tests.curation.export.export_rows import ABILITY, instances

MANY = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def out_of(rows: list[Instance], layout: str, folder: Path, **settings: object) -> Path:
    """The rows as one file of a layout."""
    write_jsonl(folder / "in.jsonl", rows)
    path = folder / f"out.{'parquet' if layout == 'parquet' else 'json'}"
    done = export({"train": [folder / "in.jsonl"]}, layout, path, **settings)
    assert done.counts.rows == done.counts.accepted == len(rows)
    return path


@MANY
@given(st.lists(instances(forms=tuple(f for f in ABILITY if f != "code")), min_size=1, max_size=5))
def test_doit_there_and_back(tmp_path, rows):
    """The layout names the ability, and the form follows from it."""
    back = list(standardize([out_of(rows, "doit", tmp_path)], "doit"))
    assert [b.id for b in back] == [r.id for r in rows]
    assert [b.source.group for b in back] == [r.source.group for r in rows]


@MANY
@given(st.lists(instances(forms=("code",)), min_size=1, max_size=5))
def test_doit_there_and_back_where_the_form_is_told(tmp_path, rows):
    back = list(standardize([out_of(rows, "doit", tmp_path)], "doit", options={"form": "code"}))
    assert [b.id for b in back] == [r.id for r in rows]


@MANY
@given(st.lists(instances(forms=("open",)), min_size=1, max_size=5))
def test_messages_there_and_back(tmp_path, rows):
    """Of open items with their ability given; distractors have no place there, which is counted."""
    path = out_of(rows, "messages", tmp_path)
    back = list(standardize([path], "messages", ability="role_play"))
    assert [b.id for b in back] == [bare(r).id for r in rows]


@MANY
@given(st.lists(instances(forms=("true_false", "cloze", "worked_answer")), min_size=1, max_size=1))
def test_messages_there_and_back_where_the_form_is_told(tmp_path, rows):
    (row,) = rows
    path = out_of(rows, "messages", tmp_path)
    (back,) = standardize([path], "messages", ability=row.ability, options={"form": row.form})
    assert (back.messages, back.form) == (row.messages, row.form)
    # A number's sign or a filling's full stop may be read off another way, which the type takes for the same answer.
    assert back.id == row.id or form_of(row.form).compare(back.answer, row.answer)


@MANY
@given(st.lists(instances(forms=("open",)), min_size=1, max_size=5))
def test_alpaca_there_and_back(tmp_path, rows):
    back = list(standardize([out_of(rows, "alpaca", tmp_path)], "alpaca", ability="role_play"))
    assert [b.id for b in back] == [bare(r).id for r in rows]


@MANY
@given(st.lists(instances(forms=("open",)), min_size=1, max_size=5))
def test_alpaca_keeps_conversations(tmp_path, rows):
    """Read as LLaMA-Factory reads the columns; and by our own reader where it knows them."""
    lines = out_of(rows, "alpaca", tmp_path).read_text(encoding="utf-8").split("\n")[:-1]
    assert [from_alpaca(json.loads(line)).id for line in lines] == [bare(r).id for r in rows]


@MANY
@given(st.lists(instances(forms=("open",)), min_size=1, max_size=5))
def test_sharegpt_there_and_back(tmp_path, rows):
    path = out_of(rows, "sharegpt", tmp_path)
    lines = path.read_text(encoding="utf-8").split("\n")[:-1]
    assert [from_sharegpt(json.loads(line)).id for line in lines] == [bare(r).id for r in rows]
    if "sharegpt" in FORMATS:
        back = list(standardize([path], "sharegpt", ability="role_play"))
        assert [b.id for b in back] == [bare(r).id for r in rows]


@MANY
@given(st.lists(instances(), max_size=5))
def test_parquet_there_and_back(tmp_path, rows):
    """Nothing at all is lost: ids, sources, parents, kinds."""
    pq = pytest.importorskip("pyarrow.parquet")
    table = pq.read_table(out_of(rows, "parquet", tmp_path))
    assert [Instance.model_validate(r) for r in table.to_pylist()] == rows


@pytest.mark.parametrize("files", ["parquet", "jsonl"])
def test_a_hub_folder_there_and_back(tmp_path, files):
    datasets = pytest.importorskip("datasets")
    fine = Distractor(text="秋", kind="fine")
    first = open_item("写诗", "春").model_copy(update={"distractors": (fine,), "id": ""})
    rows = [Instance.model_validate(first.row() | {"id": ""}), choice("哪个", "B", group="g")]
    test = [open_item("说", "好", origin="synthetic")]
    write_jsonl(tmp_path / "train.jsonl", rows)
    write_jsonl(tmp_path / "test.jsonl", test)
    parts = {p: [tmp_path / f"{p}.jsonl"] for p in ("train", "test")}
    export(parts, "hf", tmp_path / "out", options={"files": files})
    loaded = datasets.load_dataset(str(tmp_path / "out"), cache_dir=str(tmp_path / "cache"))
    assert {name: [Instance.model_validate(r) for r in split] for name, split in loaded.items()} == {
        "train": rows,
        "test": test,
    }


@pytest.mark.parametrize("with_source", [False, True])
@pytest.mark.parametrize("layout", ["doit", "messages", "alpaca", "sharegpt", "parquet"])
def test_every_folder_loads_as_a_data_set(tmp_path, layout, with_source):
    """The card's front matter says which files are which split, whatever the layout."""
    datasets = pytest.importorskip("datasets")
    rows = [open_item("写诗", "春"), choice("哪个", "B", group="g"), talk()]
    write_jsonl(tmp_path / "train.jsonl", rows)
    write_jsonl(tmp_path / "test.jsonl", rows[:2])
    parts = {p: [tmp_path / f"{p}.jsonl"] for p in ("test", "train")}
    export(parts, layout, tmp_path / "out", with_source=with_source)
    loaded = datasets.load_dataset(str(tmp_path / "out"), cache_dir=str(tmp_path / "cache"))
    assert {name: split.num_rows for name, split in loaded.items()} == {"train": 3, "test": 2}
    if with_source and layout != "parquet":
        assert sorted(loaded["train"]["id"]) == sorted(row.id for row in rows)
        assert sorted(loaded["train"]["source"]) == ["s", "s", "x"]


def test_doit_writes_the_fields_of_the_paper(tmp_path):
    rows = [open_item("写诗", "春", distractors=("秋", "冬")), choice("哪个", "B")]
    lines = out_of(rows, "doit", tmp_path).read_text(encoding="utf-8").splitlines()
    one, two = map(json.loads, lines)
    assert one["type"] == "creative_writing"
    assert one["question_format"] == 1
    assert one["choices"] == ["春", "秋", "冬"]
    assert two["question_format"] == 0
    assert two["messages"][0] == {"role": "user", "content": "哪个\nA.甲\nB.乙"}


def talk() -> Instance:
    said = [
        ("system", "你是猫"),
        ("user", "早"),
        ("assistant", "喵"),
        ("user", "饿吗"),
        ("assistant", "喵喵"),
    ]
    return Instance(
        ability="role_play",
        form="open",
        messages=tuple(Message(role=r, content=c) for r, c in said),
        source=Source(name="x", row="9"),
    )


def bare(instance: Instance) -> Instance:
    """As the layouts for training hold it: no distractors."""
    return Instance.model_validate(instance.row() | {"id": "", "distractors": ()})


def from_alpaca(row: dict) -> Instance:
    said = [("system", row["system"])] if row["system"] else []
    for user, assistant in [*row["history"], [row["instruction"], row["output"]]]:
        said += [("user", user), ("assistant", assistant)]
    assert row["input"] == ""
    return made(said)


def from_sharegpt(row: dict) -> Instance:
    said = [("system", row["system"])] if row["system"] else []
    said += [({"human": "user", "gpt": "assistant"}[t["from"]], t["value"]) for t in row["conversations"]]
    return made(said)


def made(said: list[tuple[str, str]]) -> Instance:
    return Instance(
        ability="role_play",
        form="open",
        messages=tuple(Message(role=r, content=c) for r, c in said),
        source=Source(name="x", row="1"),
    )
