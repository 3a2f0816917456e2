"""Files, settings, run folders: whole or not at all, and errors that say where."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from schemas.canonical import canonical_json, hash_file, unit_hash
from schemas.errors import BadData, BadSpec, Busy, MissingFile, PoolTooSmall
from schemas.instance import Source
from schemas.jsonl import read_jsonl, read_models, write_atomic, write_jsonl
from schemas.runs import Run, locked, made_in, model_folder
from schemas.specs import MixSpec, TrainSpec
from schemas.study import StudySpec
from schemas.terminal import one_line, visible
from schemas.textfile import read_text
from schemas.toml import load_spec


def test_bad_lines_are_named(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"a":1}\n\n[1]\n', encoding="utf-8")
    with pytest.raises(BadData, match=r"rows\.jsonl:3: not a JSON object"):
        list(read_jsonl(path))
    path.write_text('{"a":1}\n{oops\n', encoding="utf-8")
    with pytest.raises(BadData, match=r":2: not JSON"):
        list(read_jsonl(path))
    path.write_bytes(b'{"a":1}\n\xff\n')
    with pytest.raises(BadData, match="not UTF-8"):
        list(read_jsonl(path))
    path.write_text('{"name":"x"}\n', encoding="utf-8")
    with pytest.raises(BadData, match=r":1: row: Field required"):
        list(read_models(path, Source))
    with pytest.raises(MissingFile):
        list(read_jsonl(tmp_path / "none"))


def test_a_text_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    path = tmp_path / "text.txt"
    path.write_text("红的\n", encoding="utf-8")
    assert read_text(path) == "红的\n"
    path.write_bytes("红的".encode("gb18030"))
    with pytest.raises(BadData, match=r"text\.txt: not UTF-8 .*; convert the file to UTF-8"):
        read_text(path)
    with pytest.raises(BadData, match="this is a folder"):
        read_text(tmp_path)
    with pytest.raises(MissingFile):
        read_text(tmp_path / "none")


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    write_jsonl(path, [{"a": 1}])

    def broken() -> object:
        yield {"a": 2}
        raise RuntimeError("stop")

    with pytest.raises(RuntimeError):
        write_jsonl(path, broken())  # type: ignore[arg-type]
    assert [row for _, row in read_jsonl(path)] == [{"a": 1}]
    assert [p.name for p in tmp_path.iterdir()] == ["rows.jsonl"]


def test_an_unknown_key_names_the_nearest(tmp_path: Path) -> None:
    path = tmp_path / "s.toml"
    path.write_text("learning_rat = 1.0", encoding="utf-8")
    with pytest.raises(BadSpec, match=r"unknown key 'learning_rat'; did you mean 'learning_rate'\?"):
        load_spec(path, TrainSpec)
    path.write_text('name = "x"\n[[draws]]\nability = "math"\ncuont = 3', encoding="utf-8")
    with pytest.raises(BadSpec, match="did you mean 'count'"):
        load_spec(path, MixSpec)
    path.write_text('name = "x"\n[[bases]]\nname = "A"\n[grid]\nsingle_sorce_n = 3\n', encoding="utf-8")
    with pytest.raises(BadSpec, match="did you mean 'single_source_n'"):
        load_spec(path, StudySpec)


def test_overrides(tmp_path: Path) -> None:
    path = tmp_path / "s.toml"
    path.write_text("seed = 1", encoding="utf-8")
    assert load_spec(path, TrainSpec, ["seed=7", "clip=0.5"]).seed == 7
    with pytest.raises(BadSpec, match="key=value"):
        load_spec(path, TrainSpec, ["seed"])
    with pytest.raises(BadSpec, match="seed"):
        load_spec(path, TrainSpec, ["seed=many"])


def test_a_study_must_name_bases_that_exist(tmp_path: Path) -> None:
    path = tmp_path / "s.toml"
    path.write_text('name = "x"\n[world]\n[[bases]]\nname = "A"\n[grid]\norigins = ["human"]\nbases = ["B"]')
    with pytest.raises(BadSpec, match="names the base model 'B'; known: A"):
        load_spec(path, StudySpec)


def test_a_run_is_complete_when_its_manifest_is(tmp_path: Path) -> None:
    run = Run(tmp_path, "train", {"seed": 1}, {"rows": "abc"})
    assert not run.done
    folder = run.begin()
    write_atomic(folder / "leftover", "x")
    folder = run.begin()
    assert not (folder / "leftover").exists(), "an unfinished run starts clean"
    write_atomic(folder / "result.txt", "x")
    manifest = run.finish(seed=1, rows=3)
    assert run.done
    assert manifest.outputs["result.txt"] == hash_file(folder / "result.txt")
    assert run.manifest() == manifest
    assert Run(tmp_path, "train", {"seed": 1}, {"rows": "abc"}).done
    assert Run(tmp_path, "train", {"seed": 2}, {"rows": "abc"}).id != run.id
    assert Run(tmp_path, "train", {"seed": 1}, {"rows": "abd"}).id != run.id


def test_a_folder_belongs_to_one_process(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from schemas.runs import locked\n"
        "with locked(Path(sys.argv[1])): print('in', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "in\n"
        with pytest.raises(Busy), locked(tmp_path):
            pass
        other.kill()
    with locked(tmp_path):
        pass


def test_hostile_text_stays_visible_and_harmless() -> None:
    assert visible("春\x1b[31m风\u202e") == "春\\x1b[31m风\\u202e"
    assert visible("a\nb", keep="\n") == "a\nb"
    assert one_line("a\n b" * 200, 10) == "a ba ba b…"


def test_canonical_json_and_order_hash() -> None:
    assert canonical_json({"b": 1, "a": "春"}) == '{"a":"春","b":1}'
    with pytest.raises(ValueError, match="JSON"):
        canonical_json(float("nan"))
    draws = [unit_hash(1, i) for i in range(2000)]
    assert 0 <= min(draws) < max(draws) < 1
    assert abs(sum(draws) / len(draws) - 0.5) < 0.03
    assert json.dumps(draws[0]) == json.dumps(unit_hash(1, 0))


def test_errors_cross_processes() -> None:
    import pickle

    error = pickle.loads(pickle.dumps(PoolTooSmall("too small", where="grid.n", do="lower n")))
    assert error.line() == "grid.n: too small; lower n"
    assert isinstance(error, PoolTooSmall)


def test_what_a_run_made_is_found_without_its_hash(tmp_path: Path) -> None:
    first, second = Run(tmp_path, "train", {"seed": 1}, {}), Run(tmp_path, "train", {"seed": 2}, {})
    first.begin()
    assert made_in(tmp_path, "train") == tmp_path  # unfinished: nothing was made
    first.finish()
    assert made_in(tmp_path, "train") == made_in(first.path, "train") == first.path / "checkpoint"
    assert made_in(tmp_path, "base") == tmp_path
    assert model_folder(str(tmp_path)) == str(first.path / "checkpoint")
    second.begin()
    assert made_in(tmp_path, "train", "base") == first.path / "checkpoint"
    second.finish()
    with pytest.raises(BadSpec, match=f"2 finished runs here .*{second.id}.*; name one of them"):
        made_in(tmp_path, "train", "base")
    assert made_in(second.path, "train") == second.path / "checkpoint"
    assert model_folder("owner/name") == "owner/name"
    assert made_in(tmp_path / "none", "train") == tmp_path / "none"
