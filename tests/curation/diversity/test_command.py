"""The command: what it writes, what thinning makes of it, and what it says to bad input."""

from __future__ import annotations

import json
import random
import shlex
from pathlib import Path

import pytest

from curation.__main__ import COMMANDS
from curation.canonical import row_key
from schemas.cli import main
from schemas.errors import ExitCode
from schemas.instance import Decision, Instance
from schemas.jsonl import read_models
from tests.curation.diversity.planted import CHARACTERS, noise, planted, row, various, written


def run(line: str) -> int:
    return main("curation", "", COMMANDS, shlex.split(line))


@pytest.fixture
def pool(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rows = planted(600, 0.4, "请写一首关于{}的七言绝句，要求押韵") + various(200, 5, ability="role_play")
    rows = [
        r.model_copy(update={"source": r.source.model_copy(update={"row": str(n)})})
        for n, r in enumerate(rows)
    ]
    written(tmp_path, rows)
    return rows


def test_numbers_list_and_thinning(pool, capsys):
    assert run("diversity rows.jsonl --out d") == 0
    shown = capsys.readouterr().out
    assert "请写一首关于…的七言绝句,要求押韵" in shown
    assert "40.0%" in shown
    assert "rows in 800 = looked at 800, of which 200 are to thin out" in shown
    report = json.loads(Path("d/diversity.json").read_text(encoding="utf-8"))
    assert report["dropped"] == 200
    listed = list(read_models(Path("d/thin.jsonl"), Decision))
    assert len(listed) == 200

    assert run("diversity rows.jsonl --thin d/thin.jsonl --out t") == 0
    shown = capsys.readouterr().out
    assert "rows in 800 = accepted 600 + rejected 200 + pending 0" in shown
    assert "600 → 400" in shown
    assert "40.0% [36.2%, 44.0%]" in shown
    assert "10.0% [7.4%, 13.3%]" in shown
    kept = list(read_models(Path("t/instances.jsonl"), Instance))
    gone = list(read_models(Path("t/decisions.jsonl"), Decision))
    assert gone == listed
    assert {row_key(r) for r in kept} | {d.subject for d in gone} == {row_key(r) for r in pool}
    # Rows that stay are the same bytes in the same order.
    lines = Path("rows.jsonl").read_bytes().splitlines()
    kept_lines = Path("t/instances.jsonl").read_bytes().splitlines()
    assert [line for line in lines if line in set(kept_lines)] == kept_lines

    assert run("diversity t/instances.jsonl --json") == 0
    again = json.loads(capsys.readouterr().out)
    assert again["dropped"] == 0
    (template,) = [g for p in again["parts"] for g in p["groups"] if g["kind"] == "template"]
    assert template["share"]["share"] == pytest.approx(0.1)


def test_caps_and_floors(pool, capsys):
    assert run("diversity rows.jsonl --cap template=0.5 --cap opener=0.5 --json") == 0
    assert json.loads(capsys.readouterr().out)["dropped"] == 0
    assert run("diversity rows.jsonl --keep 0.9 --json") == 0
    parts = json.loads(capsys.readouterr().out)["parts"]
    assert [(p["dropped"], p["floor_reached"]) for p in parts] == [(60, True), (0, False)]


def test_a_list_for_other_rows(pool, tmp_path, capsys):
    assert run("diversity rows.jsonl --out d") == 0
    lines = Path("d/thin.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    stranger = json.loads(lines[0]) | {"subject": "other\x1b[2J:1"}
    Path("some.jsonl").write_text("".join(lines[:10]) + json.dumps(stranger) + "\n", encoding="utf-8")
    capsys.readouterr()
    assert run("diversity rows.jsonl --thin some.jsonl --out t --json") == 0
    captured = capsys.readouterr()
    assert json.loads(captured.out)["counts"]["rejected"] == 10
    assert "1 rows of the list are in none of the files" in captured.err
    assert "\x1b" not in captured.err
    Path("none.jsonl").write_text(json.dumps(stranger) + "\n", encoding="utf-8")
    assert run("diversity rows.jsonl --thin none.jsonl --out u") == ExitCode.BAD_DATA
    assert list(Path("u").glob("*")) == []


def test_of_equal_rows_as_many_go_as_are_listed(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    twice = row(1, "甲", "乙")
    written(tmp_path, [twice, twice, twice])
    decision = Decision(subject="planted:1", stage="diversity", rule="opener", kept=False, evidence=twice.id)
    written(tmp_path, [decision, decision], "thin.jsonl")
    assert run("diversity rows.jsonl --thin thin.jsonl --out t") == 0
    assert "accepted 1 + rejected 2" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("line", "code", "words"),
    [
        ("diversity no.jsonl", ExitCode.MISSING_FILE, "no.jsonl"),
        ("diversity broken.jsonl --out o", ExitCode.BAD_DATA, "broken.jsonl:1"),
        ("diversity rows.jsonl --cap tempalte=0.1 --out o", ExitCode.BAD_SPEC, "template"),
        ("diversity rows.jsonl --cap template=much --out o", ExitCode.BAD_SPEC, "number"),
        ("diversity rows.jsonl --cap template=2 --out o", ExitCode.BAD_SPEC, "less than 1"),
        ("diversity rows.jsonl --keep 0 --out o", ExitCode.BAD_SPEC, "keep"),
        ("diversity rows.jsonl --floor 0 --out o", ExitCode.BAD_SPEC, "floor"),
        ("diversity rows.jsonl --thin thin.jsonl", ExitCode.BAD_SPEC, "--out"),
        ("diversity rows.jsonl --thin rows.jsonl --out o", ExitCode.BAD_DATA, "rows.jsonl:1"),
        ("diversity p/instances.jsonl --thin thin.jsonl --out p", ExitCode.BAD_SPEC, "own input"),
        ("diversity rows.jsonl --workers 0 --out o", ExitCode.BAD_SPEC, "workers"),
        ("diversity rows.jsonl --encoder nowhere/model --out o", ExitCode.BAD_MODEL, "encoder"),
    ],
)
def test_what_a_user_can_cause_is_one_line(tmp_path, monkeypatch, capsys, line, code, words):
    monkeypatch.chdir(tmp_path)
    written(tmp_path, various(12))
    Path("broken.jsonl").write_text("{\n", encoding="utf-8")
    assert run(line) == code
    shown = [one for one in capsys.readouterr().err.splitlines() if one.startswith("error")]
    assert len(shown) == 1
    assert words in shown[0]
    assert list(Path().glob("o/*")) == []


def test_the_spread_of_a_real_encoder(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    folder = static_encoder(tmp_path)
    rng = random.Random(1)
    rows = [
        row(n, noise(rng, 30), "好的，没有问题，马上就办" if n % 4 else noise(rng, 80)) for n in range(150)
    ]
    written(tmp_path, rows)
    assert run(f"diversity rows.jsonl --encoder {folder} --json") == 0
    (part,) = json.loads(capsys.readouterr().out)["parts"]
    asked, said = part["instruction"]["spread"], part["response"]["spread"]
    assert said["distance"]["high"] < asked["distance"]["low"]
    assert said["vendi"]["high"] < asked["vendi"]["low"]
    assert (asked["distance"]["size"], asked["vendi"]["blocks"], asked["vendi"]["size"]) == (150, 2, 64)
    assert run(f"diversity rows.jsonl --encoder {folder}") == 0
    assert "Vendi" in capsys.readouterr().out


def static_encoder(folder: Path) -> Path:
    """An encoder without layers in sentence-transformers' own layout: a vector for every character."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding
    from tokenizers import Regex, Tokenizer, models, pre_tokenizers

    torch.manual_seed(0)
    vocabulary = {c: n for n, c in enumerate(["?", *CHARACTERS])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="?"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex("."), "isolated")
    SentenceTransformer(modules=[StaticEmbedding(tokenizer, embedding_dim=32)], device="cpu").save(
        str(folder / "encoder")
    )
    return folder / "encoder"


def test_hostile_text_cannot_move_the_terminal(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    rng = random.Random(0)
    rows = [
        row(
            n, f"\x1b[31m请写一首关于\u202e{rng.random()}的七言绝句\x07", "\x1b]0;x\x07回答", system="\x1b[2J"
        )
        for n in range(60)
    ]
    rows = [r.model_copy(update={"source": r.source.model_copy(update={"name": "\x1b[5m"})}) for r in rows]
    written(tmp_path, rows)
    for by in ("ability", "source"):
        assert run(f"diversity rows.jsonl --by {by}") == 0
    captured = capsys.readouterr()
    assert "\x1b" not in captured.out + captured.err
    assert "\x07" not in captured.out
    assert "\u202e" not in captured.out
