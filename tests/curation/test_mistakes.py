"""Mistakes that cost rows or hide themselves if nobody says a word: each is one line, and nothing is overwritten."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from curation.__main__ import COMMANDS
from curation.standardize import source_names
from schemas.cli import main
from schemas.errors import ExitCode
from schemas.jsonl import write_jsonl
from tests.curation.curation_rows import choice


def run(line: str) -> int:
    return main("curation", "", COMMANDS, shlex.split(line))


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write_jsonl(Path("rows.jsonl"), [choice("鲸属何类"), choice("鲤属何类", row="2")])
    Path("empty.jsonl").touch()
    return tmp_path


@pytest.mark.parametrize(
    "line",
    [
        "check step/instances.jsonl --out step",
        "dedup step/instances.jsonl --out step",
        "split step/instances.jsonl --size train=available --out step",
        "standardize step/instances.jsonl --format messages --out step",
        "dedup rows.jsonl --out step",
        "export step/instances.jsonl --layout messages --out step/instances.jsonl",
        "export step/instances.jsonl --layout messages --out step",
        "standardize rows.jsonl --format messages --out step",
    ],
)
def test_no_step_writes_over_another(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("check rows.jsonl --out step") == 0
    before = {p: p.read_bytes() for p in Path("step").iterdir()}
    assert run("check rows.jsonl --out step") == 0  # the same step again is no mistake
    capsys.readouterr()
    assert run(line) == ExitCode.BAD_SPEC
    assert capsys.readouterr().err.count("\n") == 1
    assert before.keys() == set(Path("step").iterdir())
    assert all(p.read_bytes() == data for p, data in before.items() if p.name != "step.json")


def test_a_settings_file_without_its_table_is_no_default(capsys: pytest.CaptureFixture[str]) -> None:
    Path("typo.toml").write_text("[chekc]\nrefusal = false\n", encoding="utf-8")
    assert run("check rows.jsonl --settings typo.toml --out o") == ExitCode.BAD_SPEC
    assert "did you mean it by [chekc]" in capsys.readouterr().err
    assert not Path("o").exists()


def test_a_wrong_format_says_why_nothing_was_accepted(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("standardize rows.jsonl --format alpaca --out o") == 0
    shown = capsys.readouterr()
    assert "2 by standardize/alpaca, first: there is no instruction" in shown.out
    assert "is this the right --format?" in shown.err


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("decontaminate rows.jsonl --against empty.jsonl --out o", ExitCode.BAD_DATA),
        ("split empty.jsonl --size test=1 --size train=available --out o", ExitCode.EMPTY_SPLIT),
        ("check rows.jsonl none.jsonl --out o", ExitCode.MISSING_FILE),
        ("split rows.jsonl --size train=available --clusters none.jsonl --out o", ExitCode.MISSING_FILE),
    ],
)
def test_what_is_empty_or_missing_is_said_before_any_work(
    line: str, code: ExitCode, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(line) == code
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.count("\n") == 1
    assert not list(Path().glob("o/*"))


def test_a_file_of_no_rows_is_noted(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("check empty.jsonl --out o") == 0
    assert "hold no rows" in capsys.readouterr().err


def test_files_that_share_a_name_are_told_apart(tmp_path: Path) -> None:
    paths = [
        Path("a/x/train.jsonl"),
        Path("b/x/train.jsonl"),
        Path("rows.jsonl"),
        Path("rows.jsonl"),
        Path("c3.json.gz"),
    ]
    names = source_names(paths)
    assert names == ["a/x/train", "b/x/train", names[2], f"{names[2]}#2", "c3"]
    assert names[2].endswith("rows")
    assert source_names([Path("hf:owner/name")]) == ["owner/name"]
