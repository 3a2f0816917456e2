"""What a newcomer is shown: the sample pool, its gold items, the settings, what the guidelines say."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from curation.commands.review import _process
from curation.review.gold import GoldItem
from curation.review.hints import hints_for
from curation.review.load import load, load_gold
from curation.review.process import Process
from curation.review.store import ReviewStore
from schemas.ability import doit_abilities
from schemas.forms import FORMS
from schemas.instance import Candidate, FormName, Instance
from schemas.jsonl import as_line, read_models
from screens import sample

SAMPLE = Path(__file__).parents[3] / "examples" / "review"
POOL, GOLD = SAMPLE / "pool.jsonl", SAMPLE / "gold.jsonl"


def rows() -> list[Instance | Candidate]:
    found: list[Instance | Candidate] = []
    for line in POOL.read_text(encoding="utf-8").splitlines():
        last = '"role":"user"}]' in line.split('"messages":', 1)[1].split(',"source"')[0]
        found.append((Candidate if last else Instance).model_validate_json(line))
    return found


def test_every_ability_form_and_stage_is_in_the_sample() -> None:
    found = rows()
    assert {row.ability for row in found} == set(doit_abilities())
    assert {row.form for row in found} == set(get_args(FormName))
    assert sum(isinstance(row, Candidate) for row in found) == 2
    opened = [bool(r.distractors) for r in found if isinstance(r, Instance) and r.form == "open"]
    assert set(opened) == {True, False}
    for row in found:
        assert row.form in doit_abilities()[row.ability].forms
        assert row.source.licence == "Apache-2.0"
        if row.choices:  # what is asked is what the form writes
            asked = next(m.content for m in reversed(row.messages) if m.role == "user")
            assert asked.endswith(FORMS[row.form].render("", row.choices))


def test_the_sample_is_written_in_canonical_lines() -> None:
    assert POOL.read_text(encoding="utf-8") == "".join(as_line(row) + "\n" for row in rows())
    gold = "".join(as_line(item) + "\n" for item in read_models(GOLD, GoldItem))
    assert GOLD.read_text(encoding="utf-8") == gold


def test_gold_items_are_of_every_ability_and_half_are_to_be_rejected() -> None:
    items = list(read_models(GOLD, GoldItem))
    assert sum(item.approve for item in items) == len(items) / 2 == 6
    assert {item.instance.ability for item in items} == set(doit_abilities())
    assert all(item.why for item in items)
    assert not {item.instance.id for item in items} & {row.id for row in rows()}


def test_planted_faults_are_found_by_the_rules_and_comparisons() -> None:
    found = rows()
    by_id = {row.id: row.source.row for row in found}
    hints = list(hints_for([POOL], workers=1))
    noticed = {(by_id[h.id], by_id.get(h.other or "")) for h in hints}
    assert {("2", "14"), ("14", "2")} <= noticed, hints
    hostile = next(row for row in found if any("\x1b" in m.content for m in row.messages))
    assert any(h.id == hostile.id for h in hints), hints


def test_the_sample_is_loaded_and_the_training_begins(tmp_path: Path) -> None:
    with ReviewStore.open(str(tmp_path / "review.db"), create=True) as store:
        assert load(store, [POOL], workers=1).accepted == len(rows())
        assert load_gold(store, GOLD).accepted == 12
        store.enrol("lin")
        work = store.desk("lin").next()
        assert work is not None
        assert work.training


def test_the_terminals_sample_is_this_pool() -> None:
    with sample.make_sample() as path, ReviewStore.open(path) as store:
        work = store.desk(sample.NAME).next()
        assert work is not None
        ids = {row.id for row in rows()} | {item.instance.id for item in read_models(GOLD, GoldItem)}
        assert work.id in ids


def test_the_settings_say_every_setting_with_its_default() -> None:
    assert _process(SAMPLE / "settings.toml") == Process()
    text = (SAMPLE / "settings.toml").read_text(encoding="utf-8")
    for name in Process.model_fields:
        line = next(line for line in text.splitlines() if line.startswith(f"{name} = "))
        assert "  # " in line


@pytest.mark.parametrize("name", doit_abilities())
def test_guidelines_are_a_few_short_lines_with_the_papers_criteria(name: str) -> None:
    lines = doit_abilities()[name].guidelines.splitlines()
    assert 4 <= len(lines) <= 6
    assert max(len(line) for line in lines) <= 130
    assert any(line.startswith("Approve") for line in lines)
    assert any(line.startswith("Reject") for line in lines)
    for criterion in ("(correctness)", "(diversity)", "(ethics)"):
        assert sum(criterion in line for line in lines) == 1
