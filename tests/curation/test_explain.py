"""The story of an instance: told from the last folder alone, from the raw row to the export."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

from curation.__main__ import COMMANDS
from curation.counts import Counts
from curation.explain import find_story, tell
from curation.explain.scan import Search, row_needles, text_needle
from curation.step import finish_step
from schemas.cli import main
from schemas.errors import BadData, ExitCode
from schemas.instance import Decision, Instance
from schemas.jsonl import read_models, write_jsonl
from tests.curation.curation_rows import choice, open_item


def run(line: str) -> int:
    return main("curation", "", COMMANDS, shlex.split(line))


def told(subject: str, *folders: Path | str) -> str:
    return "\n".join(tell(find_story(subject, [Path(f) for f in folders])))


@pytest.fixture
def chain(tmp_path, monkeypatch):
    """raw -> rows -> checked -> out, with a rejected row at each."""
    monkeypatch.chdir(tmp_path)
    lines = [{"instruction": f"写第{i}首诗", "output": f"春天来了，山上开了{i}朵花。"} for i in range(12)]
    lines += [{"instruction": "写", "output": ""}, {"instruction": "写很长", "output": "长" * 300}]
    Path("poems.json").write_text(json.dumps(lines, ensure_ascii=False), encoding="utf-8")
    Path("check.toml").write_text("[check]\nlength = { maximum = 200 }\n", encoding="utf-8")
    assert run("standardize poems.json --format alpaca --ability creative_writing --out rows") == 0
    assert run("check rows/instances.jsonl --settings check.toml --out checked") == 0
    assert run("export checked/instances.jsonl --layout messages --out out") == 0
    return tmp_path


def test_the_last_folder_is_enough(chain, capsys):
    capsys.readouterr()
    third = list(read_models(Path("rows/instances.jsonl"), Instance))[2]
    assert run(f"explain {third.id[:10]} out") == 0
    story = capsys.readouterr().out
    assert "row poems:3" in story
    assert f"in {chain}/poems.json, format alpaca" in story
    assert 'reads {"instruction": "写第2首诗", "output": "春天来了，山上开了2朵花。"}' in story
    assert f"instance {third.id}" in story
    assert "standardize kept" in story
    assert "check kept: passed all " in story
    assert "with length.maximum = 200 [checked]" in story
    assert "rows/instances.jsonl:3" in story
    assert "exported to out/train.jsonl:3" in story
    line = Path("out/train.jsonl").read_text(encoding="utf-8").splitlines()[2]
    assert json.loads(line)["messages"][0]["content"] == third.instruction


def test_rows_that_went_are_told_too(chain):
    empty = told("poems:13", "out")
    assert "standardize not kept by alpaca: there is no output" in empty or "output is empty" in empty
    assert "stands in no file now" in empty
    assert "check" not in empty
    long = told("poems:14", "out")
    assert re.search(
        r"^check not kept by length: .*303 characters, more than 200 \[checked\]$", long, re.MULTILINE
    )
    assert re.search(r"^  failed \d+ of \d+ rules and passed the others$", long, re.MULTILINE)
    assert "exported" not in long


def test_a_name_that_two_steps_read_is_that_of_its_own_step(chain):
    Path("other").mkdir()
    Path("other/poems.json").write_text('[{"instruction": "另一首", "output": "好"}]', encoding="utf-8")
    assert run("standardize other/poems.json --format alpaca --out rows2") == 0
    mine = next(iter(read_models(Path("rows2/instances.jsonl"), Instance)))
    story = told(mine.id[:12], "out", "rows2")
    assert "另一首" in story
    assert run("export rows2/instances.jsonl --layout doit --out out2") == 0
    assert f"in {chain}/other/poems.json" in told(mine.id[:12], "out2")


def test_a_part_and_its_nested_subsets(chain):
    rows = list(read_models(Path("checked/instances.jsonl"), Instance))
    for name, few in (("train", rows), ("train.n4", rows[:4]), ("train.n1", rows[:1]), ("test", [])):
        write_jsonl(Path(f"pool/{name}.jsonl"), few)
    write_jsonl(
        Path("pool/sides.jsonl"), [{"here": True, "id": rows[0].id, "part": "train", "row": "poems:1"}]
    )
    finish_step(Path("pool"), "split", {}, [Path("checked/instances.jsonl")], Counts(rows=12, accepted=12))
    assert "split kept: in train, nested subsets 1, 4 [pool]" in told("poems:1", "pool")
    assert "split kept: in train [pool]" in told("poems:9", "pool")


def test_a_raw_file_that_is_gone_is_said(chain):
    Path("poems.json").unlink()
    assert "the file is not there any more" in told("poems:3", "out")
    Path("poems.json").write_text("[]", encoding="utf-8")
    assert "the file has no such row now" in told("poems:3", "out")
    Path("poems.json").write_text("[", encoding="utf-8")
    assert "cannot be read as it was" in told("poems:3", "out")


def test_a_row_that_a_step_swallowed_is_noticed(chain):
    rows = list(read_models(Path("checked/instances.jsonl"), Instance))
    write_jsonl(Path("next/instances.jsonl"), rows[1:])
    counts = Counts(rows=len(rows), accepted=len(rows))
    finish_step(Path("next"), "thin", {}, [Path("checked/instances.jsonl")], counts)
    assert "thin: it went in and did not come out, and no decision says why [next]" in told("poems:1", "next")
    assert "thin kept [next]" in told("poems:2", "next")


def test_as_json(chain, capsys):
    capsys.readouterr()
    assert run("explain poems:3 out --json") == 0
    story = json.loads(capsys.readouterr().out)
    assert story["rows"] == ["poems:3"]
    assert story["raw"][0]["value"]["instruction"] == "写第2首诗"
    assert [s["stage"] for s in story["steps"]] == ["standardize", "check", "export"]
    assert [s["kept"] for s in story["steps"]] == [["poems:3"], ["poems:3"], []]
    assert story["exports"] == [{"file": "out/train.jsonl", "line": 3}]
    assert story["steps"][1]["settings"]["length"]["maximum"] == 200


def test_a_table_is_a_place_as_well(chain):
    pytest.importorskip("pyarrow")
    assert run("export checked/instances.jsonl --layout hf --out hub") == 0
    third = list(read_models(Path("rows/instances.jsonl"), Instance))[2]
    assert "exported to hub/data/train-00000-of-00001.parquet:3" in told("poems:3", "hub")
    (Path("hub") / "step.json").unlink()  # as it comes from the hub: no chain, only the rows
    alone = told(third.id[:12], "hub")
    assert f"instance {third.id}" in alone
    assert "row poems:3" in alone
    assert "写第2首诗" in alone


def test_clusters_leaks_and_sides(tmp_path):
    one, two = choice("第一题", row="1"), choice("第一 题", row="2")
    write_jsonl(tmp_path / "instances.jsonl", [one])
    members = [{"id": one.id, "row": "s:1"}, {"id": two.id, "row": "s:2", "similarity": 0.93}]
    write_jsonl(tmp_path / "clusters.jsonl", [{"members": members}])
    leak = {"id": one.id, "row": "s:1", "rule": "overlap", "containment": 0.7, "shared": "第一题"}
    other = {"id": "y" * 64, "row": "s:9", "rule": "overlap", "containment": 0.6}
    test = {"id": "x" * 64, "row": "exam:5", "source": "exam"}
    write_jsonl(tmp_path / "leaks.jsonl", [{"test": test, "rows": [other, leak]}])
    write_jsonl(tmp_path / "sides.jsonl", [{"id": one.id, "side": "test", "rank": 4}])
    gone = Decision(subject="s:2", stage="dedup", rule="near", kept=False, reason="as s:1", evidence=one.id)
    write_jsonl(tmp_path / "decisions.jsonl", [gone])
    kept = told("s:1", tmp_path)
    assert "clusters: cluster of 2: s:1, s:2 (similarity 0.93)" in kept
    leaks = next(line for line in kept.splitlines() if line.startswith("leaks: "))
    assert leaks.startswith("leaks: leaks evaluation item exam:5: ")
    assert "containment 0.7" in leaks
    assert "0.6" not in leaks
    assert "2 training rows leak it: s:9" in told("exam:5", tmp_path)
    assert "rank 4" in kept
    assert "dedup kept it and not s:2, by near" in kept
    assert "no rule and no step had anything against it" in kept
    other = told(two.id[:8], tmp_path)
    assert "dedup not kept by near: as s:1" in other
    assert "stands in no file now" in other


def test_of_copies_one_stays(chain):
    """Rows of one content have one id; which of them went and which stands in the pool is said of each."""
    twice = json.loads(Path("poems.json").read_text(encoding="utf-8"))[:3]
    Path("twice.json").write_text(json.dumps([*twice, twice[1]], ensure_ascii=False), encoding="utf-8")
    assert run("standardize twice.json --format alpaca --ability creative_writing --out twice") == 0
    assert run("dedup twice/instances.jsonl --out once") == 0
    assert run("export once/instances.jsonl --layout messages --out out3") == 0
    story = told("twice:4", "out3").splitlines()
    assert story[0] == "row twice:4"
    assert "dedup [twice:4] not kept by duplicate: the same as twice:2 [once]" in story
    assert "dedup [twice:2] kept [once]" in story
    assert any(line.startswith("  cluster of 2: ") and "twice:4 (kind exact" in line for line in story)
    assert "exported to out3/train.jsonl:2" in story
    assert [line for line in story if "once/instances.jsonl" in line and line.endswith(":2 [twice:2]")]


def test_parents_children_and_reviews(tmp_path):
    parent = open_item("写诗", "春", row="1")
    child = open_item("写一首诗", "春天", row="2").model_copy(update={"parents": (parent.id,), "id": ""})
    child = Instance.model_validate(child.row())
    write_jsonl(tmp_path / "human.jsonl", [parent])
    write_jsonl(tmp_path / "synthetic.jsonl", [child])
    verdicts = [("review", True), ("review_undo", False), ("review", False)]
    write_jsonl(
        tmp_path / "verdicts.jsonl",
        [Decision(subject=child.id, stage=stage, rule="annotator", kept=kept) for stage, kept in verdicts],
    )
    story = told(child.id[:12], tmp_path)
    assert f"made from {parent.id}, which stands in {tmp_path}/human.jsonl:1" in story
    assert [line.split()[0] for line in story.splitlines() if " by annotator" in line] == [
        "review",
        "review_undo",
        "review",
    ]
    assert f"{child.id} was made from it, in {tmp_path}/synthetic.jsonl:1" in told("s:1", tmp_path)


def test_an_item_that_was_given_distractors_is_the_same_row(tmp_path):
    before, after = open_item("写诗", "春"), open_item("写诗", "春", distractors=("秋",))
    write_jsonl(tmp_path / "before.jsonl", [before])
    write_jsonl(tmp_path / "after.jsonl", [after])
    story = find_story(before.id[:12], [tmp_path])
    assert story.ids == [before.id, after.id]
    assert len(story.places) == 2


def test_a_key_that_many_rows_share_is_no_key(tmp_path):
    rows = [open_item(f"写{i}", "春") for i in range(40)]
    write_jsonl(tmp_path / "rows.jsonl", rows)
    assert find_story(rows[3].id, [tmp_path]).ids == [rows[3].id]


def test_beginnings_of_ids(tmp_path):
    rows = [open_item(f"写{i}", "春", row=str(i)) for i in range(40)]
    write_jsonl(tmp_path / "rows.jsonl", rows)
    assert find_story(rows[0].id[:6], [tmp_path]).ids == [rows[0].id]
    for subject in ("abc", "zzzzzz", "s:999", "\udce9abcdef", '"},{"id":"'):
        with pytest.raises(BadData):
            find_story(subject, [tmp_path])
    same = [
        {"id": f"abcdef{i:058d}", "messages": [], "source": {"name": "s", "row": f"q{i}"}} for i in (1, 2)
    ]
    write_jsonl(tmp_path / "same.jsonl", same)
    with pytest.raises(BadData, match="2 instances begin so"):
        find_story("abcdef", [tmp_path])


def test_only_lines_that_name_it_are_parsed(tmp_path):
    """Lines of other rows may be anything; a broken line that names the subject is passed over as well."""
    row = choice("一", row="1")
    path = tmp_path / "rows.jsonl"
    path.write_bytes(b"\xff{broken\n" + row.line() + b"\n\n" + b'{"id":"%b' % row.id[:9].encode())
    (tmp_path / "empty.jsonl").touch()
    (found,) = find_story(row.id[:12], [tmp_path]).places
    assert (found.line, found.row["id"]) == (2, row.id)
    search = Search([path])
    assert [f.line for f in search.lines([text_needle(row.id)])] == [2]
    assert [f.line for f in search.lines(row_needles("s:1"))] == [2]


def test_the_colon_in_a_name_is_found(tmp_path):
    row = choice("一", row="2:3")
    row = row.model_copy(update={"source": row.source.model_copy(update={"name": "a:b"})})
    write_jsonl(tmp_path / "rows.jsonl", [row])
    assert find_story("a:b:2:3", [tmp_path]).ids == [row.id]


def test_a_file_is_no_folder(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    write_jsonl(Path("rows.jsonl"), [choice("一")])
    assert run("explain s:1 rows.jsonl") == ExitCode.BAD_DATA
    assert "name the folder" in capsys.readouterr().err


def test_an_instance_with_half_a_line(tmp_path, monkeypatch, capsys):
    """Found by its id, but a message of it lost its text: the story goes on, and says so."""
    monkeypatch.chdir(tmp_path)
    row = json.loads(choice("细胞").line())
    del row["messages"][0]["content"]
    Path("d").mkdir()
    Path("d/instances.jsonl").write_text(json.dumps(row) + "\n", encoding="utf-8")
    assert main("curation", "", COMMANDS, ["explain", row["id"][:10], "d"]) == 0
    shown = capsys.readouterr().out
    assert f"instance {row['id']}" in shown
    assert "its line is damaged" in shown
