from __future__ import annotations

import json
from pathlib import Path

import pytest

from finetune.__main__ import COMMANDS
from inference.local import LocalModel
from schemas.cli import main
from schemas.errors import ExitCode
from schemas.instance import Instance
from schemas.jsonl import read_models, write_jsonl
from schemas.runs import Manifest
from tests.finetune.conftest import copying, plain_text


def finetune(*words: object) -> int:
    return main("finetune", "", COMMANDS, [str(w) for w in words])


@pytest.fixture
def pool(tmp_path: Path) -> Path:
    path = tmp_path / "pool.jsonl"
    write_jsonl(path, [copying(i) for i in range(40)])
    return path


MIX = 'name = "m"\nseed = 1\n[[draws]]\nability = "*"\ncount = 12\n'


def test_mix_writes_rows_and_a_manifest_once(
    tmp_path: Path, pool: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = tmp_path / "mix.toml"
    spec.write_text(MIX)
    assert finetune("mix", spec, "--pool", f"human={pool}", "--out", tmp_path / "runs") == 0
    folder = Path(capsys.readouterr().out.strip())
    rows = list(read_models(folder / "rows.jsonl", Instance))
    assert len({r.id for r in rows}) == 12
    manifest = Manifest.model_validate_json((folder / "manifest.json").read_text())
    assert set(manifest.outputs) == {"rows.jsonl", "counts.json", "spec.json"}
    assert set(manifest.inputs) == {"human pool.jsonl"}
    assert manifest.seed == 1
    assert finetune("mix", spec, "--pool", f"human={pool}", "--out", tmp_path / "runs", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["run"] == str(folder)
    assert found["counts"] == [{"ability": "math", "origin": "human", "rows": 12, "available": 40}]
    assert Manifest.model_validate_json((folder / "manifest.json").read_text()) == manifest


@pytest.mark.parametrize(
    ("words", "code", "needle"),
    [
        (
            ("--set", "draws=[{ability='math', count=41}]"),
            ExitCode.POOL_TOO_SMALL,
            "math human: the pool has 40",
        ),
        (("--set", "draw=1"), ExitCode.BAD_SPEC, "did you mean 'draws'?"),
        (("--pool", "synthetic=POOL"), ExitCode.BAD_DATA, "is human, the pool is said to be synthetic"),
        (("--pool", "teacher=POOL"), ExitCode.BAD_SPEC, "unknown origin 'teacher'"),
        (("--pool", "human=none.jsonl"), ExitCode.MISSING_FILE, "none.jsonl: no such file"),
    ],
)
def test_mix_says_what_is_wrong_in_one_line(
    tmp_path: Path,
    pool: Path,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    code: ExitCode,
    needle: str,
) -> None:
    spec = tmp_path / "mix.toml"
    spec.write_text(MIX)
    words = tuple(w.replace("POOL", str(pool)) for w in words)
    assert finetune("mix", spec, "--pool", f"human={pool}", "--out", tmp_path / "runs", *words) == code
    shown = capsys.readouterr()
    assert needle in shown.err
    assert shown.err.count("\n") == 1
    assert shown.out == ""
    assert not list((tmp_path / "runs").glob("mix-*"))


def test_base_then_train(tmp_path: Path, pool: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shape = tmp_path / "base.toml"
    shape.write_text(
        'name="T"\nhidden_size=16\nlayers=1\nheads=2\nintermediate_size=32\nsequence_length=32\n'
    )
    text = tmp_path / "text.txt"
    text.write_text(plain_text(3000), encoding="utf-8")
    runs = tmp_path / "runs"
    asked = ("base", shape, "--text", text, "--alphabet", pool, "--out", runs, "--json")
    assert finetune(*asked) == 0
    made = json.loads(capsys.readouterr().out)
    assert LocalModel.load(made["model"]).parameters == made["parameters"]
    assert finetune("base", shape, "--out", runs) == ExitCode.BAD_SPEC
    capsys.readouterr()

    settings = tmp_path / "train.toml"
    settings.write_text(
        f'base = "{made["model"]}"\nmix = "{pool}"\nvalidation = "{pool}"\nout = "{runs}"\n'
        "[train]\nlearning_rate = 1e-2\nbatch_size = 8\nsteps = 6\ncheckpoints = 2\nmax_length = 64\n"
    )
    assert finetune("train", settings) == 0
    shown = capsys.readouterr()
    folder = Path(shown.out.strip())
    assert "kept step 6 of 6, validation loss " in shown.err
    assert "40 rows" in shown.err
    manifest = Manifest.model_validate_json((folder / "manifest.json").read_text())
    assert {"checkpoint/model.safetensors", "history.jsonl", "proof.json"} <= set(manifest.outputs)
    assert set(manifest.inputs) == {"mix", "validation", "base"}
    assert str(tmp_path) not in (folder / "manifest.json").read_text()
    assert [json.loads(x)["step"] for x in (folder / "log.jsonl").read_text().splitlines()] == [3, 6]
    assert finetune("train", settings, "--json") == 0  # done already: the same answer, nothing redone
    again = json.loads(capsys.readouterr().out)
    assert (again["run"], again["best_step"]) == (str(folder), 6)
    assert Manifest.model_validate_json((folder / "manifest.json").read_text()) == manifest

    assert finetune("train", settings, "--set", "train.max_length=10") == ExitCode.BAD_DATA
    assert finetune("train", settings, "--set", f"base={tmp_path}") == ExitCode.BAD_MODEL
    assert finetune("train", settings, "--set", "mix=none.jsonl") == ExitCode.MISSING_FILE
    lines = capsys.readouterr().err.splitlines()
    assert [line.split("]")[0] for line in lines] == [
        "error [bad_data",
        "error [bad_model",
        "error [missing_file",
    ]
    assert len(list(runs.glob("train-*/manifest.json"))) == 1
