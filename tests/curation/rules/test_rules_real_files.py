"""Hit rates on the real files stay in bounds: a rule that turns greedy, or blind, is noticed."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest

from curation.rules import OFF_UNLESS_ASKED, rules_from
from curation.standardize import standardize
from schemas.instance import Instance

pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif("ABILITYMIX_DATA" not in os.environ, reason="ABILITYMIX_DATA names no folder"),
]

# Source -> rule -> (fewest, most) rows rejected; rules that are not named reject none.
BOUNDS = [
    ("c3/c3-m-train.json", "c3", {}, {"pii": (18, 26)}),
    ("c3/c3-d-train.json", "c3", {}, {"pii": (1, 4)}),
    ("cmoraleval/*/cmoraleval_*", "cmoraleval", {}, {}),
    ("logiqa2/dev_zh.txt", "logiqa2", {}, {"mojibake": (1, 1)}),
    ("gsm8k/train.jsonl", "gsm8k", {}, {}),
    ("cmmlu/*/*.csv", "mcq-csv", {}, {"latex": (5, 9), "pii": (0, 2), "single_answer": (1, 2)}),
    ("gaokao/Objective_Questions/*.json", "gaokao", {}, {"latex": (3, 8)}),
    (
        "gaokao/Subjective_Questions/*.json",
        "gaokao",
        {},
        {"latex": (25, 33), "truncated": (3, 6), "length": (1, 1)},
    ),
    ("agieval/*.jsonl", "agieval", {}, {"latex": (1, 3), "options": (1, 1), "length": (1, 1)}),
    ("belle/eval_set.json", "belle", {}, {"refusal": (5, 8), "fences": (4, 6)}),
    (
        "alpaca_zh_demo/alpaca_zh_demo.json",
        "alpaca",
        {},
        {"refusal": (48, 60), "truncated": (2, 4), "fences": (1, 1), "residue": (1, 1)},
    ),
    (
        "alpaca_zh_translated/*.json",
        "alpaca",
        {"prefix": "zh_"},
        {
            "refusal": (2, 6),
            "residue": (3, 5),
            "mojibake": (2, 3),
            "looping": (3, 4),
            "repeated_phrases": (2, 5),
        },
    ),
]


@pytest.mark.parametrize(("pattern", "format", "options", "bounds"), BOUNDS)
def test_what_the_rules_reject(pattern, format, options, bounds):
    files = [f for f in sorted(Path(os.environ["ABILITYMIX_DATA"]).glob(pattern)) if f.is_file()]
    assert files
    rules = rules_from()
    found: Counter[str] = Counter()
    for outcome in standardize(files, format, options=options):
        if isinstance(outcome, Instance):
            found.update(name for name, rule in rules.items() if rule(outcome) is not True)
    for name in rules:
        fewest, most = bounds.get(name, (0, 0))
        assert fewest <= found[name] <= most, (name, found[name])


def test_traditional_poems_are_told_from_simplified_ones():
    rule = rules_from(dict.fromkeys(OFF_UNLESS_ASKED, True))["hanzi"]
    files = sorted(Path(os.environ["ABILITYMIX_DATA"]).glob("classical_modern/**/bitext.txt"))
    options = {"question": "古文", "answer": "现代文", "form": "open"}
    rows = [o for o in standardize(files, "blocks", options=options) if isinstance(o, Instance)]
    assert len(rows) > 6000
    assert sum(rule(row) is not True for row in rows) <= 5
