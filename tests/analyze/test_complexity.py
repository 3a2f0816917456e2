"""Complexity against its formulas, on a real tiny model."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pandas as pd
import pytest

from analyze.__main__ import COMMANDS
from analyze.complexity import complexity, low_resource_area
from analyze.score import predict
from inference.chat import Pair
from schemas.canonical import unit_hash
from schemas.cli import main
from schemas.errors import BadData, ExitCode
from schemas.instance import Instance, Message
from schemas.jsonl import write_jsonl
from tests.analyze.tiny_model import item, known_items, new_items, tiny_model


def grid() -> pd.DataFrame:
    """Gains of biology over the untuned base: .1, .2, .3, .4 at n = 1, 4, 16, 64; more beyond, unlike elsewhere."""
    rows = []
    for n, score in ((0, 0.2), (1, 0.3), (4, 0.4), (16, 0.5), (64, 0.6), (256, 0.8)):
        for seed in (1, 2):
            for ability, shift in (("biology", 0.0), ("history", 0.1)):
                rows.append(
                    {
                        "base": "A",
                        "parameters": 9,
                        "origin": "human",
                        "mix": "uniform" if n else "base",
                        "n": n,
                        "seed": seed,
                        "split": "validation",
                        "ability": ability,
                        "score": score + shift * (n > 16) + 0.01 * (seed - 1.5) * (n > 0),
                    }
                )
    noise = [
        {"origin": "synthetic"},
        {"mix": "single:biology"},
        {"split": "test"},
        {"base": "Z", "parameters": 3},
    ]
    spoilt = [{**rows[k], **change, "score": 1.0} for change in noise for k in range(4, len(rows))]
    return pd.DataFrame(rows + spoilt)


def test_low_resource_area_is_the_mean_gain_up_to_64() -> None:
    assert low_resource_area(grid()) == pytest.approx({"biology": 0.25, "history": 0.275})
    assert low_resource_area(grid()[lambda t: t["n"] > 0], "A") == {}
    assert low_resource_area(grid()[lambda t: t["split"] == "test"]) == {}


def test_profile_is_what_its_formulas_say() -> None:
    items = [*known_items(), *new_items()]
    model = tiny_model()
    found = {c.ability: c for c in complexity(model, items, grid())}
    assert list(found) == ["biology", "history", "math", "role_play"]
    predictions = predict(model, items)
    bare = dict(
        zip((p.item for p in predictions), model.unconditional([i.response for i in items]), strict=True)
    )
    for ability, profile in found.items():
        own = [p for p in predictions if p.ability == ability]
        bits = [p.nll / math.log(2) / p.characters for p in own]
        assert profile.bits_per_character == pytest.approx(sum(bits) / len(bits))
        ratios = [math.exp(p.nll / p.tokens) / math.exp(bare[p.item].nll / bare[p.item].tokens) for p in own]
        product = math.prod(ratios) ** (1 / len(ratios))
        assert profile.instruction_following_difficulty == pytest.approx(product)
        score, chance = (sum(getattr(p, k) for p in own) / len(own) for k in ("score", "chance"))
        assert profile.gap == pytest.approx(1 - (score - chance) / (1 - chance))
    assert found["biology"].low_resource_area == pytest.approx(0.25)
    assert found["math"].low_resource_area is None


def _few_shot_prompt(items: list[Instance], k: int) -> tuple[Message, ...]:
    order = sorted((i for i in items if i is not items[k]), key=lambda i: unit_hash("shots", i.id))
    return tuple(m for other in order[:2] for m in other.messages) + items[k].prompt


def test_few_shots_come_from_other_groups_and_must_fit() -> None:
    model = tiny_model()
    several = [item("biology", "choice", f"鲸是{k}", "B", "B", ("鱼", "兽"), group=str(k)) for k in range(5)]
    [fits] = complexity(model, several, shots=2)
    shown = [_few_shot_prompt(several, k) for k in range(5)]
    found = model.loglikelihood([Pair(p, "B") for p in shown])
    expected = sum(f.nll for f in found) / 5 / math.log(2)
    assert fits.few_shot_bits_per_character == pytest.approx(expected)
    [too_few] = complexity(model, several[:2], shots=2)
    assert too_few.few_shot_bits_per_character is None
    one_group = [i.model_copy(update={"source": several[0].source}) for i in several]
    [leaking] = complexity(model, one_group, shots=2)
    assert leaking.few_shot_bits_per_character is None
    long = [item("biology", "choice", "鲸" * 60 + str(k), "B", "B", ("鱼", "兽")) for k in range(5)]
    [none] = complexity(model, long, shots=2)
    assert none.few_shot_bits_per_character is None


def test_no_items_is_an_error() -> None:
    with pytest.raises(BadData, match="no items"):
        complexity(tiny_model(), [])


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = tiny_model()
    model.model.save_pretrained(tmp_path / "base")
    model.tokenizer.save_pretrained(tmp_path / "base")
    write_jsonl(tmp_path / "items.jsonl", known_items())
    asked = ["complexity", "--model", str(tmp_path / "base"), "--items", str(tmp_path / "items.jsonl")]
    assert main("analyze", "", COMMANDS, asked) == ExitCode.OK
    shown = capsys.readouterr().out
    assert "C2 PPL(y|x)/PPL(y)" in shown
    assert "not the paper's" in shown
    assert main("analyze", "", COMMANDS, [*asked, "--json"]) == ExitCode.OK
    [first, *_] = json.loads(capsys.readouterr().out)
    assert first["ability"] == "biology"
    assert first["low_resource_area"] is None
    (tmp_path / "table.csv").write_text(
        grid().assign(item="x", chance=0.0).to_csv(index=False), encoding="utf-8"
    )
    more = [*asked, "--results", str(tmp_path / "table.csv"), "--base", "A", "--json"]
    assert main("analyze", "", COMMANDS, more) == ExitCode.OK
    assert json.loads(capsys.readouterr().out)[0]["low_resource_area"] == pytest.approx(0.25)
