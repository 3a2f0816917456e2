"""The engine on a real tiny model: counts, quotas, retries, the order of things."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path

import pytest

from inference.local import LocalModel, Reply
from schemas.errors import BadData, BadSpec, Failed, PoolTooSmall
from schemas.instance import Decision, Instance, Message
from schemas.jsonl import read_models
from schemas.progress import Tick
from synth.generate import _State, generate
from synth.result import GenerateResult, changed_settings, run_of
from synth.spec import GenerateSpec
from tests.synth.synth_rows import ALPHABET, choice, open_item

NOISY = GenerateSpec(model="noise", temperature=1.0, max_new_tokens=40, batch_size=16)


class Counting:
    """The tiny model, with a record of what it was asked; optionally fails after some calls."""

    device = "cpu"

    def __init__(self, model: LocalModel, fail_after: float = math.inf) -> None:
        self._model, self._left = model, fail_after
        self.name, self.revision = model.name, model.revision
        self.seeds: list[int] = []

    def generate(
        self,
        prompts: Sequence[Sequence[Message]],
        max_new_tokens: int,
        temperature: float = 0.0,
        top_p: float = 1.0,
        seed: int = 0,
        seeds: Sequence[int] | None = None,
    ) -> list[Reply]:
        if self._left <= 0:
            raise Failed("the endpoint went away")
        self._left -= 1
        replies = self._model.generate(prompts, max_new_tokens, temperature, top_p, seed, seeds)
        self.seeds += seeds or []
        return replies


@pytest.fixture(scope="session")
def noise(model_folder: Path) -> LocalModel:
    return LocalModel.load(model_folder)


def changed(**settings: object) -> GenerateSpec:
    return GenerateSpec.model_validate(NOISY.model_dump() | settings)


def files(result: GenerateResult) -> tuple[bytes, bytes]:
    return (result.path / "accepted.jsonl").read_bytes(), (result.path / "rejects.jsonl").read_bytes()


def balanced(result: GenerateResult) -> bool:
    return all(c.accepted + c.rejected + c.pending == c.rows for c in (*result.counts.values(), result.total))


PROMPTS = [choice(i) for i in range(60)]


def test_a_lost_prompt_is_noticed(noise: LocalModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sum is of numbers counted apart, so an engine that forgets prompts cannot finish its run."""
    forgotten = PROMPTS[7].id
    is_open = _State.open
    monkeypatch.setattr(_State, "open", lambda s, retries: s.prompt.id != forgotten and is_open(s, retries))
    with pytest.raises(Failed, match="rows got lost: rows in 60 = "):
        generate(NOISY, PROMPTS, noise, tmp_path)
    assert not list(tmp_path.glob("*/manifest.json"))
    assert not list(tmp_path.glob("*/accepted.jsonl"))


def test_every_row_is_accepted_or_explained(noise: LocalModel, tmp_path: Path) -> None:
    result = generate(NOISY, PROMPTS, noise, tmp_path)
    accepted = result.rows()
    rejects = list(read_models(result.path / "rejects.jsonl", Decision))
    assert 0 < len(accepted) < len(PROMPTS)  # noise passes sometimes
    assert result.total.accepted == len(accepted)
    assert result.total.rejected == len(rejects)
    assert result.total.pending == 0
    assert balanced(result)
    assert sum(result.reasons.values()) == len(rejects)
    order = [p.id for p in PROMPTS]
    parents = [row.parents[0] for row in accepted]
    assert parents == sorted(parents, key=order.index)
    assert {row.origin for row in accepted} == {"synthetic"}
    assert {row.source.name for row in accepted} == {"noise"}
    manifest = json.loads((result.path / "manifest.json").read_text())
    assert set(manifest["outputs"]) == {
        "accepted.jsonl",
        "journal.jsonl",
        "prompts.jsonl",
        "rejects.jsonl",
        "spec.json",
    }


def test_batch_size_changes_nothing_and_a_finished_run_asks_nothing(
    noise: LocalModel, tmp_path: Path
) -> None:
    once = generate(NOISY, PROMPTS, noise, tmp_path / "a")
    for size in (1, 7, 256):
        assert files(generate(changed(batch_size=size), PROMPTS, noise, tmp_path / f"{size}")) == files(once)
    model = Counting(noise)
    again = generate(NOISY, PROMPTS, model, tmp_path / "a")
    assert model.seeds == []
    assert (again.path, again.counts, again.reasons) == (once.path, once.counts, once.reasons)


def test_another_seed_is_another_run(noise: LocalModel, tmp_path: Path) -> None:
    one, two = (generate(changed(seed=s), PROMPTS, noise, tmp_path) for s in (0, 1))
    assert one.path != two.path
    assert files(one)[0] != files(two)[0]


def test_an_exact_quota_is_the_first_acceptable_rows(noise: LocalModel, tmp_path: Path) -> None:
    everything = generate(NOISY, PROMPTS, noise, tmp_path / "all")
    assert everything.total.accepted > 5
    for size in (1, 16):
        model = Counting(noise)
        some = generate(changed(accept=5, batch_size=size), PROMPTS, model, tmp_path / f"some-{size}")
        assert [r.id for r in some.rows()] == [r.id for r in everything.rows()[:5]]
        assert balanced(some)
        assert not some.missing
        assert some.total.pending > 0
        # Nobody was asked who could not have been accepted any more.
        assert len(model.seeds) == some.total.accepted + some.total.rejected


def test_quotas_are_per_ability(noise: LocalModel, tmp_path: Path) -> None:
    prompts = [*PROMPTS, *(choice(i, "history") for i in range(40))]
    result = generate(changed(accept={"biology": 3}), prompts, noise, tmp_path)
    assert result.counts["biology"].accepted == 3
    assert result.counts["history"].pending == 0
    assert balanced(result)


def test_a_quota_out_of_reach_is_said(noise: LocalModel, tmp_path: Path) -> None:
    result = generate(changed(accept=60), PROMPTS, noise, tmp_path)
    assert result.missing == {"biology": 60 - result.total.accepted}
    assert result.total.pending == 0
    with pytest.raises(PoolTooSmall, match="61 accepted rows of biology asked for, but there are 60 prompts"):
        generate(changed(accept=61), PROMPTS, noise, tmp_path)
    with pytest.raises(BadSpec, match="'history', of which there are no prompts"):
        generate(changed(accept={"history": 1}), PROMPTS, noise, tmp_path)
    with pytest.raises(BadData, match="no prompts"):
        generate(NOISY, [], noise, tmp_path)


def test_retries_ask_the_rejected_again_with_another_seed(noise: LocalModel, tmp_path: Path) -> None:
    plain = generate(NOISY, PROMPTS, noise, tmp_path / "plain")
    model = Counting(noise)
    result = generate(changed(retries=3), PROMPTS, model, tmp_path / "retried")
    assert result.total.accepted > plain.total.accepted
    assert balanced(result)
    assert len(set(model.seeds)) == len(model.seeds)
    rejects = list(read_models(result.path / "rejects.jsonl", Decision))
    assert len(rejects) == len(model.seeds) - result.total.accepted
    with pytest.raises(ValueError, match="retries need temperature"):
        changed(retries=1, temperature=0)


def test_a_failing_backend_costs_only_what_was_in_flight(noise: LocalModel, tmp_path: Path) -> None:
    whole = generate(NOISY, PROMPTS, noise, tmp_path / "whole")
    failing = Counting(noise, fail_after=2)
    with pytest.raises(Failed, match="went away"):
        generate(NOISY, PROMPTS, failing, tmp_path / "stopped")
    assert not list((tmp_path / "stopped").glob("*/manifest.json"))
    other = run_of(changed(temperature=0.5, seed=9), PROMPTS, noise, tmp_path / "stopped")
    assert [keys for _, keys in changed_settings(other)] == [["temperature", "seed"]]
    assert changed_settings(run_of(NOISY, PROMPTS, noise, tmp_path / "stopped")) == []
    model = Counting(noise)
    resumed = generate(NOISY, PROMPTS, model, tmp_path / "stopped")
    assert len(failing.seeds) == 32
    assert len(model.seeds) == len(PROMPTS) - 32
    assert not set(model.seeds) & set(failing.seeds)
    assert files(resumed) == files(whole)


def test_more_prompts_or_a_higher_quota_take_over_what_was_answered(
    noise: LocalModel, tmp_path: Path
) -> None:
    first = generate(changed(accept=3), PROMPTS, noise, tmp_path)
    model = Counting(noise)
    more = [*PROMPTS, *(choice(i) for i in range(60, 70))]
    second = generate(changed(accept=8), more, model, tmp_path)
    assert second.path != first.path
    assert second.reused == first.asked
    assert second.asked == len(model.seeds)
    assert second.rows()[:3] == first.rows()
    assert second.asked + second.reused == second.total.accepted + second.total.rejected


def test_one_prompt_too_long_does_not_stop_the_others(noise: LocalModel, tmp_path: Path) -> None:
    long = choice(1000).model_copy(
        update={"id": "", "messages": (Message(role="user", content="问" * 500), *choice(0).messages[1:])}
    )
    long = Instance.model_validate(long.model_dump())
    result = generate(changed(retries=2), [*PROMPTS[:20], long, *PROMPTS[20:30]], noise, tmp_path)
    assert balanced(result)
    assert result.total.rows == 31
    rejects = [d for d in read_models(result.path / "rejects.jsonl", Decision) if d.rule == "request"]
    assert len(rejects) == 1  # not retried: it would not fit the second time either
    assert "no room" in rejects[0].reason


def test_a_prompt_that_stands_twice_is_rejected_once(noise: LocalModel, tmp_path: Path) -> None:
    result = generate(NOISY, [*PROMPTS, PROMPTS[0]], noise, tmp_path)
    assert result.reasons["duplicate_prompt"] == 1
    assert result.total.rows == 61
    assert balanced(result)


def test_open_items_take_the_reply_as_it_is(noise: LocalModel, tmp_path: Path) -> None:
    prompts = [open_item(i) for i in range(20)]
    result = generate(changed(max_new_tokens=100), prompts, noise, tmp_path)
    assert result.total.accepted > 0
    for row in result.rows():
        assert set(row.response) <= set(ALPHABET)
        assert len(row.distractors) == 2


def test_progress_ends_at_its_total(noise: LocalModel, tmp_path: Path) -> None:
    ticks: list[Tick] = []
    generate(NOISY, PROMPTS, noise, tmp_path, ticks.append)
    assert {t.label for t in ticks} == {"generate biology"}
    assert (ticks[0].done, ticks[-1].done, ticks[-1].total) == (0, 60, 60)
    assert len({t.done for t in ticks}) > 3
