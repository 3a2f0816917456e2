"""What diversity says about real sources: little to thin in them, and a template planted among them is found."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from curation.diversity.measure import measure
from curation.standardize import standardize
from schemas.instance import Instance
from tests.curation.diversity.planted import noise, row, written

pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif("ABILITYMIX_DATA" not in os.environ, reason="ABILITYMIX_DATA names no folder"),
]


def read(pattern: str, format: str, **settings: object) -> list[Instance]:
    files = [f for f in sorted(Path(os.environ["ABILITYMIX_DATA"]).glob(pattern)) if f.is_file()]
    return [o for o in standardize(files, format, **settings) if isinstance(o, Instance)]


def test_exams_and_dialogues_are_not_thinned(tmp_path):
    rows = read("gaokao/Objective_Questions/2010-2022_Biology_MCQs.json", "gaokao", ability="biology")
    rows += read("c3/c3-d-train.json", "c3", ability="understanding")
    rows += read("logiqa2/dev_zh.txt", "logiqa2", ability="reasoning")
    report = measure([written(tmp_path, rows)]).report
    assert report.dropped == 0
    # The stock phrases of exams are seen all the same.
    biology = next(p for p in report.parts if p.name == "biology")
    assert "…错误的是()" in {g.text for g in biology.groups}


def test_four_questions_on_one_scene_are_alike(tmp_path):
    rows = read("cmoraleval/*/cmoraleval_*", "cmoraleval", ability="ethics")
    (part,) = measure([written(tmp_path, rows)]).report.parts
    assert part.groups[0].verdict == "frame"
    assert part.instruction.alike.low > 0.2
    assert part.with_persona.share > 0.5


def test_a_template_among_real_rows_is_what_is_thinned(tmp_path):
    rows = read(
        "alpaca_zh_translated/*.json",
        "alpaca",
        ability="creative_writing",
        options={"prefix": "zh_", "match": "写一|诗|故事"},
    )
    rng = random.Random(0)
    share = round(len(rows) * 3 / 7)
    made = [row(n, f"请围绕{noise(rng, 4)}这个主题写一篇八百字的散文", noise(rng, 80)) for n in range(share)]
    found = measure([written(tmp_path, [*rows, *made])])
    over = [g for g in found.report.parts[0].groups if g.verdict == "over"]
    assert over[0].kind == "template"
    assert "这个主题写一篇" in over[0].text
    assert over[0].share.count == share
    assert {d.subject.split(":")[0] for d in found.decisions()} == {"planted"}
