"""What is planted is found with its share, what is not planted is not found, and order and workers change nothing."""

from __future__ import annotations

import random

import pytest

from curation.canonical import row_key
from curation.diversity.measure import measure
from curation.diversity.settings import Settings
from schemas.jsonl import as_line
from tests.curation.curation_rows import choice
from tests.curation.diversity.planted import noise, planted, row, various, written


def groups(found, kind):
    return [g for part in found.report.parts for g in part.groups if g.kind == kind]


def test_a_planted_template_is_found_with_its_share(tmp_path):
    rows = planted(1000, 0.3, "请写一首关于{}的七言绝句，要求押韵")
    found = measure([written(tmp_path, rows)])
    (template,) = groups(found, "template")
    assert template.text == "请写一首关于…的七言绝句,要求押韵"
    assert (template.share.count, template.share.of) == (300, 1000)
    assert template.share.low < 0.3 < template.share.high
    assert template.verdict == "over"
    # 78 of the 778 rows that stay are a tenth.
    assert (template.stays, template.kept) == (77, 777)
    assert found.report.dropped == 223
    decisions = list(found.decisions())
    assert len({d.subject for d in decisions}) == 223
    assert {d.rule for d in decisions} == {"template"}
    assert all("300 of 1000 rows; at the cap of 0.1 77 stay" in d.reason for d in decisions)
    assert {d.subject for d in decisions} < {row_key(r) for r in rows[:300]}
    (opener,) = groups(found, "opener")
    assert (opener.text, opener.same_as) == ("请写一首", 1)


def test_numbers_and_quoted_words_are_gaps(tmp_path):
    rng = random.Random(1)
    rows = [
        row(
            n,
            f"小{'明红刚'[n % 3]}有{n}个苹果，又买了{n * 7}个《{noise(rng, 4)}》，一共有多少个？",
            noise(rng, 80),
        )
        for n in range(60)
    ] + various(240)
    rows = [
        r.model_copy(update={"source": r.source.model_copy(update={"row": str(n)})})
        for n, r in enumerate(rows)
    ]
    (template,) = groups(measure([written(tmp_path, rows)]), "template")
    assert template.text == "某有0个苹果,又买了0个“”,一共有多少个?"
    assert template.share.count == 60


def test_a_diverse_pool_is_left_alone(tmp_path):
    found = measure([written(tmp_path, various(1500))])
    (part,) = found.report.parts
    assert found.report.dropped == 0
    assert part.groups == ()
    assert list(found.decisions()) == []
    assert part.instruction.openers.value > 99
    assert part.response.distinct[2].low > 0.99


@pytest.mark.parametrize(
    "wording",
    [
        "你是一名经验丰富的护士，",
        "请你扮演护士。",
        "假设你是一位护士，",
        "作为一名护士，",
        "我想让你充当护士，",
    ],
)
def test_a_planted_persona_is_found(tmp_path, wording):
    rng = random.Random(2)
    rows = [
        row(n, (wording if n < 300 else "") + noise(rng, 30), noise(rng, 80), ability="role_play")
        for n in range(1000)
    ]
    found = measure([written(tmp_path, rows)], Settings(caps={"opener": 0.9, "template": 0.9}))
    (persona,) = groups(found, "persona")
    assert (persona.text, persona.share.count, persona.verdict) == ("护士", 300, "over")
    assert {d.rule for d in found.decisions()} == {"persona"}


def test_a_planted_system_prompt_and_speakers_are_found(tmp_path):
    rng = random.Random(3)
    rows = [
        row(n, f"{noise(rng, 8)}：「{noise(rng, 20)}」", f"{'王语嫣' if n % 10 < 4 else noise(rng, 6)}：「{noise(rng, 40)}」",
            system="说话要温柔。" if n < 350 else noise(rng, 30), ability="role_play")
        for n in range(1000)
    ]  # fmt: skip
    found = measure([written(tmp_path, rows)])
    (system,) = groups(found, "system")
    assert (system.text, system.share.count, system.verdict) == ("说话要温柔。", 350, "over")
    (persona,) = groups(found, "persona")
    assert (persona.text, persona.share.count, persona.verdict) == ("王语嫣", 400, "over")
    # The name in front of every line is no opener.
    assert groups(found, "opener") == []


def test_a_response_opener_collapses(tmp_path):
    rng = random.Random(4)
    rows = [row(n, noise(rng, 30), ("作为人工智能，" if n % 2 else "") + noise(rng, 80)) for n in range(600)]
    found = measure([written(tmp_path, rows)])
    (opener,) = groups(found, "opener")
    assert (opener.where, opener.text, opener.share.count, opener.verdict) == (
        "response",
        "作为人工",
        300,
        "over",
    )
    (part,) = found.report.parts
    assert part.response.openers.high < part.instruction.openers.low
    # The wording itself is short beside the whole response: listed, not thinned.
    assert {g.verdict for g in groups(found, "phrase")} == {"phrase"}


def test_a_wording_of_all_rows_is_a_frame(tmp_path):
    rng = random.Random(5)
    rows = [row(n, f"请把下面这句话改写得更加生动：{noise(rng, 8)}", noise(rng, 80)) for n in range(400)]
    found = measure([written(tmp_path, rows)])
    assert {g.verdict for g in found.report.parts[0].groups} == {"frame"}
    assert found.report.dropped == 0


def test_few_personas_are_no_crowd(tmp_path):
    """Of five equally common personas each has a fifth; a tenth each cannot be."""
    rng = random.Random(6)
    names = ["护士", "老师", "律师", "厨师", "农夫"]
    rows = [row(n, f"你是一名{names[n % 5]}，{noise(rng, 30)}", noise(rng, 80)) for n in range(1000)]
    found = measure([written(tmp_path, rows)], Settings(caps={"opener": 0.9, "template": 0.9}))
    assert [(g.share.share, g.cap, g.verdict) for g in groups(found, "persona")] == [(0.2, 0.4, "within")] * 5


def test_small_samples_are_undetermined(tmp_path):
    rows = planted(50, 0.16, "请写一首关于{}的七言绝句，要求押韵")
    found = measure([written(tmp_path, rows)])
    (template,) = groups(found, "template")
    assert (template.share.share, template.verdict) == (0.16, "undetermined")
    (part,) = found.report.parts
    assert found.report.dropped == 0
    assert part.instruction.distinct[1].value is None
    assert part.instruction.alike.value is None


def test_options_and_keys_are_not_compared(tmp_path):
    rng = random.Random(7)
    rows = [
        choice(
            noise(rng, 30),
            "AB"[n % 3 == 0],
            row=str(n),
            options=("这些选项总是一样的甲", "这些选项总是一样的乙"),
        )
        for n in range(300)
    ]
    found = measure([written(tmp_path, rows)])
    (part,) = found.report.parts
    assert part.groups == ()
    assert part.response.rows == 0
    assert {letter: share.count for letter, share in part.answers.items()} == {"A": 200, "B": 100}


def test_order_workers_and_files_change_nothing(tmp_path):
    rows = planted(400, 0.3, "请写一首关于{}的七言绝句，要求押韵") + various(300, 9, ability="role_play")
    rows = [
        r.model_copy(update={"source": r.source.model_copy(update={"row": str(n)})})
        for n, r in enumerate(rows)
    ]
    before = measure([written(tmp_path, rows)], workers=1)
    random.Random(8).shuffle(rows)
    halves = [written(tmp_path, rows[:350], "a"), written(tmp_path, rows[350:], "b")]
    after = measure(halves, workers=2)
    assert before.report == after.report
    assert list(map(as_line, before.decisions())) == list(map(as_line, after.decisions()))
    assert before.report.dropped > 0


def test_parts_by_origin(tmp_path):
    rows = various(150) + various(150, 1, origin="synthetic")
    found = measure([written(tmp_path, rows)], Settings(by="origin"))
    assert [(p.name, p.rows) for p in found.report.parts] == [
        ("creative_writing/human", 150),
        ("creative_writing/synthetic", 150),
    ]


def test_human_rows_stay_before_synthetic_ones(tmp_path):
    rows = planted(500, 0.4, "请写一首关于{}的七言绝句，要求押韵")
    rows = [
        r.model_copy(update={"id": "", "origin": "synthetic" if n % 2 else "human"})
        for n, r in enumerate(rows)
    ]
    rows = [type(r).model_validate(r.model_dump()) for r in rows]
    found = measure([written(tmp_path, rows)])
    dropped = {d.subject for d in found.decisions()}
    origins = {row_key(r): r.origin for r in rows}
    assert sum(origins[s] == "synthetic" for s in dropped) == 100
    assert found.report.dropped > 100


def test_no_rows(tmp_path):
    found = measure([written(tmp_path, [])])
    assert (found.report.rows, found.report.parts) == (0, ())
