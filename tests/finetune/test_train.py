from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from finetune.data import Accounting, Batches, BatchOrder, RowCache
from finetune.grid import Job, cached, run_jobs
from finetune.loss import supervised_loss
from finetune.schedule import cosine, linear, moments_of, steps_of
from finetune.train import train
from inference.likelihood import Head
from inference.local import LocalModel, Pair
from schemas.canonical import hash_file
from schemas.errors import BadData, BadModel, BadSpec, EmptySplit, Failed
from schemas.instance import Decision, Instance
from schemas.jsonl import read_models
from schemas.progress import Tick
from schemas.specs import TrainSpec
from tests.finetune.conftest import copying

Instances = Callable[[int], list[Instance]]

QUICK = TrainSpec(
    learning_rate=1e-2, final_learning_rate=1e-3, batch_size=4, steps=12, checkpoints=3, max_length=64
)


def weights(path: Path) -> str:
    return hash_file(path / "model.safetensors")


def test_a_run_leaves_its_base_untouched_and_a_whole_checkpoint(
    base: LocalModel, folder: Path, instances: Instances, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    before = base.fingerprint, hash_file(folder), base.model.training
    ticks: list[Tick] = []
    trained = train(base, instances(10), QUICK, tmp_path / "run", progress=ticks.append)
    assert (base.fingerprint, hash_file(folder), base.model.training) == before
    assert {p.name for p in (tmp_path / "run").iterdir()} == {
        "checkpoint",
        "history.jsonl",
        "proof.json",
        "training.json",
    }
    again = LocalModel.load(trained.path)
    assert again.fingerprint == trained.model.fingerprint != base.fingerprint
    assert again.model.config.use_cache
    assert not trained.model.model.training
    assert capfd.readouterr().out == ""
    assert (ticks[-1].done, ticks[-1].total) == (12, 12)
    counts = trained.tokens
    assert (counts.rows, counts.real, counts.padding) == (10, 12 * 4 * 17, 0)
    assert counts.supervised == 12 * 4 * 7
    shown = json.loads((tmp_path / "run" / "proof.json").read_text())
    assert [r["supervised"] for r in shown["examples"]] == [
        [f"{i * 7:03d}{i * 7:03d}<eot>"] for i in range(3)
    ]
    assert [r["end_token"] for r in shown["examples"]] == ["<eot>"] * 3


def test_same_seed_same_bytes(base: LocalModel, instances: Instances, tmp_path: Path) -> None:
    cache = RowCache(base.tokenizer)

    def run(name: str, seed: int = 0, **how: RowCache) -> str:
        spec = QUICK.model_copy(update={"seed": seed})
        return weights(train(base, instances(10), spec, tmp_path / name, **how).path)

    first = run("a")
    torch.rand(3)  # the caller's random numbers are no part of a run
    assert run("b", cache=cache) == first
    assert run("c", cache=cache) == first
    assert run("d", seed=1, cache=cache) != first


def test_a_folder_trains_to_the_same_weights_as_the_loaded_model(
    base: LocalModel, folder: Path, instances: Instances, tmp_path: Path
) -> None:
    loaded = train(base, instances(6), QUICK, tmp_path / "a")
    fresh = train(folder, instances(6), QUICK, tmp_path / "b")
    assert weights(loaded.path) == weights(fresh.path)


def test_it_is_plain_adamw_on_plain_batches(base: LocalModel, instances: Instances, tmp_path: Path) -> None:
    """The same few lines without Trainer end with the same weights, to the bit."""
    spec = QUICK.model_copy(update={"warmup": 0.25, "clip": 0.3})
    trained = train(base, instances(10), spec, tmp_path / "run")
    model = copy.deepcopy(base.model).train()
    head = Head(model)
    batches = Batches(RowCache(base.tokenizer).rows(instances(10)), 0, Accounting())
    groups = [
        {"params": [p for p in model.parameters() if p.ndim > 1], "weight_decay": 0.1},
        {"params": [p for p in model.parameters() if p.ndim == 1], "weight_decay": 0.0},
    ]
    optimizer = torch.optim.AdamW(groups, betas=(0.9, 0.95), fused=True)
    rate = linear(1e-2, 1e-3, 0.25, 12)
    for step, indices in enumerate(BatchOrder(10, 4, 12, 0)):
        batch = batches.__getitems__(indices)
        supervised_loss(head, batch["input_ids"], batch["supervised"]).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 0.3, foreach=True)
        for group in optimizer.param_groups:
            group["lr"] = rate(step)
        optimizer.step()
        optimizer.zero_grad()
    for name, tensor in trained.model.model.state_dict().items():
        assert torch.equal(tensor, model.state_dict()[name]), name


def test_accelerates_own_path_does_the_same(
    base: LocalModel, instances: Instances, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What runs on one device is a shortcut of what runs on several, with the same result."""
    from finetune.trainer import LeanTrainer

    short = weights(train(base, instances(10), QUICK, tmp_path / "a").path)
    monkeypatch.setattr(LeanTrainer, "_alone", property(lambda self: False))
    assert weights(train(base, instances(10), QUICK, tmp_path / "b").path) == short


def test_the_best_checkpoint_is_kept_not_the_last(
    base: LocalModel, instances: Instances, tmp_path: Path
) -> None:
    seen: list[str] = []

    def second_is_best(model: LocalModel) -> float:
        seen.append(model.fingerprint)
        model.generate([copying(5).prompt], max_new_tokens=3)  # looking must not disturb the training
        return [0.1, 0.9, 0.9][len(seen) - 1]

    trained = train(base, instances(10), QUICK, tmp_path / "run", second_is_best)
    assert len(set(seen)) == 3
    assert trained.best_step == 8
    assert trained.validation == 0.9
    assert trained.model.fingerprint == LocalModel.load(trained.path).fingerprint == seen[1]
    plain = train(base, instances(10), QUICK, tmp_path / "plain")
    assert plain.model.fingerprint == seen[2]
    lines = [json.loads(line) for line in (tmp_path / "run" / "history.jsonl").read_text().splitlines()]
    assert [(m["step"], m["validation"]) for m in lines] == [(4, 0.1), (8, 0.9), (12, 0.9)]
    assert [m["epoch"] for m in lines] == [1.6, 3.2, 4.8]
    assert lines[2]["loss"] < lines[0]["loss"]
    assert lines[2]["learning_rate"] == pytest.approx(1e-3)


@pytest.mark.parametrize(("share", "best"), [(0.0, 4), (1 / 3, 4), (0.5, 8), (1.0, 12)])
def test_early_checkpoints_may_be_out_of_the_race(
    base: LocalModel, instances: Instances, tmp_path: Path, share: float, best: int
) -> None:
    values = iter([3.0, 2.0, float("nan")])
    spec = QUICK.model_copy(update={"select_after": share})
    trained = train(base, instances(5), spec, tmp_path / "run", lambda model: next(values))
    assert trained.best_step == best
    assert [m.eligible for m in trained.history] == [m.step >= best or share == 0 for m in trained.history]


def test_validation_rows_judge_by_their_loss(base: LocalModel, instances: Instances, tmp_path: Path) -> None:
    held_out = [copying(i) for i in (3, 501, 999)]

    def loss(model: LocalModel) -> float:
        found = model.loglikelihood([Pair(i.prompt, i.response) for i in held_out])
        return sum(f.nll for f in found) / sum(f.tokens for f in found)

    spec = QUICK.model_copy(update={"steps": 60, "batch_size": 16})
    trained = train(base, instances(64), spec, tmp_path / "run", validation=held_out)
    assert trained.validation == pytest.approx(-loss(trained.model), abs=1e-6)
    assert trained.validation == max(m.validation for m in trained.history if m.validation is not None)
    assert loss(trained.model) < 0.8 * loss(base)


def test_epochs_say_how_long_and_when_to_look(base: LocalModel, instances: Instances, tmp_path: Path) -> None:
    spec = QUICK.model_copy(update={"steps": None, "epochs": 3, "checkpoints": None})
    trained = train(base, instances(10), spec, tmp_path / "run")
    assert trained.steps == 8  # 30 rows in batches of 4, the last one filled up
    assert [m.step for m in trained.history] == [3, 5, 8]


@pytest.mark.parametrize(
    ("rows", "settings", "steps", "moments"),
    [
        (10, {"epochs": 3, "batch_size": 4}, 8, [3, 5, 8]),
        (
            10_000,
            {},
            2344,
            [157, 313, 469, 625, 782, 938, 1094, 1250, 1407, 1563, 1719, 1875, 2032, 2188, 2344],
        ),
        (3, {"epochs": 4}, 4, [1, 2, 3, 4]),  # fewer rows than a batch: a step is an epoch
        (100, {"steps": 7, "batch_size": 32}, 7, [4, 7]),
        (100, {"steps": 10, "checkpoints": 3}, 10, [4, 7, 10]),
        (100, {"steps": 2, "checkpoints": 5}, 2, [1, 2]),
        (100, {"steps": 100, "checkpoints": 1}, 100, [100]),
    ],
)
def test_steps_and_moments(rows: int, settings: dict[str, int], steps: int, moments: list[int]) -> None:
    spec = TrainSpec.model_validate(settings)
    assert steps_of(spec, rows) == steps
    assert moments_of(spec, rows, steps) == moments


def test_learning_rates() -> None:
    rate = linear(1e-5, 1e-6, 0.0, 10)
    assert rate(0) == 1e-5
    assert rate(9) == pytest.approx(1e-6)
    assert rate(3) == pytest.approx(1e-5 - 9e-6 / 3)
    warm = cosine(1.0, 0.1, 0.2, 22)
    assert [round(warm(s), 3) for s in (0, 4, 5, 21)] == [round(1 / 6, 3), round(5 / 6, 3), 1.0, 0.1]
    assert warm(13) == pytest.approx(0.55)
    assert linear(1.0, 0.5, 0.0, 1)(0) == 1.0


def test_bad_input_is_said_before_anything_is_trained(
    base: LocalModel, instances: Instances, tmp_path: Path
) -> None:
    with pytest.raises(EmptySplit):
        train(base, [], QUICK, tmp_path / "a")
    with pytest.raises(BadData, match="17 tokens, more than max_length 16"):
        train(base, instances(3), QUICK.model_copy(update={"max_length": 16}), tmp_path / "b")
    with pytest.raises(BadModel, match="no such model folder"):
        train(tmp_path / "nothing", instances(3), QUICK, tmp_path / "c")
    with pytest.raises(BadSpec, match="another tokenizer"):
        train(base, instances(3), QUICK, tmp_path / "d", cache=RowCache(base.tokenizer, "last"))
    confused = copy.deepcopy(base.tokenizer)
    confused.pad_token = confused.eos_token
    with pytest.raises(BadModel, match="the pad token is the end token"):
        train(LocalModel(base.model, confused), instances(3), QUICK, tmp_path / "e")
    assert not any(tmp_path.rglob("checkpoint"))


def test_dropped_rows_are_written_down(base: LocalModel, instances: Instances, tmp_path: Path) -> None:
    rows = [*instances(3), copying(123456, digits=6)]
    spec = QUICK.model_copy(update={"max_length": 17, "overlong": "drop"})
    trained = train(base, rows, spec, tmp_path / "run")
    (decision,) = read_models(tmp_path / "run" / "dropped.jsonl", Decision)
    assert (decision.subject, decision.rule, decision.kept) == (rows[3].id, "overlong", False)
    assert (trained.tokens.rows, trained.summary()["tokens"]["dropped"]) == (3, 1)


def test_a_diverging_run_is_one_line(base: LocalModel, instances: Instances, tmp_path: Path) -> None:
    wild = QUICK.model_copy(update={"learning_rate": 1e30, "final_learning_rate": 1e30, "clip": 1e30})
    with pytest.raises(Failed, match="the training loss is nan at step 4; lower the learning rate"):
        train(base, instances(10), wild, tmp_path / "run")
    assert not (tmp_path / "run" / "checkpoint").exists()


def cell(payload: tuple[Path, int, Path]) -> tuple[str, str, float]:
    """What a study's worker does: the base once a process, a run, a look."""
    folder, seed, out = payload
    base = cached(("base", folder), lambda: LocalModel.load(folder))
    tokens = cached(("tokens", folder), lambda: RowCache(base.tokenizer))
    spec = QUICK.model_copy(update={"seed": seed})
    rows = [copying(i * 7) for i in range(10)]
    trained = train(base, rows, spec, out, validation=[copying(500)], cache=tokens)
    return weights(trained.path), base.fingerprint, trained.validation or 0.0


def test_workers_train_what_this_process_trains(folder: Path, tmp_path: Path) -> None:
    todo = [Job(f"cell {s}", (folder, s, tmp_path / "there" / str(s)), cost=s) for s in (1, 2)]
    there = {r.job.name: r.value for r in run_jobs(todo, cell, 1)}
    here = {f"cell {s}": cell((folder, s, tmp_path / "here" / str(s))) for s in (1, 2)}
    assert there == here
    assert there["cell 1"] != there["cell 2"]
