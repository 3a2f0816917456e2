"""Every row of the real files is accepted, rejected or pending; counts here were made without the readers."""

from __future__ import annotations

import csv
import json
import os
from collections import Counter
from pathlib import Path

import pytest

from curation.standardize import source_names, standardize
from schemas.instance import Candidate, Decision, Instance

pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif("ABILITYMIX_DATA" not in os.environ, reason="ABILITYMIX_DATA names no folder"),
]


def outcomes(pattern: str, format: str, **settings: object) -> Counter[str]:
    files = [f for f in sorted(Path(os.environ["ABILITYMIX_DATA"]).glob(pattern)) if f.is_file()]
    assert files, pattern
    found: Counter[str] = Counter()
    keys = []
    for outcome in standardize(files, format, names=source_names(files), **settings):
        kind = {Instance: "accepted", Candidate: "pending", Decision: "rejected"}[type(outcome)]
        found[kind] += 1
        if isinstance(outcome, Decision):
            assert outcome.reason
            keys.append(outcome.subject)
        else:
            keys.append(f"{outcome.source.name}:{outcome.source.row}")
    assert len(set(keys)) == len(keys)
    return found


def lines(pattern: str) -> int:
    root = Path(os.environ["ABILITYMIX_DATA"])
    return sum(
        1
        for f in root.glob(pattern)
        if f.is_file()
        for line in f.read_text(encoding="utf-8").split("\n")
        if line.strip()
    )


def loaded(pattern: str) -> list[object]:
    return [
        json.loads(f.read_text(encoding="utf-8")) for f in Path(os.environ["ABILITYMIX_DATA"]).glob(pattern)
    ]


def test_c3():
    questions = sum(len(d[1]) for array in loaded("c3/c3-d-train.json") for d in array)
    found = outcomes("c3/c3-d-train.json", "c3", ability="understanding")
    assert sum(found.values()) == questions == 5856
    assert found["rejected"] <= 5


@pytest.mark.parametrize(
    ("pattern", "format", "ability", "most_rejected"),
    [
        ("logiqa2/dev_zh.txt", "logiqa2", "reasoning", 10),
        ("gsm8k/train.jsonl", "gsm8k", "math", 0),
        ("cmoraleval/*/cmoraleval_*", "cmoraleval", "ethics", 0),
        ("agieval/*.jsonl", "agieval", "unlabelled", 60),
        ("belle/eval_set.json", "belle", "unlabelled", 0),
    ],
)
def test_json_lines(pattern, format, ability, most_rejected):
    found = outcomes(pattern, format, ability=ability)
    assert sum(found.values()) == lines(pattern)
    assert found["rejected"] <= most_rejected


@pytest.mark.parametrize(
    ("name", "ability", "rows"),
    [
        ("Biology", "biology", 128),
        ("History", "history", 244),
        ("Math_I", "unlabelled", 183),
        ("Math_II", "unlabelled", 185),
    ],
)
def test_gaokao(name, ability, rows):
    pattern = f"gaokao/Objective_Questions/*_{name}_MCQs.json"
    (paper,) = loaded(pattern)
    found = outcomes(pattern, "gaokao", ability=ability)
    assert sum(found.values()) == len(paper["example"]) == rows
    assert found["rejected"] <= 5


def test_gaokao_questions_with_several_answers_are_rows_of_their_own():
    pattern = "gaokao/Objective_Questions/*.json"
    answers = sum(len(e["answer"]) for paper in loaded(pattern) for e in paper["example"])
    assert sum(outcomes(pattern, "gaokao").values()) == answers


def test_alpaca():
    found = outcomes("alpaca_zh_demo/alpaca_zh_demo.json", "alpaca", ability="creative_writing")
    assert found == {"accepted": 800}
    found = outcomes("alpaca_zh_translated/*.json", "alpaca", options={"prefix": "zh_"}, origin="synthetic")
    assert found == {"accepted": 9991, "rejected": 9}


def test_cmmlu():
    rows = 0
    for file in Path(os.environ["ABILITYMIX_DATA"]).glob("cmmlu/*/*.csv"):
        with file.open(encoding="utf-8", newline="") as handle:
            rows += sum(1 for _ in csv.reader(handle)) - 1
    found = outcomes("cmmlu/*/*.csv", "mcq-csv")
    assert sum(found.values()) == rows == 11917


def test_known_overlaps_are_found():
    """The README of the data counts shared 14-character runs; containment asks for half of the shorter text."""
    from curation.decontaminate import decontaminate

    root = Path(os.environ["ABILITYMIX_DATA"])

    def read(path: str, format: str) -> list[Instance]:
        return [o for o in standardize([root / path], format) if isinstance(o, Instance)]

    train = read("gaokao/Objective_Questions/2010-2022_Biology_MCQs.json", "gaokao")
    _, biology = decontaminate(train, read("agieval/gaokao-biology.jsonl", "agieval"))
    assert 60 <= len(biology) <= 100
    history = read("gaokao/Objective_Questions/2010-2022_History_MCQs.json", "gaokao")
    _, none = decontaminate(history, read("agieval/gaokao-history.jsonl", "agieval"))
    assert len(none) <= 3
