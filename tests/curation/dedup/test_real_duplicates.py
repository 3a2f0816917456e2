"""Real files: copies are found, questions over one passage are not taken for copies."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from curation.standardize import source_names, standardize
from schemas.instance import Instance
from tests.curation.dedup.dedup_rows import run

pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif("ABILITYMIX_DATA" not in os.environ, reason="ABILITYMIX_DATA names no folder"),
]


def rows(pattern: str, format: str, ability: str = "unlabelled") -> list[Instance]:
    files = [f for f in sorted(Path(os.environ["ABILITYMIX_DATA"]).glob(pattern)) if f.is_file()]
    assert files, pattern
    outcomes = standardize(files, format, names=source_names(files), ability=ability)
    return [one for one in outcomes if isinstance(one, Instance)]


def test_questions_over_one_dialogue_stay(tmp_path):
    left = run(tmp_path, rows("c3/c3-d-train.json", "c3", "understanding"))
    assert len(left.decisions) <= 3
    assert left.report.apart["gold"] > 500


def test_two_papers_share_questions_in_spite_of_their_typesetting(tmp_path):
    """The data's README counts 8 questions that Math I and Math II share; some of them are the same to the letter."""
    left = run(tmp_path, rows("gaokao/Objective_Questions/*_Math_*_MCQs.json", "gaokao"))
    between = [
        c
        for c in left.clusters
        if len({m["row"].rpartition(":")[0] for m in c["members"]}) == 2 and c["dropped"]
    ]
    assert len(between) >= 8


def test_validation_files_that_repeat_the_test_files(tmp_path):
    found = rows("cmoraleval/*/cmoraleval_*", "cmoraleval", "ethics")
    left = run(tmp_path, found, near=None)
    copies = [d for d in left.decisions if "_val_data" in d["subject"]]
    assert len(copies) >= 20
    assert left.report.counts.rows == len(found)
