"""`explain` replays a row; `gap` measures what an eye would see."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from inference.local import LocalModel
from schemas.errors import BadData, MissingFile
from schemas.instance import Decision, Instance, Message
from schemas.jsonl import read_models
from synth.explain import as_text, explain
from synth.gap import distinct, gap
from synth.generate import generate
from synth.spec import GenerateSpec
from tests.synth.synth_rows import choice

PROMPTS = [choice(i) for i in range(40)]


@pytest.fixture(scope="module")
def run(model_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    spec = GenerateSpec(temperature=1.0, max_new_tokens=30, retries=2)
    out = tmp_path_factory.mktemp("runs")
    return generate(spec, PROMPTS, LocalModel.load(model_folder), out).path


def test_a_row_is_explained_from_each_of_its_ids(run: Path) -> None:
    row = next(iter(read_models(run / "accepted.jsonl", Instance)))
    told = explain(row.source.row, run.parent)
    assert told["row"] == row.id
    assert told["prompt"]["id"] == row.parents[0]
    assert told["attempts"][-1]["text"].strip() == row.response
    assert {"rule": "form", "kept": True, "reason": ""} in told["attempts"][-1]["verdicts"]
    assert explain(row.parents[0][:20], run) == told
    shown = as_text(told)
    for fact in (row.id, row.parents[0], "regenerate", "noise", "temperature 1.0", "exam, row"):
        assert fact in shown


def test_a_rejected_row_tells_every_attempt(run: Path) -> None:
    last = {d.subject: d for d in read_models(run / "rejects.jsonl", Decision)}
    told = next(t for t in (explain(row, run) for row in last) if t["row"] is None)
    assert [a["attempt"] for a in told["attempts"]] == [0, 1, 2]
    assert len({a["seed"] for a in told["attempts"]}) == 3
    refused = [a["verdicts"][-1] for a in told["attempts"]]
    assert not any(v["kept"] for v in refused)
    assert [v["reason"] for v in refused] == [last[a["row"]].reason for a in told["attempts"]]
    assert "none accepted" in as_text(told)


def test_hostile_replies_are_shown_not_obeyed(run: Path, tmp_path: Path) -> None:
    told = explain(PROMPTS[0].id, run)
    told["attempts"][0]["text"] = "\x1b[2J\u202egood"
    shown = as_text(json.loads(json.dumps(told)))
    assert "\x1b" not in shown
    assert "\\x1b[2J\\u202egood" in shown


def test_ids_that_name_nothing(run: Path, tmp_path: Path) -> None:
    with pytest.raises(BadData, match="too short"):
        explain("ab", run)
    with pytest.raises(BadData, match="no row 'ffffffffffffffff'"):
        explain("f" * 16, run)
    with pytest.raises(MissingFile, match="no generation here"):
        explain("f" * 16, tmp_path)


def response(text: str, ability: str = "creative_writing") -> Instance:
    prompt = choice(0, ability)
    fields = prompt.model_dump() | {"id": "", "form": "open", "choices": (), "answer": ""}
    fields["messages"] = (*prompt.prompt, Message(role="assistant", content=text))
    return Instance.model_validate(fields)


def test_gap_by_hand() -> None:
    human = [response("春天来了花开"), response("秋风")]
    synthetic = [response("好的好的"), response("好的好的。"), response("当然")]
    one, two = gap([*human, response("x", "code")], synthetic)
    assert (one.ability, one.source, one.rows, one.length, one.opener) == (
        "creative_writing",
        "human",
        2,
        4,
        0.5,
    )
    assert (two.source, two.rows, two.length) == ("synthetic", 3, 4)
    assert two.opener == pytest.approx(2 / 3)
    assert one.characters == two.characters == 8
    assert one.distinct_1 == 1
    assert two.distinct_1 == pytest.approx(2 / 8)
    assert two.distinct_2 == pytest.approx(2 / 6)


def test_distinct_is_cut_to_the_budget() -> None:
    assert distinct(["abab", "cd"], 2, 3) == 1
    assert distinct(["abab", "cd"], 2, 4) == pytest.approx(2 / 3)
    assert distinct(["a"], 2, 9) == 0
