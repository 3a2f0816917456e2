"""The overlaps of the real files, with the counts that `docs/decontaminate.md` explains: every difference was read."""

from __future__ import annotations

import json
import os
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

from curation.decontaminate import LeakFinder, Pair, item_of
from curation.decontaminate.fold import folded
from curation.decontaminate.items import Evaluation, read_raw
from curation.standardize import standardize
from schemas.instance import Candidate, Instance, Message, Source
from schemas.study import SourceSpec

pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif("ABILITYMIX_DATA" not in os.environ, reason="ABILITYMIX_DATA names no folder"),
]

PAPER = "gaokao/Objective_Questions/2010-2022_{}.json"


def root() -> Path:
    return Path(os.environ["ABILITYMIX_DATA"])


@lru_cache
def finder(pattern: str, format: str) -> LeakFinder:
    files = tuple(str(file) for file in sorted(root().glob(pattern)))
    assert files
    evaluation = Evaluation()
    read_raw(SourceSpec(files=files, format=format), evaluation)
    assert not evaluation.lost
    return LeakFinder(evaluation.items)


@lru_cache
def rows(path: str, format: str) -> list[Instance]:
    return [o for o in standardize([root() / path], format) if isinstance(o, Instance)]


def leaking(path: str, format: str, against: LeakFinder) -> list[tuple[Instance, list[Pair]]]:
    mine = rows(path, format)
    return [(row, pairs) for row, pairs in zip(mine, against.find(mine), strict=True) if pairs]


def examples(path: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((root() / path).read_text(encoding="utf-8"))["example"]
    return found


@pytest.mark.parametrize(
    ("paper", "subject", "leak", "in_rejected"),
    [
        ("Biology_MCQs", "biology", 92, 0),
        ("Math_I_MCQs", "math*", 131, 1),
        ("Math_II_MCQs", "math*", 27, 0),
        ("Chinese_Lang_and_Usage_MCQs", "chinese", 10, 1),
        ("Chinese_Modern_Lit", "chinese", 11, 0),
        ("Geography_MCQs", "geography", 15, 2),
        ("Physics_MCQs", "physics", 48, 0),
        ("Chemistry_MCQs", "chemistry", 31, 0),
        ("History_MCQs", "history", 0, 0),
    ],
)
def test_gaokao_papers_in_agieval(paper, subject, leak, in_rejected):
    """Questions of a paper, not rows: some have several sub-questions. Of those that the reader rejects, the raw text
    is looked for here, so that what cannot be found because it cannot be read has a number as well.
    """
    path, against = PAPER.format(paper), finder(f"agieval/gaokao-{subject}.jsonl", "agieval")
    found = {int(row.source.row.split(".")[0]) for row, _ in leaking(path, "gaokao", against)}
    assert len(found) == leak
    whole = examples(path)
    read = {int(row.source.row.split(".")[0]) for row in rows(path, "gaokao")}
    raw = [
        Candidate(
            ability="unlabelled",
            form="open",
            messages=(Message(role="user", content=whole[number - 1]["question"]),),
            source=Source(name="raw", row=str(number)),
        )
        for number in range(1, len(whole) + 1)
        if number not in read
    ]
    assert sum(map(bool, against.find(raw))) == in_rejected


def test_questions_that_differ_in_one_place_only_are_told_apart_or_not_as_written_down():
    """Math I 49 differs from its twin by one wrongly read character and is missed; siblings of Math II are no leaks."""
    against = finder("agieval/gaokao-math*.jsonl", "agieval")
    one = {row.source.row for row, _ in leaking(PAPER.format("Math_I_MCQs"), "gaokao", against)}
    two = {row.source.row for row, _ in leaking(PAPER.format("Math_II_MCQs"), "gaokao", against)}
    assert "49" not in one
    assert {"79", "124", "136", "182"} <= one
    assert not {"48", "85", "121", "168"} & two


def contexts(found: list[tuple[Instance, list[Pair]]]) -> int:
    lines = (root() / "logiqa2/dev_zh.txt").read_text(encoding="utf-8").splitlines()
    return len({folded(json.loads(lines[int(row.source.row) - 1])["text"]) for row, _ in found})


def test_logiqa():
    found = leaking("logiqa2/dev_zh.txt", "logiqa2", finder("agieval/logiqa-zh.jsonl", "agieval"))
    assert (len(found), contexts(found)) == (58, 57)
    assert leaking("logiqa/zh_eval.txt", "logiqa", finder("agieval/logiqa-zh.jsonl", "agieval")) == []


def test_overlaps_among_the_training_files():
    first = LeakFinder([item_of(row) for row in rows("logiqa/zh_eval.txt", "logiqa")])
    found = leaking("logiqa2/dev_zh.txt", "logiqa2", first)
    assert (len(found), contexts(found)) == (74, 72)
    maths = LeakFinder([item_of(row) for row in rows(PAPER.format("Math_I_MCQs"), "gaokao")])
    assert len(leaking(PAPER.format("Math_II_MCQs"), "gaokao", maths)) == 47


def test_cmmlu_holds_more_of_them():
    against = finder("cmmlu/*/*.csv", "mcq-csv")
    counts = {
        paper: len(leaking(PAPER.format(paper), "gaokao", against))
        for paper in ("History_MCQs", "Biology_MCQs", "Math_I_MCQs", "Political_Science_MCQs")
    }
    assert counts == {"History_MCQs": 67, "Biology_MCQs": 41, "Math_I_MCQs": 6, "Political_Science_MCQs": 0}
    assert len(leaking("logiqa/zh_eval.txt", "logiqa", against)) == 9


@pytest.mark.parametrize(
    ("pattern", "format"),
    [
        ("c3/*.json", "c3"),
        ("gsm8k/train.jsonl", "gsm8k"),
        ("belle/eval_set.json", "belle"),
        ("alpaca_zh_demo/*.json", "alpaca"),
    ],
)
def test_nothing_of_other_sources_is_taken_for_a_leak(pattern, format):
    for file in sorted(root().glob(pattern)):
        path = str(file.relative_to(root()))
        assert leaking(path, format, finder("cmmlu/*/*.csv", "mcq-csv")) == []
        assert leaking(path, format, finder("agieval/*.jsonl", "agieval")) == []
