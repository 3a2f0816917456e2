"""The whole way: raw files in several formats to a pool whose rows are all accounted for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from curation.explain import find_story, tell
from curation.pool import Pool, curate
from schemas.errors import BadData, EmptySplit, MissingFile, PoolTooSmall
from schemas.instance import Decision, Instance
from schemas.jsonl import read_models
from schemas.specs import BaseSpec
from schemas.study import GridSpec, SourceSpec, SplitSpec, StudySpec

HEAD = "Question,A,B,C,D,Answer,group\n"


def study(**settings: object) -> StudySpec:
    values = {
        "name": "t",
        "bases": (BaseSpec(name="A"),),
        "sources": (SourceSpec(files=("x",), format="c3"),),
        "splits": SplitSpec(test=6, validation=4, train=20),
        "grid": GridSpec(n=(0, 1, 20), origins=("human",)),
    }
    return StudySpec.model_validate({**values, **settings})


@pytest.fixture
def sources(tmp_path: Path) -> list[SourceSpec]:
    """biology by CSV with groups, copies and broken rows; creative writing by Alpaca; an unlabelled synthetic file."""
    lines = [f"第{i}种鱼属何类,甲,乙,丙,丁,{'ABCD'[i % 4]},w{i // 3}" for i in range(60)]
    lines += [lines[7], "坏的,甲,乙,丙,丁,E,", "第1种鱼属何类 ,甲,乙,丙,丁,B,w0"]
    (tmp_path / "biology.csv").write_text(HEAD + "\n".join(lines) + "\n", encoding="utf-8")
    write = [{"instruction": f"写第{i}首诗", "output": "春" * (i % 9 + 1) + str(i)} for i in range(50)]
    write.append({"instruction": "写", "output": "抱歉，我无法回答这个问题"})
    (tmp_path / "writing.json").write_text(json.dumps(write, ensure_ascii=False), encoding="utf-8")
    machine = [{"instruction": f"造第{i}个句子", "output": f"句子{i}"} for i in range(9)]
    machine += [{"instruction": f"写第{i}首诗", "output": "春来"} for i in range(50)]
    (tmp_path / "machine.json").write_text(json.dumps(machine, ensure_ascii=False), encoding="utf-8")
    return [
        SourceSpec(
            files=(str(tmp_path / "biology.csv"),), format="mcq-csv", ability="biology", licence="CC0"
        ),
        SourceSpec(
            files=(str(tmp_path / "writing.json"),),
            format="alpaca",
            ability="creative_writing",
            options={"distractors": "borrow"},
        ),
        SourceSpec(files=(str(tmp_path / "machine.json"),), format="alpaca", origin="synthetic"),
    ]


def test_every_row_is_accounted_for_and_every_part_has_its_size(sources, tmp_path):
    pool = curate(study(), sources, tmp_path / "out")
    report = pool.report
    assert report.sources["biology"].reasons == {"dedup/duplicate": 2, "standardize/mcq-csv": 1}
    assert report.sources["writing"].reasons == {"check/refusal": 1}
    assert report.sources["machine"].reasons == {"decontaminate/same_prompt": 10}
    assert pool.summary() == "rows in 173 = accepted 159 (50 of them unused) + rejected 14 + pending 0"
    assert pool.counts == {
        "test": {"biology": 6, "creative_writing": 6},
        "validation": {"biology": 4, "creative_writing": 4},
        "teacher": {},
        "prompts": {},
        "train": {"biology": 20, "creative_writing": 20},
        "synthetic": {"unlabelled": 49},
    }
    assert pool.abilities == ("biology", "creative_writing")
    decisions = list(read_models(tmp_path / "out" / "decisions.jsonl", Decision))
    assert len(decisions) == 14 + 50


def test_no_group_and_no_prompt_on_two_sides(sources, tmp_path):
    pool = curate(study(), sources, tmp_path / "out")
    groups = [{r.source.group for r in pool.rows(p, "biology")} for p in ("test", "validation", "train")]
    assert not groups[0] & groups[1]
    assert not (groups[0] | groups[1]) & groups[2]
    evaluated = {r.instruction for p in ("test", "validation") for r in pool.rows(p)}
    assert not evaluated & {r.instruction for p in ("train", "synthetic") for r in pool.rows(p)}


def test_borrowed_distractors_come_from_their_own_part(sources, tmp_path):
    pool = curate(study(), sources, tmp_path / "out")
    for part in ("test", "validation"):
        mine = pool.rows(part, "creative_writing")
        replies = {r.response for r in mine}
        assert all(len(r.distractors) == 2 and {d.text for d in r.distractors} <= replies for r in mine)


def test_the_same_again_and_from_the_disk(sources, tmp_path):
    one = curate(study(), sources, tmp_path / "one")
    curate(study(), sources, tmp_path / "two")
    for name in ("decisions.jsonl", "counts.json", "pool/test.jsonl", "pool/train.jsonl"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    again = Pool.read(tmp_path / "two")
    assert again.rows("train", "biology", "human") == one.rows("train", "biology")
    assert again.rows("synthetic", origin="human") == []
    (tmp_path / "two" / "counts.json").unlink()
    with pytest.raises(MissingFile):
        Pool.read(tmp_path / "two")


def test_a_pool_too_small_is_an_error_unless_the_study_takes_what_there_is(sources, tmp_path):
    splits = SplitSpec(test=30, validation=20, train=100)
    with pytest.raises(PoolTooSmall, match=r"biology has .* for the part train, 100 are asked for"):
        curate(study(splits=splits), sources, tmp_path / "a")
    assert not (tmp_path / "a" / "counts.json").exists()
    grid = GridSpec(n=(0, 1, 100), origins=("human",), cap="available")
    pool = curate(study(splits=splits, grid=grid), sources, tmp_path / "b")
    assert pool.counts["test"]["biology"] == 15
    assert pool.counts["validation"]["biology"] == 9
    assert "biology: test has 15 rows instead of 30, 25% of 60" in pool.notes
    assert any(note.startswith("biology: train has") for note in pool.notes)
    with pytest.raises(PoolTooSmall, match=r"grid.n asks for 1000"):
        curate(study(grid=GridSpec(n=(0, 1000), origins=("human",))), sources, tmp_path / "c")


def test_items_that_cannot_be_scored_are_no_test_items(sources, tmp_path):
    plain = [sources[0], sources[1].model_copy(update={"options": {}})]
    with pytest.raises(EmptySplit, match="creative_writing is scored by comparison"):
        curate(study(), plain, tmp_path / "out")


def test_explain_tells_the_story_of_rows_and_instances(sources, tmp_path):
    pool = curate(study(), sources, tmp_path / "out")
    test = pool.rows("test", "biology")[0]
    told = "\n".join(tell(find_story(test.id[:12], [tmp_path / "out"])))
    assert f"instance {test.id}" in told
    assert "licence CC0" in told
    assert "pool/test.jsonl" in told
    copy = "\n".join(tell(find_story("biology:61", [tmp_path / "out"])))
    assert "dedup not kept by duplicate: the same as biology:8" in copy
    broken = "\n".join(tell(find_story("biology:62", [tmp_path / "out"])))
    assert "standardize not kept by mcq-csv: the gold letter 'E'" in broken
    leaked = next(
        d for d in read_models(tmp_path / "out" / "decisions.jsonl", Decision) if d.stage == "decontaminate"
    )
    for subject in (leaked.subject, leaked.evidence):
        assert "decontaminate" in "\n".join(tell(find_story(subject, [tmp_path / "out"])))
    with pytest.raises(BadData, match="nothing here is called"):
        find_story("biology:999", [tmp_path / "out"])


def test_the_little_world_walks_the_whole_way(tmp_path):
    """Its copies and malformed rows are the only ones that go, and both answer forms of ethics do not mix."""
    world = pytest.importorskip("curation.world")
    files = world.write_world(tmp_path / "raw", 7, 240, 100)
    listed = [
        SourceSpec(files=(str(f.path),), format=f.format, ability=f.ability, licence=f.licence) for f in files
    ]
    spec = study(splits=SplitSpec(test=40, validation=20, train=60))
    pool = curate(spec, listed, tmp_path / "out")
    for file in files:
        counts = pool.report.sources[file.path.stem]
        assert counts.rows == file.rows
        assert counts.rejected + counts.pending == file.duplicates + file.malformed
        assert {r.form for r in _all(pool, file.path.stem)} == {file.form}
    assert pool.counts["test"] == dict.fromkeys(pool.abilities, 40)


def _all(pool: Pool, source: str) -> list[Instance]:
    return [r for part in pool.counts for r in pool.rows(part) if r.source.name == source]
