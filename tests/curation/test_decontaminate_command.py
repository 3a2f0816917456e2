"""`decontaminate` and `split` at the command line: sets in their own formats, the report, mistakes in one line."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest

from curation.__main__ import COMMANDS
from schemas.cli import main
from schemas.errors import ExitCode
from schemas.jsonl import read_jsonl, write_jsonl
from tests.curation.curation_rows import choice, open_item

QUESTION = "在一片很大的湖边住着三户人家他们每天清晨划船出去打鱼到了傍晚才回来他们把鱼分给谁"


def run(line: str) -> int:
    return main("curation", "", COMMANDS, shlex.split(line))


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    rows = [open_item(f"第{i}个问题", "好", row=str(i)) for i in range(9)]
    rows += [
        open_item(f"请回答：{QUESTION}？", "老人", row="leak"),
        open_item("另一个问题", f"{QUESTION}？老人", row="late"),
    ]
    write_jsonl(Path("train.jsonl"), rows)
    exam = Path("exams/exam.csv")
    exam.parent.mkdir()
    options = "甲,乙,丙,丁,A"
    exam.write_text(
        f",Question,A,B,C,D,Answer\n0,{QUESTION}（ ）。,老人,孩子,学生,掌柜,A\n1,\x1b[31m鲸属何类,{options}\n"
        f"2,鱼用什么呼吸,鳃,鳃,肺,皮肤,A\n",
        encoding="utf-8",
    )
    Path("sets.toml").write_text(
        '[[against]]\nfiles = ["exams/*.csv"]\nformat = "mcq-csv"\n', encoding="utf-8"
    )
    return tmp_path


def test_an_evaluation_set_in_its_own_format(here, capsys):
    assert run("decontaminate train.jsonl --against exams/exam.csv --against-format mcq-csv --out one") == 0
    shown = capsys.readouterr().out
    assert "rows in 11 = accepted 9 + rejected 2 + pending 0" in shown
    assert "2 training rows leak evaluation items, in 2 pairs; they are dropped" in shown
    assert "1 evaluation rows are rejected by their reader: 1 were looked for as text" in shown
    assert "exam:1: 2 rows" in shown
    assert run("decontaminate train.jsonl --against-sets sets.toml --out two --json --workers 2") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["rows"], told["rejected"], told["leaking"], told["pairs"]) == (11, 2, 2, 2)
    assert told["sources"][0]["rejected"] == 1
    for name in ("instances.jsonl", "leaks.jsonl", "decisions.jsonl"):
        assert (here / "one" / name).read_bytes() == (here / "two" / name).read_bytes()
    assert {row["row"] for _, leak in read_jsonl(here / "one/leaks.jsonl") for row in leak["rows"]} == {
        "s:leak",
        "s:late",
    }


def test_a_report_and_settings(here, capsys):
    assert run("decontaminate train.jsonl --against-sets sets.toml --out r --report-only --worst 0") == 0
    shown = capsys.readouterr().out
    assert "accepted 11" in shown
    assert "they stay: this is a report only" in shown
    assert [f.name for f in Path("r").iterdir()] == ["leaks.jsonl"]
    assert (
        run("decontaminate train.jsonl --against-sets sets.toml --out s --threshold 1 --part 1 --short 200")
        == 0
    )
    assert "rejected 0" in capsys.readouterr().out


def test_hostile_items_cannot_move_the_terminal(here, capsys):
    write_jsonl(
        Path("bad.jsonl"),
        [open_item("\x1b[31m鲸属何类的问题请你仔细回答一下好不好呢", "好", source="x\x1b]0;t\x07")],
    )
    assert run("decontaminate bad.jsonl --against bad.jsonl --out b") == 0
    captured = capsys.readouterr()
    assert "\x1b" not in captured.out + captured.err
    assert "1 row, same_prompt" in captured.out


@pytest.mark.parametrize(
    ("line", "code", "words"),
    [
        ("decontaminate train.jsonl --out o", ExitCode.BAD_SPEC, "no evaluation set"),
        ("decontaminate train.jsonl --against no.jsonl --out o", ExitCode.MISSING_FILE, "no.jsonl"),
        ("decontaminate train.jsonl --against exams/exam.csv --out o", ExitCode.BAD_DATA, "--against-format"),
        (
            "decontaminate train.jsonl --against no.csv --against-format mcq-csv --out o",
            ExitCode.MISSING_FILE,
            "no.csv",
        ),
        ("decontaminate train.jsonl --against exams --against-format agieval --out o", ExitCode.BAD_DATA, ""),
        (
            "decontaminate train.jsonl --against exams/exam.csv --against-format mcq --out o",
            ExitCode.BAD_SPEC,
            "did you mean",
        ),
        (
            "decontaminate train.jsonl --against-format mcq-csv --against-sets sets.toml --out o",
            ExitCode.BAD_SPEC,
            "no files",
        ),
        ("decontaminate train.jsonl --against-sets no.toml --out o", ExitCode.MISSING_FILE, "no.toml"),
        ("decontaminate train.jsonl --against train.jsonl --n 2 --out o", ExitCode.BAD_SPEC, "n: "),
        (
            "decontaminate train.jsonl --against train.jsonl --threshold 2 --out o",
            ExitCode.BAD_SPEC,
            "threshold",
        ),
        ("decontaminate train.jsonl --against train.jsonl --worst -1 --out o", ExitCode.BAD_SPEC, "worst"),
        ("decontaminate train.jsonl --against train.jsonl --workers 0 --out o", ExitCode.BAD_SPEC, "workers"),
        ("split train.jsonl --size test=2 --near maybe --out o", ExitCode.BAD_SPEC, "similarity"),
        ("split train.jsonl --size test=2 --nested 4,x --out o", ExitCode.BAD_SPEC, "sizes"),
        ("split train.jsonl --size test=2 --largest 0 --out o", ExitCode.BAD_SPEC, "share"),
        ("split train.jsonl --size test=2 --previous nowhere --out o", ExitCode.MISSING_FILE, "sides.jsonl"),
        ("split train.jsonl --size test=2 --clusters no.jsonl --out o", ExitCode.MISSING_FILE, "no.jsonl"),
    ],
)
def test_what_a_user_can_cause_is_one_line(here, capsys, line, code, words):
    assert run(line) == code
    shown = capsys.readouterr().err
    assert shown.count("\n") == 1
    assert words in shown
    assert list(Path().glob("o/*")) == []


def test_a_set_that_matches_nothing_is_named(here, capsys):
    Path("sets.toml").write_text('[[against]]\nfiles = ["no/*.csv"]\nformat = "mcq-csv"\n', encoding="utf-8")
    assert run("decontaminate train.jsonl --against-sets sets.toml --out o") == ExitCode.MISSING_FILE
    Path("sets.toml").write_text('[[against]]\nfile = ["no/*.csv"]\nformat = "mcq-csv"\n', encoding="utf-8")
    assert run("decontaminate train.jsonl --against-sets sets.toml --out o") == ExitCode.BAD_SPEC
    assert "did you mean 'files'" in capsys.readouterr().err


def test_a_split_tells_its_parts_and_its_links(here, capsys):
    rows = [
        choice(f"第{i}问", row=str(i), ability=a, group=f"g{i // 2}")
        for i in range(20)
        for a in ("biology", "history")
    ]
    write_jsonl(Path("rows.jsonl"), rows)
    assert run("split rows.jsonl --size test=4 --size train=available --nested 1,4 --out pool") == 0
    shown = capsys.readouterr().out
    assert "rows in 40 = test 8 + train 32 + unused 0" in shown
    assert "nested subset of 4: 8 rows" in shown
    assert run("split rows.jsonl --size test=4 --size train=available --out pool --json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["kept"] == 40
    assert told["abilities"]["history"] == {"test": 4, "train": 16, "unused": 0}
    assert told["links"]["group"] == 40
