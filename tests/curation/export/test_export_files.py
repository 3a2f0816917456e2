"""What lies on the disk after an export, and what does not after one that failed."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest

from curation.__main__ import COMMANDS
from curation.export.layouts import LAYOUTS, find_layout
from curation.export.write import export, parts_of
from curation.step import read_step
from schemas.cli import main
from schemas.errors import BadData, BadSpec, ExitCode, MissingFile
from schemas.instance import Decision, Instance, Message, Source
from schemas.jsonl import read_models, write_jsonl
from tests.curation.curation_rows import choice, open_item


def talk(row: str = "7") -> Instance:
    """Two turns of one speaker in a row, which only `messages` and the layouts with all fields can hold."""
    said = [("user", "在吗"), ("user", "早"), ("assistant", "早")]
    return Instance(
        ability="role_play",
        form="open",
        messages=tuple(Message(role=r, content=c) for r, c in said),
        source=Source(name="x", row=row, licence="MIT"),
    )


@pytest.fixture
def parts(tmp_path: Path) -> dict[str, list[Path]]:
    write_jsonl(tmp_path / "train.jsonl", [choice(f"第{i}题", row=str(i)) for i in range(5)] + [talk()])
    write_jsonl(tmp_path / "test.jsonl", [open_item("写诗", "春", distractors=("秋", "冬"))])
    return parts_of([tmp_path / "train.jsonl", tmp_path / "test.jsonl"])


def tree(folder: Path) -> list[str]:
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


def test_the_paper_has_one_file_a_part_and_ability(parts, tmp_path):
    done = export(parts, "doit", tmp_path / "out")
    assert tree(tmp_path / "out") == [
        "README.md",
        "curated/test/creative_writing_test.json",
        "curated/train/biology_train.json",
        "curated/train/role_play_train.json",
        "ids.jsonl",
        "step.json",
    ]
    assert done.counts.line() == "rows in 7 = accepted 7 + rejected 0 + pending 0"
    assert {f.file: f.rows for f in done.files}["curated/train/biology_train.json"] == 5


def test_ids_say_in_which_line_a_row_stands(parts, tmp_path):
    export(parts, "doit", tmp_path / "out")
    rows = {i.id: i for paths in parts.values() for path in paths for i in read_models(path, Instance)}
    listed = [json.loads(x) for x in (tmp_path / "out" / "ids.jsonl").read_text().splitlines()]
    assert {x["id"] for x in listed} == set(rows)
    for entry in listed:
        line = (tmp_path / "out" / entry["file"]).read_text(encoding="utf-8").split("\n")[entry["line"] - 1]
        assert json.loads(line)["messages"][0]["content"] == rows[entry["id"]].messages[0].content


def test_rows_that_do_not_fit_are_an_error_that_counts_them(parts, tmp_path):
    with pytest.raises(
        BadData, match=r"train.jsonl:6: alpaca cannot hold 1 of 7 rows; the first: user and"
    ) as e:
        export(parts, "alpaca", tmp_path / "out")
    assert "--skip" in e.value.do
    assert tree(tmp_path) == ["test.jsonl", "train.jsonl"]


def test_or_they_are_left_out_with_a_decision_each(parts, tmp_path):
    done = export(parts, "sharegpt", tmp_path / "out", skip=True)
    assert done.counts.line() == "rows in 7 = accepted 6 + rejected 1 + pending 0"
    (decision,) = read_models(tmp_path / "out" / "decisions.jsonl", Decision)
    assert (decision.subject, decision.stage, decision.rule) == (talk().id, "export", "sharegpt")
    assert decision.evidence == "x:7"
    step = read_step(tmp_path / "out")
    assert step is not None
    assert step.counts.reasons == {"export/sharegpt": 1}
    assert "1 further rows are not here" in (tmp_path / "out" / "README.md").read_text(encoding="utf-8")


def test_what_a_layout_has_no_place_for_is_counted(parts, tmp_path):
    assert export(parts, "messages", tmp_path / "m").lost == {"choices": 5, "answer": 5, "distractors": 1}
    assert export(parts, "doit", tmp_path / "d").lost == {}
    assert export(parts, "hf", tmp_path / "h").lost == {}


def test_options_that_no_prompt_shows_are_counted_as_well(tmp_path):
    shown = choice("第一题")
    said = (Message(role="user", content="第二题，选哪个？"), shown.messages[-1])
    hidden = Instance.model_validate(shown.row() | {"id": "", "messages": said})
    write_jsonl(tmp_path / "train.jsonl", [shown, hidden])
    done = export({"train": [tmp_path / "train.jsonl"]}, "doit", tmp_path / "out")
    assert done.lost == {"choices outside of the prompt": 1}


def test_a_single_file_has_its_card_and_ids_beside_it(parts, tmp_path):
    export(parts, "messages", tmp_path / "out" / "all.json", with_source=True)
    assert tree(tmp_path / "out") == ["all.json", "all.json.card.md", "all.json.ids.jsonl"]
    last = json.loads((tmp_path / "out" / "all.json").read_text(encoding="utf-8").splitlines()[5])
    assert {k: last[k] for k in ("id", "source", "row", "licence", "origin")} == {
        "id": talk().id,
        "source": "x",
        "row": "7",
        "licence": "MIT",
        "origin": "human",
    }
    export(parts, "messages", tmp_path / "out" / "all.json", ids=False, with_card=False)
    assert tree(tmp_path / "out") == ["all.json"]


def test_the_same_bytes_at_any_number_of_workers(tmp_path):
    write_jsonl(tmp_path / "big.jsonl", (choice(f"第{i}题" + "长" * 3000, row=str(i)) for i in range(1500)))
    for workers in (1, 3):
        export({"train": [tmp_path / "big.jsonl"]}, "hf", tmp_path / f"w{workers}", workers=workers)
        export({"train": [tmp_path / "big.jsonl"]}, "doit", tmp_path / f"z{workers}", workers=workers)
    for kind in "wz":  # no digits of a hash, which stand in the cards
        one, three = tmp_path / f"{kind}1", tmp_path / f"{kind}3"
        for name in set(tree(one)) - {"step.json", "README.md"}:
            assert (one / name).read_bytes() == (three / name).read_bytes()
        cards = [(f / "README.md").read_text(encoding="utf-8") for f in (one, three)]
        assert cards[0].replace(f"{kind}1", "") == cards[1].replace(f"{kind}3", "")


def test_large_parts_are_cut_into_shards(tmp_path):
    pq = pytest.importorskip("pyarrow.parquet")
    rows = [choice(f"第{i}题" + chr(0x4E00 + i) * 9000, row=str(i)) for i in range(600)]
    write_jsonl(tmp_path / "train.jsonl", rows)
    done = export({"train": [tmp_path / "train.jsonl"]}, "hf", tmp_path / "out", shard=1000)
    names = [f.file for f in done.files]
    assert len(names) > 2
    assert names[0] == f"data/train-00000-of-{len(names):05d}.parquet"
    assert sum(f.rows for f in done.files) == 600
    back = [row for name in names for row in pq.read_table(tmp_path / "out" / name).to_pylist()]
    assert [row["id"] for row in back] == [row.id for row in rows]
    export(
        {"train": [tmp_path / "train.jsonl"]}, "hf", tmp_path / "j", shard=1000, options={"files": "jsonl"}
    )
    lines = b"".join(p.read_bytes() for p in sorted((tmp_path / "j" / "data").iterdir())).splitlines()
    assert [json.loads(line)["id"] for line in lines] == [row.id for row in rows]


def test_a_part_without_rows_is_an_empty_file(tmp_path):
    write_jsonl(tmp_path / "test.jsonl", [])
    export(parts_of([tmp_path / "test.jsonl"]), "parquet", tmp_path / "out")
    export(parts_of([tmp_path / "test.jsonl"]), "messages", tmp_path / "m")
    assert "test.parquet" in tree(tmp_path / "out")
    assert (tmp_path / "m" / "test.jsonl").read_bytes() == b""


def test_an_earlier_export_is_replaced_and_nothing_else(parts, tmp_path):
    export(parts, "messages", tmp_path / "out")
    export(parts, "hf", tmp_path / "out")
    assert not (tmp_path / "out" / "train.jsonl").exists()
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("x", encoding="utf-8")
    with pytest.raises(BadSpec, match="something else"):
        export(parts, "hf", tmp_path / "mine")
    (tmp_path / "folder.json").mkdir()
    with pytest.raises(BadSpec, match="this is a folder"):
        export(parts, "doit", tmp_path / "folder.json")
    assert tree(tmp_path / "mine") == ["thesis.txt"]
    assert [p for p in tmp_path.iterdir() if p.name.startswith(".")] == []


def test_a_broken_line_leaves_what_was_there(parts, tmp_path):
    export(parts, "messages", tmp_path / "out")
    before = {name: (tmp_path / "out" / name).read_bytes() for name in tree(tmp_path / "out")}
    with (tmp_path / "train.jsonl").open("ab") as file:
        file.write(b'{"ability": "biology"}\n')
    with pytest.raises(BadData, match=r"train.jsonl:7"):
        export(parts, "messages", tmp_path / "out")
    with pytest.raises(MissingFile):
        export({"train": [tmp_path / "none.jsonl"]}, "messages", tmp_path / "out")
    assert {name: (tmp_path / "out" / name).read_bytes() for name in tree(tmp_path / "out")} == before
    assert [p for p in tmp_path.iterdir() if p.name.startswith(".")] == []


def test_a_link_of_the_output_is_followed_and_no_name_leads_elsewhere(parts, tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    export(parts, "doit", tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert "README.md" in tree(tmp_path / "real")
    for name in ("../x", "a/b", ".", "", "all", "A", "x" * 65, "a\nb", "a.b"):
        with pytest.raises(BadSpec, match="a part cannot be called"):
            parts_of([], [(name, tmp_path / "train.jsonl")])
    with pytest.raises(BadSpec, match="--split"):
        parts_of([tmp_path / "my data.jsonl"])


def test_files_of_one_stem_are_one_part_and_instances_are_train(tmp_path):
    files = [Path("a/instances.jsonl"), Path("b/train.jsonl"), Path("c/test.jsonl")]
    assert parts_of(files) == {"train": files[:2], "test": files[2:]}


def test_layouts_are_found_by_their_folder():
    assert list(LAYOUTS) == ["alpaca", "doit", "hf", "messages", "parquet", "sharegpt"]
    for layout in LAYOUTS.values():
        assert layout.about
        assert layout.features
    with pytest.raises(BadSpec, match="did you mean 'alpaca'"):
        find_layout("alpacca")
    with pytest.raises(BadSpec, match="no option 'x'"):
        find_layout("doit", {"x": "1"})
    with pytest.raises(BadSpec, match="known: parquet, jsonl"):
        find_layout("hf", {"files": "csv"})
    with pytest.raises(BadSpec, match="name a folder"):
        export({"train": []}, "hf", Path("x.json"))
    with pytest.raises(BadSpec, match=r"name it \.parquet"):
        export({"train": []}, "parquet", Path("x.json"))


def run(line: str) -> int:
    return main("curation", "", COMMANDS, shlex.split(line))


def test_the_command(parts, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert run("export train.jsonl --split held=test.jsonl --layout sharegpt --skip --out out") == 0
    said = capsys.readouterr()
    assert said.out.splitlines() == [
        "rows in 7 = accepted 6 + rejected 1 + pending 0",
        "  1 by export/sharegpt",
        "out/held.jsonl: 1 rows",
        "out/train.jsonl: 5 rows",
    ]
    assert "note: sharegpt has no place for distractors, which 1 rows have" in said.err
    assert run("export train.jsonl --layout hf --option files=jsonl --out out --json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["accepted"] == 6
    assert list(told["files"]) == ["data/train-00000-of-00001.jsonl"]
    assert run("explain x:7 out") == 0
    assert "stands in out/data/train-00000-of-00001.jsonl:6" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("line", "code", "words"),
    [
        ("export train.jsonl --layout alpaca --out out", ExitCode.BAD_DATA, "cannot hold 1 of 6 rows"),
        ("export --layout alpaca --out out", ExitCode.BAD_SPEC, "no files named"),
        ("export none.jsonl --layout alpaca --out out", ExitCode.MISSING_FILE, "none.jsonl"),
        ("export . --layout alpaca --split train=. --out out", ExitCode.BAD_SPEC, "a part cannot be called"),
        ("export --split train=. --layout alpaca --out out", ExitCode.BAD_DATA, "folder"),
        ("export train.jsonl --layout csv --out out", ExitCode.BAD_SPEC, "known: alpaca"),
        ("export train.jsonl --layout hf --out out.json", ExitCode.BAD_SPEC, "name a folder"),
        ("export train.jsonl --layout hf --out train.jsonl/x", ExitCode.FAILED, "train.jsonl: file exists"),
        ("export train.jsonl --layout doit --out out --workers 0", ExitCode.BAD_SPEC, "workers"),
        ("export train.jsonl --layout doit --out out --language 中文", ExitCode.BAD_SPEC, "language"),
        ("export bytes.jsonl --layout doit --out out", ExitCode.BAD_DATA, "bytes.jsonl:1"),
    ],
)
def test_what_a_user_can_cause_is_one_line(parts, tmp_path, monkeypatch, capsys, line, code, words):
    monkeypatch.chdir(tmp_path)
    Path("bytes.jsonl").write_bytes(b"\xff\xfe\x00\n")
    before = tree(tmp_path)
    assert run(line) == code
    (said,) = [x for x in capsys.readouterr().err.splitlines() if not x.startswith("export: ")]
    assert words in said
    assert tree(tmp_path) == before


def test_llama_factory_finds_its_columns(parts, tmp_path):
    export(parts, "alpaca", tmp_path / "out", skip=True)
    listed = json.loads((tmp_path / "out" / "dataset_info.json").read_text(encoding="utf-8"))
    assert listed["train"]["file_name"] == "train.jsonl"
    row = json.loads((tmp_path / "out" / "train.jsonl").read_text(encoding="utf-8").splitlines()[0])
    assert set(listed["train"]["columns"].values()) == set(row)
