"""The printed examples run as printed, one after the other; errors are one line with a named exit code."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest

from curation.__main__ import COMMANDS
from schemas.cli import main
from schemas.errors import ExitCode
from schemas.jsonl import read_jsonl, write_jsonl
from tests.curation.curation_rows import choice


def run(line: str) -> int:
    return main("curation", "", COMMANDS, shlex.split(line.removeprefix("python -m curation ")))


def test_the_examples_work_in_their_order(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for command in COMMANDS:
        assert run(command.example) == 0, command.example
    shown = capsys.readouterr().out
    assert "rows in 927 = accepted 918 + rejected 6 + pending 3" in shown
    assert "rows in 918 = accepted 900 + rejected 18 + pending 0" in shown
    assert "rows in 900 = test 90 + validation 60 + prompts 150 + train 600 + unused 0" in shown
    assert "not kept by duplicate: the same as code:49" in shown
    assert len(Path("test.json").read_text(encoding="utf-8").splitlines()) == 90


def test_schema_and_counts_as_json(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert run("validate --schema") == 0
    assert json.loads(capsys.readouterr().out)["title"] == "Instance"
    write_jsonl(Path("rows.jsonl"), [choice("一"), choice("一", row="2"), choice("二")])
    assert run("dedup rows.jsonl --out d --json") == 0
    assert json.loads(capsys.readouterr().out)["rejected"] == 1
    Path("check.toml").write_text("[check]\nlength = { maximum = 3 }\n", encoding="utf-8")
    assert run("check rows.jsonl --settings check.toml --out c") == 0
    assert "accepted 0 + rejected 3" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("line", "code", "words"),
    [
        ("standardize no.csv --format mcq-csv --out o", ExitCode.MISSING_FILE, "no such file"),
        ("standardize rows.jsonl --format mcq --out o", ExitCode.BAD_SPEC, "did you mean"),
        ("standardize rows.jsonl --format doit --ability bilogy --out o", ExitCode.BAD_DATA, "biology"),
        ("standardize empty --format doit --out o", ExitCode.BAD_DATA, "no data files"),
        ("standardize rows.jsonl --format doit --option x --out o", ExitCode.BAD_SPEC, "key=value"),
        ("standardize rows.jsonl --format doit --limit 0 --out o", ExitCode.BAD_SPEC, "limit"),
        ("validate broken.jsonl", ExitCode.BAD_DATA, "broken.jsonl:1"),
        ("check rows.jsonl --settings no.toml --out o", ExitCode.MISSING_FILE, "no.toml"),
        ("split rows.jsonl --size test=9 --out o", ExitCode.POOL_TOO_SMALL, "2 rows left"),
        ("split rows.jsonl --size test=2 --size train=available --out o", ExitCode.EMPTY_SPLIT, "train"),
        ("split rows.jsonl --size ../x=2 --out o", ExitCode.BAD_SPEC, "part"),
        ("split rows.jsonl --size test=many --out o", ExitCode.BAD_SPEC, "number"),
        ("explain abcdefgh nowhere", ExitCode.MISSING_FILE, "nowhere"),
    ],
)
def test_what_a_user_can_cause_is_one_line(tmp_path, monkeypatch, capsys, line, code, words):
    monkeypatch.chdir(tmp_path)
    write_jsonl(Path("rows.jsonl"), [choice("一"), choice("二", row="2")])
    Path("broken.jsonl").write_text("{\n", encoding="utf-8")
    Path("empty").mkdir()
    assert run(line) == code
    shown = capsys.readouterr().err
    assert shown.count("\n") == 1
    assert words in shown
    assert list(Path().glob("o/*")) == []


def test_rows_without_an_id_get_theirs(tmp_path, monkeypatch, capsys):
    """A line may leave its id out: what is decided about the row names it all the same."""
    monkeypatch.chdir(tmp_path)
    rows = [
        choice("细胞的结构有哪些", row="1"),
        choice("细胞的结构有哪些", row="2"),
        choice("唐朝的都城在哪里", row="3"),
    ]
    bare = [{k: v for k, v in json.loads(row.line()).items() if k != "id"} for row in rows]
    write_jsonl(Path("rows.jsonl"), bare)
    assert run("dedup rows.jsonl --out d") == 0
    (cluster,) = [row for _, row in read_jsonl(Path("d/clusters.jsonl"))]
    assert {member["id"] for member in cluster["members"]} == {rows[0].id}
    assert run("split d/instances.jsonl --size test=1 --out p") == 0
    sides = [row for _, row in read_jsonl(Path("p/sides.jsonl"))]
    assert {side["id"] for side in sides} == {rows[0].id, rows[2].id}
    (unused,) = [row for _, row in read_jsonl(Path("p/decisions.jsonl"))]
    assert unused["subject"] in {rows[0].id, rows[2].id}


def test_hostile_text_cannot_move_the_terminal(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    rows = [choice("红\x1b[31m字\u202e反", group="g\x1b]0;x\x07")]
    write_jsonl(Path("rows.jsonl"), rows)
    assert run(f"explain {rows[0].id[:10]} .") == 0
    Path("raw\x1b[2J.txt").write_text('{"question": "\x1b[2J"}\n', encoding="utf-8")
    assert run("standardize 'raw\x1b[2J.txt' --format gsm8k --out o") == 0
    assert run("explain 'raw\\x1b[2J:1' o") == 0
    captured = capsys.readouterr()
    assert "\x1b" not in captured.out + captured.err
    assert "\\x1b[31m" in captured.out
