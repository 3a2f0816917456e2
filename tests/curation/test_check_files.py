"""Files through all rules: what is kept, what is decided, and that neither workers nor block sizes matter."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from curation.check import Checker, check, check_files, settings_of
from curation.rules import rules_from
from curation.step import read_step
from schemas.errors import BadData, BadSpec, MissingFile
from schemas.instance import Decision, Instance
from schemas.jsonl import line_blocks, read_models, write_jsonl
from tests.curation.curation_rows import open_item

ROWS = [open_item(f"写第{k}首诗", "春" * (k % 7 + 1), row=str(k)) for k in range(400)]
SETTINGS = {"length": {"maximum": 11}}


def test_files_and_rows_in_memory_agree(tmp_path: Path) -> None:
    write_jsonl(tmp_path / "a.jsonl", ROWS[:150])
    write_jsonl(tmp_path / "b.jsonl", ROWS[150:])
    kept, decisions = check(ROWS, rules_from(SETTINGS))
    assert kept
    assert decisions
    counts = check_files([tmp_path / "a.jsonl", tmp_path / "b.jsonl"], tmp_path / "out", SETTINGS)
    assert (counts.rows, counts.accepted, counts.rejected) == (400, len(kept), len(decisions))
    assert list(read_models(tmp_path / "out" / "instances.jsonl", Instance)) == kept
    assert list(read_models(tmp_path / "out" / "decisions.jsonl", Decision)) == decisions
    step = read_step(tmp_path / "out")
    assert step
    assert step.counts == counts
    assert step.settings["length"]["maximum"] == 11
    assert [Path(i).name for i in step.inputs] == ["a.jsonl", "b.jsonl"]


@pytest.mark.parametrize("workers", [1, 2])
def test_workers_do_not_matter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, workers: int) -> None:
    write_jsonl(tmp_path / "rows.jsonl", ROWS)
    monkeypatch.setattr("curation.check.blocks_of", lambda files: line_blocks(files[0], 5000))
    check_files([tmp_path / "rows.jsonl"], tmp_path / "out", SETTINGS, workers=workers)
    kept, _ = check(ROWS, rules_from(SETTINGS))
    assert list(read_models(tmp_path / "out" / "instances.jsonl", Instance)) == kept


def test_every_rule_that_fails_has_its_decision_and_one_counts(tmp_path: Path) -> None:
    write_jsonl(tmp_path / "rows.jsonl", [open_item("写诗", "抱歉，我无法提供这样的内容。\ufffd")])
    counts = check_files([tmp_path / "rows.jsonl"], tmp_path / "out")
    rules = [d.rule for d in read_models(tmp_path / "out" / "decisions.jsonl", Decision)]
    assert {"refusal", "mojibake"} <= set(rules)
    assert counts.reasons == {f"check/{rules[0]}": 1}


def test_what_is_broken_leaves_nothing_behind(tmp_path: Path) -> None:
    good, out = tmp_path / "rows.jsonl", tmp_path / "out"
    write_jsonl(good, ROWS)
    check_files([good], out)
    before = (out / "instances.jsonl").read_bytes()
    with good.open("a") as file:
        file.write("{}\n")
    with pytest.raises(BadData, match=r"rows\.jsonl:401"):
        check_files([good], out)
    assert (out / "instances.jsonl").read_bytes() == before
    assert read_step(out) is None
    with pytest.raises(MissingFile):
        check_files([tmp_path / "none"], out)
    with pytest.raises(BadSpec, match="workers"):
        check_files([good], out, workers=0)
    assert not list(out.glob(".*"))


def test_settings_are_told_whole() -> None:
    told = settings_of(rules_from(SETTINGS))
    assert told["length"] == {"minimum": 1, "maximum": 11} | told["length"]
    assert settings_of(rules_from())["length"]["maximum"] == 4000
    assert pickle.loads(pickle.dumps(Checker(rules_from(SETTINGS)))).rules.keys() == told.keys()
