"""The streamed deduplication: against the definition, at any worker count, and judged again."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curation.dedup import dedup
from curation.dedup.files import dedup_again, dedup_files
from curation.dedup.settings import DedupSettings
from curation.step import read_step
from schemas.errors import BadData, BadSpec, MissingFile
from schemas.instance import Instance
from schemas.jsonl import write_jsonl
from tests.curation.curation_rows import choice, open_item
from tests.curation.dedup.dedup_rows import Left, edited, families, lines, run, text
from tests.curation.dedup.test_groups import similarity


def whole(row):
    return f"{row.prompt[0].content}\n{row.response}"


def test_what_goes_is_similar_to_a_row_that_stays_and_what_stays_is_not_similar(tmp_path):
    rows = families(1, 120)
    left = run(tmp_path, rows)
    by_row = {row.source.row: row for row in rows}
    kept = set(left.rows)
    ids = {row.id: row for row in rows if row.source.row in kept}
    assert {"near", "duplicate"} == set(left.rules)
    for decision in left.decisions:
        gone, keeper = by_row[decision["subject"].split(":")[1]], ids[decision["evidence"]]
        assert similarity(whole(gone), whole(keeper), 5) >= 0.8
        assert gone.ability == keeper.ability
    for one in kept:
        for other in kept - {one}:
            a, b = by_row[one], by_row[other]
            assert a.ability != b.ability or similarity(whole(a), whole(b), 5) < 0.8
    assert left.report.counts.rows == len(rows) == len(left.rows) + len(left.decisions)


def test_recorded_similarities_are_true_and_every_drop_says_its_own(tmp_path):
    rows = families(2, 60)
    left = run(tmp_path, rows)
    for cluster in left.clusters:
        keeper = rows[cluster["members"][0]["number"] - 1]
        for member in cluster["members"][1:]:
            truth = similarity(whole(keeper), whole(rows[member["number"] - 1]), 5)
            if "via" not in member:
                assert member["similarity"] == pytest.approx(truth, abs=1e-4)
    near = next(d for d in left.decisions if d["rule"] == "near")
    assert "character grams" in near["reason"]


def test_the_workers_change_no_byte(tmp_path, monkeypatch):
    import curation.dedup.compare as compare
    import schemas.jsonl

    monkeypatch.setattr(compare, "_AT_ONCE", 20)
    monkeypatch.setattr(schemas.jsonl.line_blocks, "__defaults__", (1 << 13,))
    rows = families(3, 80)
    one, two = run(tmp_path, rows, 1, "one"), run(tmp_path, rows, 2, "two")
    assert one.bytes == two.bytes
    assert one.report == two.report


choices = st.builds(
    choice,
    st.sampled_from(["哪个", "哪个 ", "谁"]),
    st.sampled_from("AB"),
    ability=st.sampled_from(["biology", "history"]),
    options=st.sampled_from([("甲", "乙"), ("甲", "丙")]),
    origin=st.sampled_from(["human", "synthetic"]),
    row=st.integers(0, 99).map(str),
)
opens = st.builds(
    open_item,
    st.sampled_from(["写诗", "写诗 ", "写词"]),
    st.sampled_from(["春", "秋"]),
    origin=st.sampled_from(["human", "synthetic"]),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(choices, opens), max_size=12), st.sampled_from(["none", "first"]))
def test_streaming_and_memory_agree_on_exact_duplicates(tmp_path_factory, rows, conflicts):
    folder = tmp_path_factory.mktemp("agree")
    left = run(folder, rows, conflicts=conflicts, near=None)
    there = dedup(rows, conflicts)
    kept = [Instance.model_validate(row) for row in lines(left.folder / "instances.jsonl")]
    assert kept == there.kept
    assert [(d["subject"], d["rule"], d.get("evidence", "")) for d in left.decisions] == [
        (d.subject, d.rule, d.evidence) for d in there.decisions
    ]


def test_rows_stand_as_they_stood(tmp_path):
    rows = [open_item(text(random.Random(k)), "好", row=str(k)) for k in range(5)]
    source = tmp_path / "in.jsonl"
    raw = [row.line() for row in rows]
    source.write_bytes(b"\n" + raw[0] + b"\n\n  \n" + b" " + raw[1] + b"\n" + raw[2])
    dedup_files([source], tmp_path / "out")
    assert (tmp_path / "out/instances.jsonl").read_bytes() == raw[0] + b"\n " + raw[1] + b"\n" + raw[
        2
    ] + b"\n"


def test_no_rows_at_all(tmp_path):
    left = run(tmp_path, [])
    assert left.report.counts.rows == 0
    assert left.clusters == left.decisions == []
    again = dedup_again(left.folder, tmp_path / "again", {"near": 0.7})
    assert again.counts.rows == 0


@pytest.mark.parametrize("threshold", [0.6, 0.7, 0.95])
def test_judging_again_is_the_same_as_running_again(tmp_path, threshold):
    rows = families(4, 80)
    first = run(tmp_path, rows)
    report = dedup_again(first.folder, tmp_path / "again", {"near": threshold, "keep": ("longest",)})
    fresh = run(tmp_path, rows, out="fresh", near=threshold, keep=("longest",), floor=0.6)
    assert Left(tmp_path / "again", report).bytes == fresh.bytes
    assert read_step(tmp_path / "again").settings["near"] == threshold


def test_judging_again_refuses_what_it_cannot_know(tmp_path):
    first = run(tmp_path, families(5, 10))
    for changes, words in (
        ({"near": 0.5}, "not recorded"),
        ({"gram": 3}, "cannot be changed"),
        ({"across": True}, "cannot be changed"),
        ({"semantic_threshold": 0.99}, "not looked for"),
    ):
        with pytest.raises(BadSpec, match=words):
            dedup_again(first.folder, tmp_path / "again", changes)
    exact = run(tmp_path, families(5, 10), out="exact", near=None)
    with pytest.raises(BadSpec, match="not looked for"):
        dedup_again(exact.folder, tmp_path / "again", {"near": 0.9})
    with pytest.raises(MissingFile, match="no finished dedup"):
        dedup_again(tmp_path, tmp_path / "again", {})
    assert not list((tmp_path).glob("again/*"))


def test_judging_again_refuses_changed_inputs_and_writes_nothing(tmp_path):
    first = run(tmp_path, families(6, 10))
    source = tmp_path / "rows.jsonl"
    before = source.read_bytes()
    source.write_bytes(before + before.splitlines()[0] + b"\n")
    with pytest.raises(BadData, match="changed"):
        dedup_again(first.folder, tmp_path / "again", {"near": 0.9})
    source.unlink()
    with pytest.raises(MissingFile):
        dedup_again(first.folder, tmp_path / "again", {"near": 0.9})
    assert list((tmp_path / "again").iterdir()) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"plan": {"bands": 2, "slots": 3, "extra": 0}},
        {"plan": 5},
        {"crowded": "x"},
        {"digests": 5},
        {"digests": []},
    ],
)
def test_a_damaged_step_is_one_line_and_writes_nothing(tmp_path, changes):
    first = run(tmp_path, families(6, 10))
    step = json.loads((first.folder / "step.json").read_bytes())
    step["settings"] |= changes
    (first.folder / "step.json").write_text(json.dumps(step), encoding="utf-8")
    with pytest.raises((BadSpec, BadData)):
        dedup_again(first.folder, tmp_path / "again", {"near": 0.9})
    assert not list(tmp_path.glob("again/*"))


def test_damaged_parquet_is_one_line(tmp_path):
    first = run(tmp_path, families(6, 10))
    for name in ("pairs.parquet", "rows.parquet"):
        good = (first.folder / name).read_bytes()
        (first.folder / name).write_bytes(good[: len(good) // 2])
        with pytest.raises(BadData, match="not what dedup wrote"):
            dedup_again(first.folder, tmp_path / "again", {"near": 0.9})
        (first.folder / name).write_bytes(good)


def test_an_input_is_never_overwritten_and_a_bad_line_leaves_nothing(tmp_path):
    rows = families(7, 5)
    write_jsonl(tmp_path / "instances.jsonl", rows)
    with pytest.raises(BadSpec, match="overwritten"):
        dedup_files([tmp_path / "instances.jsonl"], tmp_path)
    bad = tmp_path / "bad.jsonl"
    bad.write_bytes(rows[0].line() + b'\n{"id": 1}\n')
    with pytest.raises(BadData, match=r"bad\.jsonl:2"):
        dedup_files([bad], tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


def test_a_pipe_is_refused(tmp_path):
    import os

    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(BadSpec, match="read twice"):
        dedup_files([tmp_path / "pipe"], tmp_path / "out")


def test_across_abilities_only_when_asked(tmp_path):
    draw = random.Random(8)
    base = text(draw)
    rows = [
        open_item(base, "好的，我来写。", ability="role_play", row="1"),
        open_item(edited(base, draw), "好的，我来写。", ability="creative_writing", row="2"),
        open_item(base, "好的，我来写。", ability="creative_writing", row="3"),
    ]
    assert run(tmp_path, rows).rows == ["1", "2"]
    assert run(tmp_path, rows, across=True).rows == ["1"]


def test_traditional_characters_by_choice(tmp_path):
    rows = [
        open_item("請寫一篇關於圖書館的說明，語氣要親切。", "好。", row="1"),
        open_item("请写一篇关于图书馆的说明，语气要亲切。", "好。", row="2"),
    ]
    assert run(tmp_path, rows).rows == ["1", "2"]
    left = run(tmp_path, rows, script="simplified")
    assert left.rows == ["1"]
    assert left.rules == ["duplicate"]


def test_settings_that_contradict_each_other():
    assert DedupSettings(near=0.5).floor == 0.5
    assert DedupSettings(semantic_threshold=0.8).semantic_floor == 0.8
    for wrong in ({"near": 0}, {"near": 1.1}, {"keep": ("best",)}, {"gram": 0}, {"apart": ("names",)}):
        with pytest.raises(ValueError, match=r"near|keep|gram|apart"):
            DedupSettings(**wrong)


def test_what_a_killed_run_left_is_cleared(tmp_path):
    (tmp_path / "out" / ".dedup-old").mkdir(parents=True)
    (tmp_path / "out" / ".dedup-old" / "texts").write_bytes(b"x")
    left = run(tmp_path, families(9, 5))
    assert not [p for p in left.folder.iterdir() if p.name.startswith(".")]
    assert Path(left.folder / "step.json").exists()
