"""What a killed writer leaves is mended; what damage leaves is reported."""

from __future__ import annotations

from pathlib import Path

import pytest

from schemas.errors import BadData
from synth.journal import Answer, Journal, read_answers

ANSWERS = [
    Answer(f"row{i}", "p", i, i, text, 3, True) for i, text in enumerate(["好\n", "\x1b[31m", "\ud800", ""])
]


def test_answers_come_back_as_they_were(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    Journal(path, "s").append(ANSWERS)
    assert list(Journal(path, "s").answers.values()) == ANSWERS


def test_cut_at_every_byte_it_opens_with_a_prefix_and_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    some = ANSWERS[:2]
    Journal(path, "s").append(some)
    whole = path.read_bytes()
    for cut in range(len(whole)):
        path.write_bytes(whole[:cut])
        opened = Journal(path, "s")
        kept = len(opened.answers)
        assert list(opened.answers.values()) == some[:kept]
        assert whole[:cut].count(b"\n") == (kept + 1 if b"\n" in whole[:cut] else 0)
        opened.append(some[kept:])
        assert path.read_bytes() == whole


def test_damage_in_the_middle_is_named(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    Journal(path, "s").append(ANSWERS)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:2], b"{oops\n", *lines[3:]]))
    with pytest.raises(BadData, match=r"journal\.jsonl:3: not a line of a journal"):
        Journal(path, "s")


def test_another_settings_answers_are_not_taken(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    Journal(path, "s").append(ANSWERS)
    assert list(read_answers(path, "other")) == []
    assert len(list(read_answers(path, "s"))) == len(ANSWERS)
