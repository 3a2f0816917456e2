"""The little world: same seed same bytes, honest counts, clean wordings, lengths that give nothing away."""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path

import pytest

from curation.world import (
    ABILITIES,
    DEFAULT_ROWS,
    PRETRAINING_FILE,
    SYMBOLS,
    RawFile,
    generic_text,
    write_world,
)
from curation.world.files import FORMATS
from schemas.errors import BadSpec


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[RawFile]]:
    """A whole world at its default size, with a short pretraining text."""
    out = tmp_path_factory.mktemp("world")
    return out, write_world(out, 7, pretraining_characters=20_000)


def named(files: list[RawFile], ability: str) -> list[RawFile]:
    return [file for file in files if file.ability == ability]


def json_lines(file: RawFile) -> list[dict]:
    return [json.loads(line) for line in file.path.read_text(encoding="utf-8").splitlines()]


def raw_rows(file: RawFile) -> list[str]:
    """Every row of a raw file as a string that leaves out running numbers."""
    text = file.path.read_text(encoding="utf-8")
    if file.format == "mcq-csv":
        return [repr(row[1:]) for row in list(csv.reader(text.splitlines()))[1:]]
    if file.format == "blocks":
        return text.strip().split("\n\n")
    if file.format in ("c3", "alpaca"):
        return [repr(row[:2]) if file.format == "c3" else repr(row) for row in json.loads(text)]
    return [repr(row) for row in json_lines(file)]


def test_same_seed_same_bytes_other_seed_other_bytes(tmp_path: Path) -> None:
    for folder, seed in (("a", 3), ("b", 3), ("c", 4)):
        write_world(tmp_path / folder, seed, rows=150, pretraining_characters=5_000)
    names = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert len(names) == 12
    for name in names:
        first, again, other = ((tmp_path / folder / name).read_bytes() for folder in "abc")
        assert first == again, name
        assert first != other, name


def test_one_ability_does_not_depend_on_the_others(tmp_path: Path) -> None:
    whole = write_world(tmp_path / "all", 3, rows=120, pretraining_characters=1_000)
    alone = write_world(tmp_path / "one", 3, rows={"chinese": 120}, pretraining_characters=1_000)
    assert [file.ability for file in alone] == ["chinese"]
    assert named(whole, "chinese")[0].path.read_bytes() == alone[0].path.read_bytes()


def test_every_ability_and_every_format_is_there(world: tuple[Path, list[RawFile]]) -> None:
    _, files = world
    assert {file.ability for file in files} == set(ABILITIES)
    assert {file.format for file in files} == set(FORMATS)


def test_counts_are_what_the_files_hold(world: tuple[Path, list[RawFile]]) -> None:
    _, files = world
    clean = Counter[str]()
    for file in files:
        rows = raw_rows(file)
        assert len(rows) == file.rows
        assert file.rows - len(set(rows)) == file.duplicates > 0
        assert file.malformed > 0
        clean[file.ability] += file.rows - file.duplicates - file.malformed
    assert clean == dict.fromkeys(ABILITIES, DEFAULT_ROWS)


def test_all_characters_are_in_the_alphabet_and_the_generic_text_uses_them_all(
    world: tuple[Path, list[RawFile]],
) -> None:
    out, files = world
    assert len(SYMBOLS) == len(set(SYMBOLS))
    assert all(len(symbol) == 1 for symbol in SYMBOLS)
    field_names = {"题", "答"}
    for file in files:
        han = {c for c in file.path.read_text(encoding="utf-8") if "一" <= c <= "鿿"}
        assert han - set(SYMBOLS) - field_names == set(), file.path.name
    assert set((out / PRETRAINING_FILE).read_text(encoding="utf-8")) == set(SYMBOLS)


def test_open_rows_have_distractors_of_gold_length_that_differ(world: tuple[Path, list[RawFile]]) -> None:
    _, files = world
    for file in files:
        if file.format != "doit":
            continue
        rows = [row for row in json_lines(file) if len(row.get("messages") or []) == 2]
        assert len(rows) == file.rows - file.malformed
        for row in rows:
            gold, fine, coarse = row["choices"]
            assert row["messages"][-1] == {"role": "assistant", "content": gold}
            assert len({gold, fine, coarse}) == 3
            assert len(gold) == len(fine) == len(coarse)


def test_half_of_role_play_differs_in_the_coin_word_only(world: tuple[Path, list[RawFile]]) -> None:
    _, files = world
    rows = [row for row in json_lines(named(files, "role_play")[0]) if len(row.get("messages") or []) == 2]
    undecidable = 0
    for row in rows:
        gold, *others = row["choices"]
        undecidable += all(other[:2] + other[3:] == gold[:2] + gold[3:] for other in others)
    assert 0.45 < undecidable / len(rows) < 0.55


def groups(file: RawFile) -> Counter[str]:
    text = file.path.read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines()) if file.format == "mcq-csv" else json.loads(text)
    return Counter(row["group"] for row in rows)


@pytest.mark.parametrize("ability", ["biology", "history"])
def test_wordings_are_many_even_and_share_their_parts(
    world: tuple[Path, list[RawFile]], ability: str
) -> None:
    _, files = world
    found = Counter[str]()
    for file in named(files, ability):
        found.update(groups(file))
    assert len(found) >= 40
    assert max(found.values()) <= 2 * min(found.values())
    for place in (-1, -2):
        parts = Counter((name.split("-")[:-2][-1], name.split("-")[place]) for name in found)
        assert min(parts.values()) > 1


def test_ethics_labels_are_spread_over_all_answers(world: tuple[Path, list[RawFile]]) -> None:
    _, files = world
    answers = Counter(row["correct_answer"] for row in json_lines(named(files, "ethics")[0]))
    common = [count for answer, count in answers.items() if answer not in ("", "E")]
    assert len(common) == 15
    assert max(common) < 2 * min(common)


def test_math_steps_are_true(world: tuple[Path, list[RawFile]]) -> None:
    _, files = world
    checked = 0
    for row in json_lines(named(files, "math")[0]):
        if not row["question"] or "#### " not in row["answer"]:
            continue
        steps, final = row["answer"].split("\n#### ")
        for step in steps.split(","):
            left, value = step.split("=")
            assert eval(left) == int(value)
        assert eval(row["question"][1:]) == int(final) == int(steps.rsplit("=", 1)[1])
        checked += 1
    assert checked > 3000


def test_code_writes_the_steps_that_math_writes(world: tuple[Path, list[RawFile]]) -> None:
    _, files = world
    for row in json_lines(named(files, "code")[0]):
        if len(row.get("messages") or []) < 2:
            continue
        asked, gold = (message["content"] for message in row["messages"])
        *steps, result = gold.split(";")
        assert len(steps) == 3
        for step in steps:
            left, value = step.split("=")
            assert eval(left) == int(value)
        assert result == f"z={eval(asked[1:])}"


def test_reasoning_answers_follow_from_the_text(world: tuple[Path, list[RawFile]]) -> None:
    _, files = world
    for row in json_lines(named(files, "reasoning")[0]):
        if not row.get("question") or not row["options"] or row["answer"] > 3:
            continue
        said, answer = row["text"], row["options"][row["answer"]]
        if "不" in said:
            assert set(said.split("不")[0]) == set(row["options"]) - {answer}
            continue
        (one, word, two), (three, again, four) = said.split("，")
        assert word == again == row["question"][-1]
        assert {one, three} - {two, four} == {answer}


def test_generic_text_is_as_long_as_asked_and_stable() -> None:
    text = generic_text(5, 30_000)
    assert len(text) == 30_000
    assert text == generic_text(5, 30_000) != generic_text(6, 30_000)
    assert text.startswith(generic_text(5, 9_000))


def test_too_many_rows_and_unknown_abilities_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadSpec, match=r"90000 different rows of math .* about \d+"):
        write_world(tmp_path, 1, rows={"math": 90_000})
    with pytest.raises(BadSpec, match="different rows of role_play"):
        write_world(tmp_path, 1, rows={"role_play": 400_000})
    with pytest.raises(BadSpec, match="no ability 'biologie'"):
        write_world(tmp_path, 1, rows={"biologie": 10})
