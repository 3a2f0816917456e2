"""Scoring against a plain loop over the model, and the commands around it."""

from __future__ import annotations

import json
import math
import subprocess
import sys
import time
from pathlib import Path

import pytest

from analyze.__main__ import COMMANDS
from analyze.score import COLUMNS, Items, from_frame, mean_score, predict, rescore, to_frame
from analyze.summary import summarize
from schemas.cli import main
from schemas.errors import BadData, ExitCode
from schemas.instance import Instance
from schemas.jsonl import write_jsonl
from schemas.results import Prediction
from schemas.specs import EvalSpec
from tests.analyze.tiny_model import item, known_items, new_items, tiny_model


def plain(question: Instance, response: str) -> tuple[float, int, bool]:
    """One response, one unbatched forward pass over the rendered chat template."""
    import torch

    model = tiny_model()
    messages = [m.model_dump() for m in question.prompt]
    tokenizer = model.tokenizer
    before = tokenizer.apply_chat_template(
        messages, tokenize=True, add_generation_prompt=True, return_dict=False
    )
    after = tokenizer.apply_chat_template(
        [*messages, {"role": "assistant", "content": response}], tokenize=True, return_dict=False
    )
    with torch.no_grad():
        logits = model.model(torch.tensor([after])).logits[0].double()
    nll, greedy = 0.0, True
    for position in range(len(before), len(after)):
        row = torch.log_softmax(logits[position - 1], dim=-1)
        nll -= float(row[after[position]])
        greedy &= int(row.argmax()) == after[position]
    return nll, len(after) - len(before), greedy


def test_predictions_equal_a_plain_loop() -> None:
    items = [*known_items(), *new_items()]
    for question, found in zip(items, predict(tiny_model(), items), strict=True):
        nll, tokens, greedy = plain(question, question.response)
        assert found.item == question.id
        assert (found.tokens, found.greedy) == (tokens, greedy)
        assert found.nll == pytest.approx(nll, abs=1e-4)
        assert found.characters == len(question.response)
        others = [plain(question, d.text) for d in question.distractors]
        assert list(found.distractor_nll) == pytest.approx([o[0] for o in others], abs=1e-4)
        assert found.distractor_tokens == tuple(o[1] for o in others)
        if others:
            assert found.score == float(all(nll / tokens < o[0] / o[1] for o in others))
        else:
            assert found.score == float(greedy)


def test_what_was_learnt_scores_and_what_was_not_does_not() -> None:
    known, new = predict(tiny_model(), known_items()), predict(tiny_model(), new_items())
    assert mean_score(known) == 1
    assert new[-1].score == 0  # its distractors were learnt, its gold response was not
    assert mean_score(new) < 1
    assert [p.chance for p in known] == pytest.approx([1 / 2, 1 / 3, 1 / 2, 1 / 2, 0, 0, 1 / 3, 1 / 3])


def test_generated_forms_are_parsed() -> None:
    spec = EvalSpec(generate=("choice", "worked_answer"), max_new_tokens=20)
    found = predict(tiny_model(), known_items(), spec)
    assert [p.reply for p in found] == ["B", "C", None, None, "2+3=5\n答案：5", "1+1=2\n答案：2", None, None]
    assert mean_score(found) == 1
    short = predict(tiny_model(), known_items(), spec.model_copy(update={"max_new_tokens": 3}))
    assert [p.score for p in short][4:6] == [0.0, 0.0]  # cut before the answer


def stored(gold: tuple[float, int], others: list[tuple[float, int]]) -> tuple[Prediction, Instance]:
    question = item("role_play", "open", "q", "gold", distractors=tuple(f"d{k}" for k in range(len(others))))
    prediction = Prediction(
        item=question.id,
        ability="role_play",
        form="open",
        nll=gold[0],
        tokens=gold[1],
        characters=4,
        greedy=False,
        distractor_nll=tuple(o[0] for o in others),
        distractor_tokens=tuple(o[1] for o in others),
        score=0.0,
        chance=0.0,
    )
    return prediction, question


@pytest.mark.parametrize(
    ("gold", "others", "by_token", "by_sum"),
    [
        ((2.0, 2), [(4.0, 2), (6.0, 3)], 1.0, 1.0),
        ((2.0, 2), [(2.0, 2), (9.0, 3)], 0.0, 0.0),  # a tie is 0
        ((4.0, 4), [(3.0, 2), (3.0, 1)], 1.0, 0.0),  # better per token, worse as a whole
        ((3.0, 1), [(4.0, 2), (9.0, 2)], 0.0, 1.0),
        ((2.0, 2), [(1.9, 2), (9.0, 3)], 0.0, 0.0),  # one better distractor is enough
        ((math.nan, 2), [(1.0, 2)], 0.0, 0.0),
    ],
)
def test_comparison_with_distractors(
    gold: tuple[float, int], others: list[tuple[float, int]], by_token: float, by_sum: float
) -> None:
    prediction, question = stored(gold, others)
    for normalize, expected in (("token", by_token), ("sum", by_sum)):
        [again] = rescore([prediction], [question], EvalSpec(normalize=normalize))
        assert again.score == expected
        assert again.chance == pytest.approx(1 / (1 + len(others)))


def test_items_that_cannot_be_scored_are_named() -> None:
    bare = item("role_play", "open", "在吗", "在")
    with pytest.raises(BadData, match=rf"role_play item {bare.id[:12]} \(tiny 在吗\)"):
        predict(tiny_model(), [bare])
    with pytest.raises(BadData, match="twice"):
        Items([*known_items(), known_items()[0]])
    overlong = item("biology", "choice", "鲸是" * 100, "B", "B", ("鱼", "兽"))
    with pytest.raises(BadData, match=f"biology item {overlong.id[:12]}"):
        predict(tiny_model(), [overlong])
    prediction, question = stored((1.0, 1), [(2.0, 1)])
    with pytest.raises(BadData, match="not among the items"):
        rescore([prediction], known_items())
    with pytest.raises(BadData, match="number of distractors"):
        rescore([prediction.model_copy(update={"distractor_nll": ()})], [question])


def test_mean_score_weighs_abilities_not_items() -> None:
    base = predict(tiny_model(), known_items()[:1])[0]
    rows = [base.model_copy(update={"ability": a, "score": s}) for a, s in [("a", 1), ("b", 0), ("b", 0)]]
    assert mean_score(rows) == 0.5
    assert math.isnan(mean_score([]))


def test_items_are_encoded_once_per_tokenizer(monkeypatch: pytest.MonkeyPatch) -> None:
    import copy

    import inference.chat
    from inference.local import LocalModel

    model, calls = tiny_model(), []
    real = inference.chat.encode_pairs
    monkeypatch.setattr(inference.chat, "encode_pairs", lambda *a: calls.append(1) or real(*a))
    items = Items(known_items(), model.tokenizer)
    first = predict(model, items)
    checkpoint = LocalModel(model.model, copy.deepcopy(model.tokenizer), "copy")
    assert predict(checkpoint, items) == first
    assert len(calls) == 1
    kept: dict[str, Items] = {}
    assert predict(model, known_items(), cache=kept) == predict(model, known_items(), cache=kept) == first
    assert len(calls) == 2
    other = copy.deepcopy(model.tokenizer)
    other.add_tokens(["客官"])
    assert len(items.encoded(other)[-3].ids) < len(items.encoded(model.tokenizer)[-3].ids)


def test_a_thousand_items_are_quick() -> None:
    items = Items(
        [item("biology", "choice", f"鲸是{k}", "B", "B", ("鱼", "兽")) for k in range(1000)],
        tiny_model().tokenizer,
    )
    predict(tiny_model(), items[:10])
    begun = time.process_time()
    assert len(predict(tiny_model(), items)) == 1000
    assert time.process_time() - begun < 5  # about .2 s; one forward pass an item would take longer


def test_frames_round_trip(tmp_path: Path) -> None:
    import pandas as pd

    spec = EvalSpec(generate=("choice",), max_new_tokens=4)
    found = predict(tiny_model(), [*known_items(), *new_items()], spec)
    frame = to_frame(found)
    assert tuple(frame.columns) == COLUMNS
    assert frame["bits"].tolist() == [p.bits_per_character for p in found]
    assert frame["margin"].isna().sum() == sum(p.margin is None for p in found)
    frame.to_parquet(tmp_path / "p.parquet")
    assert from_frame(pd.read_parquet(tmp_path / "p.parquet")) == found
    assert tuple(to_frame([]).columns) == COLUMNS
    with pytest.raises(BadData, match="'greedy'"):
        from_frame(frame.drop(columns="greedy"))


def test_summary_has_chance_and_an_interval_that_holds_the_score() -> None:
    rows = summarize(predict(tiny_model(), [*known_items(), *new_items()]))
    assert [r.ability for r in rows] == ["biology", "history", "math", "role_play", "mean"]
    assert all(r.interval.low <= r.score <= r.interval.high for r in rows)
    assert all(
        r.interval.high - r.interval.low > 0.1 for r in rows
    )  # three items say little, also when all are right
    assert rows[-1].score == pytest.approx(sum(r.score for r in rows[:-1]) / 4)
    assert rows[3].margin is not None
    assert rows[0].margin is None
    assert summarize([]) == []


# Commands -----------------------------------------------------------------------------------------------------------


def run(*arguments: str) -> int:
    return main("analyze", "", COMMANDS, [str(a) for a in arguments])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("evaluate")
    model = tiny_model()
    model.model.save_pretrained(path / "model")
    model.tokenizer.save_pretrained(path / "model")
    write_jsonl(path / "items.jsonl", [*known_items(), *new_items()])
    return path


def evaluated(folder: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    code = run(
        "evaluate",
        *("--model", folder / "model", "--items", folder / "items.jsonl", "--out", folder / "out"),
        *("--set", "generate=['choice']", "--json"),
    )
    assert code == ExitCode.OK
    shown = json.loads(capsys.readouterr().out)
    assert [s["ability"] for s in shown["scores"]] == ["biology", "history", "math", "role_play", "mean"]
    return Path(shown["predictions"]).parent


def test_evaluate_writes_a_run_once(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = evaluated(folder, capsys)
    names = {p.name for p in made.iterdir()}
    assert names == {"predictions.parquet", "scores.json", "spec.json", "manifest.json"}
    before = (made / "manifest.json").read_text(encoding="utf-8")
    assert evaluated(folder, capsys) == made
    assert (made / "manifest.json").read_text(encoding="utf-8") == before
    outputs = json.loads(before)["outputs"]
    assert set(outputs) == {"predictions.parquet", "scores.json", "spec.json"}


def test_score_needs_no_torch_and_follows_the_items(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = evaluated(folder, capsys)
    assert run("score", made, "--items", folder / "items.jsonl") == ExitCode.OK
    shown = capsys.readouterr().out
    assert "95 % interval" in shown
    assert "role_play" in shown
    code = (
        "import sys; from analyze.__main__ import *\n"
        f"code = main('analyze', '', COMMANDS, ['score', {str(made)!r}, '--items', {str(folder / 'items.jsonl')!r}])\n"
        "assert not {'torch', 'transformers'} & set(sys.modules)\n"
        "sys.exit(code)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, shown), done.stderr
    assert run("score", folder / "out") == ExitCode.OK  # the folder of one evaluation will do


def test_show_makes_hostile_text_visible(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hostile = item("math", "cloze", "\x1b[2J\u202e2+2", "4", "4")
    write_jsonl(tmp_path / "items.jsonl", [hostile, *known_items()])
    code = run(
        "evaluate",
        *("--model", folder / "model", "--items", tmp_path / "items.jsonl", "--out", tmp_path / "out"),
        *("--set", "generate=['choice']"),
    )
    assert code == ExitCode.OK
    capsys.readouterr()
    stored_at = ("--predictions", tmp_path / "out", "--items", tmp_path / "items.jsonl")
    assert run("show", hostile.id[:10], *stored_at) == ExitCode.OK
    shown = capsys.readouterr().out
    assert "\\x1b[2J\\u202e2+2" in shown
    assert "\x1b" not in shown
    for question, expected in (
        (known_items()[0], ["[reply]", "parsed   B", "gold     B", "score    1 (chance 0.500)"]),
        (known_items()[6], ["[distractor 2]", "PPL", "score    1 (chance 0.333)"]),
        (known_items()[2], ["greedy   the gold response is what greedy decoding gives"]),
    ):
        assert run("show", question.id, *stored_at) == ExitCode.OK
        shown = capsys.readouterr().out
        assert [e for e in expected if e not in shown] == []
    assert run("show", hostile.id[:10], *stored_at, "--json") == ExitCode.OK
    assert json.loads(capsys.readouterr().out)["item"]["messages"][0]["content"] == "\x1b[2J\u202e2+2"


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["evaluate", "--model", "{f}/none", "--items", "{f}/items.jsonl", "--out", "{f}/o2"], ExitCode.BAD_MODEL, "no such model"),
        (["evaluate", "--model", "{f}/model", "--items", "{f}/none.jsonl", "--out", "{f}/o2"], ExitCode.MISSING_FILE, "no such file"),
        (["evaluate", "--model", "{f}/model", "--items", "{f}/empty.jsonl", "--out", "{f}/o2"], ExitCode.BAD_DATA, "no items"),
        (["evaluate", "--model", "{f}/model", "--items", "{f}/items.jsonl", "--out", "{f}/o2", "--set", "generat=[]"], ExitCode.BAD_SPEC, "generate"),
        (["score", "{f}/nowhere"], ExitCode.MISSING_FILE, "no predictions"),
        (["score", "{f}/broken.parquet"], ExitCode.BAD_DATA, "not a table of predictions"),
        (["show", "zz", "--predictions", "{f}/out", "--items", "{f}/items.jsonl"], ExitCode.BAD_DATA, "no item begins with 'zz'"),
        (["show", "", "--predictions", "{f}/out", "--items", "{f}/items.jsonl"], ExitCode.BAD_DATA, "12 items begin with"),
    ],
)  # fmt: skip
def test_bad_input_is_one_line(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], code: ExitCode, says: str
) -> None:
    evaluated(folder, capsys)
    (folder / "empty.jsonl").write_text("", encoding="utf-8")
    (folder / "broken.parquet").write_text("no", encoding="utf-8")
    assert run(*(a.format(f=folder) for a in arguments)) == code
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.count("\n") == 1
    assert says in shown.err
    assert not list(folder.glob("o2/predict-*/manifest.json"))
